/** When the database may sleep, and what speaks against it. Pure. Times and durations in milliseconds. */

import type { Look } from "./look.ts";
import type { Policy } from "./policy.ts";
import type { DatabaseState, Lease, OutsideSession, WakeIntent } from "./state.ts";

/** The wake intent that still counts. */
export function liveWake(state: DatabaseState, now: number): WakeIntent | null {
  return state.wake !== null && state.wake.expiresAt > now ? state.wake : null;
}

/** Leases that still count, soonest end first. A lease counts for `slackMs` longer than it says: its owner's clock may be behind. */
export function liveLeases(state: DatabaseState, now: number, slackMs = 0): [id: string, lease: Lease][] {
  return Object.entries(state.leases)
    .filter(([, lease]) => lease.expiresAt + slackMs > now)
    .sort(([, a], [, b]) => a.expiresAt - b.expiresAt);
}

const newest = (...times: (number | null)[]): number => Math.max(...times.map((time) => time ?? 0));

/**
 * Since when nobody has used the database: the newest of last activity, newest wake intent, end of the last hold or lease, newest outside
 * session, first look. Without `awakeSince`, which has a limit of its own (see `sleepsAt`).
 */
export function idleFrom(state: DatabaseState): number {
  const ends = Object.values(state.leases).map((lease) => lease.expiresAt);
  return newest(state.lastActivityAt, state.lastWakeAt, state.lastLeaseEndAt, state.hold?.until ?? null, ...ends, state.outside?.at ?? null, state.firstLookAt);
}

/** What the awake period itself gives: the idle limit, or after a start by AWS its own grace. */
function periodLimit(state: DatabaseState, policy: Policy): number {
  return state.startedBy?.cause === "aws" ? Math.min(policy.forcedStartGraceMs, policy.idleMs) : policy.idleMs;
}

/** When it will sleep if nobody uses it (without slack and drain). */
export function sleepsAt(state: DatabaseState, policy: Policy): number {
  return newest(idleFrom(state) + policy.idleMs, (state.awakeSince ?? state.phaseSince) + periodLimit(state, policy));
}

/** For how long it has been idle, and the limit that this is measured against, for the sentence "idle for 63 min, limit 60". */
export function idleness(state: DatabaseState, policy: Policy, now: number): { idleMs: number; limitMs: number } {
  const limitMs = periodLimit(state, policy);
  const from = newest(idleFrom(state), state.awakeSince);
  return { idleMs: Math.max(0, now - from), limitMs: state.startedBy?.cause === "aws" && from === state.awakeSince ? limitMs : policy.idleMs };
}

/** A person who asks for sleep waives the idle limit: what counts is who is connected now. The newest minute is the least that a probe of the past can tell (ms). */
export const REQUEST_QUIET_MS = 60_000;

export interface Outside {
  outside: { at: number; sessions: OutsideSession[] } | null;
  foreignSessions: number | null;
}

/**
 * What a look says of use that did not come through this platform. Sessions that are open now, sessions that were open at the last look and
 * are gone (they ended somewhere between the two: counted as now), and short ones between two looks, which only the counter knows:
 * `pg_stat_database.sessions` grew by more than our own connections explain (after Neon's activity monitor).
 */
export function outsideUse(look: Look, state: DatabaseState, now: number, unrecorded = 0): Outside {
  if (!look.answered || look.unseen !== undefined) return { outside: state.outside, foreignSessions: state.foreignSessions };
  if (look.ofWindow) {
    const at = look.newestOutsideAt === null ? state.outside?.at : Math.min(now, Math.max(look.newestOutsideAt, state.outside?.at ?? 0));
    return { outside: at === undefined ? null : { at, sessions: look.sessions }, foreignSessions: state.foreignSessions };
  }
  // The count was read before the tidying, which opens one session of ours: the next look will find it counted.
  const foreign = look.sessionCount === null ? null : look.sessionCount - state.ownSessions + (look.tidied === null ? 0 : 1);
  const grew = look.sessionCount !== null && state.foreignSessions !== null && look.sessionCount - state.ownSessions - unrecorded > state.foreignSessions;
  const hadSessions = (state.outside?.sessions.length ?? 0) > 0;
  if (look.sessions.length > 0 || grew || hadSessions) return { outside: { at: now, sessions: look.sessions }, foreignSessions: foreign };
  return { outside: state.outside, foreignSessions: foreign };
}
