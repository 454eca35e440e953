/** Waking the database and waiting for it: one press and one poll, however many calls of a client wait. */
import type { Database } from "./api.ts";
import type { ClientClock } from "./clock.ts";
import { ApiError, ConnectionError, WakeTimeout } from "./errors.ts";

/** How a wake goes, as `GET /database` said last. */
export interface Progress {
  phase: Database["phase"];
  serving: boolean;
  /** The sentence of the moment. */
  reason: string;
  /** How long this instance's own wakes took, and when it is expected; null until it has woken once. */
  estimate: Database["estimate"];
  /** Something that a human has to look at. */
  attention: Database["attention"];
  /** Since this client began to wait. */
  waitedSeconds: number;
}

export interface Waking {
  /** `POST /database/start`. */
  press(signal: AbortSignal): Promise<Database>;
  /** `GET /database`, in the background. */
  look(signal: AbortSignal): Promise<Database>;
  clock: ClientClock;
}

export interface Waiting {
  onProgress?: ((progress: Progress) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds since the epoch. */
  until: number;
}

export interface Waker {
  /** Resolves once the database serves. Throws WakeTimeout at `until`, what the press was refused with, or the signal's reason. */
  wait(waiting: Waiting): Promise<void>;
}

/** A look each 2 s at most, each 10 s at least, and in between a quarter of the time that the estimate leaves. */
const SHORTEST_MS = 2000;
const LONGEST_MS = 10_000;
/** A wake that is over without the database serving is asked for again, no sooner than this after the last time. */
const AGAIN_MS = 30_000;

export function pauseOf(view: Database, now: number): number {
  const readyAt = view.estimate?.readyAt ?? null;
  if (readyAt === null) return SHORTEST_MS * 2;
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (Date.parse(readyAt) - now) / 4));
}

const passing = (error: unknown): boolean =>
  error instanceof ConnectionError || (error instanceof ApiError && (error.status >= 500 || error.status === 429) && !error.is("too-many-wakes"));

interface Run {
  over: Promise<void>;
  abort: AbortController;
  since: number;
  last: Database | null;
}

export function waker({ press, look, clock }: Waking): Waker {
  const waiting = new Set<Waiting>();
  let running: Run | null = null;

  function tell(view: Database, since: number): void {
    const { phase, serving, reason, estimate, attention } = view;
    const progress = { phase, serving, reason, estimate, attention, waitedSeconds: (clock.now() - since) / 1000 };
    for (const { onProgress } of [...waiting]) onProgress?.(progress);
  }

  async function run(state: Run): Promise<void> {
    const { signal } = state.abort;
    let pressedAt = Number.NEGATIVE_INFINITY;
    for (;;) {
      try {
        const { last } = state;
        const over = last === null || (last.wake === null && last.phase === "asleep");
        const pressing = over && clock.now() - pressedAt >= AGAIN_MS;
        if (pressing) pressedAt = clock.now();
        const view = await (pressing ? press(signal) : look(signal));
        state.last = view;
        tell(view, state.since);
        if (view.serving) return;
        await clock.sleep(pauseOf(view, clock.now()), signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!passing(error)) throw error;
        // The press may not have arrived: then the next round presses again.
        if (state.last === null) pressedAt = Number.NEGATIVE_INFINITY;
        await clock.sleep(LONGEST_MS, signal);
      }
    }
  }

  function join(): Run {
    if (running !== null) return running;
    const state: Run = { over: Promise.resolve(), abort: new AbortController(), since: clock.now(), last: null };
    running = state;
    state.over = run(state).finally(() => {
      if (running === state) running = null;
    });
    // Each who waits hears of a failure; with nobody left, nobody has to.
    state.over.catch(() => {});
    return state;
  }

  return {
    async wait(one) {
      one.signal?.throwIfAborted();
      waiting.add(one);
      const begun = clock.now();
      const state = join();
      const limit = new AbortController();
      const ended = one.signal === undefined ? limit.signal : AbortSignal.any([one.signal, limit.signal]);
      const late = clock.sleep(Math.max(0, one.until - begun), ended).then(() => {
        const last = state.last;
        throw new WakeTimeout((clock.now() - begun) / 1000, last === null ? "nothing was heard of it." : `it is ${last.phase} (${last.reason}).`);
      });
      try {
        await Promise.race([state.over, late]);
      } finally {
        limit.abort();
        late.catch(() => {});
        waiting.delete(one);
        if (waiting.size === 0) state.abort.abort();
      }
    },
  };
}
