import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowance, amountOf, type BudgetAmount, type BudgetRhythm, budgetPeriod, carriedInto, figuresOf, fired } from "../../src/finance/budget.ts";
import { addDays, type Calendar, type Day, daysBetween, type PeriodKind, periodAt, periodsBetween } from "../../src/finance/periods.ts";

const calendar: Calendar = { timeZone: "UTC", changes: [{ from: "0001-01-01", firstWeekday: 1, payday: null }] };
const november = { from: "2026-11-01", to: "2026-11-30" };
const figures = (today: Day, amount: bigint, carried: bigint, spent: bigint, spentByToday = spent) =>
  figuresOf(november, today, amount, carried, { spent, spentByToday });

const day = fc.integer({ min: 0, max: 1500 }).map((n) => addDays("2024-01-01", n));
const money = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
const amount = fc.bigInt({ min: 1n, max: 10n ** 15n });
const rhythm: fc.Arbitrary<BudgetRhythm> = fc
  .tuple(fc.constantFrom<PeriodKind>("week", "month", "quarter", "year", "payday", "custom"), day, fc.integer({ min: 1, max: 60 }))
  .map(([kind, startsOn, days]) => ({ kind, startsOn, periodDays: kind === "custom" ? days : null }));
const calendars: fc.Arbitrary<Calendar> = fc
  .array(fc.record({ from: day, firstWeekday: fc.integer({ min: 1, max: 7 }), payday: fc.option(fc.integer({ min: 1, max: 31 })) }), { maxLength: 3 })
  .map((later) => ({ ...calendar, changes: [...calendar.changes, ...later.sort((a, b) => (a.from < b.from ? -1 : 1))] }));

describe("a budget's figures", () => {
  it("in the middle of a month: share spent against share of days begun", () => {
    expect(figures("2026-11-20", 30_000n, 0n, 25_000n, 24_000n)).toEqual({
      ...november,
      amount: 30_000n,
      carried: 0n,
      effective: 30_000n,
      spent: 25_000n,
      spentByToday: 24_000n,
      remaining: 5_000n,
      percent: 83.33,
      pace: 1.2, // 24,000 ÷ 30,000 = 0.8 of the money, 20 ÷ 30 of the days
      projected: 36_000n,
      daysLeft: 10,
    });
  });

  it("on the first and on the last day", () => {
    expect(figures("2026-11-01", 30_000n, 0n, 1_000n)).toMatchObject({ pace: 1, projected: 30_000n, daysLeft: 29 });
    expect(figures("2026-11-30", 30_000n, 0n, 15_000n)).toMatchObject({ pace: 0.5, projected: 15_000n, daysLeft: 0 });
  });

  it("of a month that is over project what was spent", () => {
    expect(figures("2027-03-05", 30_000n, 0n, 33_000n)).toMatchObject({ pace: 1.1, projected: 33_000n, daysLeft: 0, remaining: -3_000n, percent: 110 });
  });

  it("of a month to come project what is entered, and have no pace", () => {
    expect(figures("2026-10-31", 30_000n, 0n, 9_000n, 0n)).toMatchObject({ pace: null, projected: 9_000n, daysLeft: 30, percent: 30 });
  });

  it("never project less than what is entered for the days to come", () => {
    expect(figures("2026-11-03", 30_000n, 0n, 20_100n, 100n)).toMatchObject({ projected: 20_100n, pace: 0.0333 });
  });

  it("begin with what the months before left, or overspent", () => {
    expect(figures("2026-11-20", 30_000n, 5_000n, 14_000n)).toMatchObject({ effective: 35_000n, remaining: 21_000n, percent: 40, pace: 0.6 });
    expect(figures("2026-11-20", 30_000n, -10_000n, 14_000n)).toMatchObject({ effective: 20_000n, remaining: 6_000n, percent: 70 });
  });

  it("say 100 % where nothing may be spent", () => {
    expect(figures("2026-11-20", 30_000n, -30_000n, 0n)).toMatchObject({ effective: 0n, percent: 100, pace: null, remaining: 0n });
    expect(figures("2026-11-20", 30_000n, -40_000n, 5n)).toMatchObject({ effective: -10_000n, percent: 100, pace: null, remaining: -10_005n });
  });

  it("say 100 % when the threshold of 100 is reached, and not a cent before", () => {
    expect(figures("2026-11-20", 3_000_000n, 0n, 2_999_999n).percent).toBe(99.99);
    expect(figures("2026-11-20", 3_000_000n, 0n, 3_000_000n).percent).toBe(100);
    expect(figures("2026-11-20", 3_000n, 0n, -1n).percent).toBe(-0.04);
  });

  it("agree with each other, whatever the day and the money", () => {
    fc.assert(
      fc.property(day, day, fc.nat(400), amount, money, money, money, (today, from, length, own, carried, byToday, ahead) => {
        const period = { from, to: addDays(from, length) };
        const spent = today < from ? ahead : today >= period.to ? byToday : byToday + ahead;
        const spentByToday = today < from ? 0n : byToday;
        const all = figuresOf(period, today, own, carried, { spent, spentByToday });
        expect(all.effective).toBe(own + carried);
        expect(all.remaining + all.spent).toBe(all.effective);
        expect(all.projected >= all.spent).toBe(true);
        if (today < from || today >= period.to) expect(all.projected).toBe(spent);
        const begun = Math.max(0, Math.min(length + 1, daysBetween(from, today) + 1));
        expect(all.daysLeft + begun).toBe(length + 1);
        for (const threshold of [1, 80, 100]) expect(fired(spent, all.effective, [threshold]).length === 1).toBe(all.percent >= threshold);
      }),
      { seed: 5, numRuns: 2000 },
    );
  });
});

