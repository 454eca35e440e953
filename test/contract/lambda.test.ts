import { InvokeCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contractEndpoint, type Endpoint } from "./endpoint.ts";

let endpoint: Endpoint;
let lambda: LambdaClient;
beforeAll(async () => {
  endpoint = await contractEndpoint("lambda");
  lambda = new LambdaClient(endpoint.config);
});
afterAll(async () => {
  lambda?.destroy();
  await endpoint?.close();
});
const invoke = (event: unknown, more: { InvocationType?: "Event" | "RequestResponse" | "DryRun" } = {}) =>
  lambda.send(new InvokeCommand({ FunctionName: endpoint.functionName, Payload: JSON.stringify(event), ...more }));
const read = (payload: Uint8Array | undefined): unknown => JSON.parse(new TextDecoder().decode(payload));

describe("Lambda", { timeout: 60_000 }, () => {
  test("runs a function on an event and hands back what it returns", async () => {
    const answer = await invoke({ name: "ä 💤" });
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(answer.FunctionError).toBeUndefined();
    expect(read(answer.Payload)).toEqual({ event: { name: "ä 💤" }, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), hasTimeLeft: true });
  });

  test("hands back the error of a function that throws, as an answer", async () => {
    const answer = await invoke({ fail: true });
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled" });
    expect(read(answer.Payload)).toMatchObject({ errorType: "RangeError", errorMessage: "as it was asked to" });
  });

  test("takes an event without waiting for what comes of it", async () => {
    for (const event of [{}, { fail: true }]) {
      const answer = await invoke(event, { InvocationType: "Event" });
      expect(answer.StatusCode).toBe(202);
      expect(answer.FunctionError).toBeUndefined();
      expect(answer.Payload?.length ?? 0).toBe(0);
    }
  });

  test("only looks whether it may be called in a dry run", async () => {
    expect((await invoke({ fail: true }, { InvocationType: "DryRun" })).StatusCode).toBe(204);
  });

  test("knows no function of another name", async () => {
    await expect(lambda.send(new InvokeCommand({ FunctionName: "nobody-has-this-name" }))).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  test("refuses a payload that is not JSON", async () => {
    await expect(lambda.send(new InvokeCommand({ FunctionName: endpoint.functionName, Payload: "{" }))).rejects.toMatchObject({
      name: "InvalidRequestContentException",
    });
  });
});
