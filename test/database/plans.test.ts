import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seed } from "../../scripts/seed/load.ts";
import { asUser } from "../../src/database/kysely.ts";
import { readSpending } from "../../src/database/summary.ts";
import { checkThresholds, watchOf } from "../../src/database/thresholds.ts";
import { tidy } from "../../src/database/tidy.ts";
import { defaultProfile } from "../../src/finance/profile.ts";
import { isRead, type Plan, planOf, type Statement } from "./explain.ts";
import { type FinanceDatabase, startFinance } from "./finance.ts";
import { as } from "./postgres.ts";
import { type ListeningApi, listeningApi, readings } from "./routes.ts";

const sub = "s-ann";
const now = Date.parse("2026-11-21T12:00:00Z");
let database: FinanceDatabase;
let api: ListeningApi;
/** What stands for `{category}` and the others in a path. */
let ids: Record<string, string>;

beforeAll(async () => {
  database = await startFinance();
  const client = new pg.Client({ host: "127.0.0.1", port: database.endpoint.port, user: "postgres", database: "app", ssl: { ca: database.endpoint.ca } });
  await client.connect();
  await seed(client, { expenses: 250_000, users: 250, seed: 1, until: "2026-11-21", sub });
  await client.end();
  api = listeningApi({ ...as(database.endpoint, "dormouse_app"), statementMs: 20_000 }, () => now);
  const [found] = await database.ask(
    `
    select (select id from categories where user_id = $1 and name = 'Food') as category, (select id from categories where user_id = $1 and name = 'Groceries') as leaf,
      (select id from accounts where user_id = $1 and name = 'Credit card') as account, (select id from budgets where user_id = $1 limit 1) as budget,
      (select id from expenses where user_id = $1 limit 1) as expense`,
    [sub],
  );
  ids = found as Record<string, string>;
}, 120_000);
afterAll(async () => {
  api?.close();
  await database?.close();
});

const filled = (path: string) => path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name);
const plansOf = async (statements: readonly Statement[], user = sub): Promise<Plan[]> => {
  const plans: Plan[] = [];
  for (const statement of statements.filter(isRead)) plans.push(await planOf(api.db, user, statement));
  return plans;
};
const heapFetches = (plans: readonly Plan[]) => plans.reduce((sum, plan) => sum + plan.heapFetches, 0);

describe.each(readings)("GET $path", ({ path, by, buffers, indexOnly }) => {
  it("goes by its index and touches a bounded number of pages", async () => {
    const { statements } = await api.ask(sub, "GET", filled(path));
    const plans = await plansOf(statements);
    expect(plans.length).toBeGreaterThan(0);
    const scans = plans.flatMap((plan) => plan.scans);
    expect(scans.filter((scan) => /: Seq Scan/.test(scan) && !/^cursor_keys/.test(scan))).toEqual([]);
    const ofExpenses = scans.filter((scan) => scan.startsWith("expenses:")).map((scan) => scan.split(" ").at(-1));
    expect([...new Set(ofExpenses)].filter((index) => !by.includes(index ?? ""))).toEqual([]);
    if (by.length > 0) expect(ofExpenses.length).toBeGreaterThan(0);
    expect(plans.reduce((sum, plan) => sum + plan.buffers, 0)).toBeLessThanOrEqual(buffers);
    if (!indexOnly) return;
    expect(scans.filter((scan) => scan.startsWith("expenses:") && !/Index Only Scan/.test(scan))).toEqual([]);
    expect(heapFetches(plans)).toBe(0);
  });
});

