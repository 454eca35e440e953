import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timeZoneNamed, todayIn } from "../../src/finance/calendar.ts";
import { addDays } from "../../src/finance/day.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const zones = [...Intl.supportedValuesOf("timeZone"), "UTC"];
const START = Date.UTC(1900, 0, 1);
const END = Date.UTC(2101, 0, 1);

const offsets = new Map<string, Intl.DateTimeFormat>();
/** A zone's distance from UTC, said in another way: `GMT-00:43:08`. */
function offsetOf(zone: string, at: number): number {
  const format = offsets.get(zone) ?? new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset", year: "numeric" });
  offsets.set(zone, format);
  const [, sign, hours, minutes, seconds = "0"] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(at)) ?? [];
  if (sign === undefined) return 0;
  return (sign === "-" ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

const expected = (zone: string, at: number) => new Date(at + offsetOf(zone, at)).toISOString().slice(0, 10);

/** The first moment at which a zone's offset is the later one. */
function shiftBetween(zone: string, from: number, to: number): number {
  const later = offsetOf(zone, to);
  let [before, after] = [from, to];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetOf(zone, middle) === later) after = middle;
    else before = middle;
  }
  return after;
}

describe("today", () => {
  it("is the zone's own day at any moment from 1900 to 2100", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: START, max: END - 1 }), (zone, at) => {
        expect(todayIn(zone, at)).toBe(expected(zone, at));
      }),
      { numRuns: 20_000 },
    );
  });

  it.concurrent("is right on both sides of every midnight around each change of offset, in every zone", () => {
    let shifts = 0;
    for (const zone of zones) {
      for (let from = START, before = offsetOf(zone, START); from < END; from += 80 * DAY) {
        const to = from + 80 * DAY;
        const after = offsetOf(zone, to);
        if (after === before) continue;
        const shift = shiftBetween(zone, from, to);
        shifts++;
        const moments = [shift - 1, shift];
        for (const offset of [before, after]) {
          const midnight = Math.round((shift + offset) / DAY) * DAY - offset;
          moments.push(midnight - 1, midnight, midnight + 1, midnight + DAY - 1, midnight + DAY);
        }
        for (const at of moments)
          if (todayIn(zone, at) !== expected(zone, at)) throw new Error(`${zone} at ${new Date(at).toISOString()}: ${todayIn(zone, at)}`);
        before = after;
      }
    }
    expect(shifts).toBeGreaterThan(20_000);
  });

  it.each([
    ["Pacific/Apia", "2011-12-29", "2011-12-31"],
    ["Pacific/Fakaofo", "2011-12-29", "2011-12-31"],
    ["Pacific/Kwajalein", "1993-08-20", "1993-08-22"],
    ["Pacific/Kiritimati", "1994-12-30", "1995-01-01"],
  ])("skips what %s skipped: %s was followed by %s", (zone, last, next) => {
    const days = new Set<string>();
    for (let at = Date.parse(last) - 2 * DAY; at < Date.parse(next) + 2 * DAY; at += HOUR / 2) days.add(todayIn(zone, at));
    const list = [...days];
    expect(list[list.indexOf(last) + 1]).toBe(next);
    expect(list).not.toContain(addDays(last, 1));
  });

  it("is the day before again for an hour, where clocks went back just after midnight", () => {
    const at = (time: string) => todayIn("America/St_Johns", Date.parse(time));
    expect([at("2006-10-29T02:30:59Z"), at("2006-10-29T02:31:00Z"), at("2006-10-29T03:29:59Z"), at("2006-10-29T03:30:00Z")]).toEqual([
      "2006-10-29",
      "2006-10-28",
      "2006-10-28",
      "2006-10-29",
    ]);
  });

  it("does not come from the machine's own zone", () => {
    expect(process.env.TZ).toBe("Asia/Kathmandu");
    const at = Date.UTC(2026, 10, 21, 20);
    expect(["UTC", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago"].map((zone) => todayIn(zone, at))).toEqual([
      "2026-11-21",
      "2026-11-22",
      "2026-11-22",
      "2026-11-21",
    ]);
  });

  it("throws for a zone that is none", () => {
    expect(() => todayIn("Europe/Atlantis", 0)).toThrow(RangeError);
  });
});

describe("a time zone's name", () => {
  it("is every one that Intl lists, as it stands there", () => {
    for (const zone of zones) expect(timeZoneNamed(zone)).toBe(zone);
  });

  it.each([
    ["europe/berlin", "Europe/Berlin"],
    ["utc", "UTC"],
    ["Asia/Kolkata", "Asia/Kolkata"],
    ["Etc/GMT+5", "Etc/GMT+5"],
  ])("%s is %s", (given, name) => {
    expect(timeZoneNamed(given)).toBe(name);
  });

  it.each(["", "+05:30", "05:30", "Europe/Atlantis", "Europe/Berlin\0", " UTC", "x".repeat(65), "__proto__", "Européen/Paris"])("%j is none", (name) => {
    expect(timeZoneNamed(name)).toBeNull();
  });
});
