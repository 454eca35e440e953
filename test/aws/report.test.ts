import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Context } from "aws-lambda";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, it } from "vitest";
import { invocation } from "../../src/aws/invocation.ts";
import { reporter } from "../../src/aws/report.ts";
import { signals } from "../../src/aws/signals.ts";
import type { Decision } from "../../src/lifecycle/decision.ts";
import type { Signal } from "../../src/lifecycle/ports.ts";
import { type DatabaseState, initialState } from "../../src/lifecycle/state.ts";
import { NOW } from "./states.ts";

const dynamodb = mockClient(DynamoDBClient);
beforeEach(() => dynamodb.reset());

describe("a signal", () => {
  const signal: Signal = { v: 1, id: "s", databaseId: "dormouse", kind: "wake", by: "ann", at: NOW, expiresAt: NOW / 1000 };
  it("is an item of its own, as it is", async () => {
    dynamodb.on(PutItemCommand).resolves({});
    await signals({ dynamodb: new DynamoDBClient({ region: "eu-central-1" }), table: "dormouse-signals" }).signal(signal);
    const input = dynamodb.commandCalls(PutItemCommand)[0]?.args[0].input;
    expect(input?.TableName).toBe("dormouse-signals");
    expect(unmarshall(input?.Item ?? {})).toEqual(signal);
  });

  it.each(["ProvisionedThroughputExceededException", "TimeoutError", "ConditionalCheckFailedException"])("throws %s", async (name) => {
    dynamodb
      .on(PutItemCommand)
      .rejects(
        name === "ConditionalCheckFailedException"
          ? new ConditionalCheckFailedException({ $metadata: {}, message: "no" })
          : Object.assign(new Error("no"), { name }),
      );
    await expect(signals({ dynamodb: new DynamoDBClient({ region: "eu-central-1" }), table: "t" }).signal(signal)).rejects.toMatchObject({ name });
  });
});

describe("the invocation", () => {
  it("has the time that Lambda says is left, and new ids", () => {
    const run = invocation({ getRemainingTimeInMillis: () => 1234 } satisfies Pick<Context, "getRemainingTimeInMillis">);
    expect(run.remainingMs()).toBe(1234);
    expect(run.newId()).not.toBe(run.newId());
    expect(run.random()).toBeLessThan(1);
  });
});

describe("the report of a run", () => {
  function setUp() {
    const lines: { level: string; message: string; extra: Record<string, unknown> }[] = [];
    const metrics: string[] = [];
    const log = (level: string) => (message: string, extra: Record<string, unknown>) => void lines.push({ level, message, extra });
    const dimensions: string[] = [];
    const single = {
      addDimension: (name: string, value: string) => void dimensions.push(`${name}=${value}`),
      addMetric: (name: string, _: string, value: number) => void metrics.push(`${name} ${value} ${dimensions.pop()}`),
    };
    const report = reporter(
      { info: log("info"), warn: log("warn") } as unknown as Parameters<typeof reporter>[0],
      { addMetric: (name: string, _: string, value: number) => void metrics.push(`${name} ${value}`), singleMetric: () => single } as unknown as Parameters<
        typeof reporter
      >[1],
    );
    return { lines, metrics, report };
  }
  const decided = (decision: Partial<Decision>, state: Partial<DatabaseState> = {}) => ({
    decision: { action: "none", code: "in-use", reason: "", nextCheckAt: null, phase: "awake", serving: true, attention: null, ...decision } as Decision,
    state: { ...initialState("dormouse", NOW), period: 1, ...state },
  });

  it("is one line for each decision, with its code and its sentence", () => {
    const { lines, metrics, report } = setUp();
    report(decided({ reason: "sleeps at 10:00 UTC if nobody uses it" }, { phase: "awake", serving: true, rdsStatus: "available" }));
    expect(lines).toEqual([
      {
        level: "info",
        message: "decided",
        extra: {
          action: "none",
          code: "in-use",
          reason: "sleeps at 10:00 UTC if nobody uses it",
          phase: "awake",
          serving: true,
          rdsStatus: "available",
          attention: undefined,
        },
      },
    ]);
    expect(metrics).toEqual([]);
  });

  it("counts stops, and looks that found attention, a slow wake among them", () => {
    const { metrics, report } = setUp();
    report(decided({ action: "stop", phase: "falling-asleep" }));
    for (const code of ["storage-full", "wake-slow"]) report(decided({}, { attention: { code, since: NOW, what: "", doThis: "" } }));
    expect(metrics).toEqual(["Stop 1", "Attention 1", "AttentionByCode 1 code=storage-full", "Attention 1", "AttentionByCode 1 code=wake-slow"]);
  });

  it("measures a wake from the press to serving, and nothing that is none", () => {
    const { metrics, report } = setUp();
    report({ ...decided({ action: "serve" }), wokeMs: 184_260 });
    report(decided({ action: "serve" }));
    expect(metrics).toEqual(["WakeSeconds 184.3"]);
  });

  it("names what failed and was survived, whatever was thrown, and nothing else of it", () => {
    const { lines, report } = setUp();
    report({
      failed: "timer",
      error: Object.assign(new Error("slow down"), { name: "ThrottlingException", $response: { headers: { authorization: "secret" } } }),
    });
    report({ failed: "ledger", error: "text" });
    expect(lines).toEqual([
      { level: "warn", message: "survived", extra: { failed: "timer", error: { name: "ThrottlingException", message: "slow down" } } },
      { level: "warn", message: "survived", extra: { failed: "ledger", error: { name: "Error", message: "text" } } },
    ]);
  });
});
