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
import { mockClient } from "aws-sdk-client-mock";
import { afterEach, describe, expect, it } from "vitest";
import { type Served, serve } from "../../local/serve.ts";
import { patience } from "../../src/aws/clients.ts";
import { instance } from "../../src/aws/instance.ts";

const metadata = { $metadata: {}, message: "no" };
const rdsMock = mockClient(RDSClient);
afterEach(() => rdsMock.reset());
const mocked = () => instance({ rds: new RDSClient({ region: "eu-central-1" }), rdsOnce: new RDSClient({ region: "eu-central-1" }), stopTimeoutMs: 5000 });
const named = (name: string) => Object.assign(new Error("no"), { name });

describe("describing the instance", () => {
  it("tells status, restart time and backup window", async () => {
    const AutomaticRestartTime = new Date("2026-11-28T09:00:00Z");
    rdsMock.on(DescribeDBInstancesCommand, { DBInstanceIdentifier: "dormouse" }).resolves({
      DBInstances: [{ DBInstanceStatus: "stopped", AutomaticRestartTime, PreferredBackupWindow: "03:00-03:30" }],
    });
    expect(await mocked().describe("dormouse")).toEqual({ status: "stopped", automaticRestartAt: AutomaticRestartTime.getTime(), backupWindow: "03:00-03:30" });
  });

  it("tells what is missing as null, and a status that is not told as unknown", async () => {
    rdsMock.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{}] });
    expect(await mocked().describe("dormouse")).toEqual({ status: "unknown", automaticRestartAt: null, backupWindow: null });
  });

  it.each([
    ["the fault of the SDK's model", new DBInstanceNotFoundFault(metadata)],
    ["the shape's name", named("DBInstanceNotFoundFault")],
    ["the wire's code", named("DBInstanceNotFound")],
  ])("is not-found for %s", async (_, error) => {
    rdsMock.on(DescribeDBInstancesCommand).rejects(error);
    expect(await mocked().describe("dormouse")).toEqual({ status: "not-found", automaticRestartAt: null, backupWindow: null });
  });

  it("is not-found for an empty list", async () => {
    rdsMock.on(DescribeDBInstancesCommand).resolves({});
    expect((await mocked().describe("dormouse")).status).toBe("not-found");
  });

  it.each(["AccessDenied", "Throttling", "DBInstanceNotFoundButNotReally", "TimeoutError"])("throws %s: not knowing is no status", async (name) => {
    rdsMock.on(DescribeDBInstancesCommand).rejects(named(name));
    await expect(mocked().describe("dormouse")).rejects.toMatchObject({ name });
  });
});

describe("the newest backup", () => {
  it("is the newest automated one that can be used, over all pages", async () => {
    const at = (day: number, Status = "available") => ({ SnapshotCreateTime: new Date(Date.UTC(2026, 10, day)), Status });
    rdsMock
      .on(DescribeDBSnapshotsCommand, { Marker: undefined })
      .resolves({ DBSnapshots: [at(3), at(9), { Status: "creating" }], Marker: "two" })
      .on(DescribeDBSnapshotsCommand, { Marker: "two" })
      .resolves({ DBSnapshots: [at(12), at(20, "creating"), { Status: "available" }], Marker: "three" })
      .on(DescribeDBSnapshotsCommand, { Marker: "three" })
      .resolves({ DBSnapshots: [at(5)], Marker: "" });
    expect(await mocked().lastBackupAt("dormouse")).toBe(Date.UTC(2026, 10, 12));
    expect(rdsMock.commandCalls(DescribeDBSnapshotsCommand).map(({ args }) => args[0].input)).toEqual(
      [undefined, "two", "three"].map((Marker) => ({ DBInstanceIdentifier: "dormouse", SnapshotType: "automated", Marker })),
    );
  });

  it("is null when there is none, and an error when it can't be asked", async () => {
    rdsMock.on(DescribeDBSnapshotsCommand).resolves({});
    expect(await mocked().lastBackupAt("dormouse")).toBeNull();
    rdsMock.on(DescribeDBSnapshotsCommand).rejects(named("AccessDenied"));
    await expect(mocked().lastBackupAt("dormouse")).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

describe("pending maintenance", () => {
  const DBInstanceArn = "arn:aws:rds:eu-central-1:123456789012:db:dormouse";
  it.each([
    [undefined, false],
    [[], false],
    [[{ ResourceIdentifier: "arn", PendingMaintenanceActionDetails: [] }], false],
    [[{ ResourceIdentifier: "arn" }], false],
    [[{ ResourceIdentifier: "arn", PendingMaintenanceActionDetails: [{ Action: "system-update" }] }], true],
  ])("of %j is %s", async (PendingMaintenanceActions, pending) => {
    rdsMock.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ DBInstanceArn }] });
    rdsMock.on(DescribePendingMaintenanceActionsCommand).resolves({ ...(PendingMaintenanceActions ? { PendingMaintenanceActions } : {}) });
    expect(await mocked().maintenancePending("dormouse")).toBe(pending);
  });

  it("is asked for by the instance's ARN alone, which the look at the instance has told: IAM can narrow that, a filter it can't", async () => {
    rdsMock.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ DBInstanceArn }] });
    rdsMock.on(DescribePendingMaintenanceActionsCommand).resolves({});
    const asked = mocked();
    await asked.describe("dormouse");
    await asked.maintenancePending("dormouse");
    expect(rdsMock.commandCalls(DescribePendingMaintenanceActionsCommand).map(({ args }) => args[0].input)).toEqual([{ ResourceIdentifier: DBInstanceArn }]);
    expect(rdsMock.commandCalls(DescribeDBInstancesCommand)).toHaveLength(1);
  });

  it("is unknown where the ARN is, or the call is refused; and none where RDS knows no such resource", async () => {
    rdsMock.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{}] });
    await expect(mocked().maintenancePending("dormouse")).rejects.toThrow("does not tell the ARN");
    rdsMock.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ DBInstanceArn }] });
    rdsMock.on(DescribePendingMaintenanceActionsCommand).rejects(named("AccessDenied"));
    await expect(mocked().maintenancePending("dormouse")).rejects.toMatchObject({ name: "AccessDenied" });
    rdsMock.on(DescribePendingMaintenanceActionsCommand).rejects(named("ResourceNotFoundFault"));
    expect(await mocked().maintenancePending("dormouse")).toBe(false);
  });
});

