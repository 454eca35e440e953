/** The command against the local SQS; Lambda is a mock, and so is SQS's own move, which the local one does not have. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateQueueCommand, PurgeQueueCommand, SendMessageCommand, SQSClient, StartMessageMoveTaskCommand } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Storage, startStorage } from "../../local/fauxqs.ts";
import { Keyring, type Principal } from "../../local/gate.ts";
import { type RedriveOptions, redrive } from "../../scripts/operator/redriving.ts";

const operator: Principal = { name: "operator", accessKeyId: "AKIAOPERATOR", secretAccessKey: "s", may: "everything" };
const lambda = mockClient(LambdaClient);
const said: string[] = [];
let dir: string;
let storage: Storage;
let sqs: SQSClient;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-test-"));
  const keyring = new Keyring();
  keyring.add(operator);
  storage = await startStorage({ dataDir: dir, keyring });
  sqs = new SQSClient({ region: "eu-central-1", endpoint: storage.sqs.url, credentials: operator });
  await sqs.send(new CreateQueueCommand({ QueueName: "budget-dead-letters" }));
}, 30_000);
beforeEach(async () => {
  lambda.reset();
  lambda.on(InvokeCommand).resolves({ StatusCode: 202 });
  said.splice(0);
});
afterEach(async () => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "budget-dead-letters" }));
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
});
afterAll(async () => {
  sqs?.destroy();
  await storage?.close();
  await rm(dir, { recursive: true });
});

const options: RedriveOptions = { deployment: "budget", functions: ["budget-reconcile", "budget-carry"], queues: [], message: null, show: false, act: null };
const run = (more: Partial<RedriveOptions> = {}, client = sqs, signal = new AbortController().signal) =>
  redrive(
    { sqs: client, lambda: new LambdaClient({ region: "eu-central-1" }), now: () => Date.now() + 5 * 3_600_000, say: (line) => void said.push(line), signal },
    { ...options, ...more },
  );
const arn = (name: string) => `arn:aws:lambda:eu-central-1:123456789012:function:${name}`;
const event = { databaseId: "budget", cause: { kind: "button", by: "ann" }, token: "hush" };
const called = (name: string) =>
  JSON.stringify({
    requestContext: { functionArn: `${arn(name)}:$LATEST`, condition: "RetriesExhausted" },
    requestPayload: event,
    responsePayload: { errorType: "Error", errorMessage: "away" },
  });
const timer = { body: '{"n":1}', attributes: { TARGET_ARN: arn("budget-reconcile"), SCHEDULE_ARN: "arn", ERROR_CODE: "E", ERROR_MESSAGE: "no" } };
const put = (body: string, attributes: Record<string, string> = {}) => storage.put("budget-dead-letters", { body, attributes });
const bodies = async () => (await storage.peek("budget-dead-letters")).map(({ body }) => body);
const invoked = () => lambda.commandCalls(InvokeCommand).map(({ args }) => args[0].input);
const idOf = (text: string) => /^ {2}(\S+) /.exec(said.find((line) => line.includes(text)) ?? "")?.[1] ?? "none";

describe("redrive", () => {
  it("without more only looks: how many, how old, whose and why; everything is there for the next one at once", async () => {
    await put(called("budget-reconcile"));
    await put(timer.body, timer.attributes);
    for (let again = 0; again < 2; again++) {
      said.splice(0);
      expect(await run()).toEqual({ failed: 0 });
      expect(said[0]).toBe("budget-dead-letters: 2 messages, the oldest 5 h old");
      expect(said.join("\n")).toContain("a call of budget-reconcile: RetriesExhausted; Error: away");
      expect(said.join("\n")).toContain("a timer of budget-reconcile: E: no");
      expect(said.at(-1)).toMatch(/^Nothing was changed/);
      expect(said.join("\n")).not.toContain("databaseId");
    }
    expect(invoked()).toEqual([]);
    expect(await bodies()).toHaveLength(2);
  });

  it("shows the events without what looks like a secret", async () => {
    await put(called("budget-reconcile"));
    await run({ show: true });
    expect(said.join("\n")).toContain('"databaseId": "budget"');
    expect(said.join("\n")).not.toContain("hush");
  });

  it("says that there is nothing", async () => {
    await run();
    expect(said[0]).toBe("budget-dead-letters: empty");
  });

  it("sends each again to its own function, with the same event and without waiting, and deletes it then", async () => {
    await put(called("budget-reconcile"));
    await put(timer.body, timer.attributes);
    expect(await run({ act: "send" })).toEqual({ failed: 0 });
    expect(invoked()).toEqual(
      expect.arrayContaining([
        { FunctionName: "budget-reconcile", InvocationType: "Event", Payload: JSON.stringify(event) },
        { FunctionName: "budget-reconcile", InvocationType: "Event", Payload: '{"n":1}' },
      ]),
    );
    expect(await bodies()).toEqual([]);
  });

  it("keeps what Lambda does not take, and goes on with the rest", async () => {
    await put(called("budget-carry"));
    await put(timer.body, timer.attributes);
    lambda.on(InvokeCommand, { FunctionName: "budget-carry" }).rejects(Object.assign(new Error("no"), { name: "AccessDeniedException" }));
    expect(await run({ act: "send" })).toEqual({ failed: 1 });
    expect(said.join("\n")).toContain("not done: AccessDeniedException: no");
    expect(await bodies()).toEqual([called("budget-carry")]);
  });

  it("calls no function but this deployment's, and sends nothing that it can't read", async () => {
    await put(called("somebody-elses"));
    await put("what is this");
    await put(
      JSON.stringify({ requestContext: { functionArn: arn("budget-carry"), condition: "RetryAttemptsExhausted" }, DDBStreamBatchInfo: { batchSize: 2 } }),
    );
    expect(await run({ act: "send" })).toEqual({ failed: 3 });
    expect(invoked()).toEqual([]);
    expect(said.join("\n")).toContain("somebody-elses is no function of this deployment");
    expect(said.join("\n")).toContain("the next check finds by state");
    expect(await bodies()).toHaveLength(3);
    expect(await run({ act: "delete" })).toEqual({ failed: 0 });
    expect(await bodies()).toEqual([]);
  });

  it("does it to one message when told which", async () => {
    await put(called("budget-carry"));
    await put(called("budget-reconcile"));
    await run();
    expect(await run({ act: "delete", message: idOf("budget-carry") })).toEqual({ failed: 0 });
    expect(await bodies()).toEqual([called("budget-reconcile")]);
    await expect(run({ act: "delete", message: "unknown" })).rejects.toThrow("there is no message unknown");
    expect(await bodies()).toHaveLength(1);
  });

  it("begins nothing more when it is broken off, and gives back what it looked at", async () => {
    await put(called("budget-reconcile"));
    const abort = new AbortController();
    lambda.on(InvokeCommand).callsFake(() => {
      abort.abort();
      return { StatusCode: 202 };
    });
    await put(called("budget-carry"));
    await run({ act: "send" }, sqs, abort.signal);
    expect(invoked()).toHaveLength(1);
    expect(await bodies()).toHaveLength(1);
    await run();
    expect(said.join("\n")).toContain("1 message,");
  });

  it("says that there is no such deployment here", async () => {
    await expect(run({ deployment: "other" })).rejects.toThrow("there is no queue other-dead-letters in eu-central-1");
  });

  it("hands the dead letters of a queue back to SQS, which knows where they came from", async () => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "budget-mails-dead" }));
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: "arn:aws:sqs:eu-central-1:000000000000:budget-mails-dead", maxReceiveCount: 3 });
    await sqs.send(new CreateQueueCommand({ QueueName: "budget-mails", Attributes: { RedrivePolicy } }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"to":"ann","token":"hush"}' }));
    await run({ queues: ["mails", "not-there"], show: true });
    expect(said.join("\n")).toContain("budget-mails-dead: 1 message");
    expect(said.join("\n")).toContain("a message of budget-mails");
    expect(said.join("\n")).not.toContain("hush");

    const moves: unknown[] = [];
    const moving = new SQSClient({ region: "eu-central-1", endpoint: storage.sqs.url, credentials: operator });
    moving.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName !== StartMessageMoveTaskCommand.name) return next(args);
        moves.push(args.input);
        return { response: {}, output: { $metadata: {}, TaskHandle: "t" } } as never;
      },
      { step: "initialize" },
    );
    expect(await run({ act: "send", queues: ["mails"] }, moving)).toEqual({ failed: 0 });
    expect(moves).toEqual([{ SourceArn: "arn:aws:sqs:eu-central-1:000000000000:budget-mails-dead" }]);
    expect(said.join("\n")).toContain("SQS moves them back to budget-mails");
    expect(invoked()).toEqual([]);
    moving.destroy();
  });
});
