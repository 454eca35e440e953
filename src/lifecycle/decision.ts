/** What `decide` takes and gives, and the closed set of codes. */
import type { Look } from "./look.ts";
import type { Blocker, Phase } from "./state.ts";

export type { Blocker };

/** What one run has seen. Times in milliseconds since the epoch. */
export interface Observation {
  /** The run that looks: only the clock that set a drain may end it without slack. */
  runner: string;
  /** From before RDS was asked. */
  at: number;
  /** DBInstanceStatus; `not-found` when RDS knows no such instance; null when RDS could not be asked. */
  status: string | null;
  /** Why it could not be asked: an error's name. */
  problem: string | null;
  automaticRestartAt: number | null;
  /** `hh:mm-hh:mm` UTC. */
  backupWindow: string | null;
  /** Newest automated backup; undefined when it was not asked for. */
  lastBackupAt?: number | null;
  /** Whether AWS has maintenance waiting for this instance; undefined when it was not asked for. */
  maintenancePending?: boolean;
  /** What the probe saw; null when it has not looked. */
  look: Look | null;
  /** Sessions of ours that this run's earlier tidyings opened and no write has recorded, because another run acted meanwhile. */
  unrecorded?: number;
  /** In [0, 1): spreads retries. */
  jitter: number;
}

export type Action =
  /** Record what was seen. */
  | "none"
  /** Ask the probe (with `tidy`: and VACUUM), then decide again. */
  | "look"
  /** Send StartDBInstance. */
  | "start"
  /** Raise the fence: nobody new is served. */
  | "drain"
  /** Write the window, then send StopDBInstance. */
  | "stop"
  /** A probe got its answer: serve. */
  | "serve"
  /** The probe gets no answer: do not serve. */
  | "unserve"
  /** Take the fence down. */
  | "lift"
  /** The phase follows what others did to the instance. */
  | "follow"
  /** Give up a wake that did not come about. */
  | "expire"
  /** Answer a person's stop with what stands against it. */
  | "refuse"
  /** Watch mode: what it would have done. */
  | "would-start"
  | "would-stop";

export const CODES = {
  "first-look": "Nobody has looked yet.",
  asleep: "The instance is stopped and nobody asked for it.",
  "wake-intent": "Somebody asked for the database: it is being started.",
  "start-retry": "A start that was sent has not shown; it is sent again.",
  "start-refused": "AWS refused the start; it is tried again.",
  "no-capacity": "AWS has no capacity for the instance's class; the start is tried again.",
  starting: "The instance is starting.",
  "still-stopping": "The instance is stopping; a wake waits for that.",
  "not-answering": "RDS says that the instance is up, and PostgreSQL does not answer yet.",
  serving: "A probe got its answer: the database serves.",
  "in-use": "Used within the idle limit.",
  lease: "Work that holds a lease keeps the database awake.",
  hold: "An operator keeps the database awake.",
  "outside-session": "A session that did not come through Dormouse keeps the database awake.",
  "backup-due": "The newest backup is too old, and the database has been used since: it stays up through its backup window.",
  "maintenance-pending": "AWS started the instance and has maintenance waiting: it stays up for that.",
  "maintenance-unknown": "AWS started the instance, and nobody could tell whether maintenance is waiting: it stays up until that is known.",
  untold: "Messages to users are still in the database: they are brought out before it sleeps.",
  "not-stoppable": "The idle limit has passed, and RDS stops an instance only when it is available.",
  blind: "The probe could not look: not knowing is no reason to stop.",
  "idle-limit": "Nobody has used the database for the idle limit.",
  "stop-requested": "A person asked for sleep.",
  "stop-refused": "A person asked for sleep, and something stands against it.",
  draining: "Requests that were let in are ending.",
  "wake-during-drain": "Somebody asked for the database before it was stopped: it goes on serving.",
  "stop-sent": "StopDBInstance was sent; waiting for RDS to show it.",
  "stop-lost": "The stop did not happen: the database goes on serving.",
  stopping: "The instance is stopping.",
  stopped: "The instance has stopped.",
  "stopped-in-aws": "Someone stopped the instance in AWS. That is respected.",
  "started-by-aws": "AWS started the instance by itself, after its maximum stopped time.",
  "started-in-aws": "Someone started the instance in AWS. That counts as use.",
  "status-stale": "The status may be older than the last action; the phase is kept.",
  "rds-unreachable": "RDS could not be asked; nothing is stopped.",
  "needs-human": "The instance needs a human.",
  waiting: "The instance is in a status that passes, or one that Dormouse does not know.",
  "unknown-version": "The state was written by a newer version of Dormouse; nothing is decided from it.",
  "wake-expired": "The wake did not come about in time and was given up.",
  "watch-would-stop": "Watch mode: the database would have been stopped.",
  "watch-would-start": "Watch mode: the database would have been started.",
} as const;

/** Closed: metrics, alarms, translations and the ledger compare it. */
export type Code = keyof typeof CODES;

export interface Decision {
  action: Action;
  code: Code;
  /** The sentence for people. */
  reason: string;
  /** When the next look is worth it; null: the scheduled check is enough. */
  nextCheckAt: number | null;
  phase: Phase;
  serving: boolean;
  attention: { code: string; what: string; doThis: string } | null;
  /** The next look may come up to a minute late: no run waits for it. */
  patient?: boolean;
  /** With `look`: also VACUUM and ANALYZE. */
  tidy?: boolean;
  /** With `look`: for how long nobody may have been connected, for a stop (milliseconds). */
  quietMs?: number;
  /** The wake intent that was read is answered, or given up. */
  clearsWake?: boolean;
  /** A stop made by someone: leases and the hold are void, and the intent with `clearsWake`. */
  voids?: boolean;
  /** Who is behind it, for the ledger; a phase's own starter when not told. */
  by?: string;
  cause?: string;
  startedBy?: "aws" | "outside" | "found" | "user";
  /** What stands against a stop by a person. */
  blockers?: Blocker[];
}
