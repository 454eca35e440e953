import { describe, expect, it } from "vitest";
import { isDay, lastDay } from "../../src/finance/day.ts";
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
