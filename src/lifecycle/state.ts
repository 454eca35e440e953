/**
 * The state item of one database: everything that decides, in one DynamoDB item, because a condition can only see one item.
 * Times are milliseconds since the epoch (UTC).
 */

export type Phase = "asleep" | "waking" | "awake" | "falling-asleep";
export type Mode = "manage" | "watch";

/** Work that outlives a request keeps the database awake until `expiresAt`. */
export interface Lease {
  /** Name of the owner, for people. */
  by: string;
  /** Whose it is; missing in an item that was written before leases had it: then the name tells. */
  sub?: string;
  why: string;
  expiresAt: number;
}

/** An operator's lease with an end, at most 7 days away. */
export interface Hold {
  until: number;
  by: string;
  reason: string;
}

/** Somebody wants the database awake. Cleared only by a successful SELECT 1, conditional on `id`. */
export interface WakeIntent {
  id: string;
  by: string;
  cause: WakeCause;
  at: number;
  expiresAt: number;
}
export type WakeCause = "button" | "request" | "hold" | "job";

/** A person asks for sleep now; waives the idle limit, and with `force` everything else. */
export interface StopRequest {
  id: string;
  by: string;
  at: number;
  force: boolean;
}

/** What stands against a stop that a person asked for. */
export interface Blocker {
  kind: "lease" | "hold" | "outside-session" | "wake" | "status";
  what: string;
}

/** Stops that were given up because messages to users were still in the database. */
export interface Untold {
  /** The first of them since it woke, and the last. */
  since: number;
  at: number;
  /** A person's stop that is to be made again. */
  again: StopRequest | null;
}

/** The stop in progress: first `drain` (nobody new is served), then `window` (a StopDBInstance may be on its way). */
export interface Stop {
  id: string;
  stage: "drain" | "window";
  /** The run that counts the drain; only its clock may end it without slack. */
  runner: string;
  startedAt: number;
  /** Null until a run has read the fence: counted from before its write, the drain could end while a request that was let in meanwhile still runs. */
  drainUntil: number | null;
  /** No StopDBInstance of this fence is sent at or after this. */
  stopBefore: number | null;
  by: string;
  code: string;
  reason: string;
  force: boolean;
}

export interface Attention {
  code: string;
  since: number;
  what: string;
  doThis: string;
}

/** One line of the ledger, `seq` numbers them from 1 without gaps. */
export interface LedgerEntry {
  seq: number;
  at: number;
  from: Phase;
  phase: Phase;
  action: string;
  code: string;
  cause: string;
  by: string;
  reason: string;
  rdsStatus: string;
  /** For the end of an awake period: seconds of compute that AWS's minimum adds to what it lasted. */
  minimumAddsSeconds: number | null;
  /** How long the phase before lasted; null for an entry that changes no phase. */
  lastedSeconds: number | null;
}

/** A session that did not come through this platform, as the probe saw it. */
export interface OutsideSession {
  application: string;
  user: string;
  since: number;
}

export interface DatabaseState {
  v: 1;
  databaseId: string;
  /** Raised by every write that speaks for staying up. A write toward sleep is conditional on it. */
  rev: number;
  /** Raised by every write of a reconciler, each conditional on it: of two reconcilers at once, one acts. */
  turn: number;

  // Written by callers (control, data), each write raising `rev`; a reconciler only removes what it has read, under `rev` or an id.
  lastActivityAt: number | null;
  leases: Record<string, Lease>;
  hold: Hold | null;
  wake: WakeIntent | null;
  /** When the newest wake intent was made, kept when the intent is cleared. */
  lastWakeAt: number | null;
  /** When the last lease or hold ended. */
  lastLeaseEndAt: number | null;
  /** Speaks for sleep, so it does not raise `rev`. */
  stopRequest: StopRequest | null;
  /** The newest one that was refused. Whichever run met the request, the person who waits for its answer finds it here. */
  stopRefused: { id: string; reason: string; blockers: Blocker[] } | null;
  /** How many connections this platform's data plane has opened to the application's database, ever. */
  ownSessions: number;
  /** Users who are let in nowhere, by a key made of their `sub`: since when (see refused.ts). Missing where there was none yet. */
  refused?: Readonly<Record<string, number>>;

