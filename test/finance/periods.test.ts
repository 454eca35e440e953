import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Calendar, CalendarChange } from "../../src/finance/calendar.ts";
import { addDays, type Day, daysBetween, weekdayOf } from "../../src/finance/day.ts";
import { type Period, type PeriodKind, periodAt, periodsBetween, previousPeriod, type Rhythm } from "../../src/finance/periods.ts";
import { begins, naivePeriod } from "./naive/periods.ts";

const kinds: readonly PeriodKind[] = ["week", "month", "quarter", "year", "payday", "custom"];
const first = { from: "0001-01-01", firstWeekday: 1, payday: null };
const calendarOf = (more: Partial<CalendarChange> = {}, ...changes: CalendarChange[]): Calendar => ({
  timeZone: "UTC",
  changes: [{ ...first, ...more }, ...changes],
});
const rhythmOf = (kind: PeriodKind, startsOn: Day | null = null, periodDays: number | null = null): Rhythm => ({ kind, startsOn, periodDays });
const at = (rhythm: Rhythm, calendar: Calendar, day: Day): string => {
  const { from, to } = periodAt(rhythm, calendar, day);
  return `${from}..${to}`;
};
const all = (periods: Period[]) => periods.map(({ from, to }) => `${from}..${to}`);

/** Every day from 1900 to 2100, and those on which calendars are wrong. */
const day = fc.oneof(
  fc.integer({ min: 0, max: 73_413 }).map((n) => addDays("1900-01-01", n)),
  fc.constantFrom("1900-02-28", "1900-03-01", "2000-02-29", "2024-02-29", "2026-01-29", "2026-01-30", "2026-01-31", "2026-12-31", "2100-02-28", "2100-12-31"),
);
/** Near enough to be counted day by day. */
const near = fc.integer({ min: 0, max: 1500 }).map((n) => addDays("2023-01-01", n));
const payday = fc.option(fc.integer({ min: 1, max: 31 }), { nil: null });
const changeOn = (day: fc.Arbitrary<Day>) => fc.record({ from: day, firstWeekday: fc.integer({ min: 1, max: 7 }), payday });
const change = changeOn(day);
/** With changes far apart, days apart, and on one day. */
const calendarOn = (day: fc.Arbitrary<Day>) => {
  const change = changeOn(day);
  const close = fc
    .tuple(day, fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), change), { maxLength: 8 }))
    .map(([from, list]) => list.map(([after, one]) => ({ ...one, from: addDays(from, after) })));
  return fc
    .tuple(fc.integer({ min: 1, max: 7 }), payday, fc.oneof(fc.array(change, { maxLength: 6 }), close))
    .map(([firstWeekday, own, list]) => calendarOf({ firstWeekday, payday: own }, ...list.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))));
};
const calendar = calendarOn(day);
const rhythm = fc
  .tuple(fc.constantFrom(...kinds), fc.option(day, { nil: null }), fc.integer({ min: 1, max: 400 }))
  .map(
    ([kind, startsOn, days]): Rhythm =>
      kind === "custom" ? { kind, startsOn: startsOn ?? "2026-01-31", periodDays: days } : { kind, startsOn, periodDays: null },
  );

