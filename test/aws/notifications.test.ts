import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBStreamEvent } from "aws-lambda";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { carryNotifications } from "../../src/aws/notification-records.ts";
import { notifications } from "../../src/aws/notifications.ts";
import { notifyQueue } from "../../src/aws/notify-queue.ts";
import { subscriptions } from "../../src/aws/subscriptions.ts";
import { claim, markRead, newItem, requeue, type Step, settle, UnknownNotification } from "../../src/notifications/notification.ts";
import type { Subscription } from "../../src/notifications/subscription.ts";
import { T0, threshold } from "../notifications/world.ts";
import { type TestDynamoDB, testDynamoDB } from "./dynamodb.ts";

const table = "dormouse-notifications";
let dynamodb: TestDynamoDB;
let user = "";
let count = 0;
const unreadable: unknown[] = [];
const store = () => notifications({ dynamodb: dynamodb.client, table, onUnreadable: (error) => unreadable.push(error) });
const item = (id: string, at = T0) => newItem({ userId: user, id, kind: "budget-threshold", data: threshold, language: "en" }, at, at);
const step = (taken: ReturnType<typeof claim>): Step => {
  if (typeof taken === "string") throw new Error(taken);
  return taken;
};
const must = <T>(value: T | null): T => {
  if (value === null) throw new Error("there is none");
  return value;
};

beforeAll(async () => {
  dynamodb = await testDynamoDB();
});
afterAll(() => dynamodb.close());
beforeEach(() => {
  user = `user-${count++}`;
  unreadable.length = 0;
});

describe("notifications in DynamoDB", () => {
  it("are put once, whoever puts them again", async () => {
    expect(await store().put(item("a"))).toBe(true);
    const taken = step(claim(must(await store().read(user, "a")), T0, "t1"));
    expect(await store().write(taken.next, taken.write)).toBe(true);
    expect(await store().put(item("a"))).toBe(false);
    expect(await store().read(user, "a")).toMatchObject({ state: "sending", attempt: 1 });
    expect(await store().read(user, "none")).toBeNull();
  });

  it("are claimed by one of many at once, and settled by whoever claimed last", async () => {
    await store().put(item("a"));
    const seen = must(await store().read(user, "a"));
    const first = step(claim(seen, T0, "t2"));
    const won = await Promise.all(Array.from({ length: 20 }, () => store().write(seen, first.write)));
    expect(won.filter(Boolean)).toHaveLength(1);
    const second = step(claim(first.next, T0 + 120_000, "t3"));
    expect(await store().write(seen, second.write)).toBe(true);
    const sent = { is: "sent", by: "sns", to: "a@example.com" } as const;
    expect(await store().write(seen, settle(first.next, sent, T0).write)).toBe(false);
    expect(await store().write(seen, settle(second.next, sent, T0).write)).toBe(true);
    expect(await store().read(user, "a")).toMatchObject({ state: "sent", attempt: 2, lost: 1, to: "a@example.com" });
  });

  it("that are not settled are listed by when they were last touched, and the others never", async () => {
    for (const [id, at] of [
      ["old", T0 - 5000],
      ["older", T0 - 9000],
      ["young", T0],
    ] as const)
      await store().put(item(id, at));
    await store().put(item("done", T0 - 9000));
    const done = must(await store().read(user, "done"));
    await store().write(done, settle(done, { is: "skipped", why: "x" }, T0).write);
    const ids = async () => (await store().waiting(T0 - 1000, 100)).filter(({ userId }) => userId === user).map(({ id }) => id);
    expect(await ids()).toEqual(["older", "old"]);
    const old = must(await store().read(user, "old"));
    expect(await store().write(old, requeue(old, T0))).toBe(true);
    expect(await ids()).toEqual(["older"]);
    expect(await store().waiting(T0 - 1000, 1)).toHaveLength(1);
    const older = must(await store().read(user, "older"));
    await store().write(older, settle(older, { is: "skipped", why: "x" }, T0).write);
  });

  it("are listed for their user, newest first, page by page, and counted as long as they are unread", async () => {
    for (const id of ["1", "2", "3", "4"]) await store().put(item(id));
    await dynamodb.put(table, { userId: user, id: "5", v: 9 });
    expect((await store().list(user, 2, null)).map(({ id }) => id)).toEqual(["4", "3"]);
    expect((await store().list(user, 2, "3")).map(({ id }) => id)).toEqual(["2", "1"]);
    expect(await store().list("somebody-else", 2, null)).toEqual([]);
    expect(unreadable[0]).toBeInstanceOf(UnknownNotification);
    expect(await store().unread(user, 100)).toBe(5);
    expect(await store().write({ userId: user, id: "3" }, markRead(T0))).toBe(true);
    expect(await store().unread(user, 100)).toBe(4);
    expect(await store().write({ userId: user, id: "3" }, markRead(null))).toBe(true);
    expect(await store().unread(user, 100)).toBe(5);
    expect(await store().write({ userId: user, id: "none" }, markRead(T0))).toBe(false);
    expect(await store().write({ userId: user, id: "5" }, markRead(T0))).toBe(false);
  });
});

