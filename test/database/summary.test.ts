import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCategories, readSpending } from "../../src/database/summary.ts";
import { addDays, type Calendar, type Day } from "../../src/finance/periods.ts";
import { type Frame, type PeriodSummary, periodFrame, rangeFrame, spanStarts, summarize } from "../../src/finance/summary.ts";
import { naiveAmount, naiveCategories, naiveShare, naiveSum } from "../finance/naive/summary.ts";
import { idOf, type World, worlds, write } from "../finance/naive/world.ts";
import { type FinanceDatabase, startFinance } from "./finance.ts";

let database: FinanceDatabase;
beforeAll(async () => {
  database = await startFinance();
});
afterAll(() => database.close());

let users = 0;
/** A new user with these rows: their number and `sub`. */
async function settle(world: World): Promise<{ user: number; sub: string }> {
  const user = ++users;
  const sub = `user-${user}`;
  await database.as(sub, (tx) => write(tx, sub, user, world));
  return { user, sub };
}

const ask = (sub: string, frame: Frame, currency: string): Promise<PeriodSummary> =>
  database.as(sub, async (tx) => {
    const rows = await readSpending(tx, sub, { starts: spanStarts(frame), to: frame.to }, currency);
    const categories = await readCategories(
      tx,
      sub,
      rows.map(({ categoryId }) => categoryId),
    );
    return summarize(frame, currency, rows, categories);
  });

const FIRST: Day = "2025-12-20";
const DAYS = 120;
const near = fc.integer({ min: 0, max: DAYS }).map((n) => addDays(FIRST, n));
const target = fc.constantFrom("EUR", "USD", "JPY");
const calendar: fc.Arbitrary<Calendar> = fc
  .record({
    firstWeekday: fc.integer({ min: 1, max: 7 }),
    payday: fc.option(fc.integer({ min: 1, max: 31 }), { nil: null }),
    from: near,
    later: fc.integer({ min: 1, max: 7 }),
  })
  .map(({ firstWeekday, payday, from, later }) => ({
    timeZone: "UTC",
    changes: [
      { from: "0001-01-01", firstWeekday, payday },
      { from, firstWeekday: later, payday: payday === null ? 25 : null },
    ],
  }));
const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc
    .tuple(fc.constantFrom("week", "month", "quarter", "payday"), calendar, near, near)
    .map(([kind, counting, on, today]) => periodFrame(kind, counting, on, today)),
  fc.tuple(near, fc.nat(60), near).map(([from, days, today]) => rangeFrame({ from, to: addDays(from, days) }, today)),
);

