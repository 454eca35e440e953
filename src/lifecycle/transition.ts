/** What a decision writes: one conditional write on the state item, ledger entry included. Pure. */
import type { Decision, Observation } from "./decision.ts";
import { outsideUse, sleepsAt } from "./idle.ts";
import type { Policy } from "./policy.ts";
import { backupIsDue } from "./safety.ts";
import type { DatabaseState, LedgerEntry, Stop } from "./state.ts";
import { untoldAfter } from "./untold.ts";
import { sentInThisWake } from "./view.ts";
import { type Guards, type StateWrite, turn } from "./writes.ts";

/** Seconds of compute that AWS bills at least for one start ("billed per second, with a 10-minute minimum", Amazon RDS pricing page). */
export const MINIMUM_BILLED_SECONDS = 600;
const MAX_WAKES = 20;

/** Codes that say how things go on; on their own they are no event for the ledger. */
const QUIET = new Set<string>([
  "in-use",
  "asleep",
  "starting",
  "status-stale",
  "draining",
  "stop-sent",
  "stopping",
  "not-answering",
  "waiting",
  "start-retry",
  "first-look",
]);
const ACTS = new Set<string>(["start", "stop", "drain", "lift", "expire", "refuse", "unserve"]);

export interface Turn {
  write: StateWrite;
  /** The state as it will be if the write is accepted (callers' fields as they were read). */
  next: DatabaseState;
}

export interface RunInfo {
  now: number;
  /** New id for a stop. */
  stopId: string;
  /** What called for this run, for the ledger. */
  cause: { kind: string; by: string };
  timerAt: number | null;
  watcher: DatabaseState["watcher"];
}