describe("index-only scans", () => {
  const month = async () => {
    const statements = await api.during(() =>
      asUser(api.db, sub, 5000, (tx) => readSpending(tx, sub, { starts: ["2026-10-01", "2026-11-01"], to: "2026-11-30" }, "EUR")),
    );
    return plansOf(statements);
  };

  // What is changed or deleted is another matter: while dead rows are on fewer than 2 % of the pages, VACUUM leaves the indexes alone (15 s at ten million
  // rows), and those pages are looked into.
  it("look into the table for what was entered since, and no more once the database was tidied before its sleep", async () => {
    expect(heapFetches(await month())).toBe(0);
    await asUser(api.db, sub, 5000, (tx) =>
      tx
        .insertInto("expenses")
        .columns(["user_id", "id", "amount_minor", "currency", "occurred_on"])
        .expression(sql`select ${sub}::text, gen_random_uuid(), 100, 'EUR', date '2026-11-20' from generate_series(1, 300)`)
        .execute(),
    );
    expect(heapFetches(await month())).toBeGreaterThanOrEqual(300);
    expect(await tidy(as(database.endpoint, "dormouse_maintenance"), 60, Date.now)).toMatchObject({ ok: true });
    const after = await month();
    expect(heapFetches(after)).toBe(0);
    expect(after.flatMap(({ scans }) => scans).filter((scan) => scan.startsWith("expenses:"))).toEqual([`expenses: Index Only Scan expenses_by_period`]);
  });
});

describe("a write", () => {
  it("looks at its budgets' thresholds by the period's index, a bounded number of pages each", async () => {
    const day = { categoryId: ids.leaf ?? null, occurredOn: "2026-11-20" };
    const watch = { ...watchOf(defaultProfile(sub), { now: () => now, newId: () => crypto.randomUUID() }) };
    const statements = await api.during(() => asUser(api.db, sub, 5000, (tx) => checkThresholds(tx, sub, watch, [day])));
    const plans = await plansOf(statements);
    const scans = plans.flatMap((plan) => plan.scans);
    expect(scans.filter((scan) => /Seq Scan/.test(scan))).toEqual([]);
    expect(scans.filter((scan) => scan.startsWith("expenses:")).every((scan) => scan.endsWith("Only Scan expenses_by_period"))).toBe(true);
    expect(scans.some((scan) => scan.startsWith("expenses:"))).toBe(true);
    expect(plans.reduce((sum, plan) => sum + plan.buffers, 0)).toBeLessThan(1500);
  });
});

describe("what is carried over for ten years", () => {
  // Summed anew at each look, so that a late receipt is right at once. Some 4 µs for each expense, rates looked up for some: tens of milliseconds at three a day.
  it("is read from the index alone, each expense once, in pages that lie side by side", async () => {
    const user = "s-zed";
    const { answer } = await api.ask(user, "POST", "/budgets", {
      name: "All",
      categoryId: null,
      amount: "100",
      currency: "EUR",
      period: "month",
      startsOn: "2016-12-01",
      rollover: true,
    });
    await database.ask(
      `insert into expenses (user_id, id, amount_minor, currency, occurred_on)
      select $1, gen_random_uuid(), 100 + n, case when n = 3 and extract(day from d) < 5 then 'USD' else 'EUR' end, d::date
      from generate_series(date '2016-12-01', date '2026-11-20', interval '1 day') d, generate_series(1, 3) n`,
      [user],
    );
    await tidy(as(database.endpoint, "dormouse_maintenance"), 60, Date.now);
    const { answer: read, statements } = await api.ask(user, "GET", `/budgets/${answer.body.id}`);
    expect(read.body.now).toMatchObject({ from: "2026-11-01", carried: expect.any(String) });
    const plans = (await plansOf(statements, user)).filter(({ scans }) => scans.some((scan) => scan.startsWith("expenses:")));
    expect(plans.flatMap(({ scans }) => scans.filter((scan) => scan.startsWith("expenses:")))).toEqual(["expenses: Index Only Scan expenses_by_period"]);
    const days = 3642;
    expect(plans[0]?.looked).toBeGreaterThanOrEqual(3 * days);
    expect(plans[0]?.looked).toBeLessThan(3 * days + 100);
    // Two of them for each rate that is looked up.
    expect(plans[0]?.buffers).toBeLessThanOrEqual(3 * days * 0.2);
    expect(heapFetches(plans)).toBe(0);
  });
});
