import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { friendly, judge } from "../../../src/finance/insights/budget-suggestion.ts";
import { netWorth, type Standing } from "../../../src/finance/insights/net-worth.ts";
import { median, medianDeviation } from "../../../src/finance/insights/robust.ts";
import { familyOf, rollUp } from "../../../src/finance/insights/spend.ts";
import { trendOf } from "../../../src/finance/insights/trend.ts";
import { findUnusual, outlyingness } from "../../../src/finance/insights/unusual.ts";
import { words } from "../../../src/finance/insights/words.ts";

/** Spaces that locales put between digits are of several kinds. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");
const months = (...totals: number[]) => totals.map((total) => BigInt(total * 100));
const steady = months(200, 210, 190, 205, 195, 200, 210, 190, 205, 195, 200, 202);

describe("a suggested budget", () => {
  it("is not moved by a one-off, nor by two of them", () => {
    const usual = judge(steady, "EUR").amount;
    expect(usual).toBe(20_500n);
    expect(judge(steady.with(6, 300_000n), "EUR")).toMatchObject({ amount: usual, reason: "one-offs", odd: [6] });
    expect(judge(steady.with(6, 300_000n).with(7, 250_000n), "EUR").amount).toBe(usual);
  });

  it("is none for what is bought once or twice a year, and none after two months", () => {
    expect(judge(months(0, 0, 0, 0, 900, 0, 0, 0, 0, 0, 0, 0), "EUR")).toMatchObject({ amount: null, reason: "seldom", odd: [4] });
    expect(judge(months(100, 100), "EUR")).toMatchObject({ amount: null, reason: "too-new" });
    expect(judge(months(100, 100, 100), "EUR")).toMatchObject({ amount: 10_000n, reason: "steady" });
    // An insurance each quarter is put aside for month by month.
    expect(judge(months(0, 0, 300, 0, 0, 300, 0, 0, 300, 0, 0, 300), "EUR").amount).toBe(10_000n);
  });

  it("follows months that rise", () => {
    expect(judge(months(100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200, 210), "EUR")).toMatchObject({ amount: 18_500n, reason: "trend", trend: 1000n });
  });

  it("is rounded up by a tenth at most, or to the next whole unit", () => {
    expect([18_730n, 6300n, 920n, 0n, -5n].map((minor) => friendly(minor, "EUR"))).toEqual([19_000n, 6500n, 1000n, 0n, 0n]);
    expect(friendly(12_345n, "JPY")).toBe(12_500n);
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 15n), fc.constantFrom(["EUR", 100n], ["JPY", 1n], ["KWD", 1000n]), (minor, [currency, unit]) => {
        const rounded = friendly(minor, String(currency));
        const slack = minor / 10n > BigInt(unit) ? minor / 10n : BigInt(unit);
        expect(rounded >= minor && rounded - minor <= slack && rounded % BigInt(unit) === 0n).toBe(true);
      }),
    );
  });
});

describe("a trend", () => {
  it("a steady series has none, a rising one has its slope, one odd month notwithstanding", () => {
    expect(trendOf(steady)).toEqual({ direction: "none", perMonth: 0n });
    const rising = steady.map((minor, i) => minor + BigInt(i) * 2500n);
    expect(trendOf(rising)?.direction).toBe("rising");
    expect(Number(trendOf(rising.with(3, 900_000n))?.perMonth) / 2500).toBeCloseTo(1, 0);
    expect(trendOf(rising.toReversed())?.direction).toBe("falling");
    expect(trendOf(rising.slice(0, 7))).toBeNull();
    expect(trendOf(months(...Array.from({ length: 12 }, () => 0)))).toEqual({ direction: "none", perMonth: 0n });
  });

  it("is found in at most three of a hundred series that have none", () => {
    const runs = 2000;
    let found = 0;
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { minLength: 12, maxLength: 12, size: "max" }), (values) => {
        const trend = trendOf(fc.sample(fc.shuffledSubarray(values, { minLength: 12 }), { numRuns: 1, seed: values[0] ?? 0 })[0]?.map(BigInt) ?? []);
        if (trend?.direction !== "none") found++;
      }),
      { numRuns: runs, seed: 5 },
    );
    expect(found).toBeLessThan(runs * 0.03);
  });
});

describe("an unusual expense", () => {
  const amounts = [2100, 2250, 2400, 2500, 2550, 2600, 2700, 2800, 3000, 3300, 3100, 26_000];
  const logs = amounts.map(Math.log);
  const spread = { categoryId: null, count: amounts.length, median: median(logs) ?? 0, deviation: medianDeviation(logs) ?? 0 };
  const purchase = (minor: number) => ({ id: String(minor), categoryId: null, minor: BigInt(minor) });

  it("is found, and its neighbour is not", () => {
    expect(findUnusual([spread], amounts.map(purchase)).map(({ minor }) => minor)).toEqual([26_000n]);
  });

  it("a price that rises by a tenth where all prices are the same is none, one half as high again is", () => {
    const same = { categoryId: null, count: 12, median: Math.log(999), deviation: 0 };
    expect(findUnusual([same], [purchase(1099)])).toEqual([]);
    expect(findUnusual([same], [purchase(1499)])).toHaveLength(1);
  });

  it("is not told where too few expenses are known, or the category is not", () => {
    expect(outlyingness(1_000_000n, { ...spread, count: 9 })).toBeNull();
    expect(findUnusual([], [purchase(1_000_000)])).toEqual([]);
  });
});

describe("rolled-up sums", () => {
  it("are a category's own and those of all under it: the roots and what has none add up to everything", () => {
    const forest = fc
      .array(fc.option(fc.nat(20), { nil: null }), { maxLength: 12 })
      .map((parents) => parents.map((parent, i) => ({ id: `c${i}`, name: `c${i}`, parentId: parent === null || i === 0 ? null : `c${parent % i}` })));
    fc.assert(
      fc.property(forest, fc.array(fc.tuple(fc.nat(12), fc.bigInt(-(10n ** 17n), 10n ** 17n)), { maxLength: 15 }), (nodes, sums) => {
        const own = new Map<string | null, bigint>(sums.map(([i, minor]) => [nodes[i]?.id ?? null, minor]));
        const all = rollUp(own, nodes);
        const total = [...own.values()].reduce((sum, minor) => sum + minor, 0n);
        const roots = nodes.filter(({ parentId }) => parentId === null).reduce((sum, { id }) => sum + (all.get(id) ?? 0n), all.get(null) ?? 0n);
        expect(roots).toBe(total);
        for (const { id } of nodes) {
          const members = [...familyOf(id, nodes)].reduce((sum, member) => sum + (own.get(member) ?? 0n), 0n);
          expect(all.get(id) ?? 0n).toBe(members);
        }
      }),
    );
  });
});

describe("net worth", () => {
  const standing = fc.record({
    point: fc.nat(2),
    n: fc.nat(5),
    minor: fc.bigInt(-(10n ** 12n), 10n ** 12n),
    rate: fc.option(
      fc.bigInt(1n, 5_000_000n).map((n) => `${n / 1_000_000n}.${String(n % 1_000_000n).padStart(6, "0")}`),
      { nil: null },
    ),
  });

  it("changes by what its accounts changed, each by balance and by rate", () => {
    const days = ["2026-01-31", "2026-02-28", "2026-03-15"];
    fc.assert(
      fc.property(fc.uniqueArray(standing, { selector: ({ point, n }) => `${point} ${n}`, maxLength: 18 }), (rows) => {
        const standings = rows.map(
          ({ point, n, minor, rate }): Standing => ({
            point,
            accountId: `a${n}`,
            name: `Account ${n}`,
            type: n % 2 === 0 ? "asset" : "liability",
            currency: n < 3 ? "EUR" : "USD",
            archived: false,
            balanceDay: days[point] ?? "",
            minor,
            rate: n < 3 || rate === null ? null : { day: days[point] ?? "", rate },
          }),
        );
        const { figures } = netWorth(days, { currency: "EUR", locale: "en" }, standings);
        const minorOf = (amount: string | undefined) => BigInt((amount ?? "0").replace(".", ""));
        const [first, middle, last] = figures.history.map((point) => minorOf(point.netWorth));
        for (const [change, before] of [
          [figures.change, middle],
          [figures.yearChange, first],
        ] as const) {
          expect(minorOf(change.total)).toBe((last ?? 0n) - (before ?? 0n));
          expect(change.byAccount.reduce((sum, one) => sum + minorOf(one.change), 0n)).toBe(minorOf(change.total));
          for (const one of change.byAccount) expect(minorOf(one.byBalance) + minorOf(one.byRate)).toBe(minorOf(one.change));
        }
        for (const point of figures.history) expect(minorOf(point.assets) - minorOf(point.liabilities)).toBe(minorOf(point.netWorth));
      }),
    );
  });
});

describe("numbers and days in sentences", () => {
  it("are written as the locale writes them", () => {
    const said = (locale: string, currency = "EUR") => {
      const say = words(locale, currency);
      return [say.money(123_456_789n), say.percent(0.125), say.day("2026-11-20"), say.month("2026-11-20")].map(plain);
    };
    expect(said("en")).toEqual(["€1,234,567.89", "13%", "November 20", "November 2026"]);
    expect(said("en-GB")).toEqual(["€1,234,567.89", "13%", "20 November", "November 2026"]);
    expect(said("de-DE")).toEqual(["1.234.567,89 €", "13 %", "20.11.2026", "11/2026"]);
    expect(said("fr-FR")[0]).toBe("1 234 567,89 €");
    expect(said("ja-JP", "JPY")[0]).toBe("￥123,456,789");
    expect(said("en", "KWD")[0]).toBe("KWD 123,456.789");
    // None, or one that no one knows, is read as English.
    for (const odd of ["", "xx-YY-bad!", "tlh"]) expect(said(odd)).toEqual(said("en"));
  });

  it("keep every digit of sums that a JavaScript number can't hold", () => {
    expect(words("en", "EUR").money(123_456_789_012_345_678_901n)).toBe("€1,234,567,890,123,456,789.01");
  });
});
