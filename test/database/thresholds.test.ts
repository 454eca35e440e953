import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addBudget, changeBudget, lockBudget, type NewBudget } from "../../src/database/budgets.ts";
import { checkThresholds } from "../../src/database/thresholds.ts";
import type { Tx } from "../../src/database/users.ts";
import { calendar, category, newId, rate, type Spent, spend, watch } from "./budgeting.ts";
import { type FinanceDatabase, startFinance } from "./finance.ts";

const FOOD = "00000000-0000-7000-8000-00000000000f";
const LUNCH = "00000000-0000-7000-8000-00000000001f";
const HOME = "00000000-0000-7000-8000-0000000000f0";
const TODAY = "2026-11-20";

let database: FinanceDatabase;
beforeAll(async () => {
  database = await startFinance();
});
afterAll(() => database?.close());
beforeEach(async () => {
  await database.ask("delete from users; insert into users values ('ann'), ('bob')");
  await ann(async (tx) => {
    await category(tx, "ann", FOOD, "Food");
    await category(tx, "ann", LUNCH, "Lunch", FOOD);
    await category(tx, "ann", HOME, "Home");
  });
});

const ann = <T>(run: (tx: Tx) => Promise<T>) => database.as("ann", run);
/** A transaction that enters one expense. */
const buy = (minor: number, more: Partial<Spent> = {}, today = TODAY) =>
  ann(async (tx) => {
    const spent = { categoryId: FOOD, occurredOn: TODAY, currency: "EUR", kind: "expense", ...more };
    const id = await spend(tx, "ann", { minor, ...spent });
    await checkThresholds(tx, "ann", watch(today), [spent]);
    return id;
  });
const unbuy = (id: string, today = TODAY) =>
  ann(async (tx) => {
    const old = await tx.deleteFrom("expenses").where("id", "=", id).returning(["category_id", "occurred_on"]).executeTakeFirstOrThrow();
    await checkThresholds(tx, "ann", watch(today), [{ categoryId: old.category_id, occurredOn: old.occurred_on }]);
  });
