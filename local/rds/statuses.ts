/** Every status of an RDS DB instance (user guide, "Viewing Amazon RDS DB instance status"), and whether its PostgreSQL answers in it. */

const up = [
  "available",
  "backing-up",
  "configuring-enhanced-monitoring",
  "configuring-iam-database-auth",
  "configuring-log-exports",
  "converting-to-vpc",
  "incompatible-option-group",
  "maintenance",
  "modifying",
  "moving-to-vpc",
  "renaming",
  "resetting-master-credentials",
  "storage-config-upgrade",
  "storage-initialization",
  "storage-optimization",
] as const;

/** `storage-full` is here because of RDS-EVENT-0221: "the database has been shut down". */
const down = [
  "creating",
  "delete-precheck",
  "deleting",
  "failed",
  "inaccessible-encryption-credentials",
  "inaccessible-encryption-credentials-recoverable",
  "incompatible-network",
  "incompatible-parameters",
  "incompatible-restore",
  "insufficient-capacity",
  "rebooting",
  "restore-error",
  "starting",
  "stopped",
  "stopping",
  "storage-full",
  "upgrading",
] as const;

export const statuses: readonly string[] = [...up, ...down].sort();

const downSet = new Set<string>(down);

/** Whether PostgreSQL accepts connections in this status. A status that nobody knows yet counts as running: AWS adds names for work on live instances. */
export function answers(status: string): boolean {
  return !downSet.has(status);
}