describe("periods tile time", () => {
  it("whatever the kind, the anchor, the calendar and its changes: a day's period holds it, and its neighbours begin and end beside it", () => {
    fc.assert(
      fc.property(rhythm, calendar, day, (rhythm, calendar, day) => {
        const period = periodAt(rhythm, calendar, day);
        expect(period.from <= day && day <= period.to).toBe(true);
        const after = periodAt(rhythm, calendar, addDays(period.to, 1));
        const before = periodAt(rhythm, calendar, addDays(period.from, -1));
        expect([after.from, before.to]).toEqual([addDays(period.to, 1), addDays(period.from, -1)]);
        expect([before.index, after.index]).toEqual([period.index - 1, period.index + 1]);
        expect(previousPeriod(rhythm, calendar, period)).toEqual({ from: before.from, to: before.to });
        expect(periodAt(rhythm, calendar, period.from)).toEqual(period);
        expect(periodAt(rhythm, calendar, period.to)).toEqual(period);
      }),
      { numRuns: 3000 },
    );
  });

  it("as plain counting day by day does", () => {
    fc.assert(
      fc.property(rhythm, calendarOn(near), near, (rhythm, calendar, day) => {
        const { from, to } = periodAt(rhythm, calendar, day);
        expect({ from, to }).toEqual(naivePeriod(rhythm, calendar, day));
      }),
      { numRuns: 600 },
    );
  });

  it.each(kinds)("from the first day of all to the last, without a gap: %s", (kind) => {
    const rhythm = rhythmOf(kind, "2028-02-29", kind === "custom" ? 45 : null);
    const calendar = calendarOf({ firstWeekday: 7, payday: 31 }, { from: "2026-11-21", firstWeekday: 3, payday: 29 });
    const periods = periodsBetween(rhythm, calendar, "0001-01-01", "9999-12-31");
    expect([periods[0]?.from, periods.at(-1)?.to]).toEqual(["0001-01-01", "9999-12-31"]);
    let expected = "0001-01-01";
    for (const { from, to } of periods) {
      if (from !== expected || to < from) throw new Error(`${from}..${to} should begin on ${expected}`);
      if (to !== "9999-12-31") expected = addDays(to, 1);
    }
  });

  it.each(Array.from({ length: 31 }, (_, index) => index + 1))(
    "from payday to payday on the %dth, each beginning on it or on the month's last day",
    (payday) => {
      for (const { from } of periodsBetween(rhythmOf("payday"), calendarOf({ payday }), "1900-01-01", "2100-12-31")) {
        const dayOfMonth = Number(from.slice(8));
        const ends = addDays(from, 1).slice(8) === "01";
        if (!(dayOfMonth === payday || (ends && dayOfMonth < payday))) throw new Error(`a month from payday began on ${from}`);
      }
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7])("in weeks of seven days from weekday %d", (firstWeekday) => {
    for (const { from, to } of periodsBetween(rhythmOf("week"), calendarOf({ firstWeekday }), "1900-01-01", "2100-12-31"))
      if (weekdayOf(from) !== firstWeekday || daysBetween(from, to) !== 6) throw new Error(`a week from ${from} to ${to}`);
  });
});

describe("a list of periods", () => {
  it("is what touches the range, in order, each once", () => {
    fc.assert(
      fc.property(rhythm, calendar, day, fc.integer({ min: 0, max: 800 }), (rhythm, calendar, from, days) => {
        const to = addDays(from, days);
        const periods = periodsBetween(rhythm, calendar, from, to);
        const { index, ...opening } = periodAt(rhythm, calendar, from);
        const { index: last, ...closing } = periodAt(rhythm, calendar, to);
        expect([periods[0], periods.at(-1), periods.length]).toEqual([opening, closing, last - index + 1]);
        for (const [at, period] of periods.entries()) if (at > 0) expect(period.from).toBe(addDays(periods[at - 1]?.to ?? "", 1));
      }),
      { numRuns: 500 },
    );
  });

  it("is empty when it ends before it begins", () => {
    expect(periodsBetween(rhythmOf("month"), calendarOf(), "2026-02-01", "2026-01-31")).toEqual([]);
  });
});

describe("an anchor", () => {
  it("is never drifted from: 31, 28, 31", () => {
    expect(all(periodsBetween(rhythmOf("month", "2026-01-31"), calendarOf(), "2026-01-31", "2026-05-30"))).toEqual([
      "2026-01-31..2026-02-27",
      "2026-02-28..2026-03-30",
      "2026-03-31..2026-04-29",
      "2026-04-30..2026-05-30",
    ]);
  });

  it("is clamped in each year's February", () => {
    const years = all(periodsBetween(rhythmOf("year", "2024-02-29"), calendarOf(), "2024-02-29", "2028-03-01"));
    expect(years).toEqual(["2024-02-29..2025-02-27", "2025-02-28..2026-02-27", "2026-02-28..2027-02-27", "2027-02-28..2028-02-28", "2028-02-29..2029-02-27"]);
    expect(at(rhythmOf("quarter", "2023-11-30"), calendarOf(), "2024-03-01")).toBe("2024-02-29..2024-05-29");
  });

  it("has index 0, later periods count up and earlier ones down", () => {
    fc.assert(
      fc.property(rhythm, calendar, (rhythm, calendar) => {
        const { startsOn } = rhythm;
        if (startsOn === null) return;
        const zero = periodAt(rhythm, calendar, startsOn);
        expect(zero.index).toBe(0);
        if (rhythm.kind !== "week" && rhythm.kind !== "payday") expect(zero.from).toBe(startsOn);
        expect(periodAt(rhythm, calendar, addDays(zero.from, -1)).index).toBe(-1);
      }),
    );
    expect(periodAt(rhythmOf("custom", "2026-01-10", 10), calendarOf(), "2025-12-31").index).toBe(-1);
    expect(periodAt(rhythmOf("month", "2026-01-31"), calendarOf(), "2028-01-30").index).toBe(23);
  });

  it("that is missing means the calendar's own months, quarters and years", () => {
    expect(["month", "quarter", "year"].map((kind) => at(rhythmOf(kind as PeriodKind), calendarOf(), "2028-02-29"))).toEqual([
      "2028-02-01..2028-02-29",
      "2028-01-01..2028-03-31",
      "2028-01-01..2028-12-31",
    ]);
  });
});

