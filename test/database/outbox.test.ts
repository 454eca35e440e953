import type { Kysely } from "kysely";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { withConnection } from "../../src/database/connect.ts";
import { type Databases, databases } from "../../src/database/kysely.ts";
import { clearOutbox, hasTold, readOutbox, tell, userIds } from "../../src/database/outbox.ts";
import type { Tables } from "../../src/database/schema.ts";
import { tidy } from "../../src/database/tidy.ts";
import { newId, spend } from "./budgeting.ts";
import { type FinanceDatabase, startFinance } from "./finance.ts";
import { as } from "./postgres.ts";

let database: FinanceDatabase;
let pool: Databases;
let jobs: Kysely<Tables>;
beforeAll(async () => {
  database = await startFinance();
  pool = databases(as(database.endpoint, "dormouse_jobs"));
  jobs = pool.of(1);
});
afterAll(async () => {
  pool?.drop();
  await database?.close();
});
beforeEach(() => database.ask("delete from users; insert into users values ('ann'), ('bob'), ('cid')"));

const say = (user: string, text: string, now: number) =>
  database.as(user, async (tx) => {
    const id = newId();
    await tell(tx, user, [{ id, kind: "greeting", payload: { v: 1, text } }], now);
    return id;
  });

describe("before sleep", () => {
  it("whoever tidies sees since when the newest message waits, and nothing of what it says", async () => {
    const look = async () => (await tidy(as(database.endpoint, "dormouse_maintenance"), 15, Date.now)).newestUntoldAt;
    expect(await look()).toBeNull();
    await say("ann", "first", 1_000);
    await say("bob", "second", 2_000);
    expect(await look()).toBe(2_000);
    const read = (what: string) => withConnection({ ...as(database.endpoint, "dormouse_maintenance"), statementMs: 5000 }, (query) => query(what));
    await expect(read("select payload from outbox")).rejects.toThrow("permission denied");
  });

  it("a database without an outbox has none, nor one with another of that name, and both are tidied", async () => {
    const look = async () => tidy({ ...as(database.endpoint, "dormouse_maintenance"), database: "postgres" }, 15, Date.now);
    expect(await look()).toMatchObject({ ok: true, newestUntoldAt: null });
    await database.ask("alter table outbox rename to outbox_away");
    try {
      await database.ask("create table outbox (id integer)");
      expect((await tidy(as(database.endpoint, "dormouse_maintenance"), 15, Date.now)).newestUntoldAt).toBeNull();
    } finally {
      await database.ask("drop table outbox");
      await database.ask("alter table outbox_away rename to outbox");
    }
  });
});

