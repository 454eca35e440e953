/** The clocks of the local platform. Everything that waits or reads the time is given one, so that tests run in virtual time. */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs once, `ms` from now (at once when it is 0 or less), never inside this call. */
  after(ms: number, run: () => void): { cancel(): void };
}

/** `setTimeout` holds 31 bits of milliseconds (24.8 days) and fires at once beyond. */
const longestTimeout = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    let timer: NodeJS.Timeout;
    const wait = (left: number) => {
      timer = left > longestTimeout ? setTimeout(() => wait(left - longestTimeout), longestTimeout) : setTimeout(run, Math.max(0, left));
    };
    wait(ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

interface Waiting {
  at: number;
  order: number;
  run: () => void;
}

/** A clock that stands until it is moved. Timers due at one moment run in the order in which they were set. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #waiting = new Set<Waiting>();

  /** `start` in milliseconds since the epoch. */
  constructor(start = Date.UTC(2026, 0, 5, 9)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): { cancel(): void } {
    const waiting: Waiting = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#waiting.add(waiting);
    return { cancel: () => this.#waiting.delete(waiting) };
  }

  /** When the next timer is due (milliseconds since the epoch), or null. */
  nextAt(): number | null {
    return this.#next()?.at ?? null;
  }

  /** Moves on by `ms`, running what becomes due, timers set on the way included. What they promise has a turn of the event loop after each. */
  async advance(ms: number): Promise<void> {
    await this.advanceTo(this.#now + ms);
  }

  /** Like `advance`, to a moment in milliseconds since the epoch; an earlier one than now changes nothing. */
  async advanceTo(end: number): Promise<void> {
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#waiting.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = Math.max(this.#now, end);
  }

  #next(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (first === undefined || waiting.at < first.at || (waiting.at === first.at && waiting.order < first.order)) first = waiting;
    }
    return first;
  }
}
