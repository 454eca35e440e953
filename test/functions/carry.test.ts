import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBStreamEvent } from "aws-lambda";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import system from "../../system.json" with { type: "json" };

const lambda = mockClient(LambdaClient);
let carry: typeof import("../../functions/carry.ts");
const event = (...images: Record<string, unknown>[]) =>
  ({
    Records: images.map((image, index) => ({ eventName: "INSERT", dynamodb: { SequenceNumber: String(index + 1), NewImage: marshall(image) } })),
  }) as DynamoDBStreamEvent;
const signal = { v: 1, id: "s", databaseId: "dormouse", kind: "wake", by: "ann", at: 1, expiresAt: 2 };

beforeAll(async () => {
  vi.stubEnv("RECONCILE_FUNCTION", "dormouse-reconcile");
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("POWERTOOLS_LOG_LEVEL", "SILENT");
  carry = await import("../../functions/carry.ts");
});
afterAll(() => vi.unstubAllEnvs());
beforeEach(() => lambda.reset());

describe("the function carry", () => {
  it("asks for the variables that system.json gives it", () => {
    expect([...carry.variables].sort()).toEqual(Object.keys(system.functions.carry.environment).sort());
  });

  it("calls the reconciler, without waiting for it, for each database with a signal", async () => {
    lambda.on(InvokeCommand).resolves({ StatusCode: 202 });
    expect(await carry.handler(event(signal, signal, { ...signal, v: 9 }))).toEqual({ batchItemFailures: [] });
    expect(lambda.commandCalls(InvokeCommand).map(({ args }) => args[0].input)).toEqual([
      {
        FunctionName: "dormouse-reconcile",
        InvocationType: "Event",
        Payload: JSON.stringify({ databaseId: "dormouse", cause: { kind: "request", by: "ann" } }),
      },
    ]);
  });

  it("gives the batch back when the call is throttled", async () => {
    lambda.on(InvokeCommand).rejects(Object.assign(new Error("slow down"), { name: "TooManyRequestsException" }));
    expect(await carry.handler(event({ ...signal, v: 9 }, signal))).toEqual({ batchItemFailures: [{ itemIdentifier: "2" }] });
  });
});
