import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addBudget, changeBudget, deleteBudget, lockBudget, type NewBudget } from "../../src/database/budgets.ts";
import { asUser, type Databases, databases } from "../../src/database/kysely.ts";
import { checkThresholds, type Touched } from "../../src/database/thresholds.ts";
import { codeOf } from "../../src/database/unreachable.ts";
import type { Tx } from "../../src/database/users.ts";
import { fired } from "../../src/finance/budget.ts";
import { addDays } from "../../src/finance/day.ts";
import { calendar, category, newId, rate, spend, watch } from "./budgeting.ts";
import { type FinanceDatabase, startFinance } from "./finance.ts";
import { everythingOf, naiveStanding } from "./naive-budgets.ts";
import { as } from "./postgres.ts";

const WRITERS = 8;
const TODAY = "2026-11-20";
const categories = Array.from({ length: 5 }, (_, i) => `00000000-0000-7000-8000-00000000000${i}`);
const [FOOD = "", HOME = "", LUNCH = ""] = categories;

let database: FinanceDatabase;
/** Each has a connection of its own. */
let writers: Databases[] = [];
beforeAll(async () => {
  database = await startFinance();
  writers = Array.from({ length: WRITERS }, () => databases(as(database.endpoint, "dormouse_app")));
});
afterAll(async () => {
  for (const writer of writers) writer.drop();
  await database?.close();
});
beforeEach(async () => {
  await database.ask("delete from users; insert into users values ('ann')");
  await database.as("ann", async (tx) => {
    await category(tx, "ann", FOOD, "Food");
    await category(tx, "ann", HOME, "Home");
    await category(tx, "ann", LUNCH, "Lunch", FOOD);
    for (const [i, id] of categories.slice(3).entries()) await category(tx, "ann", id, `Leaf ${i}`, HOME);
  });
});

const by = <T>(writer: number, run: (tx: Tx) => Promise<T>): Promise<T> => {
  const pool = writers[writer];
  if (pool === undefined) throw new Error("there are not so many");
  return asUser(pool.of(1), "ann", 20_000, run);
};
const check = (tx: Tx, touched: Touched) => checkThresholds(tx, "ann", watch(TODAY), touched);
const here = (categoryId: string | null, occurredOn = TODAY) => ({ categoryId, occurredOn });
const buy = (writer: number, minor: number, categoryId = FOOD) =>
  by(writer, async (tx) => {
    const id = await spend(tx, "ann", { minor, currency: "EUR", kind: "expense", ...here(categoryId) });
    await check(tx, [here(categoryId)]);
    return id;
  });
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
const plan = (writer: number, more: Partial<NewBudget> = {}) => by(writer, (tx) => addBudget(tx, "ann", watch(TODAY), planned(more)));
const everyone = <T>(run: (writer: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: WRITERS }, (_, writer) => run(writer)));
const alerts = async () =>
  (await database.ask("select threshold, quiet from alerts order by threshold")).map((row) => `${row.threshold}${row.quiet === true ? " quiet" : ""}`);
const told = async () => (await database.ask("select payload->>'threshold' as threshold from outbox order by 1")).map((row) => row.threshold);

