/** Ten thousand notifications at once, on the whole platform: how long until each was sent, whether each was sent once, and whether memory grows with them. */
import { randomUUID } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { BatchWriteItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { marshall } from "@aws-sdk/util-dynamodb";
import { newItem } from "../../src/notifications/notification.ts";
import { type Running, startForTest } from "../../test/integration/harness.ts";
import { table } from "./figures.ts";

export interface NotificationFigures {
  notifications: number;
  people: number;
  /** From the first item's writing to the last mail. */
  seconds: number;
  mails: number;
  /** Mails that came for a notification that had one already. */
  twice: number;
  /** Resident memory of the whole platform's process in MB, at each quarter of the mails. */
  quarters: number[];
}

const PEOPLE = 10;
/** Items in one write. */
const BATCH = 25;
/** With as many everything that grows once has grown. */
const WARM_UP = 2000;

const megabytes = () => Math.round(process.memoryUsage().rss / 1_000_000);
const mailsOf = async (run: Running): Promise<{ subject: string; text: string }[]> => (await fetch(`${run.platform.endpoints.mailbox}.json`)).json();

/** How many mails there are, by their file: a line each, of which only what is new is read. */
async function mailCounter(run: Running) {
  const file = await open(join(run.platform.dataDir, "mails.jsonl"), "r");
  let at = 0;
  let lines = 0;
  const buffer = Buffer.alloc(1 << 16);
  return {
    async count(): Promise<number> {
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) return lines;
        at += bytesRead;
        for (const byte of buffer.subarray(0, bytesRead)) if (byte === 10) lines++;
      }
    },
    close: () => file.close(),
  };
}

/** Their addresses have been confirmed. */
async function subscribe(run: Running, database: DynamoDBClient, people: readonly string[]): Promise<void> {
  const { endpoints, operator, region } = run.platform;
  const sns = new SNSClient({ endpoint: endpoints.sns, region, credentials: operator });
  for (const userId of people) {
    const address = `${userId}@example.com`;
    const { SubscriptionArn: arn = "" } = await sns.send(
      new SubscribeCommand({
        TopicArn: `arn:aws:sns:${region}:123456789012:dormouse-mail`,
        Protocol: "email",
        Endpoint: address,
        Attributes: { FilterPolicy: JSON.stringify({ userId: [userId] }) },
        ReturnSubscriptionArn: true,
      }),
    );
    const [link = ""] =
      /http\S+/.exec((await mailsOf(run)).find(({ text }) => text.includes("in error") && !seen.has(text))?.text.split("in error")[1] ?? "") ?? [];
    for (const { text } of await mailsOf(run)) seen.add(text);
    await fetch(link);
    const item = { id: `user#${userId}`, v: 1, userId, method: "sns", address, state: "pending", arn, nonce: "n", origin: "", since: 1 };
    await database.send(new PutItemCommand({ TableName: "dormouse-subscriptions", Item: marshall(item) }));
  }
  sns.destroy();
}
const seen = new Set<string>();

export async function measureNotifications(bundles: string, notifications = 10_000): Promise<NotificationFigures> {
  await using run = await startForTest({ bundles, settings: { idleMinutes: 10, checkMinutes: 15, drainSeconds: 10 } });
  const { endpoints, operator, region } = run.platform;
  const database = new DynamoDBClient({ endpoint: endpoints.dynamodb, region, credentials: operator });
  const people = Array.from({ length: PEOPLE }, (_, i) => `reader-${i}`);
  await subscribe(run, database, people);
  const counter = await mailCounter(run);

  async function send(count: number, label: string): Promise<{ seconds: number; quarters: number[]; numbers: string[] }> {
    const there = await counter.count();
    const begun = performance.now();
    const put = async () => {
      for (let at = 0; at < count; at += BATCH) {
        const items = Array.from({ length: Math.min(BATCH, count - at) }, (_, i) => {
          const data = { v: 1, reportId: randomUUID(), name: `${label} ${at + i}`, from: "2026-11-01", to: "2026-11-30" };
          return newItem({ userId: people[(at + i) % PEOPLE] ?? "", id: randomUUID(), kind: "report-ready", data, language: "en" }, Date.now(), Date.now());
        });
        const puts = items.map((item) => ({ PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) } }));
        await database.send(new BatchWriteItemCommand({ RequestItems: { "dormouse-notifications": puts } }));
      }
    };
    const writing = put();
    const quarters: number[] = [];
    for (let came = 0; came < count; ) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      came = (await counter.count()) - there;
      while (quarters.length < Math.min(4, Math.floor((came / count) * 4))) quarters.push(megabytes());
      if (performance.now() - begun > 1_200_000) throw new Error(`${count - came} notifications were not sent within 20 minutes`);
    }
    await writing;
    const seconds = (performance.now() - begun) / 1000;
    const numbers = (await mailsOf(run)).slice(there).flatMap(({ subject, text }) => new RegExp(`${label} \\d+`).exec(`${subject} ${text}`) ?? []);
    return { seconds, quarters, numbers };
  }

  await send(Math.min(WARM_UP, notifications), "before");
  const { seconds, quarters, numbers } = await send(notifications, "report");
  database.destroy();
  await counter.close();
  return { notifications, people: PEOPLE, seconds, mails: numbers.length, twice: numbers.length - new Set(numbers).size, quarters };
}

export const growthOf = ({ quarters }: Pick<NotificationFigures, "quarters">): number => (quarters.at(-1) ?? Number.NaN) / (quarters[0] ?? Number.NaN);

export function notificationTable({ notifications, people, seconds, mails, twice, quarters }: NotificationFigures): string {
  return table(
    ["", `${notifications.toLocaleString("en")} notifications to ${people} people`],
    [
      ["from the first item to the last mail, seconds", seconds.toFixed(1)],
      ["a second", (notifications / seconds).toFixed(0)],
      ["mails", mails.toLocaleString("en")],
      ["of them a second time", String(twice)],
      ["memory of the whole platform at each quarter, MB", quarters.join(", ")],
    ],
  );
}
