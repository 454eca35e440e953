import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Calendar, todayIn } from "../../src/finance/calendar.ts";
import { addDays } from "../../src/finance/day.ts";
import { periodAt, periodsBetween } from "../../src/finance/periods.ts";
import { changed, defaultProfile, localeAccepted, localeNamed, newestRule, type Profile, type ProfilePatch } from "../../src/finance/profile.ts";

const NOW = Date.UTC(2026, 10, 21, 9);
const DAY = 86_400_000;
const ann = defaultProfile("s-ann");
const week = { kind: "week", startsOn: null, periodDays: null } as const;
const payday = { kind: "payday", startsOn: null, periodDays: null } as const;
const span = (kind: typeof week | typeof payday, { calendar }: Profile, day: string) => {
  const { from, to } = periodAt(kind, calendar, day);
  return `${from}..${to}`;
};

describe("a profile of which nothing is known", () => {
  it("is in EUR, English and UTC, with weeks from Monday and no payday", () => {
    expect(ann).toMatchObject({ name: "", email: null, displayCurrency: "EUR", locale: "en", calendar: { timeZone: "UTC" }, version: 0 });
    expect(newestRule(ann.calendar)).toEqual({ from: "0001-01-01", firstWeekday: 1, payday: null });
  });
});

describe("a change", () => {
  it("is what the patch gives, and nothing else", () => {
    expect(changed(ann, { name: "Ann" }, NOW)).toEqual({ ...ann, name: "Ann" });
    expect(changed(ann, { displayCurrency: "JPY", locale: "ja" }, NOW)).toEqual({ ...ann, displayCurrency: "JPY", locale: "ja" });
    expect(changed(ann, { timeZone: "Asia/Tokyo" }, NOW).calendar).toEqual({ ...ann.calendar, timeZone: "Asia/Tokyo" });
  });

  it("to what is there already is none: the very same profile comes back", () => {
    for (const patch of [
      {},
      { name: "" },
      { timeZone: "UTC", payday: null, firstWeekday: 1 },
      { locale: "en", displayCurrency: "EUR" },
      { name: undefined, payday: undefined },
    ])
      expect(changed(ann, patch, NOW)).toBe(ann);
  });

  it("of payday leaves the month that runs, counts from its end, and may be taken away again", () => {
    const paid = changed(ann, { payday: 25 }, NOW);
    expect(paid.calendar.changes.at(-1)).toEqual({ from: "2026-11-21", firstWeekday: 1, payday: 25 });
    expect([span(payday, paid, "2026-11-30"), span(payday, paid, "2026-12-01"), span(payday, paid, "2026-12-31")]).toEqual([
      "2026-11-01..2026-11-30",
      "2026-12-01..2026-12-24",
      "2026-12-25..2027-01-24",
    ]);
    expect(newestRule(changed(paid, { payday: null }, NOW + 90 * DAY).calendar)).toMatchObject({ payday: null });
  });

  it("of the first weekday leaves the week that runs", () => {
    const sundays = changed(ann, { firstWeekday: 7 }, NOW);
    expect([span(week, sundays, "2026-11-22"), span(week, sundays, "2026-11-23"), span(week, sundays, "2026-11-29")]).toEqual([
      "2026-11-16..2026-11-22",
      "2026-11-23..2026-11-28",
      "2026-11-29..2026-12-05",
    ]);
  });

  it("before the next boundary replaces the one that was waiting for it, and back to what was leaves nothing", () => {
    const twice = changed(changed(ann, { firstWeekday: 7 }, NOW), { firstWeekday: 6, payday: 3 }, NOW + DAY);
    expect(twice.calendar.changes).toEqual([ann.calendar.changes[0], { from: "2026-11-22", firstWeekday: 6, payday: 3 }]);
    expect(changed(twice, { firstWeekday: 1, payday: null }, NOW + DAY).calendar).toEqual(ann.calendar);
  });

  it("that has counted stays: a week later it is what those days were counted by", () => {
    const sundays = changed(ann, { firstWeekday: 7 }, NOW);
    const mondays = changed(sundays, { firstWeekday: 1 }, NOW + 7 * DAY);
    expect(mondays.calendar.changes).toHaveLength(3);
    expect(span(week, mondays, "2026-11-28")).toBe("2026-11-23..2026-11-28");
  });

  it("is made on the user's own day, in whichever of the old and the new zone it is later", () => {
    const late = Date.UTC(2026, 10, 30, 12);
    expect(changed(ann, { timeZone: "Pacific/Kiritimati", payday: 25 }, late).calendar.changes.at(-1)?.from).toBe("2026-12-01");
    const east = changed(ann, { timeZone: "Pacific/Kiritimati" }, late);
    expect(changed(east, { timeZone: "Pacific/Pago_Pago", payday: 25 }, late).calendar.changes.at(-1)?.from).toBe("2026-12-01");
  });

  it("by somebody who flew west over the date line is not older than the one before it", () => {
    const now = Date.UTC(2026, 10, 30, 12);
    const east = changed(changed(ann, { timeZone: "Pacific/Kiritimati" }, now), { firstWeekday: 3 }, now);
    const west = changed(changed(east, { timeZone: "Pacific/Pago_Pago" }, now), { payday: 4 }, now);
    expect(todayIn("Pacific/Pago_Pago", now)).toBe("2026-11-30");
    expect(west.calendar.changes.map(({ from }) => from)).toEqual(["0001-01-01", "2026-12-01"]);
  });
});

