import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDays, daysBetween } from "../../src/finance/day.ts";
import { type CandidateRow, duplicates, type Known, type Side, transfers, trustedFitIds } from "../../src/imports/match.ts";

const row = (line: number, day: string, change: Partial<CandidateRow> = {}): CandidateRow => ({
  line,
  day,
  amountMinor: 350n,
  direction: "out",
  currency: "EUR",
  text: "cafe",
  fitId: null,
  ...change,
});
const entry = (id: string, day: string, change: Partial<Known> = {}): Known => {
  const { line: _, ...rest } = row(0, day);
  return { ...rest, id, imported: false, ...change };
};
/** What an import of these rows leaves behind. */
const imported = (rows: readonly CandidateRow[]): Known[] => {
  const trusted = trustedFitIds(rows);
  return rows.map(({ line, fitId, ...rest }) => ({
    ...rest,
    fitId: fitId !== null && trusted.has(fitId) ? fitId : null,
    id: `${rest.day}/${line}`,
    imported: true,
  }));
};
const runs = { numRuns: 300, seed: 7 };

const candidate = fc.record({
  day: fc.integer({ min: 0, max: 9 }).map((n) => addDays("2026-03-01", n)),
  amountMinor: fc.constantFrom(350n, 1200n),
  direction: fc.constantFrom("out" as const, "in" as const),
  currency: fc.constant("EUR"),
  text: fc.constantFrom("cafe", "rent"),
  fitId: fc.option(fc.constantFrom("a", "b", "c", "d"), { nil: null }),
});
const file = fc.array(candidate, { maxLength: 15 }).map((all) => all.map((each, i) => ({ ...each, line: i + 2 })));
const entries = fc
  .array(fc.tuple(candidate, fc.boolean()), { maxLength: 15 })
  .map((all) => all.map(([each, was], i) => ({ ...each, id: `e${i}`, imported: was })));

describe("rows that are there already", () => {
  it("are paired one to one, with entries that exist, of the same money unless the bank's own name says so", () => {
    fc.assert(
      fc.property(file, entries, (rows, known) => {
        const found = duplicates(rows, known);
        expect(new Set(found.values()).size).toBe(found.size);
        for (const [line, id] of found) {
          const one = rows.find((each) => each.line === line);
          const other = known.find((each) => each.id === id);
          expect(one).toBeDefined();
          if (one?.fitId !== null && one?.fitId === other?.fitId) continue;
          expect(other).toMatchObject({ amountMinor: one?.amountMinor, direction: one?.direction, text: one?.text });
        }
      }),
      runs,
    );
  });

  it("are the same whatever the order of the rows and of the entries", () => {
    const shuffled = file.chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })));
    const mixed = entries.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(shuffled, mixed, ([rows, otherRows], [known, otherKnown]) => {
        const sorted = (found: Map<number, string>) => [...found].toSorted((a, b) => a[0] - b[0]);
        expect(sorted(duplicates(otherRows, otherKnown))).toEqual(sorted(duplicates(rows, known)));
      }),
      runs,
    );
  });

  it("are all of them when a file is imported twice", () => {
    fc.assert(
      fc.property(file, (rows) => duplicates(rows, imported(rows)).size === rows.length),
      runs,
    );
  });

  it("are what two overlapping files share, when neither names its rows: what is left is what happened", () => {
    const window = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(file, window, window, (all, first, second) => {
        const within = (of: readonly [number, number]) =>
          all.map((each) => ({ ...each, fitId: null })).filter(({ day }) => day >= addDays("2026-03-01", of[0]) && day <= addDays("2026-03-01", of[1]));
        const earlier = within(first);
        const later = within(second);
        const found = duplicates(later, imported(earlier));
        const both = new Set([...earlier, ...later].map(({ line }) => line));
        expect(earlier.length + later.length - found.size).toBe(both.size);
      }),
      runs,
    );
  });

  it("are none among the rows of one file: two equal rows both survive, and meet two equal entries", () => {
    const rows = [row(2, "2026-03-01"), row(3, "2026-03-01")];
    expect(duplicates(rows, []).size).toBe(0);
    expect(duplicates(rows, [entry("a", "2026-03-01")]).size).toBe(1);
    expect(duplicates(rows, [entry("a", "2026-03-01"), entry("b", "2026-03-01")]).size).toBe(2);
  });

  it.each([
    ["2026-03-04", true],
    ["2026-02-26", true],
    ["2026-03-05", false],
    ["2026-02-25", false],
  ])("include what was entered by hand for 1 March when the bank says %s: %s", (day, there) => {
    expect(duplicates([row(2, day)], [entry("a", "2026-03-01")]).size).toBe(there ? 1 : 0);
  });

  it("take the nearest day first", () => {
    expect(duplicates([row(2, "2026-03-04")], [entry("far", "2026-03-01"), entry("near", "2026-03-03")])).toEqual(new Map([[2, "near"]]));
  });

  it("follow the bank's name of a transaction to another day and another text", () => {
    const known = [entry("a", "2026-03-01", { fitId: "x", text: "typed anew" })];
    expect(duplicates([row(2, "2026-03-20", { fitId: "x" })], known)).toEqual(new Map([[2, "a"]]));
  });

  it("are not two that the bank names differently, however alike", () => {
    expect(duplicates([row(2, "2026-03-01", { fitId: "y" })], [entry("a", "2026-03-01", { fitId: "x" })]).size).toBe(0);
  });

  it("do not follow a name that the bank gives to everything", () => {
    const rows = [row(2, "2026-03-01", { fitId: "0" }), row(3, "2026-03-01", { fitId: "0", amountMinor: 900n })];
    expect(trustedFitIds(rows).size).toBe(0);
    expect(duplicates(rows, [entry("a", "2026-03-01", { amountMinor: 900n, fitId: null })])).toEqual(new Map([[3, "a"]]));
  });
});

