/** The DB instance through Amazon RDS. Only `reconcile` has it. */
import {
  type DBInstance,
  DBInstanceNotFoundFault,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  DescribePendingMaintenanceActionsCommand,
  type RDSClient,
  ResourceNotFoundFault,
  StartDBInstanceCommand,
  StopDBInstanceCommand,
} from "@aws-sdk/client-rds";
import type { Described, Instance } from "../lifecycle/ports.ts";

export interface RdsOptions {
  /** For reads: retried by the SDK, with back-off and jitter. */
  rds: RDSClient;
  /** For starts and stops: one attempt. A stop that is sent again by a client could land after its fence; a start is sent again by the rules, after a look. */
  rdsOnce: RDSClient;
  /** How long a stop, or a start, may take on its way (ms). */
  stopTimeoutMs: number;
}

/** RDS names this error by its wire code or by its shape (`DBInstanceNotFoundFault`), depending on who reads it. */
const notFound = (error: unknown): boolean =>
  error instanceof DBInstanceNotFoundFault || (error instanceof Error && /^DBInstanceNotFound(Fault)?$/.test(error.name));

export function instance({ rds, rdsOnce, stopTimeoutMs }: RdsOptions): Instance {
  const once = () => ({ abortSignal: AbortSignal.timeout(stopTimeoutMs) });
  // An instance of the same name has the same ARN: it is learned once for each container.
  const arns = new Map<string, string>();
  const find = async (databaseId: string): Promise<DBInstance | undefined> => {
    const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: databaseId }));
    const arn = DBInstances[0]?.DBInstanceArn;
    if (arn !== undefined) arns.set(databaseId, arn);
    return DBInstances[0];
  };
  return {
    async describe(databaseId): Promise<Described> {
      try {
        const found = await find(databaseId);
        if (found === undefined) return { status: "not-found", automaticRestartAt: null, backupWindow: null };
        return {
          status: found.DBInstanceStatus ?? "unknown",
          automaticRestartAt: found.AutomaticRestartTime?.getTime() ?? null,
          backupWindow: found.PreferredBackupWindow ?? null,
        };
      } catch (error) {
        if (notFound(error)) return { status: "not-found", automaticRestartAt: null, backupWindow: null };
        throw error;
      }
    },
    async lastBackupAt(databaseId) {
      let newest: number | null = null;
      let Marker: string | undefined;
      do {
        const page = await rds.send(new DescribeDBSnapshotsCommand({ DBInstanceIdentifier: databaseId, SnapshotType: "automated", Marker }));
        for (const snapshot of page.DBSnapshots ?? []) {
          const at = snapshot.SnapshotCreateTime?.getTime() ?? 0;
          if (snapshot.Status === "available" && at > (newest ?? 0)) newest = at;
        }
        Marker = page.Marker;
      } while (Marker);
      return newest;
    },
    async maintenancePending(databaseId) {
      // By the ARN, not by a filter: the service authorization reference of Amazon RDS has `db` as an optional resource of this action, and a call that names
      // no resource is checked on `*` (qonto/prometheus-rds-exporter#96). So the role's policy can name the one instance.
      const ResourceIdentifier = arns.get(databaseId) ?? (await find(databaseId))?.DBInstanceArn;
      if (ResourceIdentifier === undefined) throw new Error(`RDS does not tell the ARN of ${databaseId}`);
      try {
        const { PendingMaintenanceActions = [] } = await rds.send(new DescribePendingMaintenanceActionsCommand({ ResourceIdentifier }));
        // One that waits for no reason of its own (no action) is none.
        return PendingMaintenanceActions.some((resource) => (resource.PendingMaintenanceActionDetails ?? []).length > 0);
      } catch (error) {
        // The API names this error for a resource that it does not find; nothing waits for one that is not there.
        if (error instanceof ResourceNotFoundFault || (error instanceof Error && /^ResourceNotFound(Fault)?$/.test(error.name))) return false;
        throw error;
      }
    },
    async start(databaseId) {
      await rdsOnce.send(new StartDBInstanceCommand({ DBInstanceIdentifier: databaseId }), once());
    },
    async stop(databaseId) {
      await rdsOnce.send(new StopDBInstanceCommand({ DBInstanceIdentifier: databaseId }), once());
    },
  };
}
