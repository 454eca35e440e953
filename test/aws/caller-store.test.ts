import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { callerStore } from "../../src/aws/caller-store.ts";
import { ensureState, readState, reconcilerStore } from "../../src/aws/state-store.ts";
import { type DatabaseState, initialState, UnknownVersion, type WakeIntent } from "../../src/lifecycle/state.ts";
import { turn } from "../../src/lifecycle/writes.ts";
import { type TestDynamoDB, testDynamoDB } from "./dynamodb.ts";
import { NOW } from "./states.ts";

let dynamodb: TestDynamoDB;
let databaseId = "";
let count = 0;
const table = "dormouse-state";
const store = (client = dynamodb.client) => callerStore({ dynamodb: client, table });
const raw = async () => {
  const { Item } = await dynamodb.client.send(new GetItemCommand({ TableName: table, Key: { databaseId: { S: databaseId } }, ConsistentRead: true }));
  return Item === undefined ? null : unmarshall(Item);
};
const given = (more: Partial<DatabaseState>) => dynamodb.put(table, { ...initialState(databaseId, NOW), ...more });
const intent = (id = "i", more: Partial<WakeIntent> = {}): WakeIntent => ({ id, by: "ann", cause: "button", at: NOW, expiresAt: NOW + 1000, ...more });

beforeAll(async () => {
  dynamodb = await testDynamoDB();
});
afterAll(() => dynamodb.close());
beforeEach(() => {
  databaseId = `db-${count++}`;
});

