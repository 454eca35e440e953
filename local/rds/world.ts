/** The simulated instance as plain JSON. Times are milliseconds since the epoch. */
import type { DBInstance, DBSnapshot, ResourcePendingMaintenanceActions } from "@aws-sdk/client-rds";
import { answers } from "./statuses.ts";

export interface Faults {
  noCapacity: boolean;
  /** So many next calls are answered with Throttling. */
  throttle: number;
  dropEvents: boolean;
  delayEventsMs: number;
  duplicateEvents: boolean;
  /** So many next starts or stops happen without an answer. */
  loseReplies: number;
  /** Describe shows the status of so long ago. */
  staleMs: number;
}

export interface Snapshot {
  id: string;
  at: number;
  type: "automated" | "manual";
}

/** An event in EventBridge's shape. */
export interface RdsEvent {
  version: "0";
  id: string;
  "detail-type": string;
  source: string;
  account: string;
  /** UTC, to the second. */
  time: string;
  region: string;
  resources: string[];
  detail: {
    EventCategories: string[];
    SourceType: "DB_INSTANCE";
    SourceArn: string;
    Date: string;
    Message: string;
    SourceIdentifier: string;
    EventID: string;
  };
}

export interface World {
  v: 1;
  id: string;
  endpoint: { host: string; port: number };
  createdAt: number;
  pace: { startMs: number; stopMs: number; backupMs: number; maintenanceMs: number };
  /** `hh:mm-hh:mm` in UTC; null: no daily backup. */
  backupWindow: string | null;
  status: string;
  statusSince: number;
  /** The status that time brings. */
  next: { at: number; status: string } | null;
  /** When the instance reached `stopped`; null while it runs. */
  stoppedAt: number | null;
  /** When PostgreSQL last went down; null while it is up. */
  downAt: number | null;
  /** Start of the last backup that the daily window made. */
  windowBackupAt: number | null;
  snapshots: Snapshot[];
  maintenance: { action: string; description: string; since: number } | null;
  faults: Faults;
  /** What a stale look may still show, oldest first, the current status last. */
  history: { status: string; at: number }[];
  /** Events that are on their way. */
  delayed: { at: number; event: RdsEvent }[];
  /** Counts events, so that each has an id of its own. */
  made: number;
}

/** The errors by their codes on the wire. */
export type ErrorCode =
  | "InvalidDBInstanceState"
  | "DBInstanceNotFound"
  | "InsufficientDBInstanceCapacity"
  | "DBSnapshotAlreadyExists"
  | "InvalidParameterValue"
  | "InvalidParameterCombination"
  | "ResourceNotFoundFault"
  | "Throttling";

export interface Refusal {
  kind: "error";
  code: ErrorCode;
  httpStatus: number;
  message: string;
}

/** `lost`: it happened, and the caller never hears of it. */
export type Reply<T = unknown> = { kind: "answer"; result: T } | Refusal | { kind: "lost" };

/** What each action answers, in the SDK's shapes. */
export interface Results {
  DescribeDBInstances: { DBInstances: DBInstance[] };
  StartDBInstance: { DBInstance: DBInstance };
  StopDBInstance: { DBInstance: DBInstance };
  DescribeDBSnapshots: { DBSnapshots: DBSnapshot[] };
  DescribePendingMaintenanceActions: { PendingMaintenanceActions: ResourcePendingMaintenanceActions[] };
}
export type Action = keyof Results;
export type Input = Record<string, unknown>;

/** One step of the model. `events` are to be delivered now, in this order. */
export interface Step<T = Reply> {
  world: World;
  reply: T;
  events: RdsEvent[];
}

/** AWS starts an instance that was stopped for so long. */
export const longestStopMs = 7 * 86_400_000;

export const noFaults: Faults = {
  noCapacity: false,
  throttle: 0,
  dropEvents: false,
  delayEventsMs: 0,
  duplicateEvents: false,
  loseReplies: 0,
  staleMs: 0,
};

export interface WorldOptions {
  id?: string | undefined;
  startSeconds?: number | undefined;
  stopSeconds?: number | undefined;
  host?: string | undefined;
  port?: number | undefined;
  /** `hh:mm-hh:mm` in UTC, 03:00-03:30 unless told; null: no daily backup. */
  backupWindow?: string | null | undefined;
}

/** A stopped instance with one automated snapshot, as if all of it had been made at `now`. */
export function freshWorld(now: number, options: WorldOptions = {}): World {
  const id = options.id ?? "dormouse";
  return {
    v: 1,
    id,
    endpoint: { host: options.host ?? "127.0.0.1", port: options.port ?? 5432 },
    createdAt: now,
    pace: paceOf(options.startSeconds ?? 20, options.stopSeconds ?? 8),
    backupWindow: options.backupWindow === undefined ? "03:00-03:30" : options.backupWindow,
    status: "stopped",
    statusSince: now,
    next: null,
    stoppedAt: now,
    downAt: now,
    windowBackupAt: null,
    snapshots: [automatedSnapshot(id, now)],
    maintenance: null,
    faults: noFaults,
    history: [{ status: "stopped", at: now }],
    delayed: [],
    made: 0,
  };
}

/** A backup takes as long as a stop, maintenance as long as a start. */
export function paceOf(startSeconds: number, stopSeconds: number): World["pace"] {
  const startMs = Math.round(startSeconds * 1000);
  const stopMs = Math.round(stopSeconds * 1000);
  return { startMs, stopMs, backupMs: stopMs, maintenanceMs: startMs };
}

/** Whether PostgreSQL accepts connections. */
export function databaseUp(world: World): boolean {
  return answers(world.status);
}

/** Changes the status, and what follows from it. `next` is what time brings, unless something else happens before. */
export function enter(world: World, at: number, status: string, next: World["next"] = null): World {
  // Of the past, as much as a stale look can still see: everything newer than the cut, and the one status that held at the cut.
  const cut = at - world.faults.staleMs;
  const past = world.history.filter((_, i) => (world.history[i + 1]?.at ?? at) > cut);
  const up = answers(status);
  return {
    ...world,
    status,
    statusSince: at,
    next,
    stoppedAt: status === "stopped" ? at : up ? null : world.stoppedAt,
    downAt: up ? null : (world.downAt ?? at),
    history: [...past, { status, at }],
  };
}

export function refuse(code: ErrorCode, message: string): Refusal {
  return { kind: "error", code, httpStatus: code === "DBInstanceNotFound" || code === "ResourceNotFoundFault" ? 404 : 400, message };
}

export function withFaults(world: World, faults: Partial<Faults>): World {
  return { ...world, faults: { ...world.faults, ...faults } };
}

/** The newest eight are kept, about what a retention of seven days keeps. */
export function withSnapshot(world: World, snapshot: Snapshot): World {
  return { ...world, snapshots: [...world.snapshots.filter((s) => s.id !== snapshot.id), snapshot].slice(-8) };
}

export function automatedSnapshot(id: string, at: number): Snapshot {
  return { id: `rds:${id}-${new Date(at).toISOString().slice(0, 16).replace(/[T:]/g, "-")}`, at, type: "automated" };
}
