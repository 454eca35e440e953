import type { Mode } from "./state.ts";

/** How the database is looked at: by a login from inside its network, or from outside by RDS's status and CloudWatch's count of connections. */
export type Probe = "inside" | "metrics";

/** What people set, and the margins of the protocol. All durations in milliseconds. */
export interface Policy {
  mode: Mode;
  probe: Probe;
  /** Without use for this long, the database goes to sleep. */
  idleMs: number;
  /** Between two scheduled checks. */
  checkMs: number;
  /** The longest request; a drain lasts as long. */
  drainMs: number;
  /** A wake that has not come about after this is given up, with attention. */
  wakeTimeoutMs: number;
  /** What a start by AWS itself gives, instead of the idle limit. */
  forcedStartGraceMs: number;
  /** 0: never wait for a backup. */
  maxBackupAgeMs: number;
  /** Clocks differ by at most this; always counted toward staying awake. */
  slackMs: number;
  /** VACUUM before sleep takes at most this long. */
  tidyMs: number;
  /** A StartDBInstance may be sent for this long after its write: later it could start what has been put to sleep again meanwhile. */
  startWindowMs: number;
  /** A StopDBInstance may be sent for this long after its write. */
  stopWindowMs: number;
  /** A StopDBInstance lands within this, or never: one attempt with this timeout. A StartDBInstance is sent in the same way. */
  stopTimeoutMs: number;
  /** For this long after an action DescribeDBInstances may show what was before. */
  staleMs: number;
  /** Between two looks while something is on its way. */
  lookMs: number;
  /** Between two looks while an outside session keeps the database up past its limit. */
  outsideLookMs: number;
  /** A stop by a person that was not carried out within this is void. */
  stopRequestMs: number;
  /** A stop that did not happen is tried again after twice this, then four times, and so on, at most an hour apart. */
  stopRetryMs: number;
  /** Longest wait for a backup window, or for pending maintenance, in one awake period. */
  safetyWaitMs: number;
  /** A message to a user that is older than this keeps the database up no longer: who could not bring it out for so long can't. */
  untoldMs: number;
  /** A stop that was given up for messages is tried again after this at the earliest. */
  tellMs: number;
  /** Attention when RDS could not be asked for this long. */
  unreachableAttentionMs: number;
  /** Attention when the probe could not look for this long. */
  blindAttentionMs: number;
  /** Attention when a stop that is due was refused for this long. */
  refusedAttentionMs: number;
  /** Attention when the first wake of an instance takes longer than this. */
  firstWakeAttentionMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The settings of `system.json`, in the units that people use. */
export interface Settings {
  mode: Mode;
  /** `inside` unless told. */
  probe?: Probe;
  idleMinutes: number;
  checkMinutes: number;
  drainSeconds: number;
  wakeTimeoutMinutes: number;
  forcedStartGraceMinutes: number;
  maxBackupAgeHours: number;
}

/** The policy that follows from the settings. The margins come from `docs/invariants.md`. */
export function policyOf(settings: Settings): Policy {
  const idleMs = settings.idleMinutes * MINUTE;
  return {
    mode: settings.mode,
    probe: settings.probe ?? "inside",
    idleMs,
    checkMs: settings.checkMinutes * MINUTE,
    drainMs: settings.drainSeconds * SECOND,
    wakeTimeoutMs: settings.wakeTimeoutMinutes * MINUTE,
    forcedStartGraceMs: settings.forcedStartGraceMinutes * MINUTE,
    maxBackupAgeMs: settings.maxBackupAgeHours * HOUR,
    slackMs: 5 * SECOND,
    tidyMs: 15 * SECOND,
    startWindowMs: 20 * SECOND,
    stopWindowMs: 20 * SECOND,
    stopTimeoutMs: 5 * SECOND,
    staleMs: 60 * SECOND,
    lookMs: 2 * SECOND,
    outsideLookMs: Math.min(MINUTE, idleMs / 4),
    stopRequestMs: 2 * MINUTE,
    stopRetryMs: MINUTE,
    safetyWaitMs: 26 * HOUR,
    untoldMs: 3 * HOUR,
    tellMs: Math.min(MINUTE, idleMs),
    unreachableAttentionMs: 10 * MINUTE,
    blindAttentionMs: 2 * HOUR,
    refusedAttentionMs: 12 * HOUR,
    firstWakeAttentionMs: 20 * MINUTE,
  };
}

/**
 * How often a container touches the activity time at most (milliseconds). A use between two touches is not recorded, so the interval
 * must not be longer than the drain: the stop itself comes at least a drain after the limit, hence never within the limit of any use.
 */
export function touchEveryMs(policy: Pick<Policy, "idleMs" | "drainMs">): number {
  return Math.min(MINUTE, policy.idleMs / 10, policy.drainMs);
}
