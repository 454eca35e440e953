import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addBudget, budgetStandings } from "../../src/database/budgets.ts";
import { asReader, readReport, reportRows } from "../../src/database/report.ts";
import { addDays, type Day, daysBetween, type Period } from "../../src/finance/periods.ts";
import type { ReportAsked, ReportData, ReportRow } from "../../src/reports/data.ts";
import { spendingOfRow } from "../../src/reports/data.ts";
import { type FinanceDatabase, startFinance } from "../database/finance.ts";
import { naiveConvert, naiveSum } from "../finance/naive/summary.ts";
import { categoryName, idOf, type World, worlds, write } from "../finance/naive/world.ts";

let database: FinanceDatabase;
beforeAll(async () => {
  database = await startFinance();
});
afterAll(() => database.close());

let users = 0;
async function settle(world: World): Promise<{ user: number; sub: string }> {
  const user = ++users;
  const sub = `user-${user}`;
  await database.as(sub, (tx) => write(tx, sub, user, world));
  return { user, sub };
}

const FIRST: Day = "2025-12-20";
const DAYS = 120;
const calendar = { timeZone: "UTC", changes: [{ from: "0001-01-01", firstWeekday: 1, payday: null }] };

const asks: fc.Arbitrary<ReportAsked> = fc
  .record({ from: fc.nat(DAYS), days: fc.nat(60), today: fc.nat(DAYS + 30), currency: fc.constantFrom("EUR", "USD", "JPY") })
  .map(({ from, days, today, currency }) => {
    const period = { from: addDays(FIRST, from), to: addDays(FIRST, from + days) };
    const previous = { from: addDays(period.from, -days - 1), to: addDays(period.from, -1) };
    return { kind: "custom" as const, period, previous, currency, calendar, today: addDays(FIRST, today) };
  });

/** A report and its list, as a job reads them. */
async function report(sub: string, asked: ReportAsked, page = 7): Promise<{ data: ReportData; rows: ReportRow[] }> {
  return asReader(database.db, sub, 5000, async (tx) => {
    const data = await readReport(tx, sub, asked);
    const rows: ReportRow[] = [];
    for await (const some of reportRows(tx, sub, asked.period, asked.currency, page)) {
      expect(some.length).toBeLessThanOrEqual(page);
      rows.push(...some);
    }
    return { data, rows };
  });
}

const total = (world: World, period: Period, currency: string) => naiveSum(world, period, currency).total;

