import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../local/clock.ts";
import { type DynamoDBService, startDynamoDB } from "../../local/dynamodb/server.ts";
import { Keyring, permissionsOf } from "../../local/gate.ts";
import { newestMigration } from "../../migrations/index.ts";
import { readState, writeState } from "../../src/aws/state-store.ts";
import { withConnection } from "../../src/database/connect.ts";
import type { ApiHandler } from "../../src/http/api.ts";
import { initialState } from "../../src/lifecycle/state.ts";
import { create } from "../../src/lifecycle/writes.ts";
import { readSystem } from "../../src/system.ts";
import systemJson from "../../system.json" with { type: "json" };
import { as, environment, startPostgres, type TestPostgres } from "../database/postgres.ts";
import { type Call, send } from "../http/events.ts";

const system = readSystem(systemJson);
let postgres: TestPostgres;
let dynamodb: DynamoDBService;
let client: DynamoDBClient;
let folder = "";
let handler: ApiHandler;

const table = () => ({ dynamodb: client, table: "dormouse-state" });
const ask = (sql: string) => withConnection(as(postgres.endpoint, "postgres"), (query) => query(sql));
const state = () => readState(table(), "dormouse");
const set = (values: Record<string, unknown>) => writeState(table(), "dormouse", { set: values, when: [{ path: "databaseId", is: "present" }] });

/** A request of a user whose `sub` is the name with an s in front. */
const by = (name: string) => (call: Call) => send(handler, { ...call, claims: { sub: `s-${name}`, username: name } });
const ann = by("ann");
const bob = by("bob");
const post = (path: string, body: unknown): Call => ({ method: "POST", path, body: JSON.stringify(body) });

async function categoryOf(user: typeof ann, name: string): Promise<string> {
  const answer = await user(post("/categories", { name }));
  expect(answer.status).toBe(201);
  return answer.body.id ?? "";
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dormouse-data-"));
  const keyring = new Keyring();
  keyring.add({ name: "operator", accessKeyId: "AKIAOPERATOR", secretAccessKey: "an operator's secret", may: "everything" });
  keyring.add({ name: "data", accessKeyId: "AKIAEXAMPLE", secretAccessKey: "an example secret", may: permissionsOf(system, "data") });
  [postgres, dynamodb] = await Promise.all([startPostgres(), startDynamoDB({ dataDir: folder, system, clock: systemClock, keyring })]);
  client = new DynamoDBClient({
    endpoint: dynamodb.url,
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIAOPERATOR", secretAccessKey: "an operator's secret" },
  });
  const variables = {
    ...environment(postgres.endpoint),
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    STATE_TABLE: "dormouse-state",
    SIGNALS_TABLE: "dormouse-signals",
    IDLE_MINUTES: "60",
    DRAIN_SECONDS: "2",
    COUNTERS_TABLE: "dormouse-counters",
    NOTIFICATIONS_TABLE: "dormouse-notifications",
    CHANGES_TABLE: "dormouse-changes",
    PROFILES_TABLE: "dormouse-profiles",
    RECEIPTS_TABLE: "dormouse-receipts",
    WAKE_ON: "request",
    WAKES_PER_USER_PER_DAY: "30",
    WAKE_TIMEOUT_MINUTES: "60",
    MODE: "manage",
    POWERTOOLS_DEV: "false",
    POWERTOOLS_LOG_LEVEL: "SILENT",
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const migrate = await import("../../functions/migrate.ts");
  await migrate.handler({ master: { user: "postgres", password: "unused" } });
  ({ handler } = await import("../../functions/data.ts"));
  await writeState(table(), "dormouse", create(initialState("dormouse", Date.now())));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  client?.destroy();
  await Promise.all([postgres?.close(), dynamodb?.close()]);
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => set({ phase: "awake", serving: true, period: 1, wake: null }));

describe("expenses", () => {
  it("are entered and listed, newest first, with money as decimal strings", async () => {
    const food = await categoryOf(ann, "Food");
    const entered = [];
    for (const [amount, currency, occurredOn] of [
      ["12.5", "EUR", "2026-01-31"],
      ["1250", "JPY", "2025-12-24"],
      ["1.25", "KWD", "2026-01-31"],
    ] as const) {
      const answer = await ann(post("/expenses", { amount, currency, occurredOn, categoryId: food, description: ` ${currency} ` }));
      expect(answer.status).toBe(201);
      entered.push(answer.body);
    }
    const list = await ann({ path: "/expenses" });
    expect(list.status).toBe(200);
    expect(list.body).toEqual({ items: [entered[2], entered[0], entered[1]], next: null });
    expect(list.body.items?.[1]).toEqual({
      id: entered[0]?.id,
      version: 1,
      kind: "expense",
      amount: "12.50",
      currency: "EUR",
      occurredOn: "2026-01-31",
      categoryId: food,
      accountId: null,
      merchant: "",
      description: "EUR",
      tags: [],
      status: "cleared",
      refundOf: null,
      receiptId: null,
    });
  });

  it("come in pages that miss none and repeat none", async () => {
    const reader = by("reader");
    const categoryId = await categoryOf(reader, "Books");
    for (let i = 0; i < 7; i++) await reader(post("/expenses", { amount: "1", currency: "EUR", occurredOn: `2026-01-0${1 + (i % 3)}`, categoryId }));
    const seen: unknown[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await reader({ path: "/expenses", query: { limit: "3", ...(cursor ? { cursor } : {}) } });
      seen.push(...(page.body.items ?? []));
      cursor = page.body.next;
    } while (cursor);
    const all = (await reader({ path: "/expenses" })).body.items;
    expect(seen).toEqual(all);
    expect(all).toHaveLength(7);
    expect((await reader({ path: "/categories", query: { limit: "3", cursor: "x" } })).body.type).toBe("/problems/bad-cursor");
  });

  it("name every field that does not fit at once", async () => {
    const answer = await ann(
      post("/expenses", { amount: 12.5, currency: "DEM", occurredOn: "2026-02-30", categoryId: "food", description: "a\0b", note: "x" }),
    );
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map(({ pointer }) => pointer)).toEqual(["/amount", "/currency", "/occurredOn", "/categoryId", "/description", "/note"]);
    const decimals = await ann(post("/expenses", { amount: "1.5", currency: "JPY", occurredOn: "1899-12-31", categoryId: await categoryOf(ann, "Travel") }));
    expect(decimals.body.errors).toEqual([
      { pointer: "/occurredOn", detail: expect.stringContaining("must be a day from 1900-01-01 to ") },
      { pointer: "/amount", detail: "must have no decimals: JPY has none" },
    ]);
    expect((await ann(post("/expenses", {}))).body.errors?.map(({ pointer, detail }) => `${pointer} ${detail}`)).toEqual([
      "/amount is required",
      "/currency is required",
      "/occurredOn is required",
    ]);
  });

  it("belong to their user: another sees none, and can't hang one on a category that is not theirs", async () => {
    const categoryId = await categoryOf(ann, "Private");
    await ann(post("/expenses", { amount: "1", currency: "EUR", occurredOn: "2026-01-01", categoryId }));
    expect((await bob({ path: "/expenses" })).body).toEqual({ items: [], next: null });
    expect((await bob({ path: "/categories" })).body).toEqual({ items: [], next: null });
    const stolen = await bob(post("/expenses", { amount: "1", currency: "EUR", occurredOn: "2026-01-01", categoryId }));
    const madeUp = await bob(post("/expenses", { amount: "1", currency: "EUR", occurredOn: "2026-01-01", categoryId: "0198a0b2-7b1c-7fff-bfff-ffffffffffff" }));
    expect(stolen.status).toBe(422);
    expect(stolen.body).toEqual(madeUp.body);
  });

  it("have categories of one name only, whatever its case, for each user", async () => {
    await categoryOf(ann, "Rent");
    expect((await ann(post("/categories", { name: "rENT" }))).status).toBe(409);
    await categoryOf(bob, "Rent");
  });

  it("need somebody who is signed in", async () => {
    expect((await send(handler, { path: "/expenses" })).status).toBe(401);
    expect((await send(handler, post("/expenses", {}))).status).toBe(401);
  });
});

