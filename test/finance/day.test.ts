import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDays, dayOf, daysBetween, FIRST_OF_ALL, isDay, LAST_OF_ALL, lastDay, monthOf, numberOf, weekdayOf } from "../../src/finance/day.ts";
import { uuid7 } from "../../src/finance/uuid7.ts";

describe("a day", () => {
  it.each([
    ["2026-01-31", true],
    ["2028-02-29", true],
    ["2026-02-29", false],
    ["2026-04-31", false],
    ["1900-02-29", false],
    ["2026-13-01", false],
    ["2026-00-10", false],
    ["2026-1-1", false],
    ["2026-01-31T00:00:00Z", false],
    ["+002026-01-31", false],
    ["", false],
  ])("%j is one of the calendar: %s", (value, known) => {
    expect(isDay(value)).toBe(known);
  });

  it("may be five years ahead, in the farthest east too", () => {
    expect(lastDay(Date.UTC(2026, 0, 31, 23, 59))).toBe("2031-02-01");
    expect(lastDay(Date.UTC(2028, 1, 29))).toBe("2033-03-02");
  });
});

describe("an identifier", () => {
  const random = (fill: number) => new Uint8Array(10).fill(fill);

  it("is a UUID of version 7, with the moment in front", () => {
    expect(uuid7(0x0198a0b27b1c, random(0xff))).toBe("0198a0b2-7b1c-7fff-bfff-ffffffffffff");
    expect(uuid7(0x0198a0b27b1c, random(0))).toBe("0198a0b2-7b1c-7000-8000-000000000000");
  });

  it("sorts as text by the moment at which it was made", () => {
    const moments = [0, 1, 255, 256, 1_700_000_000_000, 1_700_000_000_001, 281_474_976_710_655];
    const ids = moments.map((at) => uuid7(at, random(at % 256)));
    expect([...ids].sort()).toEqual(ids);
  });
});

describe("arithmetic on days", () => {
  const day = fc.integer({ min: Date.UTC(1900, 0, 1) / 86_400_000, max: Date.UTC(2100, 11, 31) / 86_400_000 });
  const text = (n: number) => new Date(n * 86_400_000).toISOString().slice(0, 10);

  it("agrees with the calendar of the engine: adding, counting, weekdays", () => {
    fc.assert(
      fc.property(day, day, (a, b) => {
        expect(addDays(text(a), b - a)).toBe(text(b));
        expect(daysBetween(text(a), text(b))).toBe(b - a);
        expect(weekdayOf(text(a))).toBe(new Date(a * 86_400_000).getUTCDay() || 7);
      }),
    );
  });

  it("knows each day of four hundred years, one after the other", () => {
    for (let n = numberOf("1800-01-01"); n <= numberOf("2200-12-31"); n++) {
      const at = new Date(Date.UTC(1800, 0, 1) + (n - numberOf("1800-01-01")) * 86_400_000).toISOString().slice(0, 10);
      if (dayOf(n) !== at || numberOf(at) !== n) throw new Error(`${n} is ${dayOf(n)}, not ${at}`);
    }
  });

  it("reaches from the first day of all to the last and throws beyond", () => {
    expect([numberOf(FIRST_OF_ALL), dayOf(0), weekdayOf(FIRST_OF_ALL)]).toEqual([0, "0001-01-01", 1]);
    expect(addDays(FIRST_OF_ALL, daysBetween(FIRST_OF_ALL, LAST_OF_ALL))).toBe(LAST_OF_ALL);
    expect(() => addDays(LAST_OF_ALL, 1)).toThrow(RangeError);
    expect(() => addDays(FIRST_OF_ALL, -1)).toThrow(RangeError);
    expect(() => addDays("2026-01-01", 0.5)).toThrow(RangeError);
  });

  it.each(["2026-02-29", "2026-2-1", "", "today", "0000-01-01", "2026-01-01T00:00:00Z"])("throws for %j, which is no day", (day) => {
    expect(() => numberOf(day)).toThrow(RangeError);
  });

  it("takes the month from a day", () => {
    expect(monthOf("2026-01-31")).toBe("2026-01");
  });
});