  // Written by a reconciler only.
  phase: Phase;
  phaseSince: number;
  /** The last probe got an answer and no fence is up. */
  serving: boolean;
  /** Identifies the awake period; connection pools belong to one. Raised each time the database begins to serve. */
  period: number;
  stop: Stop | null;
  attention: Attention | null;
  /** What RDS said last (`unknown` before the first look). */
  rdsStatus: string;
  observedAt: number | null;
  awakeSince: number | null;
  startedBy: { cause: "user" | "aws" | "outside" | "found"; by: string } | null;
  firstLookAt: number;
  /** The last start or stop that was sent; for 60 s after it a status may be stale. */
  lastAction: {
    kind: "start" | "stop";
    at: number;
    attempts: number;
    error: string | null;
    /** AWS has answered it, so nothing of it is on its way any more. */
    answered: boolean;
  } | null;
  /** When AWS will start the stopped instance by itself. */
  automaticRestartAt: number | null;
  lastBackupAt: number | null;
  /** When a wait for a backup first ended without one; null again once there is a newer backup. */
  backupMissedAt: number | null;
  /** Newest sign of use that did not come through this platform. */
  outside: { at: number; sessions: OutsideSession[] } | null;
  /** `sessions` of pg_stat_database less `ownSessions` at the last look of this period. */
  foreignSessions: number | null;
  probeFailedSince: number | null;
  stopRefusedSince: number | null;
  /** Null: no stop was given up for messages since it woke. */
  untold: Untold | null;
  code: string;
  reason: string;
  nextCheckAt: number | null;
  /** When the one-off timer will call for the next look. */
  timerAt: number | null;
  /** The run that looks again inside its own invocation; others decide once and leave. */
  watcher: { id: string; until: number } | null;
  /** Seconds from the start that was sent to serving, of this instance's own newest wakes, newest last, at most 20. */
  wakeSeconds: number[];
  seq: number;
  /** Ledger entries not yet written to the ledger's table. */
  outbox: LedgerEntry[];
}

/** The state before anything is known: looks asleep and not serving, decides nothing until the first look. */
export function initialState(databaseId: string, now: number): DatabaseState {
  return {
    v: 1,
    databaseId,
    rev: 0,
    turn: 0,
    lastActivityAt: null,
    leases: {},
    hold: null,
    wake: null,
    lastWakeAt: null,
    lastLeaseEndAt: null,
    stopRequest: null,
    stopRefused: null,
    ownSessions: 0,
    phase: "asleep",
    phaseSince: now,
    serving: false,
    period: 0,
    stop: null,
    attention: null,
    rdsStatus: "unknown",
    observedAt: null,
    awakeSince: null,
    startedBy: null,
    firstLookAt: now,
    lastAction: null,
    automaticRestartAt: null,
    lastBackupAt: null,
    backupMissedAt: null,
    outside: null,
    foreignSessions: null,
    probeFailedSince: null,
    stopRefusedSince: null,
    untold: null,
    code: "first-look",
    reason: "Nobody has looked yet.",
    nextCheckAt: null,
    timerAt: null,
    watcher: null,
    wakeSeconds: [],
    seq: 0,
    outbox: [],
  };
}

/** An item that this code cannot read, because a newer one wrote it. Nothing is decided from it: the database stays as it is. */
export class UnknownVersion extends Error {
  override name = "UnknownVersion";
  /** What it holds, for showing; nothing of it is checked. */
  readonly item: Record<string, unknown>;
  constructor(item: Record<string, unknown>) {
    super(`the state of database "${String(item.databaseId)}" has version ${String(item.v)}; this code reads version 1`);
    this.item = item;
  }
}

/** Reads an item; attributes that an older writer of this version did not know get their first value. Throws `UnknownVersion`. */
export function parseState(item: Record<string, unknown>): DatabaseState {
  if (item.v !== 1 || typeof item.databaseId !== "string") throw new UnknownVersion(item);
  const first = initialState(item.databaseId, typeof item.firstLookAt === "number" ? item.firstLookAt : 0);
  for (const [name, value] of Object.entries(first)) {
    const given = item[name];
    // A field of the wrong kind was not written by this code either: better not to decide than to decide from it.
    if (given !== undefined && value !== null && given !== null && typeof given !== typeof value) throw new UnknownVersion(item);
  }
  return { ...first, ...item } as DatabaseState;
}
