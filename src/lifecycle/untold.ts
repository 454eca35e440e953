/**
 * Messages to users that are still in the database when it is to sleep: their causes have happened, and until it wakes nobody would hear of them. A stop is
 * given up for them; the database serves again, by which whoever brings them out is called; and the stop comes again. What is in there for longer than
 * `untoldMs` can't be brought out, it seems: it waits there for the next wake, because it must not keep the database up for ever.
 */
import { requested } from "./decide-request.ts";
import type { Decision } from "./decision.ts";
import type { Policy } from "./policy.ts";
import type { DatabaseState, Stop, Untold } from "./state.ts";
import type { View } from "./view.ts";
import { clock } from "./words.ts";

/** Tries are further and further apart, because each refuses requests for as long as its fence stands (ms). */
const MOST_MS = 30 * 60_000;
const againAt = ({ since, at }: Untold, { tellMs }: Policy): number => at + Math.min(MOST_MS, Math.max(tellMs, at - since));

/** A person's stop is put off for messages once, and then made. */
const wasPutOff = ({ untold }: DatabaseState, stop: Stop, p: Policy): boolean => untold !== null && stop.startedAt - untold.at <= 2 * p.stopRequestMs;

/** Why this fence has to come down, from a look within it; null when no message stands against the stop. */
export function untoldAgainst({ o, s, p, now }: View, stop: Stop): string | null {
  const newest = o.look?.answered ? (o.look.newestUntoldAt ?? null) : null;
  // Whose clock was wrong by more than this must not keep it up either.
  if (newest === null || Math.abs(now - newest) >= p.untoldMs) return null;
  if (stop.force || (stop.code === "stop-requested" && wasPutOff(s, stop, p))) return null;
  return `messages to users are still in the database, the newest of ${clock(newest, now)}; they are brought out first`;
}

/** The limit has passed, and whoever brings messages out has their time. */
export function untoldWait({ s, p, now, keep }: View): Decision | null {
  if (s.untold === null) return null;
  const at = againAt(s.untold, p);
  return now < at
    ? keep({ action: "none", code: "untold", reason: `messages to users are brought out before it sleeps; tried again at ${clock(at, now)}`, nextCheckAt: at })
    : null;
}

/** A person's stop that was put off; null when there is none any more. */
export function stopAgain(view: View): Decision | null {
  const { s, p, now } = view;
  const again = s.untold?.again ?? null;
  if (again === null || now - again.at > p.stopRequestMs) return null;
  return untoldWait(view) ?? requested({ ...view, s: { ...s, stopRequest: again } });
}

/** What is kept of it after a decision. */
export function untoldAfter(s: DatabaseState, d: Decision, now: number): Untold | null {
  if (d.phase === "asleep") return null;
  if (d.action === "lift" && d.code === "untold") {
    const again = s.stop?.code === "stop-requested" ? { id: s.stop.id, by: s.stop.by, at: now, force: false } : null;
    return { since: s.untold?.since ?? now, at: now, again };
  }
  const isAnswered = d.action === "drain" || d.action === "refuse" || d.phase !== "awake";
  return s.untold !== null && s.untold.again !== null && isAnswered ? { ...s.untold, again: null } : s.untold;
}