describe("a report's figures", () => {
  it("agree with plain loops over all rows, and with the list", async () => {
    await fc.assert(
      fc.asyncProperty(worlds(FIRST, DAYS), fc.array(asks, { minLength: 2, maxLength: 2 }), async (world, asked) => {
        const { user, sub } = await settle(world);
        for (const ask of asked) {
          const { period, previous, currency, today } = ask;
          const { data, rows } = await report(sub, ask);
          const sum = naiveSum(world, period, currency);
          expect({ total: data.total, count: data.count }).toEqual({ total: sum.total, count: sum.count });

          const running = period.from <= today && today < period.to;
          const to = running ? today : period.to;
          const previousTo = running ? addDays(previous.from, daysBetween(period.from, today)) : previous.to;
          expect(data.compared).toEqual({
            to,
            total: total(world, { from: period.from, to }, currency),
            previousTo,
            previousTotal: total(world, { from: previous.from, to: previousTo }, currency),
          });

          const earlier = naiveSum(world, { from: previous.from, to: previousTo }, currency);
          const places = [...new Set([...sum.rolledUp.keys(), ...earlier.rolledUp.keys()])];
          const lines = places
            .map((place) => ({
              id: place === null ? null : idOf(user, 1, place),
              name: place === null ? null : categoryName(place),
              minor: sum.rolledUp.get(place) ?? 0n,
              previous: earlier.rolledUp.get(place) ?? 0n,
            }))
            .filter(({ minor, previous: before }) => minor !== 0n || before !== 0n);
          const byId = (a: { id: string | null }, b: { id: string | null }) => ((a.id ?? "") < (b.id ?? "") ? -1 : 1);
          expect(data.categories.map(({ id, name, minor, previous: before }) => ({ id, name, minor, previous: before })).sort(byId)).toEqual(lines.sort(byId));

          expect(data.bars.all.map(({ from, to: last }) => total(world, { from, to: last }, currency))).toEqual(data.bars.all.map(({ minor }) => minor));
          expect(data.bars.all.length).toBe(daysBetween(period.from, period.to) + 1);
          expect(data.months.length).toBe(12);
          expect(data.months.map(({ from, to: last }) => total(world, { from, to: last }, currency))).toEqual(data.months.map(({ minor }) => minor));
          expect(data.months.at(-1)?.from.slice(0, 7)).toBe(period.to.slice(0, 7));
          expect(new Map(data.unconverted.map((line) => [line.currency, line.minor]))).toEqual(sum.unconverted);

          // The list: each entry of the days once, oldest first, with what it adds.
          const own = world.expenses
            .map((expense, place) => ({ ...expense, id: idOf(user, 2, place) }))
            .filter(({ day }) => day >= period.from && day <= period.to);
          own.sort((a, b) => (a.day === b.day ? (a.id < b.id ? -1 : 1) : a.day < b.day ? -1 : 1));
          expect(rows.map(({ id, day, kind, minor, converted, category, merchant }) => ({ id, day, kind, minor, converted, category, merchant }))).toEqual(
            own.map((expense) => ({
              id: expense.id,
              day: expense.day,
              kind: expense.kind,
              minor: expense.minor,
              converted: naiveConvert(world, expense.minor, expense.currency, expense.day, currency),
              category: expense.category === null ? null : categoryName(expense.category),
              merchant: expense.merchant,
            })),
          );
          expect(data.rows).toBe(rows.length);
          expect(rows.reduce((added, row) => added + (spendingOfRow(row) ?? 0n), 0n)).toBe(data.total);
          for (const { kind, count, minor, unconverted } of data.kinds) {
            const same = rows.filter((row) => row.kind === kind);
            expect({ count, minor, unconverted }).toEqual({
              count: same.length,
              minor: same.reduce((added, row) => added + (row.converted ?? 0n), 0n),
              unconverted: same.filter(({ converted }) => converted === null).length,
            });
          }
          const largest = rows
            .filter(({ kind, converted }) => kind === "expense" && converted !== null)
            .sort((a, b) => ((a.converted ?? 0n) < (b.converted ?? 0n) ? 1 : -1));
          expect(data.top.map(({ minor }) => minor)).toEqual(largest.slice(0, 10).map(({ converted }) => converted));
        }
      }),
      { seed: 7, numRuns: 25 },
    );
  });

  it("show a budget in each of its periods that the days touch, as the summary shows it", async () => {
    const world: World = {
      categories: [],
      rates: [],
      expenses: ["2026-01-05", "2026-01-20", "2026-02-03", "2026-03-30"].map((day, i) => ({
        kind: "expense",
        category: null,
        minor: BigInt(1000 * (i + 1)),
        currency: "EUR",
        day,
        merchant: "",
      })),
    };
    const { sub } = await settle(world);
    const watch = { calendar, today: "2026-03-31", now: Date.UTC(2026, 2, 31), newId: () => crypto.randomUUID() };
    const budget = { categoryId: null, currency: "EUR", periodDays: null, thresholds: [80], rollover: true } as const;
    await database.as(sub, async (tx) => {
      await addBudget(tx, sub, watch, { ...budget, id: idOf(users, 3, 1), name: "A month", minor: 4000n, period: "month", startsOn: "2026-01-01" });
      await addBudget(tx, sub, watch, {
        ...budget,
        id: idOf(users, 3, 2),
        name: "B later",
        minor: 900n,
        period: "week",
        startsOn: "2026-04-06",
        rollover: false,
      });
    });
    const asked: ReportAsked = {
      kind: "custom",
      period: { from: "2026-01-01", to: "2026-03-31" },
      previous: { from: "2025-10-01", to: "2025-12-31" },
      currency: "EUR",
      calendar,
      today: "2026-03-31",
    };
    const { data } = await report(sub, asked);
    expect(data.budgets.map(({ name, from, spent, effective }) => [name, from, spent, effective])).toEqual([
      ["A month", "2026-01-01", 3000n, 4000n],
      ["A month", "2026-02-01", 3000n, 5000n],
      ["A month", "2026-03-01", 4000n, 6000n],
    ]);
    for (const line of data.budgets) {
      const [standing] = await database.as(sub, (tx) => budgetStandings(tx, sub, calendar, "2026-03-31", line.from));
      expect({ spent: line.spent, effective: line.effective, remaining: line.remaining, percent: line.percent }).toEqual({
        spent: standing?.figures.spent,
        effective: standing?.figures.effective,
        remaining: standing?.figures.remaining,
        percent: standing?.figures.percent,
      });
    }
  });

  it("are of one moment: what is entered while the list is read is neither in it nor in the totals", async () => {
    const expense = (day: Day) => ({ kind: "expense" as const, category: null, minor: 100n, currency: "EUR", day, merchant: "" });
    const { sub, user } = await settle({ categories: [], rates: [], expenses: [expense("2026-01-05"), expense("2026-01-06")] });
    const asked: ReportAsked = {
      kind: "monthly",
      period: { from: "2026-01-01", to: "2026-01-31" },
      previous: { from: "2025-12-01", to: "2025-12-31" },
      currency: "EUR",
      calendar,
      today: "2026-02-03",
    };
    const rows = await asReader(database.db, sub, 5000, async (tx) => {
      const data = await readReport(tx, sub, asked);
      // By another connection: the pool has one.
      await database.ask("insert into expenses (user_id, id, amount_minor, currency, occurred_on) values ($1, $2, 700, 'EUR', '2026-01-20')", [
        sub,
        idOf(user, 2, 9),
      ]);
      const found: ReportRow[] = [];
      for await (const page of reportRows(tx, sub, asked.period, "EUR", 1)) found.push(...page);
      expect(found.length).toBe(data.rows);
      return found;
    });
    expect(rows.map(({ day }) => day)).toEqual(["2026-01-05", "2026-01-06"]);
    expect((await report(sub, asked)).data.total).toBe(900n);
  });

  it("are the user's own, and reading them changes nothing", async () => {
    const world: World = {
      categories: [],
      rates: [],
      expenses: [{ kind: "expense", category: null, minor: 100n, currency: "EUR", day: "2026-01-05", merchant: "mine" }],
    };
    const { sub } = await settle(world);
    await settle(world);
    const asked: ReportAsked = {
      kind: "monthly",
      period: { from: "2026-01-01", to: "2026-01-31" },
      previous: { from: "2025-12-01", to: "2025-12-31" },
      currency: "EUR",
      calendar,
      today: "2026-02-03",
    };
    expect((await report(sub, asked)).rows.length).toBe(1);
    expect((await report("nobody", asked)).rows).toEqual([]);
    await expect(asReader(database.db, sub, 5000, (tx) => tx.insertInto("users").values({ id: "x" }).execute())).rejects.toThrow("read-only");
  });
});
