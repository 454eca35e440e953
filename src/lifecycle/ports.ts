/** What the rules of sleep need from outside, in their own words. Adapters in `src/aws` provide it. */
import type { Decision } from "./decision.ts";
import type { Look } from "./look.ts";
import type { DatabaseState, Hold, Lease, LedgerEntry, Phase, StopRequest, WakeIntent } from "./state.ts";
import type { StateWrite } from "./writes.ts";

export type { Look };

/** What a caller (control, data) may do with the state item. Every method is one conditional write, or one consistent read. */
export interface CallerStore {
  /** Consistent read; null when no reconciler has looked yet. Throws `UnknownVersion` for an item that this code cannot read. */
  read(databaseId: string): Promise<DatabaseState | null>;
  /** Makes the item if there is none. */
  ensure(databaseId: string, now: number): Promise<DatabaseState>;
  /** Activity: conditional on `serving`. false: refused because the database does not serve. A newer stored activity is success. */
  touch(databaseId: string, now: number): Promise<boolean>;
  /** Records that one connection to the application's database was opened. */
  countSession(databaseId: string): Promise<void>;
  /** Writes a wake intent, whatever the phase. false: an earlier one still counts, and serves this caller too. */
  wake(databaseId: string, intent: WakeIntent): Promise<boolean>;
  /** New lease; false when the database does not serve. */
  acquire(databaseId: string, id: string, lease: Lease): Promise<boolean>;
  /** Longer lease; false when not serving, gone, or already expired at `now`. */
  renew(databaseId: string, id: string, expiresAt: number, now: number): Promise<boolean>;
  /** false when there was none. */
  release(databaseId: string, id: string, now: number): Promise<boolean>;
  /** With an intent: also wakes. Without: false when the database does not serve. */
  hold(databaseId: string, hold: Hold, intent: WakeIntent | null): Promise<boolean>;
  /** false when there was none. */
  unhold(databaseId: string, now: number): Promise<boolean>;
  /** false when it is not awake. */
  requestStop(databaseId: string, request: StopRequest): Promise<boolean>;
}

/** What a reconciler may do with the state item. */
export interface ReconcilerStore {
  read(databaseId: string): Promise<DatabaseState | null>;
  ensure(databaseId: string, now: number): Promise<DatabaseState>;
  /** false: refused by its condition. */
  write(databaseId: string, write: StateWrite): Promise<boolean>;
}

/** What DescribeDBInstances says of the instance. Times in milliseconds since the epoch. */
export interface Described {
  status: string;
  automaticRestartAt: number | null;
  /** `hh:mm-hh:mm` UTC. */
  backupWindow: string | null;
}

/** The instance, as RDS knows it. Failures are thrown as errors whose `name` is RDS's own; `DBInstanceNotFound` is told as status `not-found`. */
export interface Instance {
  describe(databaseId: string): Promise<Described>;
  /** Newest automated backup; null when there is none. */
  lastBackupAt(databaseId: string): Promise<number | null>;
  maintenancePending(databaseId: string): Promise<boolean>;
  /** One attempt with a short timeout, like a stop: what got no answer is looked after, and sent again by the rules. */
  start(databaseId: string): Promise<void>;
  /** One attempt with a short timeout. */
  stop(databaseId: string): Promise<void>;
}

/** Never throws: what it can't do is `{ answered: false }`. */
export interface Prober {
  look(event: ProbeEvent): Promise<Look>;
}

/** One one-off timer for each database: made, or moved. */
export interface Timer {
  set(databaseId: string, at: number): Promise<void>;
}

/** Told each time that the database begins to serve, so that work which waited for it begins. It may be told twice, and hears nothing when the run dies. */
export interface AwakeHook {
  awake(databaseId: string): Promise<void>;
}

export interface LedgerWriter {
  /** Each entry once, however often it is appended. */
  append(databaseId: string, entries: LedgerEntry[]): Promise<void>;
}

/** Totals of one UTC month. A phase that spans months is split. */
export interface MonthTotals {
  /** `2026-11`. */
  month: string;
  /** Compute was billed, or may have been: waking, awake, falling asleep. */
  awakeSeconds: number;
  /** It was not. */
  asleepSeconds: number;
  /** What AWS's minimum for each start added to what was used. */
  minimumAddsSeconds: number;
  /** The newest entry of the ledger that is in it. */
  throughSeq?: number;
}

export interface LedgerReader {
  /** Newest first; `before`: entries with a smaller `seq` only. */
  entries(databaseId: string, limit: number, before: number | null): Promise<LedgerEntry[]>;
  /** Oldest first. */
  months(databaseId: string): Promise<MonthTotals[]>;
}

/** How often a user may wake the database in a UTC day. Asked before a wake, charged after it: only whoever's intent was written has caused one. */
export interface WakeBudget {
  /** false when `limit` is used up. Counts nothing. */
  allows(sub: string, limit: number, now: number): Promise<boolean>;
  /** Counts the wake that the intent `wakeId` asks for, once, however often it is told. */
  charge(sub: string, wakeId: string, now: number): Promise<void>;
}

/** The reconciler, for those who may only call it. */
export interface Reconciler {
  /** Calls and does not wait. */
  kick(event: ReconcileEvent): Promise<void>;
  /** One decision, and its answer. */
  ask(event: ReconcileEvent): Promise<Outcome>;
}

/** What a run of the reconciler came to. */
export interface Outcome {
  phase: Phase;
  action: Decision["action"];
  code: string;
  reason: string;
  blockers: NonNullable<Decision["blockers"]>;
}

/** Of the Lambda that runs it. */
export interface Invocation {
  now(): number;
  sleep(ms: number): Promise<void>;
  /** In [0, 1). */
  random(): number;
  newId(): string;
  /** Milliseconds that this invocation still has. */
  remainingMs(): number;
}

/** Event of the `probe` Lambda; it answers with a `Look`. */
export interface ProbeEvent {
  databaseId: string;
  /** What RDS reports at this look. For a probe that can't ask the database itself. */
  status?: string;
  /**
   * The look is about sleep: a probe that knows the past tells who was connected in the last `ms` milliseconds; what was before `notBefore`
   * (milliseconds since the epoch: this awake period's beginning) says nothing. Missing: it is enough to know whether the database answers.
   */
  quiet?: { ms: number; notBefore: number };
  /** Also VACUUM and ANALYZE within this many seconds. */
  tidySeconds?: number;
}

/** Event of the `reconcile` Lambda, besides EventBridge's own (schedule, RDS events). */
export interface ReconcileEvent {
  databaseId: string;
  cause: { kind: "button" | "request" | "hold" | "timer" | "schedule" | "rds-event" | "stop" | "look" | "release" | "job"; by: string };
  /** One decision and its answer, then return: for a caller who waits. */
  once?: boolean;
}

/** An item of the `signals` table, which has a stream: how the VPC's functions call for a reconcile. The truth (a wake intent) stands in the state item. */
export interface Signal {
  v: 1;
  id: string;
  databaseId: string;
  kind: "wake" | "look";
  by: string;
  at: number;
  /** Seconds since the epoch, DynamoDB's TTL. */
  expiresAt: number;
}