describe("row-level security", () => {
  const asApp = (settings: string, sql: string) =>
    withConnection(as(postgres.endpoint, "dormouse_app"), async (query) => {
      await query("begin");
      await query(settings);
      return query(sql);
    });

  it("shows nothing without a user, nor with an empty one", async () => {
    await categoryOf(ann, "Hidden");
    expect(await asApp("select 1", "select * from categories")).toEqual([]);
    expect(await asApp("select set_config('app.user_id', '', true)", "select * from categories")).toEqual([]);
    expect((await asApp("select set_config('app.user_id', 's-ann', true)", "select * from categories")).length).toBeGreaterThan(0);
  });

  it("forgets the user with the transaction, on the same connection", async () => {
    const after = await withConnection(as(postgres.endpoint, "dormouse_app"), async (query) => {
      await query("begin");
      await query("select set_config('app.user_id', 's-ann', true)");
      await query("commit");
      return query("select * from categories");
    });
    expect(after).toEqual([]);
  });

  it("lets nobody write in another's name", async () => {
    const bobs = "select set_config('app.user_id', 's-bob', true)";
    await expect(asApp(bobs, "insert into users (id) values ('s-eve')")).rejects.toThrow("row-level security");
    await expect(asApp(bobs, "insert into categories (user_id, id, name) values ('s-ann', gen_random_uuid(), 'x')")).rejects.toThrow("row-level security");
    expect(await asApp(bobs, "update categories set name = 'mine' where user_id = 's-ann' returning id")).toEqual([]);
    expect(await asApp(bobs, "delete from expenses returning id")).toEqual([]);
    await expect(asApp(bobs, "truncate expenses")).rejects.toThrow("permission denied");
  });

  it("binds the owner too", async () => {
    expect(await withConnection(as(postgres.endpoint, "dormouse_owner"), (query) => query("select * from categories"))).toEqual([]);
    await expect(withConnection(as(postgres.endpoint, "dormouse_owner"), (query) => query("set row_security = off; select * from categories"))).rejects.toThrow(
      "row-level security",
    );
  });
});

