import { ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { profiles } from "../../src/aws/profiles.ts";
import { changed, defaultProfile, UnknownProfile } from "../../src/finance/profile.ts";
import { functionKey, type TestDynamoDB, testDynamoDB } from "./dynamodb.ts";
import { NOW } from "./states.ts";

const table = "dormouse-profiles";
let dynamodb: TestDynamoDB;
let sub = "";
let count = 0;
const store = (client = dynamodb.client) => profiles({ dynamodb: client, table });
const raw = async () => {
  const { Item } = await dynamodb.client.send(new GetItemCommand({ TableName: table, Key: { sub: { S: sub } }, ConsistentRead: true }));
  return Item === undefined ? null : unmarshall(Item);
};
/** The first version, with a name. */
const named = (name: string) => ({ ...defaultProfile(sub), name, version: 1 });

const keyOf = (key: typeof functionKey) => ({ accessKeyId: key.AWS_ACCESS_KEY_ID, secretAccessKey: key.AWS_SECRET_ACCESS_KEY });

beforeAll(async () => {
  dynamodb = await testDynamoDB("control");
});
afterAll(() => dynamodb.close());
beforeEach(() => {
  sub = `s-${count++}`;
});

describe("a profile that nobody has changed", () => {
  it("is the defaults, and reading makes nothing", async () => {
    expect(await store().read(sub)).toEqual(defaultProfile(sub));
    expect(await raw()).toBeNull();
  });

  it("keeps an e-mail alone, and the newest of two", async () => {
    await store().keepEmail(sub, "ann@example.com", NOW);
    expect(await raw()).toEqual({ v: 1, sub, email: "ann@example.com", emailAt: NOW });
    await store().keepEmail(sub, "older@example.com", NOW - 1);
    expect(await store().read(sub)).toEqual({ ...defaultProfile(sub), email: "ann@example.com", emailAt: NOW });
    await store().keepEmail(sub, "new@example.com", NOW + 1);
    expect(await store().read(sub)).toMatchObject({ email: "new@example.com", emailAt: NOW + 1, version: 0 });
  });
});

describe("a change", () => {
  it("of what somebody wants to be told of comes back, and kinds that were never chosen are as at first", async () => {
    const next = changed(
      named("Ann"),
      { notifications: { "weekly-recap": true }, largeExpense: { amount: "500.00", currency: "EUR" }, weeklyReport: true },
      NOW,
    );
    expect(await store().replace(next)).toBe(true);
    expect(await store().read(sub)).toMatchObject({
      notifications: { "budget-threshold": true, "weekly-recap": true },
      largeExpense: { amount: "500.00", currency: "EUR" },
      weeklyReport: true,
    });
    await dynamodb.put(table, { v: 1, sub, notifications: { "large-expense": false, "of-a-later-version": true } });
    expect((await store().read(sub)).notifications).toEqual({ ...defaultProfile(sub).notifications, "large-expense": false });
    for (const wrong of [
      { notifications: { "large-expense": "no" } },
      { notifications: [] },
      { largeExpense: { amount: "5", currency: "XXX" } },
      { largeExpense: 5 },
      { weeklyReport: "yes" },
    ]) {
      await dynamodb.put(table, { v: 1, sub, ...wrong });
      await expect(store().read(sub)).rejects.toBeInstanceOf(UnknownProfile);
    }
  });

  it("comes back as it was written, with its calendar", async () => {
    const next = changed(named("Ann"), { payday: 25, firstWeekday: 7, timeZone: "Asia/Kolkata", locale: "de-DE", displayCurrency: "JPY" }, NOW);
    expect(await store().replace(next)).toBe(true);
    expect(await store().read(sub)).toEqual(next);
    expect(await raw()).toMatchObject({ v: 1, sub, version: 1, timeZone: "Asia/Kolkata" });
  });

  it("keeps what was answered to it", async () => {
    const next = { ...named("Ann"), answers: [{ key: "k1", hash: "ab", at: NOW, version: 1, body: "{}" }] };
    expect(await store().replace(next)).toBe(true);
    expect(await store().read(sub)).toEqual(next);
  });

  it("leaves the e-mail, and an e-mail leaves the change", async () => {
    await store().keepEmail(sub, "ann@example.com", NOW);
    await store().replace(named("Ann"));
    await store().keepEmail(sub, "ann@example.org", NOW + 1);
    expect(await store().read(sub)).toEqual({ ...named("Ann"), email: "ann@example.org", emailAt: NOW + 1 });
  });

  it("is one of many rivals' at a time, so that none is lost", async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, index) => store().replace(named(`rival ${index}`))));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await store().read(sub)).toEqual(named(`rival ${outcomes.indexOf(true)}`));
    expect(await store().replace({ ...named("again"), version: 3 })).toBe(false);
    expect(await store().replace({ ...named("next"), version: 2 })).toBe(true);
  });

  it("whose answer is lost and that the client sends again has happened once", async () => {
    const lost = dynamodb.losing(1);
    expect(await store(lost).replace(named("Ann"))).toBe(true);
    expect(await store().read(sub)).toEqual(named("Ann"));
  });
});