describe("of many that write at once", () => {
  it("each below the threshold and together above, exactly one tells of each", async () => {
    for (let round = 0; round < 15; round++) {
      await database.ask("delete from expenses; delete from budgets; delete from outbox");
      await plan(0);
      await plan(0, { name: "All", categoryId: null, minor: 1_000_000n });
      await everyone((writer) => buy(writer, 1_300, writer % 2 === 0 ? FOOD : LUNCH));
      expect([await alerts(), await told()]).toEqual([
        ["80", "100"],
        ["100", "80"],
      ]);
    }
  });

  it("none misses a budget that is made meanwhile", async () => {
    for (let round = 0; round < 15; round++) {
      await database.ask("delete from expenses; delete from budgets; delete from outbox");
      await everyone<unknown>((writer) => (writer === round % WRITERS ? plan(writer) : buy(writer, 1_300)));
      // 91 of 100: told, or known to whoever made the budget after it was spent.
      expect((await alerts()).map((one) => one.replace(" quiet", ""))).toEqual(["80"]);
      expect(await told()).toEqual((await alerts()).filter((one) => !one.includes("quiet")));
    }
  });

  it("none misses a category that gets another parent meanwhile", async () => {
    for (let round = 0; round < 15; round++) {
      await database.ask("delete from expenses; delete from budgets; delete from outbox; update categories set parent_id = null");
      await plan(0);
      await everyone<unknown>((writer) =>
        writer === round % WRITERS
          ? by(writer, async (tx) => {
              await tx.updateTable("categories").set({ parent_id: FOOD }).where("id", "=", LUNCH).execute();
              await check(tx, "everything");
            })
          : buy(writer, 1_300, LUNCH),
      );
      expect([await alerts(), await told()]).toEqual([["80"], ["80"]]);
    }
  });

  it("none misses a rate that is entered meanwhile", async () => {
    for (let round = 0; round < 15; round++) {
      await database.ask("delete from expenses; delete from budgets; delete from outbox; delete from rates");
      await plan(0);
      await everyone((writer) =>
        by(writer, async (tx) => {
          if (writer === round % WRITERS) {
            await rate(tx, "ann", "USD", "EUR", TODAY, "1");
            return check(tx, "everything");
          }
          await spend(tx, "ann", { minor: 1_300, currency: "USD", kind: "expense", ...here(FOOD) });
          return check(tx, [here(FOOD)]);
        }),
      );
      expect([await alerts(), await told()]).toEqual([["80"], ["80"]]);
    }
  });

  it("up, down and up again by whomever is told once", async () => {
    await plan(0);
    await everyone(async (writer) => {
      for (let i = 0; i < 5; i++) {
        const id = await buy(writer, 9_000);
        await by(writer, async (tx) => {
          await tx.deleteFrom("expenses").where("id", "=", id).execute();
          await check(tx, [here(FOOD)]);
        });
      }
    });
    expect((await told()).filter((threshold) => threshold === "80")).toHaveLength(1);
    expect(new Set(await told()).size).toBe((await told()).length);
  });
});

