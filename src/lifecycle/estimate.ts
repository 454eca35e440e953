/** How long a wake takes, learned from this instance's own wakes. Pure. */
import type { DatabaseState } from "./state.ts";
import { sentInThisWake } from "./view.ts";

export interface Estimate {
  p50Seconds: number;
  p90Seconds: number;
  /** How many wakes it rests on. */
  samples: number;
  /** When the database is expected (p50), milliseconds since the epoch; null when no wake is under way, or nobody can say when its start begins. */
  readyAt: number | null;
}

/** Nearest-rank percentile. */
function percentile(sorted: number[], p: number): number {
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? 0;
}

/**
 * From when a wake that is under way is counted: the start, ours or somebody else's, or before that the press; null when none is, and when nobody can say
 * when the start will begin (the instance is still stopping, or AWS refuses it).
 */
function wakingSince(state: DatabaseState): number | null {
  if (state.phase === "waking") {
    const sent = sentInThisWake(state);
    if (sent !== null) return sent.error !== null && state.rdsStatus === "stopped" ? null : sent.at;
    return state.rdsStatus === "stopping" ? null : state.phaseSince;
  }
  return state.phase === "asleep" && state.rdsStatus !== "stopping" ? (state.wake?.at ?? null) : null;
}

/** null until this instance has woken once: an honest "unknown" rather than a guess. */
export function estimate(state: DatabaseState): Estimate | null {
  if (state.wakeSeconds.length === 0) return null;
  const sorted = [...state.wakeSeconds].sort((a, b) => a - b);
  const p50Seconds = percentile(sorted, 0.5);
  const since = wakingSince(state);
  return { p50Seconds, p90Seconds: percentile(sorted, 0.9), samples: sorted.length, readyAt: since === null ? null : since + p50Seconds * 1000 };
}

/** The first look at a start that is worth it: shortly before the fastest wake so far. null: look from the beginning. */
export function firstLookAfter(state: DatabaseState): number | null {
  if (state.wakeSeconds.length === 0) return null;
  return Math.round((state.lastAction?.at ?? state.phaseSince) + Math.min(...state.wakeSeconds) * 800);
}

/** Seconds for `Retry-After`: until the database is expected, between 1 and 30. */
export function retryAfterSeconds(state: DatabaseState, now: number): number {
  const readyAt = estimate(state)?.readyAt ?? null;
  if (readyAt === null) return 5;
  return Math.min(30, Math.max(1, Math.ceil((readyAt - now) / 1000)));
}
