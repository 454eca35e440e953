import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLargest, readMerchants, readSpreads, readStandings } from "../../src/database/insights.ts";
import { readCuts } from "../../src/database/tracking.ts";
import type { Budget } from "../../src/finance/budget.ts";
import { USUAL_DAYS } from "../../src/finance/insights/budget-tracking.ts";
import { median, medianDeviation } from "../../src/finance/insights/robust.ts";
import { addDays, type Day, daysBetween } from "../../src/finance/periods.ts";
import { naiveConvert } from "../finance/naive/summary.ts";
import { idOf, type World, type WorldExpense, worlds, write } from "../finance/naive/world.ts";
import { type FinanceDatabase, startFinance } from "./finance.ts";

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
const near = fc.integer({ min: 0, max: DAYS }).map((n) => addDays(FIRST, n));
const range = fc.tuple(near, fc.nat(DAYS)).map(([from, days]) => ({ from, to: addDays(from, days) }));
const target = fc.constantFrom("EUR", "USD", "JPY");
const valued = (world: World, expense: WorldExpense, currency: string) => naiveConvert(world, expense.minor, expense.currency, expense.day, currency);
const within = (world: World, { from, to }: { from: Day; to: Day }) =>
  world.expenses.map((one, place) => ({ ...one, place })).filter(({ day }) => day >= from && day <= to);
const newestFirst = (a: { day: Day; place: number }, b: { day: Day; place: number }) => (a.day === b.day ? b.place - a.place : a.day < b.day ? 1 : -1);

