import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DescribeDBInstancesCommand, DescribeDBSnapshotsCommand, RDSClient, StartDBInstanceCommand, StopDBInstanceCommand } from "@aws-sdk/client-rds";
import { SchedulerClient, UpdateScheduleCommand } from "@aws-sdk/client-scheduler";
import type { Context } from "aws-lambda";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { NOT_READY } from "../../src/aws/functions.ts";
import { ledger } from "../../src/aws/ledger.ts";
import { readState } from "../../src/aws/state-store.ts";
import type { Look } from "../../src/lifecycle/ports.ts";
import { type DatabaseState, initialState } from "../../src/lifecycle/state.ts";
import system from "../../system.json" with { type: "json" };
import { functionKey, type TestDynamoDB, testDynamoDB } from "../aws/dynamodb.ts";

const rds = mockClient(RDSClient);
const lambda = mockClient(LambdaClient);
const scheduler = mockClient(SchedulerClient);
const HOUR = 3_600_000;
let dynamodb: TestDynamoDB;
let reconcile: typeof import("../../functions/reconcile.ts");

/** So little time is left that a run decides once and leaves. */
const context = { getRemainingTimeInMillis: () => 30_000 } as Context;
const run = (event: unknown = { source: "aws.events" }) => reconcile.handler(event, context);
const state = () => readState({ dynamodb: dynamodb.client, table: "dormouse-state" }, "dormouse");
const given = (more: Partial<DatabaseState>) => dynamodb.put("dormouse-state", { ...initialState("dormouse", Date.now() - 24 * HOUR), ...more });
const says = (DBInstanceStatus: string) => rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ DBInstanceStatus }] });
const sees = (look: Look) => lambda.on(InvokeCommand).resolves({ Payload: new TextEncoder().encode(JSON.stringify(look)) as never });
const nobody: Look = { answered: true, sessions: [], newestOutsideAt: null, sessionCount: 0, tidied: null };
const idle = () => ({
  phase: "awake" as const,
  serving: true,
  period: 1,
  rdsStatus: "available",
  phaseSince: Date.now() - 5 * HOUR,
  awakeSince: Date.now() - 5 * HOUR,
  lastActivityAt: Date.now() - 4 * HOUR,
  observedAt: Date.now() - 60_000,
  firstLookAt: Date.now() - 24 * HOUR,
  code: "in-use",
});

