import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Counts, listNames } from "../../src/exports/document.ts";
import { exportJson } from "../../src/exports/json.ts";
import { NotAnExport, type ReadItem, readExport } from "../../src/exports/read.ts";
import { newJob } from "../../src/jobs/job.ts";
import type { Work } from "../../src/jobs/ports.ts";
import { type RestoreDeps, restoreKind } from "../../src/work/restore.ts";
import { type FinanceDatabase, startFinance } from "../database/finance.ts";
import { idOf, write } from "../finance/naive/world.ts";
import { exported } from "./kept.ts";
import { expenses, fileOf, source } from "./life.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const FILE = idOf(3, 3, 3);
let database: FinanceDatabase;
let file: Buffer;

beforeAll(async () => {
  database = await startFinance();
  await database.as("ann", async (tx) => {
    await write(tx, "ann", 1, {
      categories: [{ parent: null }, { parent: 0 }, { parent: 1 }, { parent: null }],
      rates: [
        { base: "USD", quote: "EUR", day: "2026-10-01", rate: "0.9" },
        { base: "USD", quote: "EUR", day: "2026-10-20", rate: "0.912345678901" },
      ],
      expenses: Array.from({ length: 1200 }, (_, i) => ({
        kind: i % 10 === 9 ? "refund" : i % 50 === 8 ? "income" : i % 50 === 7 ? "transfer" : "expense",
        category: i % 5 === 4 ? null : i % 4,
        minor: BigInt(100 + i),
        currency: i % 5 === 0 ? "USD" : i % 7 === 0 ? "JPY" : "EUR",
        day: `2026-${String((i % 10) + 1).padStart(2, "0")}-${String((i % 28) + 1).padStart(2, "0")}`,
        merchant: `Shop ${i % 30}`,
      })),
    });
    await sql`insert into accounts (user_id, id, name, type, currency) values ('ann', ${idOf(1, 3, 0)}, 'Giro', 'asset', 'EUR'), ('ann', ${idOf(1, 3, 1)}, 'Card', 'liability', 'USD')`.execute(
      tx,
    );
    await sql`insert into balances (user_id, account_id, day, amount_minor) values ('ann', ${idOf(1, 3, 0)}, '2026-10-31', -12345), ('ann', ${idOf(1, 3, 1)}, '2026-10-31', 0)`.execute(
      tx,
    );
    await sql`update expenses set account_id = ${idOf(1, 3, 0)} where user_id = 'ann' and amount_minor % 2 = 0`.execute(tx);
    // A refund is of the expense before it, where that has its currency; one of them stands before what it gives back.
    await sql`update expenses r set refund_of = o.id from expenses o where r.user_id = 'ann' and o.user_id = 'ann' and r.kind = 'refund' and o.kind = 'expense'
      and r.currency = o.currency and o.amount_minor = r.amount_minor - 3`.execute(tx);
    await sql`insert into expense_tags (user_id, expense_id, tag) select 'ann', id, 'tag ' || amount_minor % 3 from expenses where user_id = 'ann' and amount_minor % 4 = 0`.execute(
      tx,
    );
    await sql`insert into budgets (user_id, id, name, category_id, amount_minor, currency, period, starts_on, carry_from, rollover)
      values ('ann', ${idOf(1, 4, 0)}, 'All', null, 500000, 'EUR', 'month', '2026-01-01', '2026-01-01', true), ('ann', ${idOf(1, 4, 1)}, 'Some', ${idOf(1, 1, 1)}, 5000, 'USD', 'week', '2026-01-01', '2026-01-01', false)`.execute(
      tx,
    );
    await sql`insert into budget_amounts (user_id, budget_id, from_day, amount_minor) values ('ann', ${idOf(1, 4, 0)}, '2026-01-01', 400000), ('ann', ${idOf(1, 4, 0)}, '2026-05-01', 500000), ('ann', ${idOf(1, 4, 1)}, '2026-01-01', 5000)`.execute(
      tx,
    );
    await sql`insert into alerts (user_id, budget_id, period_start, threshold, spent_minor, effective_minor, quiet, fired_at)
      values ('ann', ${idOf(1, 4, 0)}, '2026-10-01', 80, 400000, 500000, false, '2026-10-20T10:00:00Z')`.execute(tx);
  });
  file = await exported(database, "ann", "json");
});
afterAll(() => database?.close());

const serving = (): RestoreDeps["database"] => ({ asUser: (sub, run) => database.as(sub, run), use: (run) => run(database.db) });
const deps = (bytes: Buffer | null = file): RestoreDeps => ({
  database: serving(),
  bytes: async () =>
    bytes === null
      ? null
      : (async function* () {
          for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
        })(),
  raise: async () => {},
  now: () => NOW,
});
const workOf = (userId: string, goOn: Work["goOn"] = async () => {}, parameters: Record<string, unknown> = { v: 1, fileId: FILE, versionId: "v1" }): Work => ({
  job: newJob({ owner: userId, id: idOf(4, 4, 4), kind: "restore", userId, by: "ann", parameters }, NOW),
  isLate: () => false,
  goOn,
});