describe("reading the state item", () => {
  it("finds nothing before anybody has looked, and makes nothing", async () => {
    expect(await store().read(databaseId)).toBeNull();
    expect(await raw()).toBeNull();
  });

  it("makes the item once of many at once, and gives everyone the same", async () => {
    const made = await Promise.all(Array.from({ length: 20 }, (_, index) => store().ensure(databaseId, NOW + index)));
    expect(new Set(made.map(({ firstLookAt }) => firstLookAt)).size).toBe(1);
    expect(await raw()).toEqual(made[0]);
  });

  it("gives attributes that an older writer did not know their first value", async () => {
    await dynamodb.put(table, { v: 1, databaseId, firstLookAt: NOW - 5, phase: "awake" });
    expect(await store().read(databaseId)).toEqual({ ...initialState(databaseId, NOW - 5), phase: "awake" });
  });

  it.each([[{ v: 2 }], [{ v: "1" }], [{ v: 1, leases: "none" }], [{ v: 1, rev: "7" }]])("refuses an item with %j, whatever asks", async (odd) => {
    await given(odd as unknown as Partial<DatabaseState>);
    const at = { dynamodb: dynamodb.client, table };
    await expect(store().read(databaseId)).rejects.toBeInstanceOf(UnknownVersion);
    await expect(ensureState(at, databaseId, NOW)).rejects.toBeInstanceOf(UnknownVersion);
    await expect(reconcilerStore(at).read(databaseId)).rejects.toBeInstanceOf(UnknownVersion);
  });

  it("throws what the table answers, when that is no condition", async () => {
    const nowhere = callerStore({ dynamodb: dynamodb.client, table: "dormouse-nowhere" });
    await expect(nowhere.read(databaseId)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(nowhere.touch(databaseId, NOW)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(nowhere.wake(databaseId, intent())).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("a touch", () => {
  it("is refused where there is no item and where the database does not serve", async () => {
    expect(await store().touch(databaseId, NOW)).toBe(false);
    await given({ serving: false });
    expect(await store().touch(databaseId, NOW)).toBe(false);
    expect(await raw()).toMatchObject({ rev: 0, lastActivityAt: null });
  });

  it("is a success when somebody has touched it since, and leaves the newer time", async () => {
    await given({ serving: true, lastActivityAt: NOW + 1 });
    expect(await store().touch(databaseId, NOW)).toBe(true);
    expect(await raw()).toMatchObject({ rev: 0, lastActivityAt: NOW + 1 });
  });

  it("is not a success when a newer touch was followed by a fence", async () => {
    await given({ serving: false, lastActivityAt: NOW + 1 });
    expect(await store().touch(databaseId, NOW)).toBe(false);
  });

  it("is a success for each of many at the same moment", async () => {
    await given({ serving: true });
    expect(await Promise.all(Array.from({ length: 20 }, () => store().touch(databaseId, NOW)))).not.toContain(false);
    expect(await raw()).toMatchObject({ rev: 1, lastActivityAt: NOW });
  });

  it("counts once when its answer is lost and the client sends it again", async () => {
    await given({ serving: true });
    expect(await store(dynamodb.losing(1)).touch(databaseId, NOW)).toBe(true);
    expect(await raw()).toMatchObject({ rev: 1, lastActivityAt: NOW });
  });
});

describe("a wake", () => {
  it("makes the item where there is none", async () => {
    expect(await store().wake(databaseId, intent())).toBe(true);
    expect(await raw()).toMatchObject({ firstLookAt: NOW, wake: intent(), lastWakeAt: NOW, rev: 1 });
  });

  it("is won by one of many at once", async () => {
    const won = await Promise.all(Array.from({ length: 50 }, (_, index) => store().wake(databaseId, intent(`i${index}`))));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await raw()).toMatchObject({ rev: 1, wake: { id: `i${won.indexOf(true)}` } });
  });

  it("is its caller's own when its answer is lost and the client sends it again", async () => {
    await given({});
    expect(await store(dynamodb.losing(1)).wake(databaseId, intent())).toBe(true);
    expect(await raw()).toMatchObject({ rev: 1, wake: intent() });
  });

  it("replaces one whose time has passed, and no other", async () => {
    await given({ wake: intent("old", { expiresAt: NOW - 1 }) });
    expect(await store().wake(databaseId, intent("new"))).toBe(true);
    expect(await store().wake(databaseId, intent("newer", { at: NOW + 999 }))).toBe(false);
    expect(await raw()).toMatchObject({ wake: { id: "new" } });
  });
});

describe("leases and holds", () => {
  const lease = { by: "ann", why: "a report", expiresAt: NOW + 1000 };
  it("are refused where nothing serves, and where there is no item", async () => {
    expect(await store().acquire(databaseId, "l", lease)).toBe(false);
    expect(await store().hold(databaseId, { until: NOW + 1, by: "olga", reason: "" }, null)).toBe(false);
    expect(await raw()).toBeNull();
    await given({ serving: false, leases: { l: lease } });
    expect(await store().acquire(databaseId, "m", lease)).toBe(false);
    expect(await store().renew(databaseId, "l", NOW + 2000, NOW)).toBe(false);
    expect(await raw()).toMatchObject({ rev: 0, leases: { l: lease } });
  });

  it("are acquired, renewed until they end, and released once", async () => {
    await given({ serving: true });
    expect(await store().acquire(databaseId, "l", lease)).toBe(true);
    expect(await store().renew(databaseId, "l", NOW + 2000, NOW)).toBe(true);
    expect(await store().renew(databaseId, "l", NOW + 3000, NOW + 2000)).toBe(false);
    expect(await store().renew(databaseId, "other", NOW + 3000, NOW)).toBe(false);
    expect(await raw()).toMatchObject({ rev: 2, leases: { l: { ...lease, expiresAt: NOW + 2000 } } });
    expect(await store().release(databaseId, "l", NOW + 5)).toBe(true);
    expect(await store().release(databaseId, "l", NOW + 6)).toBe(false);
    expect(await raw()).toMatchObject({ rev: 3, leases: {}, lastLeaseEndAt: NOW + 5 });
  });

  it("stop at the cap, however many ask at once", async () => {
    await given({ serving: true, leases: Object.fromEntries(Array.from({ length: 95 }, (_, index) => [`l${index}`, lease])) });
    const got = await Promise.all(Array.from({ length: 10 }, (_, index) => store().acquire(databaseId, `m${index}`, lease)));
    expect(got.filter(Boolean)).toHaveLength(5);
  });

  it("hold and wake in one write where nobody has looked yet, from the moment that they are asked for", async () => {
    const hold = { until: NOW + 1000, by: "olga", reason: "month's end" };
    expect(await store().hold(databaseId, hold, intent("h", { cause: "hold" }))).toBe(true);
    expect(await raw()).toMatchObject({ hold, wake: { id: "h" }, firstLookAt: NOW, phaseSince: NOW });
    expect(await store().unhold(databaseId, NOW + 5)).toBe(true);
    expect(await store().unhold(databaseId, NOW + 6)).toBe(false);
    expect(await raw()).toMatchObject({ hold: null, lastLeaseEndAt: NOW + 5 });
  });

  it("makes no item by a hold that finds none, so that nobody's first look was in 1970", async () => {
    await store().hold(databaseId, { until: NOW + 1000, by: "olga", reason: "" }, null);
    await store().hold(databaseId, { until: NOW + 1000, by: "olga", reason: "" }, intent("h", { cause: "hold" }));
    expect(await raw()).toMatchObject({ firstLookAt: NOW, phaseSince: NOW });
  });
});

describe("the other words of callers", () => {
  it("count sessions without a word for staying up", async () => {
    await given({ ownSessions: 4 });
    await Promise.all(Array.from({ length: 10 }, () => store().countSession(databaseId)));
    expect(await raw()).toMatchObject({ ownSessions: 14, rev: 0 });
    await store().countSession("nobody");
    expect(await store().read("nobody")).toBeNull();
  });

  it("ask for a stop while it is awake, and not otherwise", async () => {
    const request = { id: "s", by: "olga", at: NOW, force: false };
    await given({ phase: "waking" });
    expect(await store().requestStop(databaseId, request)).toBe(false);
    await given({ phase: "awake" });
    expect(await store().requestStop(databaseId, request)).toBe(true);
    expect(await raw()).toMatchObject({ stopRequest: request, rev: 0 });
  });
});

describe("a reconciler's write", () => {
  it("is won by one of two who have read the same", async () => {
    await given({});
    const { read, write } = reconcilerStore({ dynamodb: dynamodb.client, table });
    const seen = await read(databaseId);
    if (seen === null) throw new Error("no item");
    const won = await Promise.all([write(databaseId, turn(seen, { code: "a" }, {})), write(databaseId, turn(seen, { code: "b" }, {}))]);
    expect([...won].sort()).toEqual([false, true]);
    expect(await raw()).toMatchObject({ turn: 1, code: won[0] ? "a" : "b" });
  });

  it("counts as refused when its answer is lost and the client sends it again, so that the run looks again", async () => {
    await given({});
    const seen = await readState({ dynamodb: dynamodb.client, table }, databaseId);
    if (seen === null) throw new Error("no item");
    expect(await reconcilerStore({ dynamodb: dynamodb.losing(1), table }).write(databaseId, turn(seen, { code: "a" }, {}))).toBe(false);
    expect(await raw()).toMatchObject({ turn: 1, code: "a" });
  });
});
