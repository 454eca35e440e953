import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findRecurring, isPaymentOf, type MerchantHistory, nextAfter, type Payment, rhythmOf } from "../../../src/finance/insights/recurring.ts";
import { addDays, type Day } from "../../../src/finance/periods.ts";

const pay = (day: Day, minor: bigint): Payment => ({ day, minor, converted: minor, categoryId: null });
const at = (merchant: string, payments: readonly Payment[]): MerchantHistory => ({ key: merchant.toLowerCase(), merchant, currency: "EUR", payments });
const monthly = (minor: bigint, date = "17", months = 12): Payment[] =>
  Array.from({ length: months }, (_, i) => pay(`${2025 + Math.floor((10 + i) / 12)}-${String(((10 + i) % 12) + 1).padStart(2, "0")}-${date}`, minor));
const TODAY = "2026-11-01";

describe("recurring payments", () => {
  it("9.99 each month is found, with what it costs a month and the day of the next", () => {
    const found = findRecurring([at("Flixnet", monthly(999n))], TODAY);
    expect(found).toMatchObject([{ merchant: "Flixnet", rhythm: "monthly", monthly: 999n, next: "2026-11-17", late: false, changedFrom: null }]);
    expect(found[0]?.history).toHaveLength(12);
  });

  it("is found among other purchases at the same merchant, and they are none", () => {
    const shopping = ["2025-11-20", "2025-12-02", "2026-01-25", "2026-03-14", "2026-03-15", "2026-06-30", "2026-09-02"].map((day, i) =>
      pay(day, BigInt(905 + i * 17)),
    );
    const found = findRecurring([at("Bookstore", [...monthly(999n), ...shopping])], TODAY);
    expect(found).toMatchObject([{ rhythm: "monthly", range: [999n, 999n] }]);
    expect(isPaymentOf(found, { key: "bookstore", currency: "EUR", minor: 999n })).toBe(true);
    for (const other of [{ minor: 905n }, { key: "flixnet" }, { currency: "USD" }])
      expect(isPaymentOf(found, { key: "bookstore", currency: "EUR", minor: 999n, ...other })).toBe(false);
  });

  it("a price that rises by a tenth is one payment that changed, one that doubles is another", () => {
    const [cheap, dear] = [monthly(1000n).slice(0, 8), monthly(1100n).slice(8)];
    expect(findRecurring([at("Flixnet", [...cheap, ...dear])], TODAY)).toMatchObject([{ monthly: 1100n, changedFrom: null, range: [1000n, 1100n] }]);
    expect(findRecurring([at("Flixnet", [...monthly(1000n).slice(0, 11), ...monthly(1100n).slice(11)])], TODAY)).toMatchObject([{ changedFrom: 1000n }]);
    expect(findRecurring([at("Flixnet", [...monthly(1000n).slice(0, 8), ...monthly(2000n).slice(8)])], TODAY)).toMatchObject([
      { monthly: 2000n, range: [2000n, 2000n] },
    ]);
  });

  it("one missing month is forgiven, and irregular days are none", () => {
    expect(findRecurring([at("Flixnet", monthly(999n).toSpliced(5, 1))], TODAY)).toMatchObject([{ rhythm: "monthly" }]);
    const odd = ["2026-01-02", "2026-01-09", "2026-02-27", "2026-03-01", "2026-05-20", "2026-09-13"].map((day) => pay(day, 999n));
    expect(findRecurring([at("Kiosk", odd)], TODAY)).toEqual([]);
  });

  it("knows weeks, fortnights, quarters and years; fewer payments than make a rhythm are chance", () => {
    const every = (days: number, n: number) => Array.from({ length: n }, (_, i) => addDays("2026-10-30", -days * (n - 1 - i)));
    const cases = [
      [7, 4, "weekly"],
      [14, 4, "fortnightly"],
      [30, 3, "monthly"],
      [91, 3, "quarterly"],
      [365, 2, "yearly"],
      [7, 3, null],
      [30, 2, null],
      [91, 2, null],
      [45, 6, null],
      [365, 1, null],
    ] as const;
    for (const [days, n, rhythm] of cases) expect([days, n, rhythmOf(every(days, n))]).toEqual([days, n, rhythm]);
    const found = findRecurring(
      [
        at(
          "Insurance",
          every(365, 2).map((day) => pay(day, 12_000n)),
        ),
      ],
      TODAY,
    );
    expect(found).toMatchObject([{ rhythm: "yearly", monthly: 1000n, next: "2027-10-30" }]);
  });

  it("what did not come is late, and after as long again it has ended", () => {
    const until = (today: Day) => findRecurring([at("Gym", monthly(2500n, "05"))], today).map(({ late, next }) => ({ late, next }));
    expect(until("2026-11-05")).toEqual([{ late: false, next: "2026-11-05" }]);
    expect(until("2026-11-12")).toEqual([{ late: false, next: "2026-11-05" }]);
    expect(until("2026-11-13")).toEqual([{ late: true, next: "2026-11-05" }]);
    expect(until("2026-12-20")).toEqual([]);
  });

  it("what is paid on the last day of the month is expected on the last day of a short one, and on the 31st again after it", () => {
    expect(nextAfter(["2025-12-31", "2026-01-31"], "monthly")).toBe("2026-02-28");
    expect(nextAfter(["2025-12-31", "2026-01-31", "2026-02-28"], "monthly")).toBe("2026-03-31");
    // The bank was late: the 31st came on the 1st.
    expect(nextAfter(["2026-05-31", "2026-07-31", "2026-09-01"], "monthly")).toBe("2026-09-30");
    expect(nextAfter(["2024-02-29"], "yearly")).toBe("2025-02-28");
    expect(nextAfter(["2025-11-30"], "quarterly")).toBe("2026-02-28");
  });

  it("the next one is always later than the last, and near a rhythm's length away", () => {
    fc.assert(
      fc.property(
        fc.nat(4000),
        fc.constantFrom(["weekly", 7], ["fortnightly", 14], ["monthly", 30], ["quarterly", 91], ["yearly", 365]),
        (n, [rhythm, days]) => {
          const last = addDays("2020-01-01", n);
          const next = nextAfter([addDays(last, -Number(days)), last], rhythm as Parameters<typeof nextAfter>[1]);
          expect(next > last && next >= addDays(last, Math.floor(Number(days) * 0.5)) && next <= addDays(last, Math.ceil(Number(days) * 1.6))).toBe(true);
        },
      ),
    );
  });

  it("finds the same in whatever order payments are given", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...monthly(999n), ...monthly(5000n, "03"), pay("2026-05-05", 3000n)], { minLength: 25 }), (shuffled) => {
        expect(findRecurring([at("Shop", shuffled)], TODAY).map(({ last, rhythm, next }) => [last.minor, rhythm, next])).toEqual([
          [5000n, "monthly", "2026-11-03"],
          [999n, "monthly", "2026-11-17"],
        ]);
      }),
    );
  });
});
