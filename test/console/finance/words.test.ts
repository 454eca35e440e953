import { describe, expect, it } from "vitest";
import type { BudgetNow } from "../../../src/console/finance/types.ts";
import { budgetWords, carriedSentence, changeSentence, effective, nameOf, unconvertedSentence } from "../../../src/console/finance/words.ts";
import { money } from "../../../src/console/money.ts";
import { monthName } from "../../../src/console/time.ts";

const november = { from: "2026-11-01", to: "2026-11-30" };
const today = "2026-11-18";
// As this machine's own language writes them.
const eur = (amount: string) => money(amount, "EUR");
const october = monthName("2026-10");
/** A monthly budget of which 12 of 30 days are left. */
const budget = (more: Partial<BudgetNow>): BudgetNow => ({
  budgetId: "b",
  name: "Food",
  categoryId: null,
  currency: "EUR",
  ...november,
  amount: "300.00",
  carried: "0.00",
  spent: "150.00",
  remaining: "150.00",
  percent: 50,
  pace: 0.83,
  projected: "250.00",
  daysLeft: 12,
  ...more,
});

describe("a budget in words", () => {
  it("is on pace with what is used, what is left of the month, and the money left", () => {
    expect(budgetWords(budget({}), today)).toEqual({ standing: "fine", lead: "On pace", rest: `50 % used, 40 % of the month left; ${eur("150.00")} left` });
  });
  it("is faster than planned from a tenth above its pace on, and says where that leads", () => {
    const used = { spent: "240.00", remaining: "60.00", percent: 80, projected: "400.00" };
    const words = budgetWords(budget({ ...used, pace: 1.33 }), today);
    expect(words).toMatchObject({ standing: "fast", lead: "Faster than planned" });
    expect(words.rest).toBe(`80 % used, 40 % of the month left; heading for ${eur("400.00")}`);
    expect(budgetWords(budget({ ...used, pace: 1.09 }), today).lead).toBe("On pace");
  });
  it("is over by so much, even where the percent could not say so", () => {
    expect(budgetWords(budget({ remaining: "-12.34", percent: 104.1 }), today)).toMatchObject({ standing: "over", lead: `Over budget by ${eur("12.34")}` });
    expect(budgetWords(budget({ amount: "0.00", remaining: "-1.00", percent: 100 }), today).standing).toBe("over");
  });
  it("is never rounded up to what is not used yet", () => {
    expect(budgetWords(budget({ remaining: "0.01", percent: 99.996 }), today).rest).toMatch(/^99 % used/);
  });
  it("is used up at nothing left, ends today on its last day, and is kept once it is over", () => {
    expect(budgetWords(budget({ remaining: "0.00", percent: 100 }), today).lead).toBe("Used up");
    expect(budgetWords(budget({ daysLeft: 0 }), "2026-11-30").rest).toContain("the month ends today");
    expect(budgetWords(budget({ daysLeft: 0 }), "2026-12-01")).toMatchObject({ lead: "Kept", rest: `50 % used, ${eur("150.00")} left; the month is over` });
  });
  it("has not begun while all of its days are left", () => {
    expect(budgetWords(budget({ daysLeft: 30, pace: null, percent: 0 }), "2026-10-31")).toMatchObject({ standing: "waiting", lead: "Not begun" });
  });
  it("counts what was carried into it, either way", () => {
    expect(effective({ amount: "300.00", carried: "-20.50" })).toBe("279.50");
    expect(carriedSentence(budget({ carried: "25.00" }))).toBe(`${eur("300.00")} and ${eur("25.00")} carried over`);
    expect(carriedSentence(budget({ carried: "-20.50" }))).toBe(`${eur("300.00")} less ${eur("20.50")} overspent before`);
    expect(carriedSentence(budget({}))).toBeNull();
  });
});

describe("the change against the month before", () => {
  const before = { from: "2026-10-01", to: "2026-10-31", total: "400.00", change: "-100.00", changeShare: -0.25, toDate: null };
  const said = (previous: Parameters<typeof changeSentence>[0]["previous"]) =>
    changeSentence({ currency: "EUR", from: november.from, total: "300.00", previous });

  it("is against the whole of it once the month is over", () => {
    expect(said(before)).toBe(`${eur("100.00")} (25 %) less than in ${october}.`);
    expect(said({ ...before, change: "0.00" })).toBe(`As much as in ${october}.`);
  });
  it("is against as many days of it while the month runs", () => {
    const toDate = { to: "2026-10-18", total: "200.00", change: "50.00", changeShare: 0.25 };
    expect(said({ ...before, toDate })).toContain(`${eur("50.00")} (25 %) more than by `);
  });
  it("says nothing where nothing is in either", () => {
    const nothing = { ...before, total: "0.00", change: "0.00", changeShare: null };
    expect(changeSentence({ currency: "EUR", from: november.from, total: "0.00", previous: nothing })).toBe("");
  });
  it("has no share where there was nothing to compare with", () => {
    expect(said({ ...before, change: "12.00", changeShare: null })).toBe(`${eur("12.00")} more than in ${october}.`);
  });
});

describe("what is in no figure", () => {
  it("is said with its currencies, and that no rate is known", () => {
    const unconverted = [
      { currency: "USD", total: "12.00" },
      { currency: "JPY", total: "5000" },
    ];
    expect(unconvertedSentence({ unconverted, currency: "EUR" })).toBe(
      `Not counted: ${money("12.00", "USD", "code")}, ${money("5000", "JPY", "code")}. No exchange rate to EUR of the seven days before is known.`,
    );
    expect(unconvertedSentence({ unconverted: [], currency: "EUR" })).toBeNull();
  });
  it("is named where it has no category", () => {
    expect(nameOf({ categoryId: null, name: null })).toBe("No category");
    expect(nameOf({ categoryId: "c", name: "Food" })).toBe("Food");
  });
});