describe("the outbox", () => {
  it("keeps what was told by a transaction that committed, oldest first, whoever's it is", async () => {
    const second = await say("ann", "second", 2_000);
    const first = await say("bob", "first", 1_000);
    await expect(
      database.as("ann", async (tx) => {
        await tell(tx, "ann", [{ id: newId(), kind: "greeting", payload: { v: 1 } }], 0);
        throw new Error("undone");
      }),
    ).rejects.toThrow("undone");
    const all = await readOutbox(jobs, 10);
    expect(all).toEqual([
      { user: "bob", id: first, kind: "greeting", payload: { v: 1, text: "first" }, createdAt: 1_000 },
      { user: "ann", id: second, kind: "greeting", payload: { v: 1, text: "second" }, createdAt: 2_000 },
    ]);
    expect(await readOutbox(jobs, 1)).toEqual(all.slice(0, 1));
    expect(await readOutbox(jobs, 10, all[0])).toEqual(all.slice(1));
    expect(await readOutbox(jobs, 10, all[1])).toEqual([]);
  });

  it("is cleared of exactly what was carried on", async () => {
    const one = await say("ann", "one", 1);
    const two = await say("ann", "two", 2);
    expect(
      await clearOutbox(jobs, [
        { user: "ann", id: one },
        { user: "bob", id: two },
      ]),
    ).toBe(1);
    expect((await readOutbox(jobs, 10)).map(({ id }) => id)).toEqual([two]);
    expect(await clearOutbox(jobs, [{ user: "ann", id: one }])).toBe(0);
    expect(await clearOutbox(jobs, [])).toBe(0);
  });

  it("takes several messages at once, and none", async () => {
    const messages = ["a", "b"].map((text) => ({ id: newId(), kind: "greeting", payload: { v: 1, text } }));
    await database.as("ann", async (tx) => {
      await tell(tx, "ann", [], 5);
      await tell(tx, "ann", messages, 5);
    });
    expect((await readOutbox(jobs, 10)).map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
  });

  it("shows to a user's own transaction what is theirs, and lets it be taken out of there", async () => {
    const mine = await say("ann", "mine", 1);
    const other = await say("bob", "other", 1);
    expect((await database.as("ann", (tx) => readOutbox(tx, 10))).map(({ id }) => id)).toEqual([mine]);
    expect(
      await database.as("ann", (tx) =>
        clearOutbox(tx, [
          { user: "ann", id: mine },
          { user: "bob", id: other },
        ]),
      ),
    ).toBe(1);
    expect((await readOutbox(jobs, 10)).map(({ id }) => id)).toEqual([other]);
  });

  it("is known to have been written by whoever did", async () => {
    await database.as("ann", async (tx) => {
      await tell(tx, "ann", [], 1);
      expect(hasTold(tx)).toBe(false);
      await tell(tx, "ann", [{ id: newId(), kind: "greeting", payload: { v: 1 } }], 1);
      expect(hasTold(tx)).toBe(true);
    });
  });

  it("can't be told in another's name", async () => {
    await expect(database.as("ann", (tx) => tell(tx, "bob", [{ id: newId(), kind: "greeting", payload: { v: 1 } }], 1))).rejects.toThrow(/row-level security/);
  });
});

describe("the role of jobs", () => {
  it("lists user ids, page by page", async () => {
    expect(await userIds(jobs, "", 2)).toEqual(["ann", "bob"]);
    expect(await userIds(jobs, "bob", 2)).toEqual(["cid"]);
  });

  it("sees user ids, the outbox and how new the schema is, and nothing else", async () => {
    await database.as("ann", (tx) => spend(tx, "ann", { minor: 1, currency: "EUR", categoryId: null, occurredOn: "2026-11-20", kind: "expense" }));
    await say("ann", "x", 1);
    const tables = (
      await database.ask("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') order by 1")
    ).map((row) => String(row.relname));
    const allowed: string[] = [];
    for (const table of tables)
      for (const act of [
        sql`select * from ${sql.id(table)} limit 1`,
        sql`insert into ${sql.id(table)} default values`,
        sql`delete from ${sql.id(table)}`,
        sql`truncate ${sql.id(table)}`,
        sql`lock table ${sql.id(table)} in access share mode`,
      ]) {
        const outcome = await jobs
          .transaction()
          .execute(async (tx) => {
            await act.execute(tx);
            throw new Error("allowed");
          })
          .catch((error: Error) => error.message);
        if (!outcome.startsWith("permission denied")) allowed.push(`${act.compile(jobs).sql.replaceAll('"', "")}: ${outcome}`);
      }
    expect(allowed).toEqual([
      "select * from kysely_migration limit 1: allowed",
      "lock table kysely_migration in access share mode: allowed",
      "select * from outbox limit 1: allowed",
      "delete from outbox: allowed",
      "lock table outbox in access share mode: allowed",
    ]);
    await expect(sql`select created_at from users`.execute(jobs)).rejects.toThrow("permission denied");
    await expect(sql`update outbox set kind = 'x'`.execute(jobs)).rejects.toThrow("permission denied");
    await expect(sql`update users set id = 'x'`.execute(jobs)).rejects.toThrow("permission denied");
  });

  it("becomes nobody else", async () => {
    for (const role of ["dormouse_app", "dormouse_owner", "dormouse_maintenance", "dormouse_monitor", "postgres"])
      await expect(sql`set role ${sql.id(role)}`.execute(jobs)).rejects.toThrow("permission denied");
  });
});