describe("a change of the calendar", () => {
  it("of payday leaves the running period, and begins at its end with a short one", () => {
    const calendar = calendarOf({ payday: 25 }, { from: "2026-11-21", firstWeekday: 1, payday: 10 });
    expect(all(periodsBetween(rhythmOf("payday"), calendar, "2026-10-01", "2026-12-20"))).toEqual([
      "2026-09-25..2026-10-24",
      "2026-10-25..2026-11-24",
      "2026-11-25..2026-12-09",
      "2026-12-10..2027-01-09",
    ]);
  });

  it("of the first weekday too, also when it is made on the first or the last day of a week", () => {
    const weeks = (from: Day) => all(periodsBetween(rhythmOf("week"), calendarOf({}, { from, firstWeekday: 7, payday: null }), "2026-11-16", "2026-11-30"));
    const changed = ["2026-11-16..2026-11-22", "2026-11-23..2026-11-28", "2026-11-29..2026-12-05"];
    expect([weeks("2026-11-16"), weeks("2026-11-22")]).toEqual([changed, changed]);
  });

  it("made before another has begun replaces it, or takes it back", () => {
    const rule = (from: Day, payday: number | null) => ({ from, firstWeekday: 1, payday });
    const twice = calendarOf({ payday: 25 }, rule("2026-11-01", 10), rule("2026-11-21", 15));
    expect(at(rhythmOf("payday"), twice, "2026-11-25")).toBe("2026-11-25..2026-12-14");
    const back = calendarOf({ payday: 25 }, rule("2026-11-01", 10), rule("2026-11-24", 25));
    expect(at(rhythmOf("payday"), back, "2026-11-25")).toBe("2026-11-25..2026-12-24");
    const tooLate = calendarOf({ payday: 25 }, rule("2026-11-01", 10), rule("2026-11-25", 25));
    expect(all(periodsBetween(rhythmOf("payday"), tooLate, "2026-11-25", "2026-12-10"))).toEqual(["2026-11-25..2026-12-09", "2026-12-10..2026-12-24"]);
  });

  it("moves no period that ended before it", () => {
    fc.assert(
      fc.property(rhythm, calendar, change, day, (rhythm, before, change, day) => {
        const last = before.changes.at(-1)?.from ?? "";
        const made = { ...change, from: change.from < last ? last : change.from };
        const after = { ...before, changes: [...before.changes, made] };
        const { index: _, ...running } = periodAt(rhythm, before, made.from);
        expect(periodAt(rhythm, after, made.from)).toMatchObject(running);
        if (day <= running.to) expect(at(rhythm, after, day)).toBe(at(rhythm, before, day));
      }),
      { numRuns: 1000 },
    );
  });

  it("concerns no other kind of period", () => {
    fc.assert(
      fc.property(rhythm, calendar, day, (rhythm, calendar, day) => {
        if (rhythm.kind === "week" || rhythm.kind === "payday") return;
        expect(periodAt(rhythm, calendar, day)).toEqual(periodAt(rhythm, calendarOf(), day));
        expect(begins(rhythm, first, periodAt(rhythm, calendar, day).from)).toBe(true);
      }),
    );
  });
});

describe("what is no period", () => {
  it.each([
    ["a custom rhythm without an anchor", rhythmOf("custom", null, 7), "2026-01-01"],
    ["a custom rhythm without a length", rhythmOf("custom", "2026-01-01"), "2026-01-01"],
    ["a custom rhythm of no days", rhythmOf("custom", "2026-01-01", 0), "2026-01-01"],
    ["a custom rhythm of half days", rhythmOf("custom", "2026-01-01", 1.5), "2026-01-01"],
    ["30 February", rhythmOf("month"), "2026-02-30"],
    ["an anchor on 31 April", rhythmOf("month", "2026-04-31"), "2026-01-01"],
    ["a day of year 0", rhythmOf("week"), "0000-12-31"],
    ["text", rhythmOf("week"), "today"],
  ])("is a RangeError: %s", (_, rhythm, day) => {
    expect(() => periodAt(rhythm, calendarOf(), day)).toThrow(RangeError);
  });

  it.each(kinds)("lies before the first of all: %s", (kind) => {
    const rhythm = rhythmOf(kind, "2026-01-15", kind === "custom" ? 10 : null);
    expect(() => previousPeriod(rhythm, calendarOf(), periodAt(rhythm, calendarOf(), "0001-01-01"))).toThrow(RangeError);
  });

  it("is a calendar that says nothing", () => {
    expect(() => periodAt(rhythmOf("week"), { timeZone: "UTC", changes: [] }, "2026-01-01")).toThrow(RangeError);
  });
});