describe("start and stop", () => {
  it("are sent for the named instance, and what RDS refuses is thrown by its name", async () => {
    rdsMock.on(StartDBInstanceCommand).resolves({}).on(StopDBInstanceCommand).resolves({});
    await mocked().start("dormouse");
    await mocked().stop("dormouse");
    expect(rdsMock.calls().map(({ args }) => args[0].input)).toEqual([{ DBInstanceIdentifier: "dormouse" }, { DBInstanceIdentifier: "dormouse" }]);
    rdsMock.on(StartDBInstanceCommand).rejects(named("InsufficientDBInstanceCapacityFault"));
    rdsMock.on(StopDBInstanceCommand).rejects(new InvalidDBInstanceStateFault(metadata));
    await expect(mocked().start("dormouse")).rejects.toMatchObject({ name: "InsufficientDBInstanceCapacityFault" });
    await expect(mocked().stop("dormouse")).rejects.toMatchObject({ name: "InvalidDBInstanceStateFault" });
  });
});

/** The same adapter with real clients, as `functions/reconcile.ts` makes them, against an endpoint that misbehaves. */
describe("over a real socket", () => {
  let server: Served | undefined;
  afterEach(async () => {
    await server?.close();
    rdsMock.restore();
  });
  const described = `<DescribeDBInstancesResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceStatus>available</DBInstanceStatus></DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>`;
  const throttled = `<ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>`;

  /** Answers each call by the next of `answers`; null is silence, an answer without a body never ends. Counts the calls. */
  async function startRds(answers: (readonly [status: number, body?: string] | null)[], stopTimeoutMs = 5000, requestTimeoutMs = stopTimeoutMs) {
    rdsMock.restore();
    const seen = { calls: 0 };
    server = await serve(async (request, response) => {
      request.resume();
      const answer = answers[Math.min(seen.calls++, answers.length - 1)];
      if (!answer) return;
      response.writeHead(answer[0], { "content-type": "text/xml" }).flushHeaders();
      if (answer[1] !== undefined) response.end(answer[1]);
    }, {});
    const common = { endpoint: server.url, region: "eu-central-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } };
    const adapter = instance({
      rds: new RDSClient({ ...common, ...patience(500) }),
      rdsOnce: new RDSClient({ ...common, ...patience(requestTimeoutMs, 1) }),
      stopTimeoutMs,
    });
    return { adapter, seen };
  }

  it("a describe is tried again when it is throttled, and when no answer comes", async () => {
    const { adapter, seen } = await startRds([[400, throttled], null, [200, described]]);
    expect(await adapter.describe("dormouse")).toMatchObject({ status: "available" });
    expect(seen.calls).toBe(3);
  });

  it.each(["start", "stop"] as const)("a %s is sent once, also when it is throttled", async (what) => {
    const { adapter, seen } = await startRds([[400, throttled]]);
    await expect(adapter[what]("dormouse")).rejects.toMatchObject({ name: "Throttling" });
    expect(seen.calls).toBe(1);
  });

  it.each(["start", "stop"] as const)("a %s is sent once, also when the server fails", async (what) => {
    const { adapter, seen } = await startRds([[500, ""]]);
    await expect(adapter[what]("dormouse")).rejects.toThrow();
    expect(seen.calls).toBe(1);
  });

  it.each([
    ["start that nobody answers", "start", null],
    ["start whose answer never ends", "start", [200] as const],
    ["stop that nobody answers", "stop", null],
    ["stop whose answer never ends", "stop", [200] as const],
  ] as const)("a %s is given up after its timeout, and not sent again", async (_, what, answer) => {
    const { adapter, seen } = await startRds([answer], 300, 60_000);
    await expect(adapter[what]("dormouse")).rejects.toMatchObject({ name: expect.stringMatching(/^(TimeoutError|AbortError)$/) });
    expect(seen.calls).toBe(1);
  });
});
