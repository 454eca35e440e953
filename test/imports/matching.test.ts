import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { duplicates } from "../../src/imports/match.ts";
import { matchPart, type PartEntry, type PartRow, type PartSide, partsFor } from "../../src/imports/matching.ts";

const money = fc.record({
  day: fc.integer({ min: 1, max: 9 }).map((day) => `2026-10-0${day}`),
  amount_minor: fc.integer({ min: 1, max: 6 }).map(String),
  currency: fc.constantFrom("EUR", "USD"),
  direction: fc.constantFrom("out" as const, "in" as const),
  merchant: fc.constantFrom("Café", "Markt"),
});
const rowsOf = fc
  .array(fc.record({ money, says_moved: fc.boolean() }), { maxLength: 14 })
  .map((all) => all.map(({ money: each, says_moved }, i): PartRow => ({ ...each, n: i + 1, fit_id: null, says_moved })));
const entriesOf = fc
  .array(fc.record({ money, imported: fc.boolean() }), { maxLength: 14 })
  .map((all) => all.map(({ money: each, imported }, i): PartEntry => ({ ...each, id: `entry ${i}`, fit_id: null, imported })));
const othersOf = fc
  .array(fc.record({ money, says_moved: fc.boolean() }), { maxLength: 8 })
  .map((all) => all.map(({ money: each, says_moved }, i): PartSide => ({ ...each, id: `other ${i}`, kind: "expense", description: "", says_moved })));

const inPart = <T extends { amount_minor: string }>(all: readonly T[], at: number, of: number) => all.filter((one) => Number(one.amount_minor) % of === at);
const days = { first: "2026-10-01", last: "2026-10-09" };

describe("rows looked at in parts", () => {
  it("are what they are looked at as a whole", () => {
    fc.assert(
      fc.property(rowsOf, entriesOf, othersOf, fc.integer({ min: 1, max: 5 }), (rows, entries, others, of) => {
        const whole = matchPart(rows, entries, others, days);
        const parts = Array.from({ length: of }, (_, at) => matchPart(inPart(rows, at, of), inPart(entries, at, of), inPart(others, at, of), days)).flat();
        const byRow = (all: typeof whole) => all.toSorted((a, b) => a.n - b.n);
        expect(byRow(parts)).toEqual(byRow(whole));
        // One to one, on both sides.
        for (const side of [
          whole.map(({ n }) => n),
          whole.flatMap(({ duplicateOf }) => duplicateOf ?? []),
          whole.flatMap(({ movedWith }) => movedWith?.id ?? []),
        ])
          expect(new Set<string | number>(side).size).toBe(side.length);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it("are duplicates by the rules' own word", () => {
    const row: PartRow = { n: 4, day: "2026-10-01", amount_minor: "5", currency: "EUR", direction: "out", merchant: "CAFE", fit_id: null, says_moved: false };
    const entry: PartEntry = { ...row, id: "a", merchant: "Café", imported: false };
    expect(matchPart([row], [entry], [], days)).toEqual([{ n: 4, duplicateOf: "a", movedWith: null }]);
    expect(duplicates([], [], days).size).toBe(0);
  });

  it("are in parts of some twenty thousand, whose number divides no round amount", () => {
    expect([0, 1, 25_000, 25_001, 100_000, 400_000, 600_000].map(partsFor)).toEqual([1, 1, 1, 3, 7, 17, 27]);
  });
});
