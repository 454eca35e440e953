import { describe, expect, it } from "vitest";
import { addDays, dayName, daysIn, lengthName, spanName } from "../../../src/console/finance/days.ts";
import { monthName } from "../../../src/console/time.ts";

describe("days of the calendar", () => {
  it("are added and counted across months, leap days and changes of the clock", () => {
    expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
    expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
    expect(addDays("2026-01-01", -1)).toBe("2025-12-31");
    expect(daysIn("2026-03-28", "2026-03-30")).toBe(3);
    expect(daysIn("2026-10-01", "2026-10-31")).toBe(31);
    expect(daysIn("2026-11-21", "2026-11-21")).toBe(1);
  });

  it("are named with their year only when it is another", () => {
    expect(dayName("2026-11-21", "2026-01-01")).toMatch(/21/);
    expect(dayName("2026-11-21", "2026-01-01")).not.toMatch(/2026/);
    expect(dayName("2025-11-21", "2026-01-01")).toMatch(/2025/);
  });
});

describe("a span of days", () => {
  it("is a month by its name only when it is a whole month of the calendar", () => {
    expect(spanName("2026-11-01", "2026-11-30")).toBe(monthName("2026-11"));
    expect(spanName("2028-02-01", "2028-02-29")).toBe(monthName("2028-02"));
    expect(spanName("2026-02-01", "2026-02-27")).toMatch(/1.* – .*27/);
    expect(spanName("2026-11-15", "2026-12-14")).toMatch(/15.* – .*14/);
    expect(spanName("2025-12-15", "2026-01-14")).toMatch(/2025.* – .*2026/);
  });

  it("is called by its length", () => {
    expect(lengthName("2026-11-16", "2026-11-22")).toBe("week");
    expect(lengthName("2026-02-01", "2026-02-28")).toBe("month");
    expect(lengthName("2026-11-15", "2026-12-14")).toBe("month");
    expect(lengthName("2026-01-01", "2026-03-31")).toBe("quarter");
    expect(lengthName("2028-01-01", "2028-12-31")).toBe("year");
    expect(lengthName("2026-01-01", "2026-01-10")).toBe("period");
  });
});
