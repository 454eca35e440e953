import { describe, expect, test } from "vitest";
import type { ReportData } from "../../src/reports/data.ts";
import { barStarts, categoryLines } from "../../src/reports/data.ts";
import { format, languageOf, languages, localeOf } from "../../src/reports/format.ts";
import { scaleOf } from "../../src/reports/pdf/scale.ts";
import { sentencesOf } from "../../src/reports/sentences.ts";
import { wordsIn } from "../../src/reports/words.ts";
import { asked, entry, made } from "./made.ts";

const bare = (text: string) => text.replace(/[\u00A0\u202F\u2009]/g, " ");
const said = (data: ReportData, language: "en" | "de", locale: string = language) =>
  sentencesOf(data, wordsIn(language), format(localeOf(language, locale), data.currency)).map(bare);

describe("a report's sentences", () => {
  const october = asked("2026-10-01", "2026-10-31");
  const rows = [
    entry("2026-10-02", 90_000, { category: "Rent" }),
    entry("2026-10-05", 10_000),
    entry("2026-10-09", 5000, { kind: "refund" }),
    entry("2026-10-10", 3000, { currency: "CAD", converted: null }),
    entry("2026-09-10", 80_000, { category: "Rent" }),
  ];
  const facts = {
    trends: [
      { name: "Rent", perMonth: 1200n },
      { name: null, perMonth: -300n },
    ],
    recurring: { count: 1, perMonth: 90_000n, dearest: "Nordstern", rhythm: "monthly" as const },
    unusual: [{ what: "IKEA", day: "2026-10-05", minor: 10_000n, usual: 2000n, category: "Groceries" }],
  };
  const budget = {
    name: "Food",
    currency: "EUR",
    from: "2026-10-01",
    to: "2026-10-31",
    effective: 4000n,
    carried: 0n,
    spent: 5000n,
    remaining: -1000n,
    percent: 125,
    running: false,
    unconverted: [],
  };

  test("say in English what was spent, against what, and what stands out", () => {
    expect(said(made(october, rows, { facts, budgets: [budget] }).data, "en")).toEqual([
      "You spent €950.00 in 4 entries.",
      "That is €150.00 (18.8%) more than the €800.00 of the period before.",
      "The largest part, €900.00 (94.7%), went to Rent.",
      "What grew most is Rent: €100.00 more than in the period before.",
      "One budget was overspent: Food.",
      "Over the months Rent rises by about €12.00 a month.",
      "Over the months spending without a category falls by about €3.00 a month.",
      "One recurring payment comes to about €900.00 a month; the dearest is Nordstern, every month.",
      "€100.00 for IKEA on October 5, 2026 is far more than the usual €20.00 in Groceries.",
      "€50.00 came back in one refund.",
      "One entry is in no total, for want of an exchange rate to EUR: CAD 30.00.",
    ]);
  });

  test("say the same in German, with German numbers", () => {
    const all = said(made(october, rows, { facts, budgets: [budget] }).data, "de", "de-DE");
    expect(all.length).toBe(11);
    expect(all.slice(0, 3)).toEqual([
      "Sie haben 950,00 € ausgegeben, in 4 Buchungen.",
      "Das sind 150,00 € (18,8 %) mehr als die 800,00 € im Zeitraum davor.",
      "Der größte Teil, 900,00 € (94,7 %), entfiel auf Rent.",
    ]);
    expect(all.join(" ")).not.toMatch(/\b(the|spent|more|month)\b/);
  });

  test("say that nothing was spent, and compare nothing with it", () => {
    expect(said(made(october, [entry("2026-09-10", 80_000)]).data, "en", "en-GB")).toEqual(["Nothing was spent, 1 – 31 October 2026."]);
  });

  test("have every word in every language", () => {
    const keys = (value: object): string[] =>
      Object.entries(value)
        .flatMap(([key, inner]) => (typeof inner === "object" && inner !== null ? keys(inner as object).map((each) => `${key}.${each}`) : [key]))
        .sort();
    for (const language of languages) expect(keys(wordsIn(language))).toEqual(keys(wordsIn("en")));
  });
});

