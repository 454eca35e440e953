/**
 * Periods: weeks, months, quarters, years, months from payday to payday, and periods of so many days. Whatever the kind, they tile time from 0001-01-01 to
 * 9999-12-31: every day is in exactly one. Pure, on days as text; no time zone and no daylight saving is in it.
 *
 * Period k is computed from the anchor, not from its neighbour: the 31st gives 28 February and then 31 March again. A change of payday or first weekday
 * made on a day leaves the period that holds that day as it is: at its end, the next boundary, the new rule begins, and the period there lasts until the
 * new rule's own next boundary (it may be a short one). Of several changes before that boundary the last one counts.
 */
import type { Calendar, CalendarChange } from "./calendar.ts";
import { clampedIn, type Day, dayOf, LAST_NUMBER, monthHolding, numberOf } from "./day.ts";

export { type Calendar, todayIn } from "./calendar.ts";
export { addDays, type Day, daysBetween, monthOf, weekdayOf } from "./day.ts";

export type PeriodKind = "week" | "month" | "quarter" | "year" | "payday" | "custom";

/** Both days are in it. */
export interface Period {
  from: Day;
  to: Day;
}

/** A period's place in its tiling. */
export interface Place {
  /** 0: the period that holds `startsOn` (without one: 0001-01-01); the one before it is -1. */
  index: number;
}

export interface Rhythm {
  kind: PeriodKind;
  /** Anchor of months, quarters, years and custom periods: one begins on it. Null: calendar months, quarters, years. Weeks and payday months begin where the calendar says. */
  startsOn: Day | null;
  /** Days of a custom period; null for the other kinds. */
  periodDays: number | null;
}

/** Equally ruled boundaries over all of time. Days are numbers here, `numberOf`. */
interface Grid {
  /** Number of the span that holds a day. */
  at(day: number): number;
  /** The first day of a span; rises strictly. */
  start(span: number): number;
}

const everyDays = (length: number, anchor: number): Grid => ({
  at: (day) => Math.floor((day - anchor) / length),
  start: (span) => anchor + span * length,
});

/** Spans of `step` months, of which one begins on the day of the month in `month`; clamped in months that have no such day. */
function everyMonths(step: number, month: number, dayOfMonth: number): Grid {
  const start = (span: number) => clampedIn(month + span * step, dayOfMonth);
  return {
    start,
    at(day) {
      const span = Math.floor((monthHolding(day) - month) / step);
      return start(span) <= day ? span : span - 1;
    },
  };
}

/** A grid that holds from a day on, and the index of the period that begins there. */
interface Stretch {
  grid: Grid;
  from: number;
  first: number;
}

/** The index of the period that holds a day at or after the stretch's beginning. */
const indexIn = ({ grid, from, first }: Stretch, day: number): number => first + grid.at(day) - grid.at(from);

/** The grids that hold one after the other as the calendar changed. */
function stretches(changes: readonly CalendarChange[], gridOf: (change: CalendarChange) => Grid): Stretch[] {
  const [oldest, ...later] = changes;
  if (oldest === undefined) throw new RangeError("a calendar says from the first day on how it counts");
  const found: Stretch[] = [{ grid: gridOf(oldest), from: 0, first: 0 }];
  for (const change of later) {
    const day = numberOf(change.from);
    // What would have begun after this day never does: this change replaces it.
    while ((found.at(-1)?.from ?? 0) > day) found.pop();
    const running = found.at(-1);
    if (running === undefined) throw new RangeError("a calendar's changes are sorted by their day");
    const boundary = running.grid.start(running.grid.at(day) + 1);
    found.push({ grid: gridOf(change), from: boundary, first: indexIn(running, boundary - 1) + 1 });
  }
  return found;
}

/** The first of January of year 1 was a Monday, and is day 0. */
const weeks = ({ firstWeekday }: CalendarChange): Grid => everyDays(7, firstWeekday - 1);
const paydays = ({ payday }: CalendarChange): Grid => everyMonths(1, 0, payday ?? 1);
const monthSteps = { month: 1, quarter: 3, year: 12 } as const;

function tiling({ kind, startsOn, periodDays }: Rhythm, { changes }: Calendar): Stretch[] {
  if (kind === "week") return stretches(changes, weeks);
  if (kind === "payday") return stretches(changes, paydays);
  const anchor = startsOn === null ? 0 : numberOf(startsOn);
  if (kind !== "custom") {
    const month = monthHolding(anchor);
    const dayOfMonth = startsOn === null ? 1 : Number(startsOn.slice(8));
    return [{ grid: everyMonths(monthSteps[kind], month, dayOfMonth), from: 0, first: 0 }];
  }
  if (startsOn === null || periodDays === null || !Number.isInteger(periodDays) || periodDays < 1)
    throw new RangeError("a custom period needs the day on which one begins, and a whole number of days");
  return [{ grid: everyDays(periodDays, anchor), from: 0, first: 0 }];
}

/** The period that holds a day, as numbers. */
function locate(all: readonly Stretch[], day: number): { from: number; to: number; index: number } {
  const which = all.findLastIndex(({ from }) => from <= day);
  const stretch = all[which];
  if (stretch === undefined) throw new RangeError("there is nothing before the first period of all");
  const span = stretch.grid.at(day);
  const end = Math.min(stretch.grid.start(span + 1), all[which + 1]?.from ?? Number.POSITIVE_INFINITY, LAST_NUMBER + 1);
  return { from: Math.max(stretch.grid.start(span), stretch.from), to: end - 1, index: indexIn(stretch, day) };
}

/** The period that holds `day`. Throws RangeError for what is no day, or a custom rhythm without its anchor or length. */
export function periodAt(rhythm: Rhythm, calendar: Calendar, day: Day): Period & Place {
  const all = tiling(rhythm, calendar);
  const { from, to, index } = locate(all, numberOf(day));
  const zero = rhythm.startsOn === null ? 0 : locate(all, numberOf(rhythm.startsOn)).index;
  return { from: dayOf(from), to: dayOf(to), index: index - zero };
}

/** The periods that touch the range, both days included, in order; none when `to` is before `from`. As many as the range holds: bound it first. */
export function periodsBetween(rhythm: Rhythm, calendar: Calendar, from: Day, to: Day): Period[] {
  const all = tiling(rhythm, calendar);
  const last = numberOf(to);
  const found: Period[] = [];
  for (let day = numberOf(from); day <= last; ) {
    const period = locate(all, day);
    found.push({ from: dayOf(period.from), to: dayOf(period.to) });
    day = period.to + 1;
  }
  return found;
}

/** The one before. Throws RangeError for the first of all. */
export function previousPeriod(rhythm: Rhythm, calendar: Calendar, period: Period): Period {
  const { from, to } = locate(tiling(rhythm, calendar), numberOf(period.from) - 1);
  return { from: dayOf(from), to: dayOf(to) };
}