/** All that a user has, with names in the place of ids. */
async function life(user: string): Promise<unknown> {
  const [row] = await database.ask(
    `select
      (select json_agg(x order by x.name) from (select c.name, c.colour, p.name as parent from categories c left join categories p on p.user_id = c.user_id and p.id = c.parent_id where c.user_id = $1) x) as categories,
      (select json_agg(x order by x.name) from (select name, type, currency, archived from accounts where user_id = $1) x) as accounts,
      (select json_agg(x order by x.name, x.day) from (select a.name, b.day, b.amount_minor from balances b join accounts a on a.user_id = b.user_id and a.id = b.account_id where b.user_id = $1) x) as balances,
      (select json_agg(x order by x.base, x.quote, x.day) from (select base, quote, day, rate from rates where user_id = $1) x) as rates,
      (select json_agg(x order by x.name) from (select b.name, c.name as category, b.amount_minor, b.currency, b.period, b.starts_on, b.period_days, b.thresholds, b.rollover, b.carry_from,
        (select json_agg(json_build_array(m.from_day, m.amount_minor) order by m.from_day) from budget_amounts m where m.user_id = b.user_id and m.budget_id = b.id) as amounts,
        (select json_agg(json_build_array(a.period_start, a.threshold, a.spent_minor, a.effective_minor, a.fired_at)) from alerts a where a.user_id = b.user_id and a.budget_id = b.id) as alerts
        from budgets b left join categories c on c.user_id = b.user_id and c.id = b.category_id where b.user_id = $1) x) as budgets,
      (select json_agg(x order by x.amount_minor) from (select e.kind, e.amount_minor, e.currency, e.occurred_on, e.merchant, e.description, e.status, c.name as category, a.name as account, o.amount_minor as of,
        array(select tag from expense_tags t where t.user_id = e.user_id and t.expense_id = e.id order by 1) as tags
        from expenses e left join categories c on c.user_id = e.user_id and c.id = e.category_id left join accounts a on a.user_id = e.user_id and a.id = e.account_id
          left join expenses o on o.user_id = e.user_id and o.id = e.refund_of where e.user_id = $1) x) as expenses`,
    [user],
  );
  return row;
}

