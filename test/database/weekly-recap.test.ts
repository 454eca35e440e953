import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { nextWeekly, tellWeek } from "../../src/database/weekly-recap.ts";
import { defaultProfile, type Profile } from "../../src/finance/profile.ts";
import { readNews } from "../../src/notifications/data.ts";
import { category, newId, spend, watch } from "./budgeting.ts";
import { type FinanceDatabase, startFinance } from "./finance.ts";

const FOOD = "00000000-0000-7000-8000-00000000000f";
const HOME = "00000000-0000-7000-8000-0000000000aa";
/** A Monday. */
const MONDAY = "2026-11-16";

let database: FinanceDatabase;
beforeAll(async () => {
  database = await startFinance();
});
afterAll(() => database?.close());
beforeEach(async () => {
  await database.ask("delete from users; insert into users values ('ann')");
  await database.as("ann", async (tx) => {
    await category(tx, "ann", FOOD, "Food");
    await category(tx, "ann", HOME, "Home");
  });
});

const profile = (wanted = true): Profile => {
  const first = defaultProfile("ann");
  return { ...first, notifications: { ...first.notifications, "weekly-recap": wanted } };
};
const buy = (occurredOn: string, minor: number, categoryId: string | null = FOOD, kind = "expense", currency = "EUR") =>
  database.as("ann", (tx) => spend(tx, "ann", { minor, currency, categoryId, occurredOn, kind }));
const look = (today: string, who = profile()) => database.as("ann", (tx) => tellWeek(tx, who, { ...watch(today, who.calendar), newId }));
const next = (today: string, who = profile()) => database.as("ann", (tx) => nextWeekly(tx, who, who.calendar, today));
const told = async () => (await database.ask("select id, payload from outbox order by id")) as { id: string; payload: Record<string, unknown> }[];

it("is told when the week is over, with its numbers, to whoever wants it", async () => {
  await buy("2026-11-10", 4000);
  await buy("2026-11-15", 6000, HOME);
  await buy("2026-11-15", 1500, null);
  await buy("2026-11-12", 500, FOOD, "refund");
  await buy("2026-11-12", 9900, FOOD, "income");
  await buy("2026-11-03", 3000);
  await buy("2026-11-16", 7000);
  await look(MONDAY, profile(false));
  expect(await told()).toEqual([]);
  await look(MONDAY);
  const [one, ...others] = await told();
  expect(others).toEqual([]);
  expect(readNews("weekly-recap", one?.payload)?.data).toEqual({
    v: 1,
    from: "2026-11-09",
    to: "2026-11-15",
    currency: "EUR",
    total: "110.00",
    count: 4,
    previous: "30.00",
    top: [
      { name: "Home", total: "60.00" },
      { name: "Food", total: "35.00" },
    ],
  });
});

it("is told once, whoever looks again, and by its name also when it was carried on meanwhile; late by two days, and no later", async () => {
  await buy("2026-11-10", 4000);
  await look(MONDAY);
  await look("2026-11-17");
  const once = await told();
  expect(once).toMatchObject([{ payload: { previous: null, top: [{ name: "Food", total: "40.00" }] } }]);
  await database.ask("delete from outbox");
  await look("2026-11-18");
  expect((await told()).map(({ id }) => id)).toEqual(once.map(({ id }) => id));
  await database.ask("delete from outbox");
  await look("2026-11-19");
  expect(await told()).toEqual([]);
});

it("goes by the user's own first day of the week", async () => {
  const who = { ...profile(), calendar: { timeZone: "UTC", changes: [{ from: "0001-01-01", firstWeekday: 7, payday: null }] } };
  await buy("2026-11-14", 4000);
  await look("2026-11-15", who);
  expect(await told()).toMatchObject([{ payload: { from: "2026-11-08", to: "2026-11-14" } }]);
  expect(await next("2026-11-14", who)).toBe("2026-11-15");
});

it("has its day only where something was spent, so that a week without entries wakes nothing", async () => {
  expect(await next(MONDAY)).toBeNull();
  await buy("2026-11-15", 100);
  await look("2026-11-24");
  expect([await next(MONDAY), await told()]).toEqual([null, []]);
  await buy("2026-11-18", 100, FOOD, "transfer");
  expect(await next("2026-11-18")).toBeNull();
  await buy("2026-11-17", 100);
  expect(await next("2026-11-18")).toBe("2026-11-23");
  expect(await next("2026-11-18", profile(false))).toBeNull();
  await database.ask("delete from expenses");
  // Entered ahead: the week that it is in.
  await buy("2026-12-31", 100);
  expect(await next("2026-11-18")).toBe("2027-01-04");
});
