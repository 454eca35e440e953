import { describe, expect, it } from "vitest";
import { duration, hours, localDay, localMinute, moment, monthName, secondsUntil, serverClock } from "../../src/console/time.ts";

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