describe("what insights read agrees with plain loops over all rows", () => {
  it("merchants: what was spent at each, and what was paid when", async () => {
    await fc.assert(
      fc.asyncProperty(worlds(FIRST, DAYS), range, near, target, async (world, days, since, currency) => {
        const { user, sub } = await settle(world);
        const { histories, totals } = await database.as(sub, (tx) => readMerchants(tx, sub, days, since, currency));
        const spending = within(world, days).filter(({ kind, merchant }) => (kind === "expense" || kind === "refund") && merchant !== "");
        const sums = new Map<string, { minor: bigint; count: number }>();
        for (const one of spending) {
          if (one.day < since) continue;
          const key = one.merchant.trim().toLowerCase();
          const sum = sums.get(key) ?? { minor: 0n, count: 0 };
          const minor = valued(world, one, currency) ?? 0n;
          sums.set(key, { minor: sum.minor + (one.kind === "refund" ? -minor : minor), count: sum.count + 1 });
        }
        expect(new Map(totals.map(({ key, minor, count }) => [key, { minor, count }]))).toEqual(sums);
        for (const { key, currency: own, payments } of histories) {
          const mine = spending.filter((one) => one.kind === "expense" && one.currency === own && one.merchant.trim().toLowerCase() === key).sort(newestFirst);
          const paid = mine.map((one) => ({
            day: one.day,
            minor: one.minor,
            converted: valued(world, one, currency),
            categoryId: one.category === null ? null : idOf(user, 1, one.category),
          }));
          expect(payments).toEqual(paid.length < 2 ? [] : paid.slice(0, 60));
        }
      }),
      { numRuns: 20 },
    );
  });

  it("the spread of a category's amounts, and its largest expenses", async () => {
    await fc.assert(
      fc.asyncProperty(worlds(FIRST, DAYS), range, target, async (world, days, currency) => {
        const { user, sub } = await settle(world);
        const [spreads, top, each] = await database.as(sub, async (tx) => [
          await readSpreads(tx, sub, days, currency, 3),
          await readLargest(tx, sub, days, currency, "all", 5),
          await readLargest(tx, sub, days, currency, "category", 2),
        ]);
        const known = within(world, days).flatMap((one) => {
          const minor = one.kind === "expense" ? valued(world, one, currency) : null;
          return minor === null
            ? []
            : [{ ...one, minor, categoryId: one.category === null ? null : idOf(user, 1, one.category), id: idOf(user, 2, one.place) }];
        });
        for (const id of new Set(known.map(({ categoryId }) => categoryId))) {
          const logs = known.filter(({ categoryId, minor }) => categoryId === id && minor > 0n).map(({ minor }) => Math.log(Number(minor)));
          const spread = spreads.find(({ categoryId }) => categoryId === id);
          if (logs.length < 3) expect(spread).toBeUndefined();
          else {
            expect(spread?.count).toBe(logs.length);
            expect(spread?.median).toBeCloseTo(median(logs) ?? 0, 9);
            expect(spread?.deviation).toBeCloseTo(medianDeviation(logs) ?? 0, 9);
          }
        }
        const size = (a: { minor: bigint }, b: { minor: bigint }) => (a.minor < b.minor ? 1 : a.minor > b.minor ? -1 : 0);
        const largest = (rows: typeof known, n: number) =>
          rows
            .toSorted(size)
            .slice(0, n)
            .map(({ minor }) => minor);
        expect(top.map(({ minor }) => minor)).toEqual(largest(known, 5));
        for (const { id, minor, categoryId } of [...top, ...each]) expect(known.find((one) => one.id === id)).toMatchObject({ minor, categoryId });
        for (const id of new Set(known.map(({ categoryId }) => categoryId)))
          expect(each.filter(({ categoryId }) => categoryId === id).map(({ minor }) => minor)).toEqual(
            largest(
              known.filter(({ categoryId }) => categoryId === id),
              2,
            ),
          );
      }),
      { numRuns: 20 },
    );
  });

  it("where the money of a budget went, in its days and in the ninety before", async () => {
    await fc.assert(
      fc.asyncProperty(worlds(FIRST, DAYS), near, fc.nat(40), target, fc.option(fc.nat(6), { nil: null }), async (world, from, days, currency, root) => {
        const { user, sub } = await settle(world);
        const place = root === null || root >= world.categories.length ? null : root;
        const budget = { id: idOf(user, 4, 0), currency, categoryId: place === null ? null : idOf(user, 1, place) } as Budget;
        const to = addDays(from, days);
        const rows = await database.as(sub, (tx) => readCuts(tx, sub, to, [{ budget, period: { from, to: addDays(to, 10) } }]));
        const inside = (category: number | null): boolean => {
          for (let at = category; at !== null; at = world.categories[at]?.parent ?? null) if (at === place) return true;
          return place === null;
        };
        const sums = new Map<string, { minor: bigint; before: bigint }>();
        for (const one of within(world, { from: addDays(from, -USUAL_DAYS), to })) {
          if ((one.kind !== "expense" && one.kind !== "refund") || !inside(one.category)) continue;
          const key = `${one.category === null ? null : idOf(user, 1, one.category)} ${one.merchant.trim().toLowerCase()}`;
          const sum = sums.get(key) ?? { minor: 0n, before: 0n };
          const minor = (valued(world, one, currency) ?? 0n) * (one.kind === "refund" ? -1n : 1n);
          sums.set(key, one.day >= from ? { ...sum, minor: sum.minor + minor } : { ...sum, before: sum.before + minor });
        }
        const spent = [...sums].filter(([, { minor }]) => minor > 0n).sort(([, a], [, b]) => (a.minor < b.minor ? 1 : a.minor > b.minor ? -1 : 0));
        expect(rows.map(({ minor }) => minor)).toEqual(spent.slice(0, 20).map(([, { minor }]) => minor));
        for (const { categoryId, key, minor, before, days: counted } of rows) {
          expect(sums.get(`${categoryId} ${key}`)).toEqual({ minor, before });
          expect(counted).toBe(daysBetween(from, to) + 1);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("accounts on a day: the newest balance up to it, the newest rate of its week", async () => {
    const balance = fc.record({ n: fc.nat(3), day: near, minor: fc.bigInt(-(10n ** 12n), 10n ** 12n) });
    const currencies = ["EUR", "USD", "JPY", "KWD"];
    await fc.assert(
      fc.asyncProperty(
        worlds(FIRST, DAYS, 0),
        fc.uniqueArray(balance, { selector: ({ n, day }) => `${n} ${day}`, maxLength: 25 }),
        fc.uniqueArray(near, { minLength: 1, maxLength: 5 }),
        async (world, balances, asked) => {
          const { user, sub } = await settle(world);
          const days = asked.toSorted();
          const standings = await database.as(sub, async (tx) => {
            for (const [n, currency] of currencies.entries())
              await sql`insert into accounts (user_id, id, name, type, currency) values (${sub}, ${idOf(user, 3, n)}, ${`Account ${n}`}, 'asset', ${currency})`.execute(
                tx,
              );
            for (const { n, day, minor } of balances)
              await sql`insert into balances (user_id, account_id, day, amount_minor) values (${sub}, ${idOf(user, 3, n)}, ${day}, ${minor})`.execute(tx);
            return readStandings(tx, sub, days, "EUR");
          });
          const latest = <Row extends { day: Day }>(rows: readonly Row[]) => rows.toSorted((a, b) => (a.day < b.day ? 1 : -1))[0];
          const wanted = days.flatMap((day, point) =>
            currencies.flatMap((currency, n) => {
              const held = latest(balances.filter((one) => one.n === n && one.day <= day));
              const rate = latest(
                world.rates.filter((one) => one.base === currency && one.quote === "EUR" && one.day <= day && daysBetween(one.day, day) <= 7),
              );
              return held === undefined
                ? []
                : [
                    {
                      point,
                      accountId: idOf(user, 3, n),
                      balanceDay: held.day,
                      minor: held.minor,
                      rate: rate === undefined ? null : { day: rate.day, rate: rate.rate },
                    },
                  ];
            }),
          );
          expect(standings.map(({ point, accountId, balanceDay, minor, rate }) => ({ point, accountId, balanceDay, minor, rate }))).toEqual(wanted);
        },
      ),
      { numRuns: 20 },
    );
  });
});