const patches = fc.array(
  fc.record({
    after: fc.oneof(fc.integer({ min: 0, max: 3 * DAY }), fc.integer({ min: 0, max: 100 * DAY })),
    patch: fc.record(
      {
        firstWeekday: fc.integer({ min: 1, max: 7 }),
        payday: fc.option(fc.integer({ min: 1, max: 31 }), { nil: null }),
        timeZone: fc.constantFrom("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns", "Asia/Kathmandu"),
      },
      { requiredKeys: [] },
    ),
  }),
  { maxLength: 15 },
);

describe("any number of changes", () => {
  it("never moves a boundary that has passed, and counts as if none had been dropped", () => {
    fc.assert(
      fc.property(patches, (list) => {
        let profile: Profile = ann;
        let every: Calendar = ann.calendar;
        let now = NOW;
        for (const { after, patch } of list) {
          now += after;
          const before = profile;
          profile = changed(profile, patch as ProfilePatch, now);
          const today = todayIn(before.calendar.timeZone, now);
          const from = profile.calendar.changes.at(-1)?.from ?? "";
          const rule = newestRule(profile.calendar);
          const day = [today, todayIn(profile.calendar.timeZone, now), every.changes.at(-1)?.from ?? ""].reduce((a, b) => (a > b ? a : b));
          const last = every.changes.at(-1);
          // What changes no rule is no change: whoever asked for nothing and then flew west is where the others are.
          const same = last?.firstWeekday === rule.firstWeekday && last.payday === rule.payday;
          every = { timeZone: profile.calendar.timeZone, changes: same ? every.changes : [...every.changes, { ...rule, from: day }] };
          expect(from <= day).toBe(true);
          for (const kind of [week, payday]) {
            const { to } = periodAt(kind, before.calendar, today);
            expect(periodsBetween(kind, profile.calendar, "2026-01-01", to)).toEqual(periodsBetween(kind, before.calendar, "2026-01-01", to));
          }
        }
        const end = addDays(todayIn("UTC", now), 200);
        for (const kind of [week, payday])
          expect(periodsBetween(kind, profile.calendar, "2026-01-01", end)).toEqual(periodsBetween(kind, every, "2026-01-01", end));
        const days = profile.calendar.changes.map(({ from }) => from);
        expect(days).toEqual([...days].sort());
      }),
      {
        numRuns: 500,
        examples: [
          [
            [
              { after: 3_769_200_000, patch: {} },
              { after: 0, patch: { timeZone: "Pacific/Pago_Pago" } },
              { after: 0, patch: { firstWeekday: 2 } },
            ],
          ],
        ],
      },
    );
  });
});

describe("a locale", () => {
  it.each([
    ["en", "en"],
    ["DE-at", "de-AT"],
    ["zh-hant-tw", "zh-Hant-TW"],
    ["en-u-ca-buddhist", "en-u-ca-buddhist"],
  ])("%s is %s", (tag, name) => {
    expect(localeNamed(tag)).toBe(name);
  });

  it.each(["", "xx-YY-bad!", "de_DE", "e", "english-language-of-the-north-of-somewhere-long", "de\0", "*", `en-${"a1234567-".repeat(9)}x`])(
    "%j is none",
    (tag) => {
      expect(localeNamed(tag)).toBeNull();
    },
  );

  it.each([
    ["de-AT,de;q=0.9,en;q=0.8", "de-AT"],
    ["en;q=0.5, fr;q=0.9", "fr"],
    ["*, da;q=0.1", "da"],
    ["de;q=0, en;q=0.001", "en"],
    ["xx-YY-bad!, sv", "sv"],
    ["nl;q=1.000, da;Q=0.9", "nl"],
    ["en;q=2, ja;q=0.5", "ja"],
  ])("of a header %j it is %s", (header, locale) => {
    expect(localeAccepted(header)).toBe(locale);
  });

  it.each([undefined, "", "*", ";;;,,,", "q=1", `${"a".repeat(1000)}`])("of a header %j it is none", (header) => {
    expect(localeAccepted(header)).toBeNull();
  });
});

describe("what somebody wants to be told of", () => {
  it("is everything at first but the week, and no large expense without a limit", () => {
    const { "weekly-recap": week, ...others } = defaultProfile("ann").notifications;
    expect([week, defaultProfile("ann").weeklyReport, new Set(Object.values(others))]).toEqual([false, false, new Set([true])]);
    expect(defaultProfile("ann").largeExpense).toBeNull();
  });

  it("changes kind by kind, and is the same profile where nothing differs", () => {
    const first = defaultProfile("ann");
    const next = changed(first, { notifications: { "budget-threshold": false, "large-expense": undefined } }, 0);
    expect(next.notifications).toEqual({ ...first.notifications, "budget-threshold": false });
    expect(changed(next, { notifications: { "budget-threshold": false } }, 0)).toBe(next);
    const limited = changed(next, { largeExpense: { amount: "500.00", currency: "EUR" } }, 0);
    expect(limited.largeExpense).toEqual({ amount: "500.00", currency: "EUR" });
    expect(changed(limited, { largeExpense: { amount: "500.00", currency: "EUR" } }, 0)).toBe(limited);
    expect(changed(limited, {}, 0)).toBe(limited);
    expect(changed(limited, { weeklyReport: false }, 0)).toBe(limited);
    expect(changed(limited, { weeklyReport: true }, 0)).toEqual({ ...limited, weeklyReport: true });
    expect(changed(limited, { largeExpense: null }, 0).largeExpense).toBeNull();
  });
});
