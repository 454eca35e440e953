import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  addBudget,
  type BudgetChange,
  budgetStandings,
  changeBudget,
  deleteBudget,
  listBudgets,
  lockBudget,
  type NewBudget,
  readBudget,
} from "../../src/database/budgets.ts";
import { segmentSums } from "../../src/database/spending.ts";
import type { Tx } from "../../src/database/users.ts";
import type { Calendar } from "../../src/finance/calendar.ts";
import { addDays } from "../../src/finance/day.ts";
import { calendar, category, newId, rate, spend, watch } from "./budgeting.ts";
import { type FinanceDatabase, startFinance } from "./finance.ts";
import { everythingOf, naiveStanding } from "./naive-budgets.ts";

const TODAY = "2026-11-20";
const categories = Array.from({ length: 6 }, (_, i) => `00000000-0000-7000-8000-00000000000${i}`);
const [FOOD = "", HOME = ""] = categories;

let database: FinanceDatabase;
beforeAll(async () => {
  database = await startFinance();
});
afterAll(() => database?.close());
beforeEach(async () => {
  await database.ask("delete from users; insert into users values ('ann'), ('bob')");
  // A tree: 0 and 1 on top, 2 and 3 in 0, 4 in 2, 5 in 4.
  await ann(async (tx) => {
    for (const [i, parent] of [null, null, 0, 0, 2, 4].entries())
      await category(tx, "ann", categories[i] ?? "", `c${i}`, parent === null ? null : (categories[parent] ?? null));
  });
});

const ann = <T>(run: (tx: Tx) => Promise<T>) => database.as("ann", run);
const planned = (more: Partial<NewBudget> = {}): NewBudget => ({
  id: newId(),
  name: "Food",
  categoryId: FOOD,
  minor: 10_000n,
  currency: "EUR",
  period: "month",
  startsOn: null,
  periodDays: null,
  thresholds: [80, 100],
  rollover: false,
  ...more,
});
async function plan(more: Partial<NewBudget> = {}, today = TODAY, years: Calendar = calendar) {
  const made = await ann((tx) => addBudget(tx, "ann", watch(today, years), planned(more)));
  if (made === false) throw new Error("no such category");
  return made;
}
const edit = (id: string, change: BudgetChange, today = TODAY) =>
  ann(async (tx) => {
    const budget = await lockBudget(tx, "ann", id);
    if (budget === null) throw new Error("gone");
    return changeBudget(tx, "ann", watch(today), budget, change);
  });
const amounts = async () =>
  (await database.ask("select from_day, amount_minor from budget_amounts order by from_day")).map((row) => `${row.from_day} ${row.amount_minor}`);

describe("a budget", () => {
  it("reads as it was made", async () => {
    const made = await plan({ period: "custom", periodDays: 10, startsOn: "2026-11-05", rollover: true, thresholds: [] });
    expect(await ann((tx) => readBudget(tx, "ann", made.id))).toEqual(made);
    expect(made).toMatchObject({ version: 1, rhythm: { kind: "custom", startsOn: "2026-11-05", periodDays: 10 }, carryFrom: "2026-11-05" });
  });

  it.each([
    ["week", "2026-11-18"],
    ["month", "2026-11-01"],
    ["quarter", "2026-10-01"],
    ["year", "2026-01-01"],
    ["payday", "2026-10-25"],
    ["custom", TODAY],
  ] as const)("of each %s begins with the running one unless told: %s", async (period, startsOn) => {
    const years = { ...calendar, changes: [{ from: "0001-01-01", firstWeekday: 3, payday: 25 }] };
    const made = await plan({ period, periodDays: period === "custom" ? 14 : null }, TODAY, years);
    expect([made.rhythm.startsOn, made.carryFrom]).toEqual([startsOn, startsOn]);
  });

  it("can't be of another user's category, nor of none", async () => {
    const bobs = newId();
    await database.as("bob", (tx) => category(tx, "bob", bobs, "Bob's"));
    for (const categoryId of [bobs, newId()]) {
      expect(await ann((tx) => addBudget(tx, "ann", watch(TODAY), planned({ categoryId })))).toBe(false);
      const { id } = await plan();
      expect(await edit(id, { categoryId })).toBe(false);
    }
  });

  it("of somebody else is not there", async () => {
    const { id } = await plan();
    await database.as("bob", async (tx) => {
      expect([await readBudget(tx, "bob", id), await readBudget(tx, "ann", id), await lockBudget(tx, "bob", id)]).toEqual([null, null, null]);
      await deleteBudget(tx, "ann", id);
    });
    expect(await ann((tx) => readBudget(tx, "ann", id))).not.toBeNull();
  });

  it("goes with its amounts and alerts", async () => {
    const { id } = await plan({ minor: 1n });
    await ann((tx) => deleteBudget(tx, "ann", id));
    expect(await database.ask("select budget_id from budget_amounts union all select budget_id from alerts")).toEqual([]);
  });

  it("is listed by name, then by age", async () => {
    for (const name of ["b", "a", "c", "a"]) await plan({ name });
    const all = await ann((tx) => listBudgets(tx, "ann", 10, null));
    expect(all.map(({ name }) => name)).toEqual(["a", "a", "b", "c"]);
    const [first] = all;
    expect(await ann((tx) => listBudgets(tx, "ann", 2, first ?? null))).toEqual(all.slice(1, 3));
  });
});

