/** What has been started, and how to stop it: the newest first. */

interface Closable {
  close(): Promise<void> | void;
}

export class Closers {
  readonly #runs: (() => Promise<void> | void)[] = [];
  #closing: Promise<void> = Promise.resolve();
  readonly #complain: (error: unknown) => void;

  /** `complain` hears of what could not be stopped; the rest is stopped all the same. */
  constructor(complain: (error: unknown) => void) {
    this.#complain = complain;
  }

  add(run: () => Promise<void> | void): void {
    this.#runs.push(run);
  }

  keep<T extends Closable>(service: T): T {
    this.add(() => service.close());
    return service;
  }

  /** Waits for services that start side by side. When one fails, what the others became is kept to be closed, and that one's error is thrown. */
  async keepAll<T extends readonly Promise<Closable>[]>(starting: T): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
    const results = await Promise.allSettled(starting);
    for (const result of results) if (result.status === "fulfilled") this.keep(result.value);
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
    return results.map((result) => (result.status === "fulfilled" ? result.value : undefined)) as { [K in keyof T]: Awaited<T[K]> };
  }

  /** Stops everything. May be called in the middle of a start, and again after it, when there is more to stop. */
  close(): Promise<void> {
    this.#closing = this.#closing.then(async () => {
      for (let run = this.#runs.pop(); run !== undefined; run = this.#runs.pop()) await Promise.resolve().then(run).catch(this.#complain);
    });
    return this.#closing;
  }
}
