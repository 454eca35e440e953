/** What safety asks for before sleep: a backup, and AWS's maintenance. */
import type { Decision } from "./decision.ts";
import { idleFrom } from "./idle.ts";
import type { View } from "./view.ts";
import { clock, span } from "./words.ts";

/** Sleep must not cost safety: no automatic backup is made while stopped, and AWS's forced start exists for maintenance. Both waits have an end. */
export function safetyWait({ o, s, p, now, keep }: View): Decision | null {
  const upFor = now - (s.awakeSince ?? s.phaseSince);
  if (upFor > p.safetyWaitMs) return null;
  const newestBackup = o.lastBackupAt ?? s.lastBackupAt;
  // What nobody has used since its newest backup holds nothing that this one lacks; and RDS keeps it: time spent stopped is no part of the retention period
  // ("Backup retention period", Amazon RDS User Guide). A period that AWS has begun by itself is no use.
  const used = newestBackup !== null && Math.max(idleFrom(s), s.startedBy?.cause === "aws" ? 0 : (s.awakeSince ?? s.phaseSince)) > newestBackup;
  if (p.maxBackupAgeMs > 0 && used && now - newestBackup > p.maxBackupAgeMs)
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
