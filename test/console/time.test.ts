import { describe, expect, it } from "vitest";
import { duration, hours, inOwnZone, localDay, localMinute, moment, monthName, secondsUntil, serverClock } from "../../src/console/time.ts";

describe("duration", () => {
  it.each([
    [-5, "0 s"],
    [0, "0 s"],
    [25.4, "25 s"],
    [59.6, "1 min"],
    [60, "1 min"],
    [95, "1 min 35 s"],
    [599, "9 min 59 s"],
    [629, "10 min"],
    [3_599, "1 h"],
    [3_600, "1 h"],
    [7_500, "2 h 5 min"],
    [86_399, "1 d"],
    [273_600, "3 d 4 h"],
  ])("says %d seconds as %s", (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});

describe("moments", () => {
  const now = new Date(2026, 10, 21, 14, 5).getTime();
  it("leaves the day out when it is today", () => {
    expect(moment(now - 3_600_000, now)).toBe(new Date(now - 3_600_000).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" }));
  });
  it("names the day when it is another, and the year when that is another", () => {
    expect(moment(new Date(2026, 10, 20, 14, 5).getTime(), now)).toMatch(/20/);
    expect(moment(new Date(2026, 10, 20, 14, 5).getTime(), now)).not.toMatch(/2026/);
    expect(moment(new Date(2025, 10, 20, 14, 5).getTime(), now)).toMatch(/2025/);
  });
  it("gives the reader's own day and minute in the forms that inputs take", () => {
    expect(localDay(now)).toBe("2026-11-21");
    expect(localMinute(now)).toBe("2026-11-21T14:05");
  });
  it("counts the seconds until a moment, below zero once it has passed", () => {
    expect(secondsUntil("2026-11-21T12:00:30Z", Date.parse("2026-11-21T12:00:00Z"))).toBe(30);
    expect(secondsUntil("2026-11-21T12:00:00Z", Date.parse("2026-11-21T12:00:30Z"))).toBe(-30);
  });
  it("names a month of the savings, whatever the reader's time zone", () => {
    expect(monthName("2026-11")).toMatch(/2026/);
    expect(monthName("2026-11")).toBe(new Date(2026, 10, 15).toLocaleDateString(undefined, { month: "long", year: "numeric" }));
  });
  it("sums in hours, and in minutes below one hour", () => {
    expect(hours(1_800)).toBe("30 min");
    expect(hours(7_200)).toBe("2 h");
    expect(hours(1_483_200)).toBe("412 h");
  });
});

describe("the server's clock", () => {
  const local = Date.parse("2026-11-21T12:00:00.200Z");
  it("follows the server when the reader's clock is minutes wrong", () => {
    const clock = serverClock(() => local);
    clock.heard("Sat, 21 Nov 2026 12:05:00 GMT");
    expect(Math.abs(clock.now() - Date.parse("2026-11-21T12:05:00Z"))).toBeLessThanOrEqual(500);
  });
  it("leaves the clock alone for what the header's resolution can't tell, and for no header", () => {
    const clock = serverClock(() => local);
    clock.heard("Sat, 21 Nov 2026 12:00:01 GMT");
    expect(clock.now()).toBe(local);
    clock.heard(null);
    clock.heard("yesterday");
    expect(clock.now()).toBe(local);
  });
});

describe("a sentence with times in UTC", () => {
  const said = Date.UTC(2026, 10, 21, 9);
  const clock = (...at: [number, number, number, number, number]) =>
    new Date(Date.UTC(...at)).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });

  it("says them in the reader's own zone", () => {
    expect(inOwnZone("sleeps at 12:20 UTC if nobody uses it", said)).toBe(`sleeps at ${clock(2026, 10, 21, 12, 20)} if nobody uses it`);
    expect(clock(2026, 10, 21, 12, 20)).toMatch(/0?6:05/);
  });

  it("names the day when it is another one there", () => {
    const at = Date.UTC(2026, 10, 21, 20);
    expect(inOwnZone("kept awake until 20:00 UTC by ann: demo", said)).toBe(`kept awake until ${moment(at, said)} by ann: demo`);
    expect(moment(at, said)).toMatch(/22/);
  });

  it("moves a day that is there, and a year's end with it", () => {
    expect(inOwnZone("until 22 Nov 18:30 UTC", said)).toBe(`until ${moment(Date.UTC(2026, 10, 22, 18, 30), said)}`);
    const eve = Date.UTC(2026, 11, 31, 12);
    expect(inOwnZone("until 2 Jan 08:00 UTC", eve)).toBe(`until ${moment(Date.UTC(2027, 0, 2, 8), eve)}`);
    const newYear = Date.UTC(2027, 0, 1, 12);
    expect(inOwnZone("since 30 Dec 08:00 UTC", newYear)).toBe(`since ${moment(Date.UTC(2026, 11, 30, 8), newYear)}`);
  });

  it("says a daily window by its times alone", () => {
    expect(inOwnZone("the backup window 03:00-23:30 UTC", said)).toBe(`the backup window ${clock(2026, 10, 21, 3, 0)}–${clock(2026, 10, 21, 23, 30)}`);
  });

  it("leaves everything else alone", () => {
    for (const sentence of ["", "idle for 63 min, limit 60 min", "at 12:20", "UTC", "times today (UTC)", "2026-11-22T18:00:00Z"])
      expect(inOwnZone(sentence, said)).toBe(sentence);
  });
});
