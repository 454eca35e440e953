/** What safety asks for before sleep: a backup, and AWS's maintenance. */
import type { Decision } from "./decision.ts";
import { idleFrom } from "./idle.ts";
import type { Policy } from "./policy.ts";
import type { DatabaseState } from "./state.ts";
import type { View } from "./view.ts";
import { clock, span } from "./words.ts";

/** Whether the newest backup, made at `newest` (ms), is older than the policy allows, and lacks something. */
export function backupIsDue(s: DatabaseState, p: Policy, newest: number, now: number): boolean {
  // What nobody has used since its newest backup holds nothing that this one lacks; and RDS keeps it: time spent stopped is no part of the retention period
  // ("Backup retention period", Amazon RDS User Guide). A period that AWS has begun by itself is no use.
  const used = Math.max(idleFrom(s), s.startedBy?.cause === "aws" ? 0 : (s.awakeSince ?? s.phaseSince)) > newest;
  return p.maxBackupAgeMs > 0 && used && now - newest > p.maxBackupAgeMs;
}

/**
 * Attention once a wait for a backup was in vain: backups fail, or are not made, and until somebody mends it each wake lasts as long as such a wait. It
 * stands until there is a newer backup, also while asleep.
 */
export function backupMissing(s: DatabaseState, p: Policy, now: number): Decision["attention"] {
  if (s.backupMissedAt === null || s.lastBackupAt === null || p.maxBackupAgeMs === 0) return null;
  return {
    code: "backup-missing",
    what: `The newest automated backup is ${span(now - s.lastBackupAt)} old; the database stayed up for one until ${clock(s.backupMissedAt, now)}, and none was made.`,
    doThis: `See the instance's events and backup settings in RDS. Until there is a backup, each use keeps it awake for up to ${span(p.safetyWaitMs)}.`,
  };
}

/** Sleep must not cost safety: no automatic backup is made while stopped, and AWS's forced start exists for maintenance. Both waits have an end. */
export function safetyWait({ o, s, p, now, keep }: View): Decision | null {
  const upFor = now - (s.awakeSince ?? s.phaseSince);
  if (upFor > p.safetyWaitMs) return null;
  const newestBackup = o.lastBackupAt ?? s.lastBackupAt;
  if (newestBackup !== null && backupIsDue(s, p, newestBackup, now))
    return keep({
      action: "none",
      code: "backup-due",
      reason: `the newest backup is ${span(now - newestBackup)} old; staying up through the backup window${o.backupWindow ? ` ${o.backupWindow} UTC` : ""}`,
      nextCheckAt: now + p.checkMs,
    });
  if (s.startedBy?.cause !== "aws") return null;
  if (o.maintenancePending === undefined)
    return keep({
      action: "none",
      code: "maintenance-unknown",
      reason: "AWS started it, and nobody could tell whether maintenance is waiting; staying up until that is known",
      nextCheckAt: now + p.checkMs,
      ...(upFor > p.blindAttentionMs ? { attention: untold(now - upFor, now) } : {}),
    });
  if (o.maintenancePending)
    return keep({
      action: "none",
      code: "maintenance-pending",
      reason: "AWS started it and has maintenance waiting; staying up for that",
      nextCheckAt: now + p.checkMs,
    });
  return null;
}

const untold = (since: number, now: number) => ({
  code: "maintenance-unknown",
  what: `AWS started the instance at ${clock(since, now)}, and RDS has not told since whether maintenance is waiting for it.`,
  doThis: "See the log of `reconcile` for what RDS answers; its role needs rds:DescribePendingMaintenanceActions.",
});