describe("an edited budget", () => {
  it("has the new amount from the running period on, and the old one before", async () => {
    const { id } = await plan({ startsOn: "2026-01-31" });
    await edit(id, { minor: 20_000n }, "2026-06-15");
    await edit(id, { minor: 30_000n }, "2026-06-20");
    await edit(id, { minor: 40_000n });
    expect(await amounts()).toEqual(["2026-01-31 10000", "2026-05-31 30000", "2026-10-31 40000"]);
    const on = (day: string) => ann((tx) => budgetStandings(tx, "ann", calendar, TODAY, day));
    expect((await on("2026-03-01"))[0]?.figures).toMatchObject({ from: "2026-02-28", to: "2026-03-30", amount: 10_000n });
    expect((await on("2026-05-30"))[0]?.figures.amount).toBe(10_000n);
    expect((await on("2026-10-30"))[0]?.figures.amount).toBe(30_000n);
    expect((await on(TODAY))[0]?.figures.amount).toBe(40_000n);
    expect(await on("2026-01-30")).toEqual([]);
    expect(await ann((tx) => readBudget(tx, "ann", id))).toMatchObject({ version: 4, minor: 40_000n, carryFrom: "2026-01-31" });
  });

  it("that begins later has the new amount from its first period on", async () => {
    const { id } = await plan({ startsOn: "2027-02-10" });
    await edit(id, { minor: 20_000n });
    expect(await amounts()).toEqual(["2027-02-10 20000"]);
  });

  it.each<[string, BudgetChange, string]>([
    ["category", { categoryId: HOME }, "2026-11-01"],
    ["category to all", { categoryId: null }, "2026-11-01"],
    ["currency", { currency: "USD" }, "2026-11-01"],
    ["period", { period: "week" }, "2026-11-16"],
    ["beginning", { startsOn: "2026-10-15" }, "2026-11-15"],
    ["rollover", { rollover: false }, "2026-11-01"],
  ])("carries over anew with another %s", async (_, change, carryFrom) => {
    const { id } = await plan({ startsOn: "2026-01-01", rollover: true });
    expect(await edit(id, change)).toMatchObject({ carryFrom, version: 2 });
    expect(await ann((tx) => readBudget(tx, "ann", id))).toMatchObject({ carryFrom });
  });

  it("carries over on with another name, amount or thresholds", async () => {
    const { id } = await plan({ startsOn: "2026-01-01", rollover: true });
    expect(await edit(id, { name: "Eating", minor: 5n, thresholds: [] })).toMatchObject({ carryFrom: "2026-01-01", name: "Eating", thresholds: [] });
  });

  it("is the same when nothing is other than it was", async () => {
    const { id } = await plan();
    expect(await edit(id, {})).toMatchObject({ version: 1 });
    expect(await edit(id, { name: "Food", minor: 10_000n, thresholds: [80, 100], categoryId: FOOD })).toMatchObject({ version: 1 });
  });
});