const plan = (more: Partial<NewBudget> = {}, today = TODAY) =>
  ann(async (tx) => {
    const made = await addBudget(tx, "ann", watch(today), {
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
    if (made === false) throw new Error("no such category");
    return made;
  });
const alerts = async () =>
  (await database.ask("select period_start::text, threshold, spent_minor, effective_minor, quiet from alerts order by budget_id, period_start, threshold")).map(
    (row) => `${row.period_start} ${row.threshold} % ${row.spent_minor}/${row.effective_minor}${row.quiet === true ? " quiet" : ""}`,
  );
const told = async () => (await database.ask("select kind, payload from outbox order by id")).map((row) => row.payload as Record<string, unknown>);
const toldThresholds = async () => (await told()).map(({ name, threshold }) => `${name} ${threshold}`);

describe("a threshold", () => {
  it("is told when it is reached, once for each, with all that a mail needs", async () => {
    const { id } = await plan();
    await buy(7_999);
    expect(await alerts()).toEqual([]);
    await buy(1);
    await buy(500);
    await buy(2_000);
    await buy(2_000);
    expect(await alerts()).toEqual(["2026-11-01 80 % 8000/10000", "2026-11-01 100 % 10500/10000"]);
    expect(await told()).toEqual([
      {
        v: 1,
        budgetId: id,
        name: "Food",
        categoryId: FOOD,
        threshold: 80,
        from: "2026-11-01",
        to: "2026-11-30",
        currency: "EUR",
        amount: "100.00",
        carried: "0.00",
        effective: "100.00",
        spent: "80.00",
        percent: 80,
        unconverted: [],
      },
      expect.objectContaining({ threshold: 100, spent: "105.00", percent: 105 }),
    ]);
  });

  it("is told once though spending goes up, down and up again", async () => {
    await plan();
    const id = await buy(9_000);
    await unbuy(id);
    await buy(9_000);
    await buy(2_000, { kind: "refund" });
    await buy(2_000);
    expect(await toldThresholds()).toEqual(["Food 80"]);
    expect(await alerts()).toEqual(["2026-11-01 80 % 9000/10000"]);
  });

  it("is told anew in the next period", async () => {
    await plan();
    await buy(9_000);
    await buy(9_000, { occurredOn: "2026-12-05" }, "2026-12-05");
    expect(await toldThresholds()).toEqual(["Food 80", "Food 80"]);
  });

  it("is not told when the transaction fails", async () => {
    await plan();
    await expect(
      ann(async (tx) => {
        await spend(tx, "ann", { minor: 9_000, categoryId: FOOD, occurredOn: TODAY, currency: "EUR", kind: "expense" });
        await checkThresholds(tx, "ann", watch(TODAY), [{ categoryId: FOOD, occurredOn: TODAY }]);
        throw new Error("too late");
      }),
    ).rejects.toThrow("too late");
    expect([await alerts(), await told()]).toEqual([[], []]);
  });

  it("counts what refunds give back, and neither income nor transfers", async () => {
    await plan();
    await buy(50_000, { kind: "income" });
    await buy(50_000, { kind: "transfer" });
    await buy(9_000, { kind: "refund" });
    await buy(16_999);
    expect(await alerts()).toEqual([]);
    await buy(1);
    expect(await toldThresholds()).toEqual(["Food 80"]);
  });

  it("is that of every budget that counts the expense: its category's, those above it, and that of all", async () => {
    await plan({ name: "Lunch", categoryId: LUNCH });
    await plan({ name: "Food" });
    await plan({ name: "Home", categoryId: HOME });
    await plan({ name: "All", categoryId: null });
    await buy(8_000, { categoryId: LUNCH });
    expect(await toldThresholds()).toEqual(["Lunch 80", "Food 80", "All 80"]);
    await buy(2_000, { categoryId: null });
    expect((await toldThresholds()).slice(3)).toEqual(["All 100"]);
  });

  it("is looked at where an expense moves to", async () => {
    await plan({ name: "Home", categoryId: HOME });
    const id = await buy(9_000);
    await ann(async (tx) => {
      await tx.updateTable("expenses").set({ category_id: HOME }).where("id", "=", id).execute();
      await checkThresholds(tx, "ann", watch(TODAY), [
        { categoryId: FOOD, occurredOn: TODAY },
        { categoryId: HOME, occurredOn: TODAY },
      ]);
    });
    expect(await toldThresholds()).toEqual(["Home 80"]);
  });

  it("is looked at where a category moves to", async () => {
    await plan({ name: "Home", categoryId: HOME });
    await buy(9_000, { categoryId: LUNCH });
    await ann(async (tx) => {
      await tx.updateTable("categories").set({ parent_id: HOME }).where("id", "=", LUNCH).execute();
      await checkThresholds(tx, "ann", watch(TODAY), "everything");
    });
    expect(await toldThresholds()).toEqual(["Home 80"]);
  });

  it("in a month that is over is kept, and not told", async () => {
    await plan({ startsOn: "2026-01-01" });
    await buy(8_500, { occurredOn: "2026-10-31" });
    expect(await alerts()).toEqual(["2026-10-01 80 % 8500/10000 quiet"]);
    expect(await told()).toEqual([]);
  });

  it("is that of no month before the budget's first", async () => {
    await plan({ startsOn: "2026-11-01" });
    await buy(8_500, { occurredOn: "2026-10-31" });
    await plan({ startsOn: "2026-12-01" });
    await buy(7_000);
    expect(await alerts()).toEqual([]);
  });

  it("that is crossed ahead of time is told by the first look once the period has begun", async () => {
    await plan();
    await buy(9_000, { occurredOn: "2026-12-24" });
    expect(await alerts()).toEqual([]);
    await buy(1, { occurredOn: "2026-12-01" }, "2026-12-01");
    expect(await alerts()).toEqual(["2026-12-01 80 % 9001/10000"]);
    expect(await toldThresholds()).toEqual(["Food 80"]);
  });

  it("of another user's budget is no business of this one", async () => {
    await database.as("bob", async (tx) => {
      await category(tx, "bob", FOOD, "Food");
      await addBudget(tx, "bob", watch(TODAY), {
        id: newId(),
        name: "Bob's",
        categoryId: FOOD,
        minor: 1n,
        currency: "EUR",
        period: "month",
        startsOn: null,
        periodDays: null,
        thresholds: [80],
        rollover: false,
      });
    });
    await buy(9_000);
    expect([await alerts(), await told()]).toEqual([[], []]);
  });
});

describe("with rollover", () => {
  it("what the months before left may be spent, and a receipt for an old month takes it away", async () => {
    await plan({ startsOn: "2026-09-01", rollover: true });
    await buy(4_000, { occurredOn: "2026-09-15" });
    await buy(10_000);
    expect(await alerts()).toEqual([]); // 100 of 100 + 60 + 100
    await buy(10_500, { occurredOn: "2026-10-15" });
    // October: 105 of 160. November: 100 of 155.
    expect(await alerts()).toEqual([]);
    await buy(3_000, { occurredOn: "2026-09-16" });
    // October: 105 of 130: 80.7 %. November: 100 of 125.
    expect(await alerts()).toEqual(["2026-11-01 80 % 10000/12500"]);
    expect(await told()).toEqual([expect.objectContaining({ carried: "25.00", effective: "125.00", amount: "100.00", from: "2026-11-01" })]);
  });

  it("a month in which nothing may be spent counts as 100 %", async () => {
    await plan({ startsOn: "2026-10-01", rollover: true, thresholds: [80, 100, 120] });
    await buy(20_000, { occurredOn: "2026-10-15" });
    expect(await alerts()).toEqual([
      "2026-10-01 80 % 20000/10000 quiet",
      "2026-10-01 100 % 20000/10000 quiet",
      "2026-10-01 120 % 20000/10000 quiet",
      "2026-11-01 80 % 0/0",
      "2026-11-01 100 % 0/0",
    ]);
    expect(await toldThresholds()).toEqual(["Food 80", "Food 100"]);
  });
});

describe("in several currencies", () => {
  it("each expense counts at its rate, and one without a rate counts nothing and is named", async () => {
    await plan();
    await ann((tx) => rate(tx, "ann", "USD", "EUR", "2026-11-18", "0.5"));
    await buy(5_000, { currency: "JPY" });
    await buy(15_999, { currency: "USD" });
    // 79.995 is rounded to the even cent, 80.00.
    expect(await told()).toEqual([
      expect.objectContaining({ threshold: 80, spent: "80.00", currency: "EUR", unconverted: [{ currency: "JPY", total: "5000" }] }),
    ]);
  });

  it("a rate that comes later runs the thresholds again", async () => {
    await plan();
    await buy(9_000, { currency: "USD" });
    expect(await alerts()).toEqual([]);
    await ann(async (tx) => {
      await rate(tx, "ann", "USD", "EUR", "2026-11-14", "0.9");
      await checkThresholds(tx, "ann", watch(TODAY), "everything");
    });
    expect(await alerts()).toEqual(["2026-11-01 80 % 8100/10000"]);
    expect(await toldThresholds()).toEqual(["Food 80"]);
  });
});

describe("a budget above its threshold", () => {
  it("when it is made tells nothing, then or later; the next threshold is told", async () => {
    await buy(9_000);
    await plan();
    expect(await alerts()).toEqual(["2026-11-01 80 % 9000/10000 quiet"]);
    await buy(500);
    expect(await told()).toEqual([]);
    await buy(500);
    expect(await toldThresholds()).toEqual(["Food 100"]);
  });

  it("after an edit tells nothing", async () => {
    const { id } = await plan();
    await buy(5_000);
    const edit = (change: Parameters<typeof changeBudget>[4]) =>
      ann(async (tx) => {
        const budget = await lockBudget(tx, "ann", id);
        if (budget === null) throw new Error("gone");
        return changeBudget(tx, "ann", watch(TODAY), budget, change);
      });
    await edit({ minor: 6_000n });
    expect(await alerts()).toEqual(["2026-11-01 80 % 5000/6000 quiet"]);
    await edit({ thresholds: [50, 80, 100] });
    await edit({ minor: 4_000n });
    expect(await alerts()).toEqual(["2026-11-01 50 % 5000/6000 quiet", "2026-11-01 80 % 5000/6000 quiet", "2026-11-01 100 % 5000/4000 quiet"]);
    await buy(1);
    expect(await told()).toEqual([]);
  });

  it("without thresholds tells nothing at all", async () => {
    await plan({ thresholds: [] });
    await buy(90_000);
    expect([await alerts(), await told()]).toEqual([[], []]);
  });
});

it("the calendar of the user says which period is running", async () => {
  const paid = { ...calendar, changes: [{ from: "0001-01-01", firstWeekday: 1, payday: 25 }] };
  await ann((tx) =>
    addBudget(tx, "ann", watch(TODAY, paid), {
      id: newId(),
      name: "Pay",
      categoryId: null,
      minor: 100n,
      currency: "EUR",
      period: "payday",
      startsOn: null,
      periodDays: null,
      thresholds: [100],
      rollover: false,
    }),
  );
  await ann(async (tx) => {
    await spend(tx, "ann", { minor: 60, categoryId: null, occurredOn: "2026-10-24", currency: "EUR", kind: "expense" });
    await spend(tx, "ann", { minor: 60, categoryId: null, occurredOn: "2026-10-25", currency: "EUR", kind: "expense" });
    await checkThresholds(tx, "ann", watch(TODAY, paid), [{ categoryId: null, occurredOn: "2026-10-24" }]);
  });
  expect(await alerts()).toEqual([]);
  await ann(async (tx) => {
    await spend(tx, "ann", { minor: 40, categoryId: null, occurredOn: "2026-11-24", currency: "EUR", kind: "expense" });
    await checkThresholds(tx, "ann", watch(TODAY, paid), [{ categoryId: null, occurredOn: "2026-11-24" }]);
  });
  expect(await told()).toEqual([expect.objectContaining({ from: "2026-10-25", to: "2026-11-24", spent: "1.00" })]);
});
