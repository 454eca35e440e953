/** What the command `redrive` does, queue by queue. */
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { type DeadLetterQueue, deadLetterQueues, giveBack, type Held, look, moveBack, remove, sendAgain, unsendable } from "./dead-letters.ts";
import { shown } from "./letter.ts";

export interface RedrivePorts {
  sqs: SQSClient;
  lambda: LambdaClient;
  /** Milliseconds since the epoch. */
  now(): number;
  say(line: string): void;
  /** Aborted when the operator breaks off: nothing more is begun, and what was looked at is given back. */
  signal: AbortSignal;
}

export interface RedriveOptions {
  deployment: string;
  /** Names of the functions that may be called. */
  functions: readonly string[];
  /** Keys of system.json's queues. */
  queues: readonly string[];
  /** Only this message; null: all. */
  message: string | null;
  /** Also what each event holds, without what looks like a secret. */
  show: boolean;
  /** null: only look. */
  act: "send" | "delete" | null;
}

/** So many messages of a queue are looked at in one run. */
const MOST = 100;

/** How many could not be sent or deleted. Throws an Error with a sentence for the operator, or AWS's own. */
export async function redrive(ports: RedrivePorts, options: RedriveOptions): Promise<{ failed: number }> {
  const { sqs, say, signal } = ports;
  const { act, message, queues, deployment } = options;
  let failed = 0;
  let known = message === null;
  for (const queue of await deadLetterQueues(sqs, deployment, queues)) {
    if (signal.aborted) break;
    const letters = queue.count === 0 && message === null ? [] : await look(sqs, queue, MOST);
    const left = new Set(letters);
    try {
      const chosen = letters.filter(({ id }) => message === null || id === message);
      known ||= chosen.length > 0;
      say(summary(queue, letters, ports.now()));
      if (act === "send" && queue.source !== null && message === null && letters.length > 0) {
        await giveBack(sqs, queue, letters);
        await moveBack(sqs, queue);
        say(`  SQS moves them back to ${queue.source}`);
        continue;
      }
      for (const letter of chosen) {
        if (signal.aborted) break;
        describe(ports, queue, letter, options);
        if (act === null) continue;
        if (await acted(ports, queue, letter, options)) left.delete(letter);
        else failed++;
      }
    } finally {
      await giveBack(sqs, queue, [...left]);
    }
  }
  if (!known) throw new Error(`there is no message ${message} among the first ${MOST} of any queue of dead letters`);
  if (act === null) say("Nothing was changed. --show shows the events, --send sends them again, --delete deletes them.");
  return { failed };
}

function summary(queue: DeadLetterQueue, letters: readonly Held[], now: number): string {
  const oldest = letters[0] === undefined ? "" : `, the oldest ${age(now - letters[0].sentAt)} old`;
  const count = Math.max(queue.count, letters.length);
  return `${queue.name}: ${count === 0 ? "empty" : `${count} ${count === 1 ? "message" : "messages"}${oldest}`}`;
}

const age = (ms: number): string => {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  return minutes < 120 ? `${minutes} min` : minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
};

const WORDS: Record<Held["from"], string> = { call: "a call of", stream: "a batch for", rule: "an event for", timer: "a timer of", unknown: "something for" };

function describe({ say }: RedrivePorts, queue: DeadLetterQueue, letter: Held, { functions, show }: RedriveOptions): void {
  const whose = queue.source === null ? `${WORDS[letter.from]} ${letter.functionName ?? "nobody known"}: ${letter.why}` : `a message of ${queue.source}`;
  say(`  ${letter.id}  ${new Date(letter.sentAt).toISOString()}  ${whose}`);
  const why = unsendable(queue, letter, functions);
  if (why !== null && queue.source === null) say(`    can't be sent again: ${why}`);
  const event = queue.source === null ? letter.payload : letter.body;
  if (show && event !== null) for (const line of shown(event).split("\n")) say(`    ${line}`);
}

/** Whether it is done; why not is said. */
async function acted(ports: RedrivePorts, queue: DeadLetterQueue, letter: Held, { act, functions }: RedriveOptions): Promise<boolean> {
  const why = act === "send" ? unsendable(queue, letter, functions) : null;
  if (why !== null) {
    if (queue.source !== null) ports.say(`    not done: ${why}`);
    return false;
  }
  try {
    if (act === "send") await sendAgain(ports, queue, letter);
    else await remove(ports.sqs, queue, letter);
    ports.say(act === "send" ? `    sent again to ${letter.functionName}` : "    deleted");
    return true;
  } catch (error) {
    ports.say(`    not done: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
    return false;
  }
}