describe("an export of everything that is brought back to somebody new", () => {
  it("is the same life, told of to nobody", async () => {
    const noted: unknown[] = [];
    const ending = await restoreKind(deps())(workOf("bob", async (change) => void (change && noted.push(change.progress))));
    expect(ending).toEqual({ result: { v: 1, counts: { categories: 4, accounts: 2, rates: 2, balances: 2, budgets: 2, expenses: 1200 } } });
    expect(noted).toEqual([{ done: 0, total: 1212 }]);
    const theirs = (await life("bob")) as { expenses: { of: number | null }[]; budgets: unknown[] };
    expect(theirs).toEqual(await life("ann"));
    expect(theirs.expenses.filter(({ of }) => of !== null).length).toBeGreaterThan(5);
    expect(await database.ask("select quiet from alerts where user_id = 'bob'")).toEqual([{ quiet: true }]);
    expect(await database.ask("select id from expenses where user_id = 'bob' and id in (select id from expenses where user_id = 'ann')")).toEqual([]);
    // Exported again it says the same, but for ids.
    const again = JSON.parse((await exported(database, "bob", "json")).toString("utf8"));
    expect(again.counts).toEqual(JSON.parse(file.toString("utf8")).counts);
  });

  it("is there once, however often and wherever whoever brings it back is killed", async () => {
    const before = await life("ann");
    let steps = 0;
    let dies = Number.POSITIVE_INFINITY;
    const step = () => {
      if (++steps === dies) throw new Error("killed");
    };
    const dying =
      <Arguments extends unknown[], T>(run: (...given: Arguments) => Promise<T>) =>
      async (...given: Arguments): Promise<T> => {
        step();
        const answer = await run(...given);
        step();
        return answer;
      };
    const whole = deps();
    const mortal = restoreKind({
      ...whole,
      database: { ...whole.database, asUser: (sub, run) => dying(() => whole.database.asUser(sub, run))() },
      bytes: dying(whole.bytes),
      raise: dying(whole.raise),
    });
    const goOn = dying(async () => {});
    await mortal(workOf("whole", goOn));
    const all = steps;
    expect(all).toBeGreaterThan(30);
    // One user dies at each step, one after the other: what is there stays, and is never twice.
    for (let n = 1; n <= all; n++) {
      [steps, dies] = [0, n];
      await expect(mortal(workOf("cat", goOn))).rejects.toThrow("killed");
    }
    dies = Number.POSITIVE_INFINITY;
    await mortal(workOf("cat", goOn));
    expect(await life("cat")).toEqual(before);
  });

  it("is refused, and nothing entered, where there are entries already", async () => {
    await database.ask("insert into users (id) values ('dan')");
    await database.ask("insert into expenses (user_id, id, amount_minor, currency, occurred_on) values ('dan', gen_random_uuid(), 1, 'EUR', '2026-01-01')");
    await expect(restoreKind(deps())(workOf("dan"))).rejects.toMatchObject({ name: "Hopeless", message: expect.stringContaining("entries already") });
    expect(await database.ask("select name from categories where user_id = 'dan'")).toEqual([]);
    // The same file under another id is another one.
    await expect(restoreKind(deps())(workOf("bob", undefined, { v: 1, fileId: idOf(3, 3, 4), versionId: "v1" }))).rejects.toMatchObject({ name: "Hopeless" });
  });

  it("finds the categories and accounts of the same name; an account of another currency is in its way", async () => {
    const id = idOf(8, 1, 0);
    for (const sub of ["eva", "fay"]) await database.ask("insert into users (id) values ($1)", [sub]);
    await database.ask("insert into categories (user_id, id, name) values ('eva', $1, 'CATEGORY 01')", [id]);
    await restoreKind(deps())(workOf("eva"));
    expect(await database.ask("select count(*)::int as n from categories where user_id = 'eva'")).toEqual([{ n: 4 }]);
    expect(await database.ask("select count(*)::int > 100 as many from expenses where user_id = 'eva' and category_id = $1", [id])).toEqual([{ many: true }]);
    await database.ask("insert into accounts (user_id, id, name, type, currency) values ('fay', $1, 'giro', 'asset', 'CHF')", [id]);
    await expect(restoreKind(deps())(workOf("fay"))).rejects.toMatchObject({ name: "Hopeless", message: expect.stringContaining('"Giro"') });
  });

  it("is refused before anything is entered where its file is none, or not whole", async () => {
    const text = file.toString("utf8");
    const lines = text.split("\n");
    const broken: [string, RegExp][] = [
      ["", /ends before its counts/],
      ["date,amount\n2026-01-01,1\n", /can't be read on line 1/],
      ['{"some": "json",\n', /no export of Dormouse's/],
      [text.replace('"v":1', '"v":2'), /version 2/],
      [JSON.stringify(JSON.parse(text)), /not as Dormouse wrote it|can't be read/],
      [text.slice(0, text.length / 2), /whole|can't be read/],
      [lines.toSpliced(-5, 1).join("\n"), /is not whole: it says 1200 expenses, and has 1199/],
      [text.replace('"kind":"income"', '"kind":"gift"'), /can't have in expenses: kind/],
    ];
    for (const [bad, why] of broken) {
      const error = await restoreKind(deps(Buffer.from(bad)))(workOf("gus")).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: "Hopeless", message: expect.stringMatching(why) });
    }
    expect(await life("gus")).toMatchObject({ categories: null, expenses: null });
    // These only the database, or its currency, knows.
    for (const [bad, why] of [
      [text.replace('"amount":"1.00"', '"amount":"1.001"'), /The amount 1.001 USD/],
      [text.replace('"occurredOn":"2026-01-01"', '"occurredOn":"2026-13-41"'), /can't be entered/],
    ] as const) {
      const error = await restoreKind(deps(Buffer.from(bad)))(workOf("gus")).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: "Hopeless", message: expect.stringMatching(why) });
    }
    expect(await life("gus")).toMatchObject({ expenses: null });
    await expect(restoreKind(deps(Buffer.from([0xff, 0xfe, 0x00])))(workOf("gus"))).rejects.toMatchObject({ message: "The file is not UTF-8." });
    await expect(restoreKind(deps(null))(workOf("gus"))).rejects.toMatchObject({ name: "Hopeless" });
    await expect(restoreKind(deps())(workOf("gus", undefined, { v: 2 }))).rejects.toMatchObject({ name: "Hopeless" });
  });
});

describe("the reader of an export", () => {
  async function all(text: string, size: number): Promise<{ items: ReadItem[]; counts: Counts }> {
    const pieces = async function* () {
      for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
    };
    const items: ReadItem[] = [];
    const reading = readExport(pieces());
    for (;;) {
      const next = await reading.next();
      if (next.done === true) return { items, counts: next.value };
      items.push(next.value);
    }
  }

  it("gives what was written, however it comes, with the line on which it stands", async () => {
    const { text } = await fileOf(exportJson(source()));
    for (const size of [1, 7, 1_000_000]) {
      const { items, counts } = await all(text, size);
      expect(items.filter(({ list }) => list === "expenses").map(({ item }) => item)).toEqual(expenses);
      expect(counts.expenses).toBe(expenses.length);
      expect([...new Set(items.map(({ list }) => list))]).toEqual(listNames);
      for (const { item, line } of items) expect(text.split("\n")[line - 1]?.replace(/,$/, "")).toBe(JSON.stringify(item));
    }
    expect((await all(text.replaceAll("\n", "\r\n"), 100)).items.length).toBeGreaterThan(10);
  });

  it("gives up a line that never ends", async () => {
    await expect(all(`{"dormouse":"export",${" ".repeat(2_000_000)}`, 100_000)).rejects.toBeInstanceOf(NotAnExport);
  });
});