const index = fc.nat(1_000_000);
const place = fc.record({ category: fc.option(fc.nat(categories.length - 1), { freq: 6 }), ago: fc.integer({ min: -12, max: 70 }) });
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("add" as const),
      minor: fc.integer({ min: 1, max: 9_000 }),
      at: place,
      kind: fc.constantFrom("expense", "expense", "expense", "refund", "income"),
      currency: fc.constantFrom("EUR", "EUR", "USD", "JPY"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("move" as const), which: index, at: place, minor: fc.integer({ min: 1, max: 9_000 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("delete" as const), which: index }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("rate" as const),
      base: fc.constantFrom("USD", "JPY"),
      ago: fc.nat(40),
      value: fc.constantFrom("0.9", "1.1234567", "0.005", "12"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("reparent" as const), leaf: fc.integer({ min: 2, max: 4 }), parent: fc.constantFrom(FOOD, HOME, null) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("plan" as const),
      category: fc.option(fc.nat(categories.length - 1)),
      minor: fc.bigInt({ min: 1_000n, max: 20_000n }),
      period: fc.constantFrom("week" as const, "month" as const, "quarter" as const),
      rollover: fc.boolean(),
      currency: fc.constantFrom("EUR", "USD"),
      ago: fc.nat(90),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("edit" as const), which: index, minor: fc.bigInt({ min: 1_000n, max: 20_000n }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("drop" as const), which: index }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** One of the rows there are. Locked (as those before it, in order of id), so that two do not change one without knowing of each other. */
const expenseOf = (tx: Tx, which: number) =>
  tx
    .selectFrom("expenses")
    .select(["id", "category_id", "occurred_on"])
    .orderBy("id")
    .limit(1)
    .offset(which % 7)
    .forUpdate()
    .executeTakeFirst();
const budgetIdOf = async (tx: Tx, which: number) => {
  const ids = await tx.selectFrom("budgets").select("id").orderBy("id").execute();
  return ids[which % Math.max(1, ids.length)]?.id ?? newId();
};

async function take(tx: Tx, one: Step): Promise<unknown> {
  const at = ({ category: n, ago }: { category: number | null; ago: number }) => here(n === null ? null : (categories[n] ?? null), addDays(TODAY, -ago));
  switch (one.do) {
    case "add":
      await spend(tx, "ann", { minor: one.minor, kind: one.kind, currency: one.currency, ...at(one.at) });
      return check(tx, [at(one.at)]);
    case "move": {
      const old = await expenseOf(tx, one.which);
      if (old === undefined) return undefined;
      const to = at(one.at);
      await tx
        .updateTable("expenses")
        .set({ category_id: to.categoryId, occurred_on: to.occurredOn, amount_minor: one.minor })
        .where("id", "=", old.id)
        .execute();
      return check(tx, [here(old.category_id, old.occurred_on), to]);
    }
    case "delete": {
      const old = await expenseOf(tx, one.which);
      if (old === undefined) return undefined;
      await tx.deleteFrom("expenses").where("id", "=", old.id).execute();
      return check(tx, [here(old.category_id, old.occurred_on)]);
    }
    case "rate":
      await rate(tx, "ann", one.base, "EUR", addDays(TODAY, -one.ago), one.value);
      return check(tx, "everything");
    case "reparent":
      await tx
        .updateTable("categories")
        .set({ parent_id: one.parent })
        .where("id", "=", categories[one.leaf] ?? "")
        .execute();
      return check(tx, "everything");
    case "plan":
      return addBudget(
        tx,
        "ann",
        watch(TODAY),
        planned({
          ...one,
          categoryId: one.category === null ? null : (categories[one.category] ?? null),
          startsOn: addDays(TODAY, -one.ago),
          thresholds: [50, 80, 100],
        }),
      );
    case "edit": {
      const budget = await lockBudget(tx, "ann", await budgetIdOf(tx, one.which));
      return budget === null ? undefined : changeBudget(tx, "ann", watch(TODAY), budget, { minor: one.minor });
    }
    case "drop": {
      const budget = await lockBudget(tx, "ann", await budgetIdOf(tx, one.which));
      return budget === null ? undefined : deleteBudget(tx, "ann", budget.id);
    }
  }
}

/** How often PostgreSQL had to undo it, because two waited for each other. `write.ts` would do it again; here each has locked in one order, so it is never. */
async function takeOrRetry(writer: number, one: Step): Promise<number> {
  for (let undone = 0; ; undone++) {
    try {
      await by(writer, (tx) => take(tx, one));
      return undone;
    } catch (error) {
      if (codeOf(error) !== "40P01") throw error;
    }
  }
}

it("whatever is written at once: no threshold that is reached in the end was missed, none was told twice, and nobody locked another out", async () => {
  let rows = 0;
  const runs = fc.array(fc.array(step, { minLength: 12, maxLength: 12 }), { minLength: WRITERS, maxLength: WRITERS });
  for (const [round, scripts] of fc.sample(runs, { numRuns: 12, seed: 23 }).entries()) {
    await database.ask("delete from alerts; delete from outbox; delete from budgets; delete from expenses; delete from rates");
    for (let i = 0; i < 4; i++)
      await plan(i, { categoryId: [FOOD, HOME, LUNCH, null][i] ?? null, startsOn: "2026-09-01", rollover: i % 2 === 0, thresholds: [50, 80, 100] });
    const undone = await everyone(async (writer) => {
      let count = 0;
      for (const one of scripts[writer] ?? []) count += await takeOrRetry(writer, one);
      return count;
    });
    expect(undone, `round ${round}`).toEqual(undone.map(() => 0));
    const all = await everythingOf(database, "ann");
    const key = (id: unknown, from: unknown, threshold: unknown) => `${id} ${from} ${threshold}`;
    const kept = new Set(all.alerts.map((row) => key(row.budget_id, row.period_start, row.threshold)));
    for (const budget of all.budgets) {
      const standing = naiveStanding(all, budget, calendar, TODAY, TODAY);
      if (standing === null) continue;
      const reached = fired(standing.spent, standing.amount + standing.carried, budget.thresholds as number[]);
      for (const threshold of reached) expect(kept, `round ${round}: ${JSON.stringify(budget)}`).toContain(key(budget.id, standing.from, threshold));
    }
    for (const row of all.alerts) {
      rows++;
      expect(fired(BigInt(String(row.spent_minor)), BigInt(String(row.effective_minor)), [Number(row.threshold)])).toHaveLength(1);
    }
    const living = new Set(all.budgets.map(({ id }) => id));
    const messages = all.outbox.map(({ payload }) => payload as Record<string, unknown>).filter(({ budgetId }) => living.has(budgetId));
    const toldOf = messages.map(({ budgetId, from, threshold }) => key(budgetId, from, threshold)).sort();
    const loud = all.alerts.filter(({ quiet }) => quiet === false).map((row) => key(row.budget_id, row.period_start, row.threshold));
    expect(toldOf, `round ${round}`).toEqual(loud.sort());
  }
  expect(rows).toBeGreaterThan(40);
}, 120_000);