describe("a data request and the lifecycle", () => {
  it("counts as activity, and each opened connection is counted as ours", async () => {
    await set({ period: 20, lastActivityAt: null, ownSessions: 0 });
    const before = Date.now();
    await ann({ path: "/categories" });
    await ann({ path: "/categories" });
    expect(await state()).toMatchObject({ ownSessions: 1 });
    expect((await state())?.lastActivityAt).toBeGreaterThanOrEqual(before);
  });

  it("neither counts nor wakes in the background", async () => {
    await set({ period: 21, lastActivityAt: null });
    const background = { "dormouse-background": "?1" };
    expect((await ann({ path: "/categories", headers: background })).status).toBe(200);
    expect((await state())?.lastActivityAt).toBeNull();
    await set({ serving: false, phase: "asleep" });
    expect((await ann({ path: "/categories", headers: background })).status).toBe(503);
    expect((await state())?.wake).toBeNull();
  });

  it("is refused while the database does not serve, and asks it to wake, without a word to PostgreSQL", async () => {
    await set({ serving: false, phase: "asleep", period: 22 });
    await postgres.stop();
    const answer = await ann({ path: "/expenses" });
    await postgres.start();
    expect(answer.status).toBe(503);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(answer.body).toMatchObject({ type: "/problems/database-asleep", phase: "asleep", serving: false, requestId: "request-1" });
    expect((await state())?.wake).toMatchObject({ by: "ann", cause: "request" });
    const signals = (await client.send(new ScanCommand({ TableName: "dormouse-signals" }))).Items?.map((item) => unmarshall(item));
    expect(signals).toContainEqual(expect.objectContaining({ v: 1, databaseId: "dormouse", kind: "wake", by: "ann" }));
  });

  it("goes on over a connection that was cut while nobody used it", async () => {
    await set({ period: 23 });
    await ann({ path: "/categories" });
    await ask("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dormouse-data'");
    expect((await ann({ path: "/categories" })).status).toBe(200);
  });

  it("is a 503 that asks for a look when PostgreSQL is not there although it should be", async () => {
    await set({ period: 24 });
    await postgres.stop();
    const answer = await ann({ path: "/expenses" });
    await postgres.start();
    expect(answer.status).toBe(503);
    expect(answer.body.type).toBe("/problems/database-unreachable");
    expect(JSON.stringify(answer.body)).not.toContain(String(postgres.endpoint.port));
    const signals = (await client.send(new ScanCommand({ TableName: "dormouse-signals" }))).Items?.map((item) => unmarshall(item));
    expect(signals).toContainEqual(expect.objectContaining({ kind: "look" }));
    expect((await ann({ path: "/expenses" })).status).toBe(200);
  });

  it("says that the schema is older than this version, on a new connection, until it no longer is", async () => {
    const inApp = (sql: string) => withConnection(as(postgres.endpoint, "postgres"), (query) => query(sql));
    const older = { type: "/problems/schema-older", detail: expect.stringContaining("npm run migrate") };
    await set({ period: 26 });
    await inApp(`update kysely_migration set name = 'kept' where name = '${newestMigration}'`);
    const answer = await ann({ path: "/expenses" });
    expect([answer.status, answer.body]).toEqual([503, expect.objectContaining(older)]);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    await inApp(`update kysely_migration set name = '${newestMigration}' where name = 'kept'`);
    // Nothing was kept of the refused connection: no new container is needed.
    expect((await ann({ path: "/expenses" })).status).toBe(200);

    await set({ period: 27 });
    await inApp("revoke select on kysely_migration from dormouse_app");
    expect((await ann({ path: "/expenses" })).body).toMatchObject(older);
    await inApp("grant select on kysely_migration to dormouse_app");
    await inApp("insert into kysely_migration (name, timestamp) values ('999-of-a-newer-version', '')");
    expect((await ann({ path: "/expenses" })).status).toBe(200);
    await inApp("delete from kysely_migration where name = '999-of-a-newer-version'");
  });

  it("ends within the drain when a statement waits, and keeps nothing of it", async () => {
    await set({ period: 25 });
    await withConnection({ ...as(postgres.endpoint, "postgres"), statementMs: 20_000 }, async (query) => {
      await query("begin");
      await query("lock table categories in access exclusive mode");
      const answer = await ann(post("/categories", { name: "Late" }));
      expect(answer.status).toBe(503);
      expect(answer.body.type).toBe("/problems/too-slow");
      await query("rollback");
    });
    const names = (await ann({ path: "/categories" })).body.items?.map(({ name }) => name);
    expect(names).not.toContain("Late");
  });
});