describe("a threshold", () => {
  it.each([
    [7_999n, 10_000n, []],
    [8_000n, 10_000n, [80]],
    [9_999n, 10_000n, [80]],
    [10_000n, 10_000n, [80, 100]],
    [20_000n, 10_000n, [80, 100, 150]],
    [2n, 3n, []],
    [-5n, 10n, []],
    [0n, 0n, [80, 100]],
    [0n, -10_000n, [80, 100]],
    [50_000n, -10_000n, [80, 100]],
  ])("%d spent of %d reaches %j", (spent, effective, reached) => {
    expect(fired(spent, effective, [80, 100, 150])).toEqual(reached);
  });

  it("is compared in whole numbers: a third of a cent too little is too little", () => {
    expect(fired(33n, 100n, [33])).toEqual([33]);
    expect(fired(10n ** 30n * 33n - 1n, 10n ** 32n, [33])).toEqual([]);
  });

  it("once reached is reached by more", () => {
    fc.assert(
      fc.property(money, amount, amount, fc.integer({ min: 1, max: 1000 }), (spent, more, effective, threshold) => {
        const before = fired(spent, effective, [threshold]);
        return before.length === 0 || fired(spent + more, effective, [threshold]).length === 1;
      }),
      { seed: 5 },
    );
  });
});

describe("a budget's amounts", () => {
  const amounts: BudgetAmount[] = [
    { from: "2026-03-01", minor: 100n },
    { from: "2026-06-01", minor: 200n },
  ];

  it("hold from a period on, and leave those before as they were", () => {
    expect(["2026-01-01", "2026-03-01", "2026-05-01", "2026-06-01", "2030-01-01"].map((from) => amountOf(amounts, from))).toEqual([
      100n,
      100n,
      100n,
      200n,
      200n,
    ]);
    expect(() => amountOf([], "2026-01-01")).toThrow(RangeError);
  });

  it("add up over the periods that are carried", () => {
    const month: BudgetRhythm = { kind: "month", startsOn: "2026-03-01", periodDays: null };
    const sum = (from: Day, before: Day) => allowance(month, calendar, amounts, from, before);
    expect(sum("2026-03-01", "2026-03-01")).toBe(0n);
    expect(sum("2026-03-01", "2026-04-01")).toBe(100n);
    expect(sum("2026-03-01", "2026-08-01")).toBe(700n);
    expect(sum("2026-07-01", "2026-08-01")).toBe(200n);
    expect(sum("2026-07-01", "2026-05-01")).toBe(0n);
  });

  it("add up as one period after the other would, through changes of the calendar", () => {
    const list = fc.uniqueArray(fc.record({ from: day, minor: amount }), { minLength: 1, maxLength: 5, selector: ({ from }) => from });
    fc.assert(
      fc.property(rhythm, calendars, list, day, day, (counted, years, unsorted, carryDay, at) => {
        const sorted = unsorted.sort((a, b) => (a.from < b.from ? -1 : 1));
        const carryFrom = periodAt(counted, years, carryDay).from;
        const before = periodAt(counted, years, at).from;
        const one = before <= carryFrom ? [] : periodsBetween(counted, years, carryFrom, addDays(before, -1));
        const naive = one.reduce((sum, { from }) => sum + amountOf(sorted, from), 0n);
        expect(allowance(counted, years, sorted, carryFrom, before)).toBe(naive);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it("are carried less what was spent, from the period that holds carryFrom on, and only with rollover", () => {
    const rhythm: BudgetRhythm = { kind: "month", startsOn: "2026-03-01", periodDays: null };
    const budget = { rhythm, amounts, carryFrom: "2026-05-17", rollover: true };
    expect(carriedInto(budget, calendar, "2026-05-01", 0n)).toBe(0n);
    expect(carriedInto(budget, calendar, "2026-07-01", 350n)).toBe(-50n);
    expect(carriedInto({ ...budget, rollover: false }, calendar, "2026-07-01", 350n)).toBe(0n);
  });

  it("are not carried from before the first period, wherever a change of the calendar has moved it", () => {
    const rhythm: BudgetRhythm = { kind: "payday", startsOn: "2026-12-10", periodDays: null };
    const changes = [
      { from: "0001-01-01", firstWeekday: 1, payday: 25 },
      { from: "2026-11-21", firstWeekday: 1, payday: 1 },
    ];
    const budget = { rhythm, amounts: [{ from: "2026-11-25", minor: 100n }], carryFrom: "2026-11-25", rollover: true };
    expect(carriedInto(budget, { ...calendar, changes }, "2027-01-01", 30n)).toBe(70n);
  });

  it("belong to no period before the first", () => {
    const payday: BudgetRhythm = { kind: "payday", startsOn: "2026-03-10", periodDays: null };
    const paid = { ...calendar, changes: [{ from: "0001-01-01", firstWeekday: 1, payday: 25 }] };
    expect(budgetPeriod(payday, paid, "2026-02-24")).toBeNull();
    expect(budgetPeriod(payday, paid, "2026-02-25")).toEqual({ from: "2026-02-25", to: "2026-03-24" });
  });
});