describe("an item that this code can't read", () => {
  it.each([
    [{ v: 2 }],
    [{ v: "1" }],
    [{ v: 1, name: 7 }],
    [{ v: 1, changes: [] }],
    [{ v: 1, changes: [{ from: "2026-02-30", firstWeekday: 1, payday: null }] }],
    [{ v: 1, version: "3" }],
    [{ v: 1, answers: [{ key: "k" }] }],
    [{}],
  ])("is refused with what is wrong, and never written into: %j", async (odd) => {
    await dynamodb.put(table, { sub, ...odd });
    await expect(store().read(sub)).rejects.toBeInstanceOf(UnknownProfile);
  });

  it("stays as it is", async () => {
    await dynamodb.put(table, { sub, v: 2, wishes: ["more"] });
    await expect(store().read(sub)).rejects.toThrow(/version 2 .* reads version 1/);
    await store().keepEmail(sub, "ann@example.com", NOW);
    await expect(store().replace(named("Ann"))).rejects.toBeInstanceOf(UnknownProfile);
    expect(await raw()).toEqual({ sub, v: 2, wishes: ["more"] });
  });
});

describe("with the rights of", () => {
  it("control it reads and writes", async () => {
    const client = new DynamoDBClient({ endpoint: dynamodb.url, region: "eu-central-1", credentials: keyOf(functionKey) });
    expect(await store(client).replace(named("Ann"))).toBe(true);
    expect((await store(client).read(sub)).name).toBe("Ann");
    client.destroy();
  });

  it("data it reads only", async () => {
    const other = await testDynamoDB("data");
    const client = new DynamoDBClient({ endpoint: other.url, region: "eu-central-1", credentials: keyOf(functionKey), maxAttempts: 1 });
    expect(await store(client).read(sub)).toEqual(defaultProfile(sub));
    await expect(store(client).replace(named("Ann"))).rejects.toMatchObject({ name: "AccessDeniedException" });
    client.destroy();
    await other.close();
  });
});

describe("when DynamoDB fails", () => {
  const client = new DynamoDBClient({ region: "eu-central-1", credentials: keyOf(functionKey) });
  const mocked = mockClient(client);
  beforeEach(() => {
    mocked.reset();
  });
  const failing = () => store(client);
  const throttled = Object.assign(new Error("slow down"), { name: "ProvisionedThroughputExceededException" });

  it("its error comes out, whatever was asked", async () => {
    mocked.on(GetItemCommand).rejects(throttled);
    mocked.on(UpdateItemCommand).rejects(throttled);
    await expect(failing().read(sub)).rejects.toBe(throttled);
    await expect(failing().replace(named("Ann"))).rejects.toBe(throttled);
    await expect(failing().keepEmail(sub, "ann@example.com", NOW)).rejects.toBe(throttled);
  });

  it("a refused change is told from a change that was there already by a consistent read", async () => {
    mocked.on(UpdateItemCommand).rejects(new ConditionalCheckFailedException({ $metadata: {}, message: "no" }));
    mocked.on(GetItemCommand).resolves({});
    expect(await failing().replace(named("Ann"))).toBe(false);
    expect(mocked.commandCalls(GetItemCommand)[0]?.args[0].input).toMatchObject({ ConsistentRead: true });
  });
});
