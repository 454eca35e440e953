import { describe, expect, it } from "vitest";
import { spanOf } from "../../scripts/seed/calendar.ts";
import { descriptions, groups } from "../../scripts/seed/catalog.ts";
import { type Entry, enterDay } from "../../scripts/seed/days.ts";
import { makePerson, sizes } from "../../scripts/seed/people.ts";
import { random } from "../../scripts/seed/random.ts";
import { expenseLine, line, peoplesRows } from "../../scripts/seed/rows.ts";

const span = spanOf("2026-11-21", 1096);

function everything(seed: number, people: number, expenses: number, only?: number) {
  const lines: string[] = [];
  const entries: Entry[] = [];
  const all = sizes(people, expenses).map((size, index) => makePerson({ seed, index, size, span, sub: index === 0 ? "ann" : undefined }));
  const wanted = only === undefined ? all : all.filter((_, index) => index === only);
  for (const person of wanted) peoplesRows(person, span, (table, text) => void lines.push(`${table} ${text}`));
  for (let day = 0; day < span.days; day++)
    for (const person of wanted)
      enterDay(person, span, day, (entry) => {
        entries.push(entry);
        lines.push(expenseLine(entry, span));
      });
  return { lines: lines.join(""), entries };
}

describe("the seeded people", () => {
  it("are the same for the same seed, to the last character, and others for another", () => {
    const first = everything(7, 5, 3000).lines;
    expect(everything(7, 5, 3000).lines).toBe(first);
    const other = everything(8, 5, 3000).lines;
    expect(other.split("\n").filter((text) => first.includes(text) && text !== "" && !text.includes("ann"))).toEqual([]);
  });

  it("do not depend on each other", () => {
    const together = everything(7, 5, 3000).entries.filter(({ sub }) => sub === "ann");
    expect(everything(7, 5, 3000, 0).entries).toEqual(together);
  });

  it("enter exactly as many expenses as were asked for", () => {
    for (const [people, expenses] of [
      [1, 1],
      [3, 10],
      [40, 7001],
      [1000, 999],
    ] as const)
      expect(everything(1, people, expenses).entries).toHaveLength(expenses);
  });

  it("differ in size as people do: few enter much, and the first thousand are like the first ten thousand", () => {
    const many = sizes(10_000, 10_000_000);
    expect(many.reduce((sum, size) => sum + size, 0)).toBe(10_000_000);
    const sorted = [...many].sort((a, b) => b - a);
    expect(sorted[0]).toBeGreaterThan(10_000);
    expect(sorted[5000]).toBeLessThan(600);
    const few = sizes(1000, 1_000_000);
    for (const [index, size] of few.entries()) expect(Math.abs(size / (many[index] ?? 0) - 1)).toBeLessThan(0.05);
  });

  it("have payments that come again, refunds of what they bought, journeys abroad and quiet summers of heating", () => {
    const { entries } = everything(3, 20, 40_000);
    const byKind = Object.groupBy(entries, ({ kind }) => kind);
    expect(byKind.income?.length).toBeGreaterThan(200);
    expect(byKind.transfer?.length).toBeGreaterThan(100);
    const made = new Map(entries.map((entry) => [entry.id, entry]));
    expect(made.size).toBe(entries.length);
    const refunds = entries.filter(({ refundOf }) => refundOf !== null);
    expect(refunds.length).toBeGreaterThan(200);
    for (const refund of refunds) {
      const of = made.get(refund.refundOf ?? "");
      expect(of).toMatchObject({ sub: refund.sub, kind: "expense", currency: refund.currency, merchant: refund.merchant });
      expect(refund.minor).toBeLessThanOrEqual(of?.minor ?? 0);
      expect(refund.at).toBeGreaterThan(of?.at ?? 0);
    }
    const rents = entries.filter(({ sub, merchant }) => sub === "ann" && groups[1]?.leaves[0]?.merchants.includes(merchant));
    expect(rents).toHaveLength(36);
    expect(new Set(rents.map(({ minor }) => minor)).size).toBe(1);
    expect(new Set(entries.map(({ currency }) => currency)).size).toBeGreaterThan(4);
    expect(entries.every(({ minor }) => Number.isSafeInteger(minor) && minor > 0)).toBe(true);
  });

  it("have names that need no escape in COPY's format, which others get", () => {
    for (const text of [...descriptions, ...groups.flatMap(({ leaves }) => leaves.flatMap(({ merchants }) => merchants))]) expect(line(text)).toBe(`${text}\n`);
    expect(line("a\tb\\c\nd\re", null, 5, true)).toBe("a\\tb\\\\c\\nd\\re\t\\N\t5\ttrue\n");
  });
});

describe("chance", () => {
  it("is spread evenly, and means what it says", () => {
    const chance = random(1, 2);
    const values = Array.from({ length: 20_000 }, () => chance.float());
    const tenths = Object.groupBy(values, (value) => Math.floor(value * 10));
    for (let tenth = 0; tenth < 10; tenth++) expect(Math.abs((tenths[tenth]?.length ?? 0) - 2000)).toBeLessThan(200);
    for (const mean of [0.2, 3, 80]) {
      const counts = Array.from({ length: 20_000 }, () => chance.poisson(mean));
      expect(counts.reduce((sum, count) => sum + count, 0) / 20_000 / mean).toBeCloseTo(1, 1);
    }
  });
});