describe("their stream", () => {
  const sqs = mockClient(SQSClient);
  beforeEach(() => sqs.reset());
  const enqueue = notifyQueue({ sqs: new SQSClient({ region: "eu-central-1" }), url: "https://queue" });
  const records = (...images: [string, Record<string, unknown>][]) =>
    ({
      Records: images.map(([eventName, image], i) => ({
        eventName,
        dynamodb: { SequenceNumber: String(i + 1), NewImage: marshall(image, { removeUndefinedValues: true }) },
      })),
    }) as DynamoDBStreamEvent;
  const carry = (event: DynamoDBStreamEvent) => carryNotifications({ enqueue, onUnreadable: (error) => unreadable.push(error) }, event);

  it("brings new ones to the queue, in tens, and nothing that its sender or its reader wrote", async () => {
    sqs.on(SendMessageBatchCommand).resolves({});
    const news = Array.from({ length: 12 }, (_, i): [string, Record<string, unknown>] => ["INSERT", { ...item(`n${i}`) }]);
    const event = records(...news, ["MODIFY", { ...item("x"), state: "sent" }], ["INSERT", { ...item("y"), v: 9 }], ["REMOVE", { ...item("z") }]);
    expect(await carry(event)).toEqual({ batchItemFailures: [] });
    const bodies = sqs
      .commandCalls(SendMessageBatchCommand)
      .map(({ args }) => args[0].input.Entries?.map(({ MessageBody }) => JSON.parse(MessageBody ?? "").id));
    expect(bodies.map((batch) => batch?.length)).toEqual([10, 2]);
    expect(bodies.flat()).toEqual(news.map((_, i) => `n${i}`));
    expect(unreadable).toHaveLength(1);
  });

  it("gives back from the first that the queue did not take, and everything when it can't be asked", async () => {
    sqs.on(SendMessageBatchCommand).resolves({ Failed: [{ Id: "1", Code: "InternalError", SenderFault: false }] });
    const event = records(["INSERT", { ...item("a") }], ["INSERT", { ...item("b") }], ["INSERT", { ...item("c") }]);
    expect(await carry(event)).toEqual({ batchItemFailures: [{ itemIdentifier: "2" }] });
    sqs.on(SendMessageBatchCommand).rejects(new Error("down"));
    await expect(carry(event)).rejects.toThrow("down");
  });
});

describe("subscriptions in DynamoDB", () => {
  const all = () => subscriptions({ dynamodb: dynamodb.client, table: "dormouse-subscriptions", random: () => crypto.getRandomValues(new Uint8Array(32)) });
  const subscription = (nonce: string): Subscription => ({
    v: 1,
    userId: user,
    method: "ses",
    address: "a@example.com",
    state: "pending",
    arn: null,
    nonce,
    origin: "https://x.example",
    since: T0,
    reason: null,
  });

  it("are replaced and removed only in the place of the one that was seen", async () => {
    expect(await all().read(user)).toBeNull();
    expect(await all().replace(subscription("one"), null)).toBe(true);
    expect(await all().replace(subscription("two"), null)).toBe(false);
    expect(await all().replace(subscription("two"), "one")).toBe(true);
    expect(await all().replace(subscription("three"), "one")).toBe(false);
    expect(await all().read(user)).toEqual(subscription("two"));
    expect(await all().remove(user, "one")).toBe(false);
    expect(await all().remove(user, "two")).toBe(true);
    expect(await all().read(user)).toBeNull();
    await dynamodb.put("dormouse-subscriptions", { id: `user#${user}`, v: 2 });
    await expect(all().read(user)).rejects.toThrow("version 2");
  });

  it("have one key for links, made by whoever needs it first", async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, () => all().linkKey()));
    expect(keys[0]).toHaveLength(32);
    expect(new Set(keys.map((key) => Buffer.from(key).toString("hex"))).size).toBe(1);
  });
});
