/** How a user counts time, and which day it is where they are. Pure. */
import { type Day, FIRST_OF_ALL } from "./day.ts";

/** What holds from a day on (from the next boundary after it: see `periods.ts`). */
export interface CalendarChange {
  from: Day;
  /** ISO 8601: 1 Monday to 7 Sunday. */
  firstWeekday: number;
  /** 1 to 31, clamped in short months; null: the 1st. */
  payday: number | null;
}

/** How this user counts time, with what changed when. `changes` sorted by `from`; the first from "0001-01-01". */
export interface Calendar {
  /** IANA. */
  timeZone: string;
  changes: readonly CalendarChange[];
}

/** UTC, weeks from Monday, no payday. */
export const defaultCalendar = (): Calendar => ({ timeZone: "UTC", changes: [{ from: FIRST_OF_ALL, firstWeekday: 1, payday: null }] });

/** Making one costs a hundred times what using it does. Bounded, because a zone may be written in upper and lower case. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  if (formats.size >= 1000) formats.clear();
  formats.set(timeZone, made);
  return made;
}

/** Which day it is in an IANA time zone at `now` (milliseconds since the epoch, in the years 1 to 9999). Throws RangeError for a zone that is none. */
export function todayIn(timeZone: string, now: number): Day {
  const part = { year: "", month: "", day: "" };
  for (const { type, value } of formatOf(timeZone).formatToParts(now)) if (type === "year" || type === "month" || type === "day") part[type] = value;
  return `${part.year.padStart(4, "0")}-${part.month}-${part.day}`;
}

/** An IANA name as `Intl` knows it: `europe/berlin` is `Europe/Berlin`, an alias such as `Asia/Kolkata` stays what it is; null for what is none, offsets (`+05:30`) included. */
export function timeZoneNamed(name: string): string | null {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return null;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
    return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name;
  } catch {
    return null;
  }
}
