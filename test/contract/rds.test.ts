import {
  DBInstanceNotFoundFault,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  DescribePendingMaintenanceActionsCommand,
  InvalidDBInstanceStateFault,
  RDSClient,
  StartDBInstanceCommand,
  StopDBInstanceCommand,
} from "@aws-sdk/client-rds";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contractEndpoint, type Endpoint, until } from "./endpoint.ts";

let endpoint: Endpoint;
let rds: RDSClient;
let id: { DBInstanceIdentifier: string };
beforeAll(async () => {
  endpoint = await contractEndpoint("rds");
  rds = new RDSClient(endpoint.config);
  id = { DBInstanceIdentifier: endpoint.instanceId };
});
afterAll(async () => {
  rds?.destroy();
  await endpoint?.close();
});

const instance = async () => {
  const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand(id));
  if (!DBInstances[0]) throw new Error("described nothing");
  return DBInstances[0];
};
const status = async () => (await instance()).DBInstanceStatus;
const nobody = { DBInstanceIdentifier: "nobody-has-this-name" };

describe("RDS", { timeout: 60 * 60_000 }, () => {
  test("describes an instance with what the lifecycle reads", async () => {
    const found = await instance();
    expect(found).toMatchObject({
      DBInstanceIdentifier: endpoint.instanceId,
      DBInstanceStatus: expect.stringMatching(/^[a-z-]+$/),
      Engine: "postgres",
      Endpoint: { Address: expect.any(String), Port: expect.any(Number) },
      DBInstanceArn: expect.stringMatching(/^arn:aws:rds:.*:db:/),
      PreferredBackupWindow: expect.stringMatching(/^\d\d:\d\d-\d\d:\d\d$/),
      InstanceCreateTime: expect.any(Date),
    });
  });

  test("knows nobody of another name, whatever is asked of it", async () => {
    await expect(rds.send(new DescribeDBInstancesCommand(nobody))).rejects.toBeInstanceOf(DBInstanceNotFoundFault);
    await expect(rds.send(new StartDBInstanceCommand(nobody))).rejects.toBeInstanceOf(DBInstanceNotFoundFault);
    await expect(rds.send(new StopDBInstanceCommand(nobody))).rejects.toBeInstanceOf(DBInstanceNotFoundFault);
  });

  test("lists an instance's automated snapshots with their times", async () => {
    const { DBSnapshots } = await rds.send(new DescribeDBSnapshotsCommand({ ...id, SnapshotType: "automated" }));
    expect(DBSnapshots).toBeInstanceOf(Array);
    for (const snapshot of DBSnapshots ?? []) {
      expect(snapshot).toMatchObject({ SnapshotType: "automated", DBInstanceIdentifier: endpoint.instanceId, SnapshotCreateTime: expect.any(Date) });
    }
  });

  test("lists pending maintenance, by the instance's name or its ARN", async () => {
    const byName = await rds.send(new DescribePendingMaintenanceActionsCommand({ Filters: [{ Name: "db-instance-id", Values: [endpoint.instanceId] }] }));
    const byArn = await rds.send(new DescribePendingMaintenanceActionsCommand({ ResourceIdentifier: (await instance()).DBInstanceArn }));
    expect(byName.PendingMaintenanceActions).toBeInstanceOf(Array);
    expect(byArn.PendingMaintenanceActions).toEqual(byName.PendingMaintenanceActions);
  });

  test("starts a stopped instance and stops an available one, and refuses either in any other status", async () => {
    if ((await status()) === "available") await rds.send(new StopDBInstanceCommand(id));
    await until(endpoint, status, "stopped");
    const stopped = await instance();
    expect(stopped.AutomaticRestartTime?.getTime()).toBeLessThanOrEqual(Date.now() + 7 * 86_400_000 + 60_000);
    expect(stopped.AutomaticRestartTime?.getTime()).toBeGreaterThan(Date.now());
    await expect(rds.send(new StopDBInstanceCommand(id))).rejects.toBeInstanceOf(InvalidDBInstanceStateFault);

    const started = await rds.send(new StartDBInstanceCommand(id));
    expect(started.DBInstance).toMatchObject({ DBInstanceIdentifier: endpoint.instanceId, DBInstanceStatus: "starting" });
    await expect(rds.send(new StartDBInstanceCommand(id))).rejects.toBeInstanceOf(InvalidDBInstanceStateFault);
    await expect(rds.send(new StopDBInstanceCommand(id))).rejects.toBeInstanceOf(InvalidDBInstanceStateFault);
    await until(endpoint, status, "available");
    expect((await instance()).AutomaticRestartTime).toBeUndefined();
    expect((await instance()).LatestRestorableTime).toBeInstanceOf(Date);
    await expect(rds.send(new StartDBInstanceCommand(id))).rejects.toBeInstanceOf(InvalidDBInstanceStateFault);

    const stopping = await rds.send(new StopDBInstanceCommand(id));
    expect(stopping.DBInstance?.DBInstanceStatus).toBe("stopping");
    await expect(rds.send(new StartDBInstanceCommand(id))).rejects.toBeInstanceOf(InvalidDBInstanceStateFault);
    await until(endpoint, status, "stopped");
  });
});
