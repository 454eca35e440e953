/** The instances of one function: a new one when all are busy, idle ones ended after a while. */
import type { Clock } from "../clock.ts";
import { type FunctionError, type FunctionSpec, Instance, type Outcome } from "./instance.ts";

export interface PoolLimits {
  /** Milliseconds after which an idle instance is ended. */
  idleMs: number;
  /** Instances of one function at once. AWS would answer 429 beyond its limit; here the event waits for a free one. */
  instances: number;
  /** Threads that start at the same moment: more only make each other slow. */
  starting: number;
}

export const usualLimits: PoolLimits = { idleMs: 60_000, instances: 10, starting: 2 };

interface Waiting {
  payload: string;
  resolve(outcome: Outcome): void;
}

export class Pool {
  readonly #spec: FunctionSpec;
  readonly #clock: Clock;
  readonly #limits: PoolLimits;
  readonly #idle: { instance: Instance; ending: { cancel(): void } }[] = [];
  readonly #all = new Set<Instance>();
  readonly #queue: Waiting[] = [];
  readonly #starts = new Set<Promise<void>>();
  #closed = false;

  constructor(spec: FunctionSpec, clock: Clock, limits: PoolLimits = usualLimits) {
    this.#spec = spec;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Instances that live now, idle and busy. */
  get size(): number {
    return this.#all.size;
  }

  /** Bytes that the programs of all of them hold; see `Instance.memory`. */
  async memory(): Promise<number> {
    const each = await Promise.all([...this.#all].map((instance) => instance.memory()));
    return each.reduce((a, b) => a + b, 0);
  }

  /** Runs one event (JSON text) on a free instance, or on a new one. Never rejects. */
  run(payload: string): Promise<Outcome> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve(refused({ errorType: "Runtime.ExitError", errorMessage: "the platform is stopping" }));
      this.#queue.push({ payload, resolve });
      this.#pump();
    });
  }

  /** Ends every instance; what runs or waits fails. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { ending } of this.#idle) ending.cancel();
    for (const waiting of this.#queue.splice(0)) waiting.resolve(refused({ errorType: "Runtime.ExitError", errorMessage: "the platform is stopping" }));
    await Promise.all([...this.#all].map((instance) => instance.end()));
    await Promise.all(this.#starts);
  }

  #pump(): void {
    while (this.#queue.length > 0) {
      // The one used last: its caches are warm, and the others may grow idle.
      const free = this.#idle.pop();
      if (!free) break;
      free.ending.cancel();
      const waiting = this.#queue.shift();
      if (!free.instance.dead && waiting) void this.#work(free.instance, waiting);
      else if (waiting) this.#queue.unshift(waiting);
    }
    while (
      this.#queue.length > this.#starts.size &&
      this.#starts.size < this.#limits.starting &&
      this.#all.size + this.#starts.size < this.#limits.instances &&
      !this.#closed
    ) {
      const start = this.#start().finally(() => {
        this.#starts.delete(start);
        this.#pump();
      });
      this.#starts.add(start);
    }
  }

  async #start(): Promise<void> {
    const instance = await Instance.start(this.#spec);
    if (!(instance instanceof Instance)) {
      this.#queue.shift()?.resolve(refused(instance));
      return;
    }
    if (this.#closed) return await instance.end();
    this.#all.add(instance);
    this.#rest(instance);
  }

  async #work(instance: Instance, waiting: Waiting): Promise<void> {
    const outcome = await instance.run(waiting.payload);
    if (instance.dead || this.#closed) this.#all.delete(instance);
    else this.#rest(instance);
    waiting.resolve(outcome);
    this.#pump();
  }

  #rest(instance: Instance): void {
    const entry = {
      instance,
      ending: this.#clock.after(this.#limits.idleMs, () => {
        const index = this.#idle.indexOf(entry);
        if (index >= 0) this.#idle.splice(index, 1);
        this.#all.delete(instance);
        void instance.end();
      }),
    };
    this.#idle.push(entry);
  }
}

function refused(error: FunctionError): Outcome {
  return { requestId: crypto.randomUUID(), payload: JSON.stringify(error), functionError: "Unhandled", timedOut: false };
}
