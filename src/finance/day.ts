/** Days on the calendar as text, `2026-01-31`. They compare as text, and belong to no time zone. Pure. */

/** Only what is written is a day: 30 February is none. */
export function isDay(value: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const at = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === value;
}

export const FIRST_DAY = "1900-01-01";

/** The last day that an expense may have at `now` (milliseconds): five years ahead, and one more day, because it is already tomorrow in the east. */
export function lastDay(now: number): string {
  const day = new Date(now);
  day.setUTCFullYear(day.getUTCFullYear() + 5);
  day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().slice(0, 10);
}
