import { marshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clearLeaving } from "../../src/aws/receipt-records.ts";
import { type Receipts, receipts } from "../../src/aws/receipts.ts";
import type { Receipt } from "../../src/receipts/receipt.ts";
import { Memory, newReceipt } from "../receipts/files.ts";
import { type TestDynamoDB, testDynamoDB } from "./dynamodb.ts";

const table = "dormouse-receipts";
let dynamodb: TestDynamoDB;
let store: Receipts;
let now = 0;
let made = 0;
beforeAll(async () => {
  dynamodb = await testDynamoDB();
  store = receipts({ dynamodb: dynamodb.client, table, now: () => now });
});
afterAll(() => dynamodb.close());

async function receipt(change: Partial<Receipt> = {}): Promise<Receipt> {
  const given = newReceipt({ id: `019aa5d0-0c44-7a55-b7de-${String(++made).padStart(12, "0")}`, ...change });
  expect(await store.create(given)).toEqual({ receipt: given, made: true });
  return given;
}
const file = { key: "receipts/ann/1.png", versionId: "v1", size: 7 };

describe("a receipt's item", () => {
  it("is made once, and read as it was written", async () => {
    const one = await receipt({ requestHash: "h", userId: "a/b ü" });
    expect(await store.read(one)).toEqual(one);
    expect(await store.create({ ...one, fileName: "other.png" })).toEqual({ receipt: one, made: false });
    expect(await store.read({ ...one, userId: "bob" })).toBe(null);
  });

  it("is made by one of many at once", async () => {
    const given = newReceipt({ id: "019aa5d0-0c44-7a55-b7de-aaaaaaaaaaaa" });
    const answers = await Promise.all([1, 2, 3, 4, 5].map((size) => store.create({ ...given, size })));
    expect(answers.filter((answer) => answer.made)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.receipt.size)).size).toBe(1);
  });

  it("that has expired makes room for the next one, and one that has not does not", async () => {
    const one = await receipt({ expiresAt: 5000 });
    now = 4999;
    expect((await store.create(one)).made).toBe(false);
    now = 5000;
    expect((await store.create({ ...one, expiresAt: 9000 })).made).toBe(true);
    now = 0;
  });

  it("goes from state to state, and from none that it is not in", async () => {
    const one = await receipt();
    expect(await store.attach(one, 5)).toBe(false);
    expect(await store.forget(one)).toBe(false);
    expect(await store.refuse(one, "no")).toBe(true);
    expect(await store.read(one)).toMatchObject({ state: "refused", reason: "no", expiresAt: one.expiresAt });
    expect(await store.hold(one)).toBe(true);
    expect(await store.read(one)).toMatchObject({ state: "refused", expiresAt: null });
    expect(await store.ready(one, file)).toBe(true);
    expect(await store.read(one)).toEqual({ ...one, ...file, state: "ready", reason: null, expiresAt: null });
    for (const refused of [store.ready(one, { ...file, versionId: "v2" }), store.refuse(one, "x"), store.hold(one)]) expect(await refused).toBe(false);
    expect(await store.attach(one, 5)).toBe(true);
    expect(await store.leave(one, "unattached")).toBe(false);
    expect(await store.leave(one)).toBe(true);
    expect(await store.leave(one)).toBe(true);
    for (const refused of [store.ready(one, file), store.attach(one, 6), store.hold(one)]) expect(await refused).toBe(false);
    expect(await store.forget(one)).toBe(true);
    expect(await store.read(one)).toBe(null);
    for (const refused of [store.leave(one), store.forget(one), store.attach(one, 6), store.hold(one)]) expect(await refused).toBe(false);
  });

  it("is what was asked for when the answer is lost on its way", async () => {
    const lost = receipts({ dynamodb: dynamodb.losing(1), table, now: () => now });
    const given = newReceipt({ id: "019aa5d0-0c44-7a55-b7de-bbbbbbbbbbbb" });
    expect((await lost.create(given)).receipt).toEqual(given);
    const again = receipts({ dynamodb: dynamodb.losing(1), table, now: () => now });
    // The second one is refused: whoever asked reads what came of it.
    expect(await again.ready(given, file)).toBe(false);
    expect(await store.read(given)).toMatchObject({ state: "ready", versionId: "v1" });
    const left = receipts({ dynamodb: dynamodb.losing(1), table, now: () => now });
    expect(await left.leave(given, "unattached")).toBe(true);
  });
});

describe("receipts of all users", () => {
  it("that would stay for ever are found by the sweep: kept ones of before, whatever their state, and no others", async () => {
    const day = 86_400_000;
    const kept = await receipt({ userId: "eve", state: "ready", expiresAt: null, createdAt: day });
    const held = await receipt({ userId: "eve", state: "awaiting", expiresAt: null, createdAt: day });
    const leaving = await receipt({ userId: "eve", state: "leaving", expiresAt: null, createdAt: day });
    await receipt({ userId: "eve", state: "ready", expiresAt: null, createdAt: 2 * day });
    await receipt({ userId: "eve", createdAt: day });
    await dynamodb.put(table, { v: 2, userId: "eve", id: "new", state: "ready", createdAt: day });
    const found: string[] = [];
    for await (const page of store.pages(2 * day)) found.push(...page.filter(({ userId }) => userId === "eve").map(({ id }) => id));
    expect(found.sort()).toEqual([kept, held, leaving].map(({ id }) => id).sort());
  });

  it("are swept by one of many at once, and again when the time has come", async () => {
    const turns = async (at: number) => (await Promise.all([1, 2, 3].map(() => store.turn(at, 1000)))).filter(Boolean).length;
    expect([await turns(10_000), await turns(11_000), await turns(11_001)]).toEqual([1, 0, 1]);
    for await (const page of store.pages(1e15)) expect(page.map(({ userId }) => userId)).not.toContain("#sweep");
  });
});

describe("the table's stream", () => {
  const record = (item: Record<string, unknown>, SequenceNumber = "1"): DynamoDBRecord => ({
    eventName: "MODIFY",
    dynamodb: { NewImage: marshall(item, { removeUndefinedValues: true }) as NonNullable<DynamoDBRecord["dynamodb"]>["NewImage"] & object, SequenceNumber },
  });
  const { expiresAt: _, ...one } = newReceipt({ state: "leaving" });
  const image = (change: object = {}) => ({ v: 1, ...one, ...change });
  const warnings: string[] = [];
  const logger = { warn: (message: string) => void warnings.push(message) };

  it("has what leaves cleared away, and leaves everything else alone", async () => {
    const memory = new Memory();
    memory.set(newReceipt({ state: "leaving" }));
    memory.put(`receipts/ann/${newReceipt().id}.png`, new Uint8Array(1));
    const Records = [record(image({ state: "ready" })), record(image({ v: 2 })), record(image())];
    expect(await clearLeaving({ Records }, { ...memory, logger })).toEqual({ batchItemFailures: [] });
    expect([memory.keys(), memory.items.size, warnings]).toEqual([[], 0, ["a receipt that this code cannot read was left out"]]);
    expect(await clearLeaving({ Records: [{ eventName: "REMOVE", dynamodb: {} }] }, { ...memory, logger })).toEqual({ batchItemFailures: [] });
  });

  it("gives the batch back from the first that failed", async () => {
    const memory = new Memory();
    memory.set(newReceipt({ state: "leaving" }));
    memory.killAt = { call: 2, after: false };
    const answer = await clearLeaving({ Records: [record(image({ state: "ready" }), "1"), record(image(), "2"), record(image(), "3")] }, { ...memory, logger });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "2" }] });
  });
});
