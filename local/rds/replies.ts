/** What the describing calls answer, in the shapes of `@aws-sdk/client-rds`. What is not simulated is refused, never ignored. */
import type { DBInstance } from "@aws-sdk/client-rds";
import { account, databaseResourceId, region } from "../gate.ts";
import { type Input, longestStopMs, type Refusal, type Reply, type Results, refuse, type World } from "./world.ts";

const fiveMinutes = 300_000;

/** The instance, seen with this status: the true one, or the one that a stale look shows. */
export function describeInstance(world: World, now: number, status: string): DBInstance {
  const restorableAt = Math.max(newestSnapshotAt(world), Math.floor((world.downAt ?? now) / fiveMinutes) * fiveMinutes);
  return {
    DBInstanceIdentifier: world.id,
    DBInstanceClass: "db.t4g.micro",
    Engine: "postgres",
    EngineVersion: "18.4",
    DBInstanceStatus: status,
    MasterUsername: "postgres",
    DBName: "app",
    Endpoint: { Address: world.endpoint.host, Port: world.endpoint.port, HostedZoneId: "Z1RLNUO7B9Q6NB" },
    AllocatedStorage: 20,
    InstanceCreateTime: new Date(world.createdAt),
    PreferredBackupWindow: world.backupWindow ?? "03:00-03:30",
    BackupRetentionPeriod: world.backupWindow === null ? 0 : 7,
    AvailabilityZone: `${region}a`,
    PreferredMaintenanceWindow: "sun:04:00-sun:04:30",
    PendingModifiedValues: {},
    ...(world.snapshots.length > 0 ? { LatestRestorableTime: new Date(restorableAt) } : {}),
    MultiAZ: false,
    ReadReplicaDBInstanceIdentifiers: [],
    PubliclyAccessible: false,
    StorageType: "gp3",
    StorageEncrypted: true,
    DbiResourceId: databaseResourceId,
    CACertificateIdentifier: "rds-ca-rsa2048-g1",
    DBInstanceArn: arnOf(world),
    IAMDatabaseAuthenticationEnabled: true,
    DeletionProtection: true,
    TagList: [],
    ...(status === "stopped" && world.stoppedAt !== null ? { AutomaticRestartTime: new Date(world.stoppedAt + longestStopMs) } : {}),
  };
}

export function describeInstances(world: World, now: number, input: Input): Reply<Results["DescribeDBInstances"]> {
  const refused = unknownInput(input, ["DBInstanceIdentifier", "MaxRecords"]);
  if (refused) return refused;
  const { DBInstanceIdentifier: id } = input;
  if (id !== undefined && id !== world.id && id !== arnOf(world)) return refuse("DBInstanceNotFound", `DBInstance ${id} not found.`);
  return { kind: "answer", result: { DBInstances: [describeInstance(world, now, shownStatus(world, now))] } };
}

export function describeSnapshots(world: World, input: Input): Reply<Results["DescribeDBSnapshots"]> {
  const refused = unknownInput(input, ["DBInstanceIdentifier", "DBSnapshotIdentifier", "SnapshotType", "MaxRecords"]);
  if (refused) return refused;
  const { DBInstanceIdentifier: id, DBSnapshotIdentifier: snapshotId, SnapshotType: type } = input;
  const found = world.snapshots.filter(
    (s) =>
      (id === undefined || id === world.id || id === arnOf(world)) &&
      (snapshotId === undefined || s.id === snapshotId) &&
      (type === undefined || s.type === type),
  );
  return {
    kind: "answer",
    result: {
      DBSnapshots: found.map((s) => ({
        DBSnapshotIdentifier: s.id,
        DBInstanceIdentifier: world.id,
        SnapshotCreateTime: new Date(s.at),
        Engine: "postgres",
        AllocatedStorage: 20,
        Status: "available",
        SnapshotType: s.type,
        PercentProgress: 100,
        Encrypted: true,
        DBSnapshotArn: `arn:aws:rds:${region}:${account}:snapshot:${s.id}`,
      })),
    },
  };
}

export function describeMaintenance(world: World, input: Input): Reply<Results["DescribePendingMaintenanceActions"]> {
  const refused = unknownInput(input, ["ResourceIdentifier", "Filters", "MaxRecords"]);
  if (refused) return refused;
  const { ResourceIdentifier: arn, Filters: filters = [] } = input;
  if (arn !== undefined && !String(arn).startsWith("arn:")) return refuse("InvalidParameterValue", `Invalid resource name: ${arn}`);
  if (arn !== undefined && arn !== arnOf(world)) return refuse("ResourceNotFoundFault", `The specified resource name does not match an RDS resource: ${arn}`);
  const wanted: unknown[] = [];
  for (const filter of Array.isArray(filters) ? filters : [filters]) {
    if (filter?.Name !== "db-instance-id") return refuse("InvalidParameterValue", `Unrecognized filter name: ${filter?.Name}`);
    wanted.push(filter.Values);
  }
  const asked = wanted.every((ids) => Array.isArray(ids) && (ids.includes(world.id) || ids.includes(arnOf(world))));
  if (world.maintenance === null || !asked) return { kind: "answer", result: { PendingMaintenanceActions: [] } };
  const { action, description, since } = world.maintenance;
  return {
    kind: "answer",
    result: {
      PendingMaintenanceActions: [
        {
          ResourceIdentifier: arnOf(world),
          PendingMaintenanceActionDetails: [{ Action: action, Description: description, CurrentApplyDate: new Date(since) }],
        },
      ],
    },
  };
}

/** The status of `staleMs` ago. */
export function shownStatus(world: World, now: number): string {
  const cut = now - world.faults.staleMs;
  const shown = world.history.findLast((h) => h.at <= cut) ?? world.history[0];
  return shown?.status ?? world.status;
}

function newestSnapshotAt(world: World): number {
  return world.snapshots.at(-1)?.at ?? world.createdAt;
}

function arnOf(world: World): string {
  return `arn:aws:rds:${region}:${account}:db:${world.id}`;
}

function unknownInput(input: Input, known: string[]): Refusal | null {
  const unknown = Object.keys(input).filter((name) => !known.includes(name));
  return unknown.length > 0 ? refuse("InvalidParameterCombination", `The simulated RDS does not know the parameter ${unknown.join(", ")} here.`) : null;
}
