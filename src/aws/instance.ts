/** The DB instance through Amazon RDS. Only `reconcile` has it. */
import {
  DBInstanceNotFoundFault,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  DescribePendingMaintenanceActionsCommand,
  type RDSClient,
  StartDBInstanceCommand,
  StopDBInstanceCommand,
} from "@aws-sdk/client-rds";
import type { Described, Instance } from "../lifecycle/ports.ts";

export interface RdsOptions {
  /** For reads and starts: retried by the SDK, with back-off and jitter. */
  rds: RDSClient;
  /** For stops: one attempt. A stop that is sent again by a client could land after its fence. */
  rdsOnce: RDSClient;
  /** How long a stop may take on its way (ms). */
  stopTimeoutMs: number;
}

/** RDS names this error by its wire code or by its shape (`DBInstanceNotFoundFault`), depending on who reads it. */
const notFound = (error: unknown): boolean =>
  error instanceof DBInstanceNotFoundFault || (error instanceof Error && /^DBInstanceNotFound(Fault)?$/.test(error.name));

export function instance({ rds, rdsOnce, stopTimeoutMs }: RdsOptions): Instance {
  return {
    async describe(databaseId): Promise<Described> {
      try {
        const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: databaseId }));
        const found = DBInstances[0];
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
      // The answer is filtered by the instance's name; one that waits for no reason of its own (no action) is none.
      const { PendingMaintenanceActions = [] } = await rds.send(
        new DescribePendingMaintenanceActionsCommand({ Filters: [{ Name: "db-instance-id", Values: [databaseId] }] }),
      );
      return PendingMaintenanceActions.some((resource) => (resource.PendingMaintenanceActionDetails ?? []).length > 0);
    },
    async start(databaseId) {
      await rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier: databaseId }));
    },
    async stop(databaseId) {
      await rdsOnce.send(new StopDBInstanceCommand({ DBInstanceIdentifier: databaseId }), { abortSignal: AbortSignal.timeout(stopTimeoutMs) });
    },
  };
}