describe("what SQL says of budgets", () => {
  const day = (min: number, max: number) => fc.integer({ min, max }).map((n) => addDays(TODAY, n));
  const inTree = fc.option(fc.constantFrom(...categories), { freq: 6 });
  const world = fc.record({
    expenses: fc.array(
      fc.record({
        minor: fc.integer({ min: 1, max: 100_000 }),
        currency: fc.constantFrom("EUR", "EUR", "USD", "JPY", "KWD"),
        categoryId: inTree,
        occurredOn: day(-250, 60),
        kind: fc.constantFrom("expense", "expense", "expense", "refund", "income", "transfer"),
      }),
      { minLength: 20, maxLength: 120 },
    ),
    rates: fc.array(
      fc.record({
        base: fc.constantFrom("USD", "JPY", "KWD", "EUR"),
        quote: fc.constantFrom("EUR", "USD"),
        day: day(-250, 60),
        value: fc.constantFrom("0.9", "0.00617283", "3.3", "162.5", "1.000000000001"),
      }),
      { maxLength: 80 },
    ),
    budgets: fc.array(
      fc.record({
        categoryId: inTree,
        minor: fc.bigInt({ min: 1n, max: 1_000_000n }),
        currency: fc.constantFrom("EUR", "EUR", "USD", "JPY"),
        period: fc.constantFrom("week" as const, "month" as const, "quarter" as const, "year" as const, "payday" as const, "custom" as const),
        startsOn: day(-240, 20),
        days: fc.integer({ min: 1, max: 45 }),
        rollover: fc.boolean(),
        edits: fc.array(fc.record({ ago: fc.integer({ min: 0, max: 200 }), minor: fc.bigInt({ min: 1n, max: 1_000_000n }) }), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    changes: fc.array(fc.record({ from: day(-200, 0), firstWeekday: fc.integer({ min: 1, max: 7 }), payday: fc.option(fc.integer({ min: 1, max: 31 })) }), {
      maxLength: 2,
    }),
    on: fc.array(day(-100, 40), { minLength: 2, maxLength: 3 }),
  });

  it("is what plain loops over all rows say, whatever the periods, currencies, rates, categories and edits", async () => {
    let seen = 0;
    let carried = 0;
    let unconverted = 0;
    for (const { expenses, rates, budgets, changes, on } of fc.sample(world, { numRuns: 40, seed: 41 })) {
      await database.ask("delete from budgets; delete from expenses; delete from rates");
      const years = { ...calendar, changes: [...calendar.changes, ...changes.sort((a, b) => (a.from < b.from ? -1 : 1))] };
      await ann(async (tx) => {
        for (const one of expenses) await spend(tx, "ann", one);
        for (const one of rates) if (one.base !== one.quote) await rate(tx, "ann", one.base, one.quote, one.day, one.value);
      });
      for (const { days, edits, ...more } of budgets) {
        const { id } = await plan({ ...more, periodDays: more.period === "custom" ? days : null }, addDays(TODAY, -240), years);
        for (const { ago, minor } of edits.sort((a, b) => b.ago - a.ago))
          await ann(async (tx) => {
            const budget = await lockBudget(tx, "ann", id);
            return budget === null ? false : changeBudget(tx, "ann", watch(addDays(TODAY, -ago), years), budget, { minor });
          });
      }
      const all = await everythingOf(database, "ann");
      for (const at of [TODAY, ...on]) {
        const standings = await ann((tx) => budgetStandings(tx, "ann", years, TODAY, at));
        const found = new Map(standings.map((one) => [one.budget.id, one]));
        for (const row of all.budgets) {
          const naive = naiveStanding(all, row, years, TODAY, at);
          const standing = found.get(String(row.id));
          if (naive === null) {
            expect(standing).toBeUndefined();
            continue;
          }
          const { from, to, amount, spent, spentByToday } = naive;
          expect(standing?.figures).toMatchObject({
            from,
            to,
            amount,
            spent,
            spentByToday,
            carried: naive.carried,
            effective: amount + naive.carried,
            remaining: amount + naive.carried - spent,
          });
          expect(Object.fromEntries(standing?.unconverted.map((one) => [one.currency, one.minor]) ?? [])).toEqual(naive.unconverted);
          seen++;
          if (naive.carried !== 0n) carried++;
          unconverted += Object.keys(naive.unconverted).length;
        }
      }
    }
    expect(seen).toBeGreaterThan(300);
    expect(carried).toBeGreaterThan(80);
    expect(unconverted).toBeGreaterThan(80);
  }, 60_000);

  it("adds up: what the parts of a range sum to is the sum of the range", async () => {
    const part = fc.record({ expenses: world.map(({ expenses }) => expenses), cuts: fc.uniqueArray(day(-250, 60), { minLength: 1, maxLength: 8 }) });
    for (const { expenses, cuts } of fc.sample(part, { numRuns: 15, seed: 4 })) {
      await database.ask("delete from expenses");
      await ann(async (tx) => {
        for (const one of expenses) await spend(tx, "ann", { ...one, currency: "EUR" });
      });
      const starts = [addDays(TODAY, -300), ...cuts.sort()];
      const parts = starts.map((from, i) => ({ categoryId: FOOD, from, to: addDays(starts[i + 1] ?? addDays(TODAY, 101), -1) }));
      const whole = { categoryId: FOOD, from: addDays(TODAY, -300), to: addDays(TODAY, 100) };
      const rows = await ann(async (tx) => (await segmentSums("ann", "EUR", TODAY, [...parts, whole]).execute(tx)).rows);
      const sum = (which: (n: number) => boolean, of: "minor" | "by_today") =>
        rows.filter(({ n }) => which(n)).reduce((total, row) => total + BigInt(row[of]), 0n);
      for (const of of ["minor", "by_today"] as const) expect(sum((n) => n < parts.length, of)).toBe(sum((n) => n === parts.length, of));
    }
  });
});
