/** Days of the calendar (`2026-11-21`) and spans of them in words. Pure. */
import { monthName } from "../time.ts";

const at = (day: string) => Date.parse(`${day}T00:00:00Z`);

export function addDays(day: string, count: number): string {
  return new Date(at(day) + count * 86_400_000).toISOString().slice(0, 10);
}

/** Days from one to another, both counted. */
export function daysIn(from: string, to: string): number {
  return Math.round((at(to) - at(from)) / 86_400_000) + 1;
}

/** `21 Nov`, with the year when it is not that of `near`. */
export function dayName(day: string, near: string, month: "short" | "long" = "short"): string {
  const year: Intl.DateTimeFormatOptions = day.slice(0, 4) === near.slice(0, 4) ? {} : { year: "numeric" };
  return new Date(at(day)).toLocaleDateString(undefined, { day: "numeric", month, timeZone: "UTC", ...year });
}

/** A span of days: a calendar month by its name, any other by its ends. */
export function spanName(from: string, to: string): string {
  const whole = from.endsWith("-01") && from.slice(0, 7) === to.slice(0, 7) && addDays(to, 1).endsWith("-01");
  return whole ? monthName(from.slice(0, 7)) : `${dayName(from, to)} – ${dayName(to, from)}`;
}

/** What a span of that length is called. */
export function lengthName(from: string, to: string): "week" | "month" | "quarter" | "year" | "period" {
  const days = daysIn(from, to);
  if (days === 7) return "week";
  if (days >= 28 && days <= 31) return "month";
  if (days >= 90 && days <= 92) return "quarter";
  return days === 365 || days === 366 ? "year" : "period";
}