describe("a summary", () => {
  it("agrees with plain loops over all rows: several currencies, refunds, rates that miss, nested categories, calendars that changed", async () => {
    await fc.assert(
      fc.asyncProperty(worlds(FIRST, DAYS), fc.array(fc.tuple(frames, target), { minLength: 4, maxLength: 4 }), async (world, asked) => {
        const { user, sub } = await settle(world);
        for (const [frame, currency] of asked) {
          const said = await ask(sub, frame, currency);
          const sum = naiveSum(world, frame, currency);
          const before = naiveSum(world, frame.previous, currency);
          expect({ total: said.total, count: said.count }).toEqual({ total: naiveAmount(sum.total, currency), count: sum.count });
          expect(new Map(said.byCategory.map(({ categoryId, name, total, rolledUp, share }) => [categoryId, { name, total, rolledUp, share }]))).toEqual(
            naiveCategories(sum, user, currency),
          );
          expect(said.unconverted).toEqual(
            [...sum.unconverted]
              .map(([code, minor]) => ({ currency: code, total: naiveAmount(minor, code) }))
              .sort((a, b) => (a.currency < b.currency ? -1 : 1)),
          );
          expect({ ...said.previous, toDate: null }).toEqual({
            ...frame.previous,
            total: naiveAmount(before.total, currency),
            change: naiveAmount(sum.total - before.total, currency),
            changeShare: naiveShare(sum.total - before.total, before.total),
            toDate: null,
          });
          if (frame.toDate !== null) {
            const now = naiveSum(world, { from: frame.from, to: frame.toDate.day }, currency).total;
            const then = naiveSum(world, { from: frame.previous.from, to: frame.toDate.previousDay }, currency).total;
            expect(said.previous.toDate).toMatchObject({ total: naiveAmount(then, currency), change: naiveAmount(now - then, currency) });
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it("adds up in any order and grouping: the days of a range, cut anywhere, have the sum of the whole", async () => {
    await fc.assert(
      fc.asyncProperty(worlds(FIRST, DAYS, 60), fc.uniqueArray(fc.integer({ min: 1, max: DAYS }), { maxLength: 8 }), target, async (world, cuts, currency) => {
        const { sub } = await settle(world);
        const to = addDays(FIRST, DAYS);
        const starts = [FIRST, ...cuts.sort((a, b) => a - b).map((n) => addDays(FIRST, n))];
        const [parts, whole] = await database.as(sub, async (tx) => [
          await readSpending(tx, sub, { starts, to }, currency),
          await readSpending(tx, sub, { starts: [FIRST], to }, currency),
        ]);
        const sums = (rows: typeof parts) => {
          const all = new Map<string, { minor: bigint; count: number; unconverted: bigint; unconvertedCount: number }>();
          for (const { categoryId, currency: own, minor, count, unconverted, unconvertedCount } of rows) {
            const key = `${categoryId} ${own}`;
            const sum = all.get(key) ?? { minor: 0n, count: 0, unconverted: 0n, unconvertedCount: 0 };
            all.set(key, {
              minor: sum.minor + minor,
              count: sum.count + count,
              unconverted: sum.unconverted + unconverted,
              unconvertedCount: sum.unconvertedCount + unconvertedCount,
            });
          }
          return all;
        };
        expect(sums(parts)).toEqual(sums(whole));
        for (const { span } of parts) expect(starts[span]).toBeDefined();
      }),
      { numRuns: 15 },
    );
  });

  const eur = (day: Day, minor: bigint, category: number | null = null) => ({ kind: "expense" as const, category, minor, currency: "EUR", day, merchant: "" });
  const utc: Calendar = { timeZone: "UTC", changes: [{ from: "0001-01-01", firstWeekday: 1, payday: null }] };

  it("compares a month that still runs with as many days of the month before, clamped in a short one", async () => {
    const { sub } = await settle({
      categories: [],
      rates: [],
      expenses: [eur("2026-02-27", 100n), eur("2026-02-28", 20n), eur("2026-03-01", 300n), eur("2026-03-30", 50n), eur("2026-03-31", 7n)],
    });
    const on = (today: Day) => ask(sub, periodFrame("month", utc, "2026-03-15", today), "EUR");
    expect((await on("2026-03-01")).previous.toDate).toEqual({ to: "2026-02-01", total: "0.00", change: "3.00", changeShare: null });
    expect((await on("2026-03-27")).previous.toDate).toEqual({ to: "2026-02-27", total: "1.00", change: "2.00", changeShare: 2 });
    expect((await on("2026-03-30")).previous.toDate).toEqual({ to: "2026-02-28", total: "1.20", change: "2.30", changeShare: 1.9167 });
    // Over on its last day, and not begun the day before its first.
    for (const today of ["2026-03-31", "2026-04-01", "2026-02-28"]) expect((await on(today)).previous.toDate).toBeNull();
    expect((await on("2026-03-31")).previous).toEqual({
      from: "2026-02-01",
      to: "2026-02-28",
      total: "1.20",
      change: "2.37",
      changeShare: 1.975,
      toDate: null,
    });
  });

  it("names a parent whose children alone have spending, with nothing of its own", async () => {
    const { user, sub } = await settle({
      categories: [{ parent: null }, { parent: 0 }, { parent: 1 }, { parent: null }],
      rates: [],
      expenses: [eur("2026-03-05", 250n, 2), eur("2026-03-06", 750n)],
    });
    const { byCategory } = await ask(sub, periodFrame("month", utc, "2026-03-15", "2026-03-15"), "EUR");
    const shown = byCategory.map(({ categoryId, parentId, total, rolledUp, share, count }) => ({ categoryId, parentId, total, rolledUp, share, count }));
    expect(shown).toEqual([
      { categoryId: null, parentId: null, total: "7.50", rolledUp: "7.50", share: 0.75, count: 1 },
      { categoryId: idOf(user, 1, 0), parentId: null, total: "0.00", rolledUp: "2.50", share: 0, count: 0 },
      { categoryId: idOf(user, 1, 1), parentId: idOf(user, 1, 0), total: "0.00", rolledUp: "2.50", share: 0, count: 0 },
      { categoryId: idOf(user, 1, 2), parentId: idOf(user, 1, 1), total: "2.50", rolledUp: "2.50", share: 0.25, count: 1 },
    ]);
  });

  it("has no shares where refunds are all there is", async () => {
    const refund = { ...eur("2026-03-05", 500n), kind: "refund" as const };
    const { sub } = await settle({ categories: [], rates: [], expenses: [refund] });
    const said = await ask(sub, rangeFrame({ from: "2026-03-01", to: "2026-03-31" }, "2026-06-01"), "EUR");
    expect(said).toMatchObject({
      total: "-5.00",
      count: 1,
      byCategory: [{ total: "-5.00", share: null }],
      previous: { total: "0.00", change: "-5.00", changeShare: null },
    });
  });

  it("shows nobody else's rows", async () => {
    const { sub } = await settle({ categories: [{ parent: null }], rates: [], expenses: [eur("2026-03-05", 500n, 0)] });
    const frame = rangeFrame({ from: "2026-03-01", to: "2026-03-31" }, "2026-06-01");
    expect((await ask(sub, frame, "EUR")).total).toBe("5.00");
    expect(await ask("somebody-else", frame, "EUR")).toMatchObject({ total: "0.00", count: 0, byCategory: [] });
    // Even a statement that names another user, in this one's transaction.
    const rows = await database.as("somebody-else", (tx) => readSpending(tx, sub, { starts: ["2026-01-01"], to: "2026-12-31" }, "EUR"));
    expect(rows).toEqual([]);
  });
});
