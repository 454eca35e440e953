import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyIn } from "../../scripts/seed/copy.ts";
import { AlreadySeeded, type Seeded, type SeedOptions, seed } from "../../scripts/seed/load.ts";
import { columns } from "../../scripts/seed/rows.ts";
import { type FinanceDatabase, startFinance } from "../database/finance.ts";

let database: FinanceDatabase;
let client: pg.Client;
let seeded: Seeded;
let before: unknown;
const options: SeedOptions = { expenses: 4000, users: 8, seed: 1, until: "2026-11-21", sub: "s-ann" };

/** Every index and key of the schema, as PostgreSQL says it. */
const structure = async () => [
  await database.ask(
    "select conrelid::regclass::text as t, conname, pg_get_constraintdef(oid) as d, convalidated from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2",
  ),
  await database.ask(
    "select indexrelid::regclass::text as i, pg_get_indexdef(indexrelid) as d, indisvalid from pg_index where indrelid::regclass::text !~ '^pg_' order by 1",
  ),
  await database.ask("select tablename, tableowner from pg_tables where schemaname = 'public' order by 1"),
];
const counts = async () => {
  const [row] = await database.ask(`select ${Object.keys(columns).map((table) => `(select count(*)::int from ${table}) as ${table}`)}`);
  return row;
};

beforeAll(async () => {
  database = await startFinance();
  client = new pg.Client({ host: "127.0.0.1", port: database.endpoint.port, user: "postgres", database: "app", ssl: { ca: database.endpoint.ca } });
  await client.connect();
  before = await structure();
  seeded = await seed(client, options);
});
afterAll(async () => {
  await client?.end();
  await database?.close();
});

describe("seeding", () => {
  it("adds what it says, and leaves every index, key and owner as it found them", async () => {
    expect(await counts()).toEqual(seeded.rows);
    expect(seeded.rows.expenses).toBe(4000);
    expect(await structure()).toEqual(before);
  });

  it("gives people what is theirs, under the application's role", async () => {
    const count = (sub: string) =>
      database.as(sub, (tx) =>
        tx
          .selectFrom("expenses")
          .select((e) => e.fn.countAll<string>().as("n"))
          .executeTakeFirst(),
      );
    const [all] = await database.ask("select count(*) as n from expenses where user_id = 's-ann'");
    expect(Number(all?.n)).toBeGreaterThan(1000);
    expect(await count("s-ann")).toEqual(all);
    expect(await count("nobody")).toEqual({ n: "0" });
  });

  it("leaves pages that index-only scans need not look at", async () => {
    const [pages] = await database.ask("select relpages, relallvisible from pg_class where oid = 'expenses'::regclass");
    expect(Number(pages?.relpages)).toBeGreaterThan(10);
    expect(pages?.relallvisible).toBe(pages?.relpages);
  });

  it("adds other people with another seed, with all indexes in place when they are few", async () => {
    const was = await counts();
    const { rows } = await seed(client, { ...options, expenses: 300, users: 3, seed: 2, sub: undefined });
    const now = await counts();
    for (const [table, count] of Object.entries(rows)) expect(now?.[table]).toBe(Number(was?.[table]) + count);
    expect(await structure()).toEqual(before);
  });

  it("refuses to sow the same people twice, and adds nothing", async () => {
    const was = await counts();
    await expect(seed(client, options)).rejects.toThrow(AlreadySeeded);
    await expect(seed(client, { ...options, sub: undefined })).rejects.toThrow(/another one makes other people/i);
    expect(await counts()).toEqual(was);
  });

  it("keeps nothing when it fails late", async () => {
    const was = await counts();
    const failing = { ...options, expenses: 20_000, seed: 3, sub: undefined, say: (text: string) => void (text.startsWith("index") && fail()) };
    const fail = () => {
      throw new Error("broken off");
    };
    await expect(seed(client, failing)).rejects.toThrow("broken off");
    expect(await counts()).toEqual(was);
    expect(await structure()).toEqual(before);
  });
});

describe("COPY", () => {
  it("throws what PostgreSQL refuses, however much is still to come, and leaves the connection in order", async () => {
    function* lines() {
      for (let i = 0; i < 200_000; i++)
        yield i === 5 ? "not-a-user\tEUR\tEUR\t2026-01-01\t1\n" : `s-ann\tEUR\tUSD\t${new Date(i * 86_400_000).toISOString().slice(0, 10)}\t1\n`;
    }
    await expect(copyIn(client, "rates", columns.rates, lines())).rejects.toThrow(/rates/);
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  it("throws what the source of the lines throws, and keeps nothing", async () => {
    function* lines() {
      yield "s-ann\tXAF\tUSD\t2026-01-01\t1\n";
      throw new Error("no more lines");
    }
    await expect(copyIn(client, "rates", columns.rates, lines())).rejects.toThrow("no more lines");
    expect((await client.query("select count(*)::int as n from rates where base = 'XAF'")).rows).toEqual([{ n: 0 }]);
  });
});
