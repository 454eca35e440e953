/**
 * Every status that RDS gives a DB instance, and what it means for sleep.
 * Source: "Viewing Amazon RDS DB instance status", Amazon RDS User Guide
 * (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html).
 */

/**
 * - `running`: compute is billed and PostgreSQL answers, or is about to; only `available` itself can be stopped.
 * - `starting`, `stopping`, `stopped`: on its way, or asleep.
 * - `broken`: nothing that a start or a stop could change; a human is needed.
 * - `passing`: being made, renamed or removed; wait.
 */
export type StatusKind = "running" | "starting" | "stopping" | "stopped" | "broken" | "passing";

export interface StatusRow {
  kind: StatusKind;
  /** One sentence for people: what the instance is doing. */
  sentence: string;
  /** What a human should do, for a status that needs one. */
  doThis?: string;
}

const running = (sentence: string): StatusRow => ({ kind: "running", sentence });
const needs = (kind: StatusKind, sentence: string, doThis: string): StatusRow => ({ kind, sentence, doThis });

export const STATUSES: Readonly<Record<string, StatusRow>> = {
  available: running("The instance is up."),
  "backing-up": running("A backup is being made; the database can be used."),
  "configuring-enhanced-monitoring": running("Enhanced monitoring is being set up; the database can be used."),
  "configuring-iam-database-auth": running("IAM login is being set up; the database can be used."),
  "configuring-log-exports": running("Log exports are being set up; the database can be used."),
  "converting-to-vpc": running("The instance is being moved into a VPC."),
  maintenance: running("AWS is applying maintenance."),
  modifying: running("The instance is being modified."),
  "moving-to-vpc": running("The instance is being moved to another VPC."),
  rebooting: running("The instance is rebooting."),
  renaming: running("The instance is being renamed."),
  "resetting-master-credentials": running("The master password is being reset."),
  "storage-optimization": running("Storage is being optimized; the database can be used."),
  "storage-config-upgrade": running("The storage configuration is being upgraded; the database can be used."),
  "storage-initialization": running("Storage is being initialized; the database can be used, more slowly."),
  upgrading: running("The engine is being upgraded."),
  "incompatible-option-group": needs("running", "A change of option group failed.", "Choose an option group that fits the instance, in the RDS console."),
  "incompatible-parameters": needs(
    "running",
    "The parameter group holds values that the instance can't start with.",
    "Correct the parameter group, then reboot the instance.",
  ),
  "restore-error": needs("running", "Restoring the instance failed.", "Restore from another snapshot or point in time."),
  "storage-full": needs("running", "The storage is full; writes fail.", "Raise the allocated storage in the RDS console."),
  starting: { kind: "starting", sentence: "The instance is starting." },
  stopping: { kind: "stopping", sentence: "The instance is stopping." },
  stopped: { kind: "stopped", sentence: "The instance is stopped." },
  "inaccessible-encryption-credentials-recoverable": needs(
    "stopped",
    "The KMS key of the storage can't be used; a start works once it can be.",
    "Enable the KMS key and the grant for RDS, then wake the database.",
  ),
  creating: { kind: "passing", sentence: "The instance is being created." },
  "delete-precheck": needs("passing", "AWS is checking whether the instance can be deleted.", "If nobody meant to delete it, look who did in CloudTrail."),
  deleting: needs("passing", "The instance is being deleted.", "If nobody meant to delete it, restore it from its final snapshot."),
  failed: needs("broken", "The instance has failed.", "Restore it to a point in time; see the instance's events in RDS."),
  "inaccessible-encryption-credentials": needs(
    "broken",
    "The KMS key of the storage is gone.",
    "Recover the key, or restore a backup that another key encrypts.",
  ),
  "incompatible-network": needs(
    "broken",
    "The VPC has no room or no network for the instance.",
    "Free addresses in its subnets, or choose another subnet group.",
  ),
  "incompatible-restore": needs("broken", "The instance can't be restored to that point.", "Restore to another point in time."),
  "insufficient-capacity": needs("broken", "AWS has no capacity for this class in this zone.", "Wait and try again, or restore to another class or zone."),
  "not-found": needs(
    "broken",
    "RDS knows no instance of this name in this account and region.",
    "Check the name of the instance in the settings, its region and its account.",
  ),
};

const unknown: StatusRow = { kind: "passing", sentence: "RDS reports a status that Dormouse does not know." };

/** Whether the table tells what a status means. */
export const isKnown = (status: string): boolean => Object.hasOwn(STATUSES, status);

/** Total: a status that is not in the table is `passing`, which waits and stays up. */
export function statusRow(status: string): StatusRow {
  return isKnown(status) ? (STATUSES[status] ?? unknown) : unknown;
}
