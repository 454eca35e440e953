/** Virtual time: sleeps end when the clock gets there, and the clock jumps from one to the next. Seeded numbers, so that a run can be repeated. */
export class Virtual {
  now: number;
  private seq = 0;
  private readonly queue: { at: number; seq: number; run: () => void }[] = [];

  constructor(now: number) {
    this.now = now;
  }

  at(time: number, run: () => void): void {
    const event = { at: Math.max(time, this.now), seq: this.seq++, run };
    let low = 0;
    let high = this.queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.queue[middle];
      if (other && other.at <= event.at) low = middle + 1;
      else high = middle;
    }
    this.queue.splice(low, 0, event);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.now + ms, resolve));
  }

  /** Runs everything up to `end`. `after` is called when each event and what follows from it at once is done. */
  async run(end: number, after: () => void): Promise<number> {
    let events = 0;
    for (let next = this.queue[0]; next !== undefined && next.at <= end; next = this.queue[0]) {
      this.queue.shift();
      this.now = next.at;
      next.run();
      // All microtasks are done before the next macrotask.
      await new Promise((resolve) => setImmediate(resolve));
      after();
      events++;
    }
    this.now = end;
    return events;
  }
}

/** Mulberry32: small, seeded, good enough to vary latencies. */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
