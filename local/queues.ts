/**
 * Event source mappings of SQS queues: messages go to a function in batches, at least once. After AWS's "Lambda with SQS": the function's answer names the
 * messages that failed (`ReportBatchItemFailures`); those, or all where it fails itself, come again when they are visible again, and go to the dead letters
 * after `receives`. A queue that nobody has sent to is not asked: the storage behind it is loaded by the first message.
 */
import type { System } from "../src/system.ts";
import type { Clock } from "./clock.ts";
import { account, prefix, region } from "./gate.ts";
import type { Outcome } from "./lambda/instance.ts";

export interface QueuesOptions {
  system: System;
  part: "all" | "lifecycle";
  clock: Clock;
  /** A call to SQS by its action and its input, as the service itself makes it. */
  ask(action: string, input: object): Promise<Record<string, unknown>>;
  invoke(name: string, event: unknown): Promise<Outcome>;
  /** Milliseconds between two looks for messages that are not visible now. */
  pollMs?: number;
}

export interface Queues {
  /** Somebody has sent to this queue (its full name). */
  sent(queue: string): void;
  close(): Promise<void>;
}

/** Batches of one queue that are worked on at once. */
const ABREAST = 2;

interface Message {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  Attributes?: Record<string, string>;
}

export function startQueues(options: QueuesOptions): Queues {
  const mappings = Object.entries(options.system.functions)
    .filter(([, fn]) => options.part === "all" || fn.part === "lifecycle")
    .flatMap(([functionName, fn]) => fn.queues.map((mapping) => startMapping(options, functionName, mapping)));
  return {
    sent(queue) {
      for (const mapping of mappings) if (mapping.queue === queue) mapping.run();
    },
    close: async () => void (await Promise.all(mappings.map((mapping) => mapping.close()))),
  };
}

function startMapping(
  { clock, ask, invoke, pollMs = 1000 }: QueuesOptions,
  functionName: string,
  { queue: key, batchSize }: { queue: string; batchSize: number },
) {
  const queue = `${prefix}-${key}`;
  const QueueUrl = `http://local/${account}/${queue}`;
  let closed = false;
  let running: Promise<void> | null = null;
  let again = false;
  let timer: { cancel(): void } | null = null;

  /** How many messages were there. */
  async function batch(): Promise<number> {
    const { Messages } = await ask("ReceiveMessage", { QueueUrl, MaxNumberOfMessages: batchSize, AttributeNames: ["All"] });
    const messages = (Messages ?? []) as Message[];
    if (messages.length === 0) return 0;
    const outcome = await invoke(functionName, { Records: messages.map((message) => toRecord(message, queue)) });
    const failed = failures(outcome);
    const done = failed === "all" ? [] : messages.filter(({ MessageId }) => !failed.has(MessageId));
    if (done.length > 0) await ask("DeleteMessageBatch", { QueueUrl, Entries: done.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle })) });
    return messages.length;
  }

  async function drain(): Promise<void> {
    const worker = async () => {
      while (!closed && (await batch()) > 0);
    };
    await Promise.all(Array.from({ length: ABREAST }, worker));
    if (closed) return;
    const { Attributes } = await ask("GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] });
    const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible, ApproximateNumberOfMessagesDelayed } = (Attributes ?? {}) as Record<
      string,
      string
    >;
    const left = [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible, ApproximateNumberOfMessagesDelayed].some(
      (count) => Number(count ?? 0) > 0,
    );
    if (left) timer = clock.after(pollMs, run);
  }

  function run(): void {
    if (closed) return;
    timer?.cancel();
    timer = null;
    if (running) {
      again = true;
      return;
    }
    running = drain()
      .catch((error: unknown) => {
        if (!closed) process.stderr.write(`queue ${queue}: ${error instanceof Error ? error.message : String(error)}\n`);
      })
      .then(() => {
        running = null;
        if (!again) return;
        again = false;
        run();
      });
  }

  return {
    queue,
    run,
    async close() {
      closed = true;
      timer?.cancel();
      await running;
    },
  };
}

/** Ids of the messages that failed. As AWS has it, an answer of another form than expected means that all did. */
function failures(outcome: Outcome): Set<string> | "all" {
  if (outcome.functionError !== null) return "all";
  const result: unknown = JSON.parse(outcome.payload);
  if (typeof result !== "object" || result === null || !("batchItemFailures" in result)) return new Set();
  const listed: unknown = result.batchItemFailures;
  if (listed === null) return new Set();
  if (!Array.isArray(listed)) return "all";
  const ids = listed.map((each: unknown) => (typeof each === "object" && each !== null && "itemIdentifier" in each ? each.itemIdentifier : null));
  return ids.every((id) => typeof id === "string" && id !== "") ? new Set(ids as string[]) : "all";
}

/** A message in the shape of Lambda's events. */
const toRecord = ({ MessageId, ReceiptHandle, Body, Attributes = {} }: Message, queue: string): object => ({
  messageId: MessageId,
  receiptHandle: ReceiptHandle,
  body: Body,
  attributes: Attributes,
  messageAttributes: {},
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: `arn:aws:sqs:${region}:${account}:${queue}`,
  awsRegion: region,
});