describe("a report's numbers and days", () => {
  test("follow the reader's locale where it is of the report's language", () => {
    expect([localeOf("de", "de-AT"), localeOf("de", "en-GB"), localeOf("en", "de-DE"), localeOf("en", "nonsense!")]).toEqual(["de-AT", "de", "en", "en"]);
    expect(["de-CH", "fr-FR", "EN-us", ""].map(languageOf)).toEqual(["de", "en", "en", "en"]);
  });

  test("keep all decimals of a currency, exactly, and name other currencies by their code", () => {
    const say = format("de-DE", "EUR");
    expect(bare(say.money(123_456_789_012_345n))).toBe("1.234.567.890.123,45 €");
    expect(bare(say.coded(-1250n, "KWD"))).toBe("-1,250 KWD");
    expect(bare(say.coded(1200n, "JPY"))).toBe("1.200 JPY");
    expect([bare(say.change(0n)), bare(say.change(5n)), bare(say.change(-5n))]).toEqual(["0,00 €", "+0,05 €", "-0,05 €"]);
    expect([say.short(150_000), say.short(1_250_000)].map(bare)).toEqual(["1.500", "12.500"]);
    expect(bare(format("en", "EUR").short(1_250_000))).toBe("12.5K");
  });
});

describe("a scale", () => {
  test("has round ticks with nothing among them, holds every value, and is even", () => {
    for (const values of [[0], [1, 2, 3], [12_345, 99], [-500, 20_000], [-7, -3], [1_000_000_000_000], [9_999, 10_001]]) {
      const scale = scaleOf(values, 4);
      expect(scale.ticks).toContain(0);
      for (const value of values) {
        expect(scale.at(value)).toBeGreaterThanOrEqual(0);
        expect(scale.at(value)).toBeLessThanOrEqual(1);
      }
      const gaps = scale.ticks.slice(1).map((tick, i) => tick - (scale.ticks[i] ?? 0));
      expect(new Set(gaps.map((gap) => gap.toPrecision(9))).size).toBe(1);
      expect(String(gaps[0]?.toExponential(1))).toMatch(/^(1|2|2\.5|5)(\.0)?e/);
      expect(scale.ticks.length).toBeLessThanOrEqual(8);
      const [first = 0, last = 0] = [scale.ticks[0], scale.ticks.at(-1)];
      expect([scale.at(first), scale.at(last)]).toEqual([0, 1]);
    }
  });
});

describe("a report's parts", () => {
  test("are days up to four hundred of them, and months beyond", () => {
    expect(barStarts({ from: "2025-11-01", to: "2026-12-05" })).toMatchObject({ unit: "day" });
    expect(barStarts({ from: "2025-11-15", to: "2027-02-10" }).starts.slice(0, 3)).toEqual(["2025-11-15", "2025-12-01", "2026-01-01"]);
  });

  test("put children under their parents, largest first, and lose nobody in a circle of parents", () => {
    const row = (categoryId: string | null, minor: bigint) => ({ span: 0, categoryId, currency: "EUR", count: 1, minor, unconverted: 0n, unconvertedCount: 0 });
    const nodes = [
      { id: "a", name: "A", parentId: null },
      { id: "b", name: "B", parentId: "a" },
      { id: "c", name: "C", parentId: "a" },
      { id: "x", name: "X", parentId: "y" },
      { id: "y", name: "Y", parentId: "x" },
    ];
    const lines = categoryLines([row("a", 10n), row("b", 5n), row("c", 7n), row(null, 30n), row("x", 1n)], [row("b", 4n)], nodes);
    expect(lines.map(({ name, depth, minor, previous, own }) => [name, depth, minor, previous, own]).slice(0, 4)).toEqual([
      [null, 0, 30n, 0n, null],
      ["A", 0, 22n, 4n, 10n],
      ["C", 1, 7n, 0n, null],
      ["B", 1, 5n, 4n, null],
    ]);
    expect(
      lines
        .slice(4)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["X", "Y"]);
  });
});
