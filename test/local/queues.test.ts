import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { SQSEvent } from "aws-lambda";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../local/clock.ts";
import { type Storage, startStorage } from "../../local/fauxqs.ts";
import { account, Keyring } from "../../local/gate.ts";
import type { Outcome } from "../../local/lambda/instance.ts";
import { type Queues, startQueues } from "../../local/queues.ts";
import { readSystem } from "../../src/system.ts";
import systemJson from "../../system.json" with { type: "json" };

const base = readSystem(systemJson);
const notify = { ...base.functions.control, part: "finance" as const, http: [], schedules: [], events: [], streams: [], environment: {}, may: [] };
const system = readSystem({
  ...base,
  functions: { notify: { ...notify, vpc: false, memoryMb: 128, timeoutSeconds: 3, description: "x", queues: [{ queue: "notify", batchSize: 10 }] } },
});
const key = { accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret" };

let dir: string;
let storage: Storage;
let queues: Queues;
let sqs: SQSClient;
const seen: string[][] = [];
let answer: (bodies: string[], event: SQSEvent) => unknown = () => ({ batchItemFailures: [] });

async function start(): Promise<void> {
  const keyring = new Keyring();
  keyring.add({ name: "operator", ...key, may: "everything" });
  // Seen again after a second rather than three minutes.
  storage = await startStorage({
    dataDir: dir,
    keyring,
    queues: { "dormouse-notify": { visibilitySeconds: 1, receives: 2 } },
    onSent: (queue) => queues.sent(queue),
  });
  queues = startQueues({
    system,
    part: "all",
    clock: systemClock,
    ask: storage.ask,
    pollMs: 50,
    invoke: async (name, event): Promise<Outcome> => {
      expect(name).toBe("notify");
      const records = (event as SQSEvent).Records;
      const bodies = records.map(({ body }) => body);
      seen.push(bodies);
      try {
        return { functionError: null, payload: JSON.stringify(answer(bodies, event as SQSEvent)), requestId: "r", timedOut: false } as Outcome;
      } catch {
        return { functionError: "Unhandled", payload: "{}", requestId: "r", timedOut: false } as Outcome;
      }
    },
  });
  sqs = new SQSClient({ endpoint: storage.sqs.url, region: "eu-central-1", credentials: key, maxAttempts: 1 });
}
async function stop(): Promise<void> {
  await queues.close();
  sqs.destroy();
  await storage.close();
}
const send = (...bodies: string[]) =>
  sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: `${storage.sqs.url}/${account}/dormouse-notify`,
      Entries: bodies.map((MessageBody, i) => ({ Id: String(i), MessageBody })),
    }),
  );
const count = async (queue: string) => (await storage.peek(queue)).length;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-queues-"));
  seen.length = 0;
  answer = () => ({ batchItemFailures: [] });
  await start();
});
afterEach(async () => {
  await stop();
  await rm(dir, { recursive: true, force: true });
});

test("nothing is asked of a queue that nobody has sent to, and messages come in batches, each once", async () => {
  expect(storage.loaded()).toBe(false);
  const bodies = Array.from({ length: 10 }, (_, i) => `m${i}`);
  await send(...bodies);
  await send("late");
  await expect.poll(() => seen.flat().sort(), { timeout: 5000 }).toEqual([...bodies, "late"].sort());
  await expect.poll(() => count("dormouse-notify")).toBe(0);
});

test("what a function names as failed comes again, with how often it came; the rest does not, and what fails for ever goes to the dead letters", async () => {
  const receives: string[] = [];
  answer = (_, { Records }) => {
    const bad = Records.filter(({ body }) => body === "bad");
    receives.push(...bad.map(({ attributes }) => attributes.ApproximateReceiveCount));
    return { batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
  await send("good", "bad");
  await expect.poll(() => count("dormouse-notify-dead-letters"), { timeout: 10_000 }).toBe(1);
  expect(seen.flat().filter((body) => body === "good")).toHaveLength(1);
  expect(receives).toEqual(["1", "2"]);
});

test("a batch whose function fails, or answers something else, comes again as a whole", async () => {
  let times = 0;
  answer = () => {
    times++;
    if (times === 1) throw new Error("killed");
    return { batchItemFailures: [] };
  };
  await send("a", "b");
  await expect.poll(() => seen.flat().sort(), { timeout: 10_000 }).toEqual(["a", "a", "b", "b"]);
  await expect.poll(() => count("dormouse-notify")).toBe(0);
});

test("what a stop left behind is there after the next start", async () => {
  await queues.close();
  await send("kept");
  expect(seen).toEqual([]);
  await stop();
  await start();
  queues.sent("dormouse-notify");
  await expect.poll(() => seen.flat(), { timeout: 5000 }).toEqual(["kept"]);
});