export function transition(s: DatabaseState, o: Observation, d: Decision, p: Policy, run: RunInfo): Turn {
  const { now } = run;
  const set: Partial<DatabaseState> = {
    code: d.code,
    reason: d.reason,
    nextCheckAt: d.nextCheckAt,
    timerAt: run.timerAt,
    watcher: run.watcher,
    serving: d.serving,
  };
  const guards: Guards = {};
  observed(s, o, d, p, now, set);
  attention(s, d, now, set);
  const untold = untoldAfter(s, d, now);
  if (untold !== s.untold) set.untold = untold;
  if (d.phase !== s.phase) Object.assign(set, { phase: d.phase, phaseSince: now });
  if (s.stop !== null && d.phase !== "falling-asleep") set.stop = null;

  if (d.startedBy !== undefined) set.startedBy = { cause: d.startedBy, by: d.by ?? "dormouse" };
  if (d.action === "start")
    set.lastAction = {
      kind: "start",
      at: now,
      attempts: (sentInThisWake(s)?.attempts ?? 0) + 1,
      error: null,
      answered: false,
    };
  if (d.action === "drain") {
    set.stop = fence(s, o, d, run);
    guards.rev = true;
  }
  if (d.code === "draining" && s.stop?.stage === "drain" && s.stop.drainUntil === null) set.stop = { ...s.stop, runner: o.runner, drainUntil: now + p.drainMs };
  if (d.action === "stop" && s.stop !== null) {
    set.stop = { ...s.stop, stage: "window", stopBefore: now + p.stopWindowMs };
    set.lastAction = { kind: "stop", at: now, attempts: (s.lastAction?.kind === "stop" ? s.lastAction.attempts : 0) + 1, error: null, answered: false };
    guards.rev = true;
  }
  if (d.serving && !s.serving) begins(s, o, d, now, set);
  if (d.clearsWake && s.wake !== null) {
    set.wake = null;
    guards.wake = true;
  }
  if (d.voids) {
    // A hold whose own wake is the one that stays is meant for what comes now.
    Object.assign(set, { leases: {}, hold: d.clearsWake || s.wake?.cause !== "hold" ? null : s.hold });
    guards.rev = true;
  } else housekeeping(s, now, set, guards);
  // A stop that was asked for is answered once, and never outlives the awake phase that it was asked in.
  if (s.stopRequest !== null && (d.action === "drain" || d.action === "refuse" || d.phase !== "awake")) {
    set.stopRequest = null;
    if (d.action === "refuse") set.stopRefused = { id: s.stopRequest.id, reason: d.reason, blockers: d.blockers ?? [] };
    guards.stopRequest = true;
  }
  const adds = d.phase === "asleep" && s.phase !== "asleep" && s.awakeSince !== null ? Math.max(0, MINIMUM_BILLED_SECONDS - seconds(now - s.awakeSince)) : null;
  if (d.phase === "asleep" && s.phase !== "asleep") {
    Object.assign(set, { awakeSince: null, stopRefusedSince: null, probeFailedSince: null });
    // This stop has worked: the next one is no second try.
    if (s.lastAction?.kind === "stop") set.lastAction = { ...s.lastAction, attempts: 0 };
  }
  const entry = ledgerEntry(s, o, d, run, adds);
  if (entry !== null) Object.assign(set, { seq: entry.seq, outbox: [...s.outbox, entry] });
  return { write: turn(s, set, guards), next: { ...s, ...set, turn: s.turn + 1 } };
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;

/** What was seen, whatever was decided. */
function observed(s: DatabaseState, o: Observation, d: Decision, p: Policy, now: number, set: Partial<DatabaseState>): void {
  if (o.status !== null) Object.assign(set, { rdsStatus: o.status, observedAt: o.at });
  if (o.automaticRestartAt !== null) set.automaticRestartAt = o.automaticRestartAt;
  else if (d.phase === "awake") set.automaticRestartAt = null;
  if (o.lastBackupAt !== undefined) Object.assign(set, { lastBackupAt: o.lastBackupAt, backupMissedAt: backupMissedAt(s, o.lastBackupAt, d, p, now) });
  if (o.look !== null) {
    Object.assign(set, outsideUse(o.look, s, now, o.unrecorded));
    set.probeFailedSince = o.look.answered && o.look.unseen === undefined ? null : (s.probeFailedSince ?? now);
  }
  // Only past the limit that would hold without them is anything a refusal.
  const due = sleepsAt({ ...s, outside: null }, p) + p.slackMs <= now;
  const blocked = d.code === "outside-session" || d.code === "not-stoppable" || d.code === "stop-lost" || d.code === "blind";
  // Waiting for a backup, for maintenance or for messages is a wait of our own, with an end of its own.
  const ours = d.code === "backup-due" || d.code === "maintenance-pending" || d.code === "maintenance-unknown" || d.code === "untold";
  const free = d.code === "in-use" || d.code === "lease" || d.code === "hold" || ours;
  if (blocked && due) set.stopRefusedSince = s.stopRefusedSince ?? now;
  else if (free) set.stopRefusedSince = null;
}

/** Since when waiting for a backup is in vain, by a look that was told of the newest one. Sleep by itself while one is due is the end of such a wait. */
function backupMissedAt(s: DatabaseState, newest: number | null, d: Decision, p: Policy, now: number): number | null {
  if (newest === null) return null;
  const ends = d.code === "idle-limit" || d.code === "watch-would-stop";
  if (s.backupMissedAt === null) return ends && backupIsDue(s, p, newest, now) ? now : null;
  return newest > s.backupMissedAt ? null : s.backupMissedAt;
}

function attention(s: DatabaseState, d: Decision, now: number, set: Partial<DatabaseState>): void {
  if (d.attention === null) {
    // A wake that was given up stays said until the database serves, somebody asks again, or a person stops it.
    const answered = d.serving || d.code === "stopped-in-aws" || (s.wake !== null && s.attention !== null && s.wake.at > s.attention.since);
    set.attention = s.attention?.code === "wake-expired" && !answered ? s.attention : null;
  } else
    set.attention = {
      code: d.attention.code,
      what: d.attention.what,
      doThis: d.attention.doThis,
      since: s.attention?.code === d.attention.code ? s.attention.since : now,
    };
}

/** The fence is up from this write on. */
function fence(s: DatabaseState, o: Observation, d: Decision, run: RunInfo): Stop {
  return {
    id: run.stopId,
    stage: "drain",
    runner: o.runner,
    startedAt: run.now,
    drainUntil: null,
    stopBefore: null,
    by: d.by ?? "dormouse",
    code: d.code,
    reason: d.reason,
    force: s.stopRequest?.force ?? false,
  };
}

/** A new awake period, or the same one served again: pools that belong to an older one are dropped. */
function begins(s: DatabaseState, o: Observation, d: Decision, now: number, set: Partial<DatabaseState>): void {
  set.period = s.period + 1;
  set.probeFailedSince = null;
  if (s.phase === "awake" || d.action === "lift") return;
  // The look that begins a period is what later looks are measured against.
  const sessions = o.look?.answered ? o.look.sessions : [];
  Object.assign(set, { awakeSince: now, outside: sessions.length > 0 ? { at: now, sessions } : null, stopRefusedSince: null });
  // Only starts of our own, that were served, teach how long a wake takes.
  const start = sentInThisWake(s);
  if (start !== null && s.startedBy?.cause === "user") set.wakeSeconds = [...s.wakeSeconds, seconds(now - start.at)].slice(-MAX_WAKES);
}

/** Leases and holds that have ended leave the item; when they ended is kept, because idle runs from there. */
function housekeeping(s: DatabaseState, now: number, set: Partial<DatabaseState>, guards: Guards): void {
  const ended = Object.entries(s.leases).filter(([, lease]) => lease.expiresAt <= now);
  const holdEnded = s.hold !== null && s.hold.until <= now ? s.hold.until : null;
  if (ended.length === 0 && holdEnded === null) return;
  if (ended.length > 0) set.leases = Object.fromEntries(Object.entries(s.leases).filter(([, lease]) => lease.expiresAt > now));
  if (holdEnded !== null) set.hold = null;
  set.lastLeaseEndAt = Math.max(s.lastLeaseEndAt ?? 0, holdEnded ?? 0, ...ended.map(([, lease]) => lease.expiresAt));
  guards.rev = true;
}

/** One entry when the phase or the code changes, or something is done; null for more of the same. */
function ledgerEntry(s: DatabaseState, o: Observation, d: Decision, run: RunInfo, minimumAddsSeconds: number | null): LedgerEntry | null {
  const moved = d.phase !== s.phase;
  if (!moved && !ACTS.has(d.action) && (d.code === s.code || QUIET.has(d.code))) return null;
  return {
    seq: s.seq + 1,
    at: run.now,
    from: s.phase,
    phase: d.phase,
    action: d.action,
    code: d.code,
    cause: d.cause ?? run.cause.kind,
    by: d.by ?? "dormouse",
    reason: d.reason,
    rdsStatus: o.status ?? s.rdsStatus,
    minimumAddsSeconds,
    lastedSeconds: moved ? seconds(run.now - s.phaseSince) : null,
  };
}