describe("money moved between own accounts", () => {
  const side = (id: string, accountId: string, direction: "out" | "in", day: string, change: Partial<Side> = {}): Side => ({
    id,
    accountId,
    direction,
    day,
    amountMinor: 50_000n,
    currency: "EUR",
    saysMoved: true,
    ...change,
  });

  it("is found on both sides, the nearest days first", () => {
    const sides = [side("a", "giro", "out", "2026-03-02"), side("b", "card", "in", "2026-03-04"), side("c", "card", "in", "2026-03-03")];
    expect(transfers(sides)).toEqual([["a", "c"]]);
  });

  it("is none within one account, of other money, after more than three days, or where neither side says so", () => {
    const out = side("a", "giro", "out", "2026-03-02");
    const into = (change: Partial<Side>) => side("b", "card", "in", "2026-03-02", change);
    for (const other of [{ accountId: "giro" }, { amountMinor: 50_001n }, { currency: "USD" }, { day: "2026-03-06" }])
      expect(transfers([out, into(other)])).toEqual([]);
    expect(transfers([{ ...out, saysMoved: false }, into({ saysMoved: false })])).toEqual([]);
    expect(transfers([{ ...out, saysMoved: false }, into({})])).toEqual([["a", "b"]]);
  });

  /** The rule as it is said: of all that are possible, the one that most sides speak of, then the nearest, then the earliest; and so on with what is left. */
  function chosen(sides: readonly Side[]): [string, string][] {
    const possible = sides
      .flatMap((out) =>
        sides.map((into) => ({ out, into, apart: Math.abs(daysBetween(out.day, into.day)), said: Number(out.saysMoved) + Number(into.saysMoved) })),
      )
      .filter(({ out, into, apart, said }) => out.direction === "out" && into.direction === "in" && out.accountId !== into.accountId && apart <= 3 && said > 0);
    const place = ({ day, accountId, id }: Side) => [day, accountId, id].join();
    const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    possible.sort((a, b) => b.said - a.said || a.apart - b.apart || order(place(a.out), place(b.out)) || order(place(a.into), place(b.into)));
    const pairs: [string, string][] = [];
    for (const { out, into } of possible) if (!pairs.flat().includes(out.id) && !pairs.flat().includes(into.id)) pairs.push([out.id, into.id]);
    return pairs;
  }

  it("is found among many that are all alike without holding each against each", () => {
    const many = (direction: "out" | "in", accountId: string) =>
      Array.from({ length: 20_000 }, (_, n) => side(`${direction}-${n}`, accountId, direction, "2026-03-02"));
    expect(transfers([...many("out", "giro"), ...many("in", "card")])).toHaveLength(20_000);
  });

  it("is paired one to one, whatever the order", () => {
    const one = fc.record({
      accountId: fc.constantFrom("a", "b", "c"),
      direction: fc.constantFrom("out" as const, "in" as const),
      n: fc.integer({ min: 0, max: 6 }),
      saysMoved: fc.boolean(),
    });
    const all = fc
      .array(one, { maxLength: 12 })
      .map((sides) => sides.map(({ n, ...rest }, i) => side(`s${i}`, rest.accountId, rest.direction, addDays("2026-03-01", n), { saysMoved: rest.saysMoved })));
    fc.assert(
      fc.property(
        all.chain((sides) => fc.tuple(fc.constant(sides), fc.shuffledSubarray(sides, { minLength: sides.length }))),
        ([sides, shuffled]) => {
          const pairs = transfers(sides);
          expect(new Set(pairs.flat()).size).toBe(pairs.length * 2);
          expect(pairs).toEqual(chosen(sides));
          expect(transfers(shuffled)).toEqual(pairs);
        },
      ),
      runs,
    );
  });
});