beforeAll(async () => {
  dynamodb = await testDynamoDB("reconcile");
  const variables = {
    ...functionKey,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    POWERTOOLS_LOG_LEVEL: "SILENT",
    POWERTOOLS_SERVICE_NAME: "dormouse",
    DATABASE_ID: "dormouse",
    STATE_TABLE: "dormouse-state",
    LEDGER_TABLE: "dormouse-ledger",
    PROBE_FUNCTION: "dormouse-probe",
    PROBE: "inside",
    AWAKE_HOOK: "",
    TIMER_GROUP: "dormouse",
    TIMER_ROLE_ARN: "arn:aws:iam::123456789012:role/dormouse-timer",
    TIMER_TARGET_ARN: "arn:aws:lambda:eu-central-1:123456789012:function:dormouse-reconcile",
    TIMER_DEAD_LETTERS_ARN: "arn:aws:sqs:eu-central-1:123456789012:dormouse-dead-letters",
    IDLE_MINUTES: "60",
    CHECK_MINUTES: "15",
    DRAIN_SECONDS: "20",
    MODE: "manage",
    WAKE_TIMEOUT_MINUTES: "60",
    FORCED_START_GRACE_MINUTES: "10",
    MAX_BACKUP_AGE_HOURS: "168",
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  reconcile = await import("../../functions/reconcile.ts");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await dynamodb?.close();
});
beforeEach(async () => {
  rds.reset();
  lambda.reset();
  scheduler.reset();
  scheduler.on(UpdateScheduleCommand).resolves({});
  rds.on(DescribeDBSnapshotsCommand).resolves({ DBSnapshots: [{ Status: "available", SnapshotCreateTime: new Date() }] });
});

describe("the function reconcile", () => {
  it("asks for the variables that system.json gives it", () => {
    expect([...reconcile.variables].sort()).toEqual(Object.keys(system.functions.reconcile.environment).sort());
  });

  it("makes the state at its first look, and leaves a sleeping database asleep", async () => {
    says("stopped");
    expect(await run()).toMatchObject({ phase: "asleep", action: "none", code: "asleep" });
    expect(await state()).toMatchObject({ phase: "asleep", rdsStatus: "stopped", turn: 1 });
    expect(rds.commandCalls(StartDBInstanceCommand)).toHaveLength(0);
  });

  it("says nothing of metrics in a run that has none", async () => {
    const warn = vi.spyOn(process.stderr, "write");
    await given({ rdsStatus: "stopped" });
    says("stopped");
    await run();
    expect(warn.mock.calls.map(([text]) => String(text)).filter((text) => text.includes("metrics"))).toEqual([]);
    warn.mockRestore();
  });

  it("starts a database that somebody wants, sets the timer before, and writes the ledger", async () => {
    const now = Date.now();
    await given({ wake: { id: "w", by: "ann", cause: "button", at: now, expiresAt: now + HOUR }, lastWakeAt: now, rdsStatus: "stopped" });
    says("stopped");
    rds.on(StartDBInstanceCommand).resolves({});
    expect(await run({ databaseId: "dormouse", cause: { kind: "button", by: "ann" } })).toMatchObject({ phase: "waking", action: "start" });
    expect(rds.commandCalls(StartDBInstanceCommand)).toHaveLength(1);
    expect(scheduler.commandCalls(UpdateScheduleCommand)).toHaveLength(1);
    expect(await state()).toMatchObject({ phase: "waking", lastAction: { kind: "start", attempts: 1, error: null }, outbox: [] });
    const [newest] = await ledger({ dynamodb: dynamodb.client, table: "dormouse-ledger" }).entries("dormouse", 1, null);
    expect(newest).toMatchObject({ action: "start", by: "ann", cause: "button", phase: "waking" });
  });

  it("keeps the name of a refused start, and throws nothing", async () => {
    const now = Date.now();
    await given({ wake: { id: "w", by: "ann", cause: "button", at: now, expiresAt: now + HOUR }, lastWakeAt: now, rdsStatus: "stopped" });
    says("stopped");
    rds.on(StartDBInstanceCommand).rejects(Object.assign(new Error("none left"), { name: "InsufficientDBInstanceCapacityFault" }));
    expect(await run()).toMatchObject({ phase: "waking", action: "start" });
    expect(await state()).toMatchObject({ lastAction: { kind: "start", error: "InsufficientDBInstanceCapacityFault" }, wake: { id: "w" } });
  });

  /** The metrics that a run prints, in CloudWatch's embedded format. */
  const metricsOf = async (what: () => Promise<unknown>): Promise<Record<string, unknown>[]> => {
    const printed = vi.spyOn(process.stdout, "write");
    const lines: string[] = [];
    printed.mockImplementation((text) => lines.push(String(text)) > 0);
    await what().finally(() => printed.mockRestore());
    return lines.filter((line) => line.includes('"_aws"')).map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  it("serves once the probe has its answer, and measures the wake from the press", async () => {
    const at = Date.now() - 90_000;
    await given({ phase: "waking", rdsStatus: "starting", wake: { id: "w", by: "ann", cause: "button", at, expiresAt: at + HOUR }, lastWakeAt: at });
    says("available");
    sees(nobody);
    const printed = await metricsOf(async () => expect(await run()).toMatchObject({ phase: "awake", action: "serve" }));
    expect(await state()).toMatchObject({ serving: true, wake: null, period: 1 });
    expect(JSON.parse(String(lambda.commandCalls(InvokeCommand)[0]?.args[0].input.Payload))).toMatchObject({ databaseId: "dormouse" });
    expect(printed).toMatchObject([
      {
        service: "dormouse",
        _aws: { CloudWatchMetrics: [{ Namespace: "Dormouse", Dimensions: [["service"]], Metrics: [{ Name: "WakeSeconds", Unit: "Seconds" }] }] },
      },
    ]);
    expect(printed[0]?.WakeSeconds).toBeGreaterThanOrEqual(90);
  });

  it.each([...NOT_READY])("waits, without a failure or an alarm, for a probe that Lambda makes ready after weeks (%s), and serves then", async (name) => {
    const at = Date.now() - 30_000;
    await given({ phase: "waking", rdsStatus: "starting", wake: { id: "w", by: "ann", cause: "button", at, expiresAt: at + HOUR }, lastWakeAt: at });
    says("available");
    lambda.on(InvokeCommand).rejects(Object.assign(new Error("Lambda is initializing your function."), { name }));
    const printed = await metricsOf(async () => expect(await run()).toMatchObject({ phase: "waking", action: "none", code: "not-answering" }));
    expect(printed).toEqual([]);
    expect(await state()).toMatchObject({
      phase: "waking",
      attention: null,
      wake: { id: "w" },
      reason: expect.stringContaining("Lambda is making dormouse-probe ready"),
    });
    sees(nobody);
    expect(await run()).toMatchObject({ phase: "awake", action: "serve" });
  });

  it("measures no wake where nobody has waited for one: it was awake, or AWS has started it", async () => {
    const at = Date.now() - 90_000;
    says("available");
    sees(nobody);
    const wake = { id: "w", by: "ann", cause: "button" as const, at, expiresAt: at + HOUR };
    await given({ ...idle(), serving: false, wake, lastWakeAt: at });
    expect(await metricsOf(async () => expect(await run()).toMatchObject({ phase: "awake", action: "serve" }))).toEqual([]);
    await given({ phase: "waking", rdsStatus: "starting", startedBy: { cause: "aws", by: "aws" }, firstLookAt: at });
    expect(await metricsOf(async () => expect(await run()).toMatchObject({ phase: "awake", action: "serve" }))).toEqual([]);
  });

  it("raises the fence over an idle database, and sends no stop in the same breath", async () => {
    await given(idle());
    says("available");
    sees(nobody);
    expect(await run()).toMatchObject({ phase: "falling-asleep", action: "drain", code: "idle-limit" });
    expect(await state()).toMatchObject({ serving: false, stop: { stage: "drain", stopBefore: null } });
    expect(rds.commandCalls(StopDBInstanceCommand)).toHaveLength(0);
  });

  it("tidies and sends one stop after the drain", async () => {
    const stop = {
      id: "s",
      stage: "drain" as const,
      runner: "r",
      startedAt: 0,
      // The run that counted it may have been tidying until now; this is another.
      drainUntil: Date.now() - 60_000,
      stopBefore: null,
      by: "dormouse",
      code: "idle-limit",
      reason: "idle",
      force: false,
    };
    await given({ ...idle(), phase: "falling-asleep", serving: false, stop });
    says("available");
    sees({ ...nobody, tidied: { ok: true, what: "", seconds: 1 } });
    rds.on(StopDBInstanceCommand).rejects(Object.assign(new Error("lost"), { name: "TimeoutError" }));
    const before = Date.now();
    expect(await run()).toMatchObject({ phase: "falling-asleep", action: "stop" });
    expect(rds.commandCalls(StopDBInstanceCommand)).toHaveLength(1);
    expect(JSON.parse(String(lambda.commandCalls(InvokeCommand)[0]?.args[0].input.Payload))).toMatchObject({ tidySeconds: 15 });
    const after = await state();
    expect(after).toMatchObject({ stop: { id: "s", stage: "window" }, lastAction: { kind: "stop", error: "TimeoutError" } });
    expect(after?.stop?.stopBefore).toBeGreaterThanOrEqual(before + 20_000);
  });

  it.each([
    ["the probe can't look", () => sees({ answered: false, why: "ETIMEDOUT" })],
    ["the probe's answer is half a look", () => sees({ answered: true } as Look)],
    ["the probe can't be called", () => lambda.on(InvokeCommand).rejects(Object.assign(new Error("no"), { name: "ResourceNotReadyException" }))],
  ])("does not stop when %s", async (_, blind) => {
    await given(idle());
    says("available");
    blind();
    expect(await run()).toMatchObject({ phase: "awake", code: "blind" });
    expect(rds.commandCalls(StopDBInstanceCommand)).toHaveLength(0);
  });

  it("does not stop when RDS can't be asked, and says so", async () => {
    await given(idle());
    rds.on(DescribeDBInstancesCommand).rejects(Object.assign(new Error("no"), { name: "ThrottlingException" }));
    expect(await run()).toMatchObject({ phase: "awake", code: "rds-unreachable" });
    expect(await state()).toMatchObject({ serving: true, code: "rds-unreachable" });
  });

  it("goes on without a timer: the scheduled check is the net", async () => {
    await given({ ...idle(), lastActivityAt: Date.now() });
    says("available");
    sees(nobody);
    scheduler.on(UpdateScheduleCommand).rejects(Object.assign(new Error("no"), { name: "ThrottlingException" }));
    expect(await run()).toMatchObject({ phase: "awake", code: "in-use" });
    expect(await state()).toMatchObject({ timerAt: null });
  });

  it("decides nothing from a state that it can't read", async () => {
    await dynamodb.put("dormouse-state", { ...initialState("dormouse", 0), ...idle(), v: 2 });
    says("available");
    expect(await run()).toMatchObject({ action: "none", code: "unknown-version" });
    expect([...rds.commandCalls(StartDBInstanceCommand), ...rds.commandCalls(StopDBInstanceCommand)]).toHaveLength(0);
  });

  it.each([[{}], [null], ["timer"], [{ databaseId: "dormouse", cause: { kind: "dance", by: "ann" } }], [{ source: "aws.s3" }]])(
    "throws for the event %j, which it does not know",
    async (event) => {
      await expect(run(event)).rejects.toThrow("does not know");
    },
  );

  it("takes an RDS event as a reason to look, whatever it says", async () => {
    await given({ rdsStatus: "stopped" });
    says("stopped");
    expect(await run({ source: "aws.rds", detail: { EventID: "RDS-EVENT-0088" } })).toMatchObject({ phase: "asleep" });
  });
});
