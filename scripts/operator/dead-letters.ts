/** The queues of dead letters of one deployment: looked into without taking anything, and what lies there sent again or deleted. */
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { type Letter, readLetter } from "./letter.ts";

export interface DeadLetterQueue {
  name: string;
  url: string;
  arn: string;
  /** Messages in it, those included that somebody is reading just now. SQS counts about right. */
  count: number;
  /** The queue of system.json that its messages come from, and go back to; null: they come from functions, rules and timers. */
  source: string | null;
}

export interface Held extends Letter {
  id: string;
  body: string;
  /** Milliseconds since the epoch. */
  sentAt: number;
  receipt: string;
}

/** For so long nobody else sees a message that is looked at (seconds): enough for a person's one command, and over soon if it dies. */
const HOLD_SECONDS = 120;

const missing = (error: unknown): boolean => error instanceof Error && /^(QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue)$/.test(error.name);

async function attributesOf(sqs: SQSClient, name: string): Promise<{ url: string; attributes: Record<string, string> } | null> {
  try {
    const { QueueUrl = "" } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    return { url: QueueUrl, attributes: Attributes };
  } catch (error) {
    if (missing(error)) return null;
    throw error;
  }
}

/**
 * `<deployment>-dead-letters`, and the dead-letter queue of each queue that system.json declares. Throws an Error with a sentence when the first is not there.
 */
export async function deadLetterQueues(sqs: SQSClient, deployment: string, queues: readonly string[]): Promise<DeadLetterQueue[]> {
  const found: DeadLetterQueue[] = [];
  const add = async (name: string, source: string | null): Promise<boolean> => {
    const queue = await attributesOf(sqs, name);
    if (queue === null) return false;
    const { attributes, url } = queue;
    const number = (key: string) => Number(attributes[key] ?? 0);
    const count = number("ApproximateNumberOfMessages") + number("ApproximateNumberOfMessagesNotVisible") + number("ApproximateNumberOfMessagesDelayed");
    found.push({ name, url, arn: attributes.QueueArn ?? "", count, source });
    return true;
  };
  const own = `${deployment}-dead-letters`;
  if (!(await add(own, null)))
    throw new Error(`there is no queue ${own} in ${await sqs.config.region()}: is the name right, the region (AWS_REGION), the account?`);
  for (const key of queues) {
    const queue = await attributesOf(sqs, `${deployment}-${key}`);
    const policy = queue?.attributes.RedrivePolicy;
    const arn = policy === undefined ? "" : String((JSON.parse(policy) as { deadLetterTargetArn?: unknown }).deadLetterTargetArn ?? "");
    const name = arn.split(":").at(-1) ?? "";
    if (name !== "" && !found.some((known) => known.name === name)) await add(name, `${deployment}-${key}`);
  }
  return found;
}

/** Up to `most` messages, oldest first; nobody else sees them until `giveBack`, or two minutes later. */
export async function look(sqs: SQSClient, queue: DeadLetterQueue, most: number): Promise<Held[]> {
  const held = new Map<string, Held>();
  const more = () => held.size < queue.count;
  // SQS may answer with fewer than it has, and with none although there are some: none is believed at once only when as many came as were counted.
  for (let empty = 0; held.size < most && empty < (more() ? 2 : 1); ) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: Math.min(10, most - held.size),
        VisibilityTimeout: HOLD_SECONDS,
        WaitTimeSeconds: more() ? 1 : 0,
        MessageSystemAttributeNames: ["SentTimestamp"],
        MessageAttributeNames: ["All"],
      }),
    );
    empty = Messages.length === 0 ? empty + 1 : 0;
    for (const { MessageId = "", ReceiptHandle = "", Body = "", Attributes, MessageAttributes = {} } of Messages) {
      const attributes = Object.fromEntries(Object.entries(MessageAttributes).map(([name, value]) => [name, value.StringValue ?? ""]));
      held.set(MessageId, {
        ...readLetter({ body: Body, attributes }),
        id: MessageId,
        body: Body,
        sentAt: Number(Attributes?.SentTimestamp ?? 0),
        receipt: ReceiptHandle,
      });
    }
  }
  return [...held.values()].sort((a, b) => a.sentAt - b.sentAt);
}

/** Everybody sees them again at once. What fails here is over by itself in two minutes. */
export async function giveBack(sqs: SQSClient, queue: DeadLetterQueue, letters: readonly Held[]): Promise<void> {
  for (const { receipt } of letters)
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: queue.url, ReceiptHandle: receipt, VisibilityTimeout: 0 })).catch(() => {});
}

export async function remove(sqs: SQSClient, queue: DeadLetterQueue, { receipt }: Held): Promise<void> {
  await sqs.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle: receipt }));
}

/** Why this letter is not sent again by itself; null: it can be. Only functions of this deployment are called, whatever a message says. */
export function unsendable(queue: Pick<DeadLetterQueue, "source">, { from, functionName, payload }: Letter, functions: readonly string[]): string | null {
  if (queue.source !== null) return `SQS moves all of them back to ${queue.source} at once, without --message`;
  if (from === "stream")
    return "the records stay in the stream for a day, and this message does not hold them; what they asked for, the next check finds by state";
  if (functionName === null) return "nobody can tell which function it was for";
  if (!functions.includes(functionName)) return `${functionName} is no function of this deployment`;
  return payload === null ? "it does not hold the event" : null;
}

/** Calls the function again with the same event, without waiting for it, and deletes the message then. Throws what Lambda or SQS refuses; the message stays. */
export async function sendAgain(ports: { sqs: SQSClient; lambda: LambdaClient }, queue: DeadLetterQueue, letter: Held): Promise<void> {
  if (letter.functionName === null || letter.payload === null) throw new Error("there is nothing to send");
  await ports.lambda.send(new InvokeCommand({ FunctionName: letter.functionName, InvocationType: "Event", Payload: letter.payload }));
  await remove(ports.sqs, queue, letter);
}

/** Moves everything back to the queues that it came from, which SQS does by itself from here on. For dead letters of a queue only: SQS moves no others. */
export async function moveBack(sqs: SQSClient, queue: DeadLetterQueue): Promise<void> {
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: queue.arn }));
}
