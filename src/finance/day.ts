/**
 * Days on the calendar as text, `2026-01-31`. They compare as text, and belong to no time zone. The Gregorian calendar, carried back to year 1
 * (ISO 8601), as PostgreSQL's `date` counts. Pure.
 */

/** `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
export type Day = string;

/** Where time begins and ends here. */
export const FIRST_OF_ALL: Day = "0001-01-01";
export const LAST_OF_ALL: Day = "9999-12-31";

/** Only what is written is a day: 30 February is none. */
export function isDay(value: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const at = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === value;
}

export const FIRST_DAY: Day = "1900-01-01";

/** The last day that an expense may have at `now` (milliseconds): five years ahead, and one more day, because it is already tomorrow in the east. */
export function lastDay(now: number): Day {
  const day = new Date(now);
  day.setUTCFullYear(day.getUTCFullYear() + 5);
  day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().slice(0, 10);
}

/** Days from 1 January of year 1, which is 0, to the first of a month (0 to 11) of a year. */
function monthStart(year: number, month: number): number {
  const last = year - 1;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month] ?? Number.NaN;
  return last * 365 + Math.floor(last / 4) - Math.floor(last / 100) + Math.floor(last / 400) + before + (leap && month > 1 ? 1 : 0);
}

/** Months counted from January of year 1, which is 0; any whole number. The number of the day (see `numberOf`) on which that month begins. */
export function startOfMonth(months: number): number {
  return monthStart(Math.floor(months / 12) + 1, ((months % 12) + 12) % 12);
}

/** The day in that month, or the month's last when it has none such: 31 in February is the 28th or 29th. As a number. */
export function clampedIn(months: number, dayOfMonth: number): number {
  return Math.min(startOfMonth(months) + dayOfMonth, startOfMonth(months + 1)) - 1;
}

/** The month that holds a day's number, as `startOfMonth` counts months. */
export function monthHolding(number: number): number {
  // Never above the true month: 30.4369 is more than the mean of 146,097 days in 4,800 months; a step or two makes it exact.
  let months = Math.floor(number / 30.4369) - 1;
  while (startOfMonth(months + 1) <= number) months++;
  while (startOfMonth(months) > number) months--;
  return months;
}

/** A day as a whole number that counts up by one a day; 0001-01-01, a Monday, is 0. Throws RangeError for what is no day. */
export function numberOf(day: Day): number {
  const number = startOfMonth((Number(day.slice(0, 4)) - 1) * 12 + Number(day.slice(5, 7)) - 1) + Number(day.slice(8)) - 1;
  if (!isDay(day) || day < FIRST_OF_ALL) throw new RangeError(`${JSON.stringify(day.slice(0, 40))} is no day`);
  return number;
}

const two = (part: number) => String(part).padStart(2, "0");

/** The day of a number. Throws RangeError before 0001-01-01 and after 9999-12-31. */
export function dayOf(number: number): Day {
  if (!Number.isInteger(number) || number < 0 || number > LAST_NUMBER) throw new RangeError(`there is no day ${number}`);
  const months = monthHolding(number);
  return `${String(Math.floor(months / 12) + 1).padStart(4, "0")}-${two((months % 12) + 1)}-${two(number - startOfMonth(months) + 1)}`;
}

/** The number of the last day of all. */
export const LAST_NUMBER: number = numberOf(LAST_OF_ALL);

/** The day `n` days later, or earlier when `n` is negative. Throws RangeError beyond the first and the last of all. */
export const addDays = (day: Day, n: number): Day => dayOf(numberOf(day) + n);

/** How many days `b` is after `a`; negative when it is before. */
export const daysBetween = (a: Day, b: Day): number => numberOf(b) - numberOf(a);

/** ISO 8601: 1 Monday to 7 Sunday. */
export const weekdayOf = (day: Day): number => (numberOf(day) % 7) + 1;

/** `2026-01-31` is in `2026-01`. */
export const monthOf = (day: Day): string => day.slice(0, 7);
