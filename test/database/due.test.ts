import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addBudget, type NewBudget } from "../../src/database/budgets.ts";
import { nextDue } from "../../src/database/due.ts";
import { checkThresholds } from "../../src/database/thresholds.ts";
import { calendar, category, newId, spend, watch } from "./budgeting.ts";
import { type FinanceDatabase, startFinance } from "./finance.ts";

const FOOD = "00000000-0000-7000-8000-00000000000f";
const TODAY = "2026-11-20";

let database: FinanceDatabase;
beforeAll(async () => {
  database = await startFinance();
});
afterAll(() => database?.close());
beforeEach(async () => {
  await database.ask("delete from users; insert into users values ('ann')");
  await database.as("ann", (tx) => category(tx, "ann", FOOD, "Food"));
});

const plan = (more: Partial<NewBudget> = {}) =>
  database.as("ann", (tx) =>
    addBudget(tx, "ann", watch(TODAY), {
      id: newId(),
      name: "Food",
      categoryId: FOOD,
      minor: 10_000n,
      currency: "EUR",
      period: "month",
      startsOn: null,
      periodDays: null,
      thresholds: [80],
      rollover: false,
      ...more,
    }),
  );
const buy = (occurredOn: string, minor = 9000) =>
  database.as("ann", async (tx) => {
    await spend(tx, "ann", { minor, currency: "EUR", categoryId: FOOD, occurredOn, kind: "expense" });
    await checkThresholds(tx, "ann", watch(TODAY), [{ categoryId: FOOD, occurredOn }]);
  });
const due = (today = TODAY) => database.as("ann", (tx) => nextDue(tx, "ann", calendar, today));
const told = async () => (await database.ask("select payload->>'from' as from from outbox")).map(({ from }) => from);

describe("the day on which time alone may cross a threshold", () => {
  it("is none without a budget, and none where all that is spent lies behind", async () => {
    await buy("2026-12-24");
    expect(await due()).toBeNull();
    await database.ask("delete from expenses");
    await plan();
    await buy("2026-11-03", 100);
    expect(await due()).toBeNull();
  });

  it("is the first day of the period into which something was entered ahead; on it the sweep tells of it", async () => {
    await plan();
    await buy("2026-12-24");
    await buy("2027-02-01");
    expect(await due()).toBe("2026-12-01");
    expect(await told()).toEqual([]);
    await database.as("ann", (tx) => checkThresholds(tx, "ann", watch("2026-12-01"), "everything"));
    expect(await told()).toEqual(["2026-12-01"]);
    expect(await due("2026-12-01")).toBe("2027-02-01");
    expect(await due("2027-02-01")).toBeNull();
  });

  it("is the next period's first day of a budget that carries over", async () => {
    await plan({ rollover: true });
    expect(await due()).toBe("2026-12-01");
    expect(await due("2026-12-01")).toBe("2027-01-01");
  });
});
