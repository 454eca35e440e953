import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { mockClient } from "aws-sdk-client-mock";
import { afterEach, describe, expect, it } from "vitest";
import { type Served, serve } from "../../local/serve.ts";
import { patience } from "../../src/aws/clients.ts";
import { FunctionFailed, NOT_READY, prober, reconciler } from "../../src/aws/functions.ts";
import type { Look, Outcome } from "../../src/lifecycle/ports.ts";

const lambda = mockClient(LambdaClient);
afterEach(() => lambda.reset());
const client = () => new LambdaClient({ region: "eu-central-1" });
const bytes = (text: string) => new TextEncoder().encode(text) as never;
const answers = (value: unknown) => lambda.on(InvokeCommand).resolves({ StatusCode: 200, Payload: bytes(JSON.stringify(value)) });
const sent = () => lambda.commandCalls(InvokeCommand).map(({ args }) => ({ ...args[0].input, Payload: JSON.parse(String(args[0].input.Payload)) }));
const event = { databaseId: "dormouse", cause: { kind: "button" as const, by: "ann" } };
const outcome: Outcome = { phase: "awake", action: "refuse", code: "stop-refused", reason: "no", blockers: [{ kind: "lease", what: "a report" }] };
const look: Look = { answered: true, sessions: [{ application: "psql", user: "bob", since: 1 }], newestOutsideAt: 2, sessionCount: 3, tidied: null };

describe("calling the reconciler", () => {
  it("does not wait when it is only called for", async () => {
    lambda.on(InvokeCommand).resolves({ StatusCode: 202 });
    await reconciler(client(), "dormouse-reconcile").kick(event);
    expect(sent()).toEqual([{ FunctionName: "dormouse-reconcile", InvocationType: "Event", Payload: event }]);
  });

  it("waits for one decision and its answer when it is asked", async () => {
    answers(outcome);
    expect(await reconciler(client(), "dormouse-reconcile").ask(event)).toEqual(outcome);
    expect(sent()).toEqual([{ FunctionName: "dormouse-reconcile", InvocationType: "RequestResponse", Payload: { ...event, once: true } }]);
  });

  it("throws what Lambda refuses, of both", async () => {
    lambda.on(InvokeCommand).rejects(Object.assign(new Error("slow down"), { name: "TooManyRequestsException" }));
    await expect(reconciler(client(), "r").kick(event)).rejects.toMatchObject({ name: "TooManyRequestsException" });
    await expect(reconciler(client(), "r").ask(event)).rejects.toMatchObject({ name: "TooManyRequestsException" });
  });

  it("throws the function's own error, cut to a length that a log can bear", async () => {
    lambda.on(InvokeCommand).resolves({ FunctionError: "Unhandled", Payload: bytes(`{"errorMessage":"${"x".repeat(5000)}"}`) });
    const failure = await reconciler(client(), "r")
      .ask(event)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FunctionFailed);
    expect(String(failure).length).toBeLessThan(600);
  });

  it.each([["null"], ['"awake"'], ["{}"], ['{"phase":"awake","action":"refuse"}'], ["[]"], ["not JSON"], [""]])(
    "throws for the answer %s, which is no outcome",
    async (text) => {
      lambda.on(InvokeCommand).resolves({ ...(text === "" ? {} : { Payload: bytes(text) }) });
      await expect(reconciler(client(), "r").ask(event)).rejects.toBeInstanceOf(FunctionFailed);
    },
  );
});

describe("asking the probe", () => {
  it("hands on what it saw", async () => {
    answers(look);
    expect(await prober(client(), "dormouse-probe").look({ databaseId: "dormouse", tidySeconds: 15 })).toEqual(look);
    expect(sent()).toEqual([{ FunctionName: "dormouse-probe", InvocationType: "RequestResponse", Payload: { databaseId: "dormouse", tidySeconds: 15 } }]);
  });

  it("hands on that it could not tell who is connected, and of what time it tells", async () => {
    for (const more of [{ unseen: "no datapoints" }, { ofWindow: true }]) {
      answers({ ...look, ...more });
      expect(await prober(client(), "p").look({ databaseId: "d" })).toEqual({ ...look, ...more });
    }
  });

  it("hands on that it could not look", async () => {
    answers({ answered: false, why: "ECONNREFUSED" });
    expect(await prober(client(), "p").look({ databaseId: "d" })).toEqual({ answered: false, why: "ECONNREFUSED" });
  });

  it.each([...NOT_READY])('takes %s as "not yet": Lambda makes ready what nobody has called for weeks', async (name) => {
    lambda.on(InvokeCommand).rejectsOnce(Object.assign(new Error("Lambda is initializing your function."), { name }));
    expect(await prober(client(), "dormouse-probe").look({ databaseId: "d" })).toEqual({
      answered: false,
      why: `Lambda is making dormouse-probe ready (${name})`,
    });
    answers(look);
    expect(await prober(client(), "dormouse-probe").look({ databaseId: "d" })).toEqual(look);
  });

  it("knows Lambda's own names for that", async () => {
    const known: Record<string, unknown> = await import("@aws-sdk/client-lambda");
    for (const name of NOT_READY) expect(known[name], name).toBeTypeOf("function");
  });

  it.each(["TooManyRequestsException", "AccessDeniedException", "TimeoutError"])("takes %s as no answer", async (name) => {
    lambda.on(InvokeCommand).rejects(Object.assign(new Error("not now"), { name }));
    expect(await prober(client(), "p").look({ databaseId: "d" })).toEqual({ answered: false, why: `${name}: not now` });
  });

  it("takes an error inside it as no answer", async () => {
    lambda.on(InvokeCommand).resolves({ FunctionError: "Unhandled", Payload: bytes('{"errorMessage":"Task timed out after 60.00 seconds"}') });
    expect(await prober(client(), "p").look({ databaseId: "d" })).toMatchObject({ answered: false, why: expect.stringContaining("timed out") });
  });

  it.each([
    [null],
    ["yes"],
    [{}],
    [{ answered: "yes" }],
    [{ answered: true }],
    [{ ...look, sessions: {} }],
    [{ ...look, sessions: [{}] }],
    [{ ...look, sessionCount: "3" }],
    [{ answered: true, sessions: [] }],
    [{ ...look, unseen: true }],
    [{ ...look, ofWindow: "yes" }],
  ])("takes %j, which is no look, as no answer: not knowing is no reason to stop", async (value) => {
    answers(value);
    expect(await prober(client(), "p").look({ databaseId: "d" })).toEqual({ answered: false, why: expect.stringMatching(/./) });
  });
});

describe("over a real socket", () => {
  let server: Served | undefined;
  afterEach(() => server?.close());

  it("gives up a call that nobody answers in time for its own caller, and does not begin again", async () => {
    lambda.restore();
    let calls = 0;
    server = await serve((request) => {
      request.resume();
      calls++;
    });
    const slow = new LambdaClient({
      endpoint: server.url,
      region: "eu-central-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      ...patience(60_000, 2),
    });
    const asking = reconciler(slow, "r", { askMs: 200, kickMs: 100 });
    await expect(asking.ask(event)).rejects.toMatchObject({ name: expect.stringMatching(/^(AbortError|TimeoutError)$/) });
    await expect(asking.kick(event)).rejects.toMatchObject({ name: expect.stringMatching(/^(AbortError|TimeoutError)$/) });
    expect(calls).toBe(2);
    slow.destroy();
  });
});
