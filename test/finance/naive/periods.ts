/** Periods counted day by day, as one would on paper: slow, and made in another way than the code that it checks. */
import type { Calendar, CalendarChange } from "../../../src/finance/calendar.ts";
import type { Day } from "../../../src/finance/day.ts";
import type { Period, Rhythm } from "../../../src/finance/periods.ts";

const dateOf = (day: Day) => new Date(`${day}T00:00:00Z`);
const step = (day: Day, by: 1 | -1): Day => {
  const date = dateOf(day);
  date.setUTCDate(date.getUTCDate() + by);
  return date.toISOString().slice(0, 10);
};

/** The day of the month, or the last one of a month that has no such day. */
const inMonth = (day: Day, dayOfMonth: number): boolean => {
  const date = dateOf(day);
  const length = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.getUTCDate() === Math.min(dayOfMonth, length);
};

/** Whether a period begins on a day by a rule alone. */
export function begins(rhythm: Rhythm, rule: CalendarChange, day: Day): boolean {
  const date = dateOf(day);
  if (rhythm.kind === "week") return (date.getUTCDay() || 7) === rule.firstWeekday;
  if (rhythm.kind === "payday") return inMonth(day, rule.payday ?? 1);
  const anchor = dateOf(rhythm.startsOn ?? "2000-01-01");
  if (rhythm.kind === "custom") return Math.round((date.getTime() - anchor.getTime()) / 86_400_000) % (rhythm.periodDays ?? 0) === 0;
  const months = (date.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + date.getUTCMonth() - anchor.getUTCMonth();
  return months % { month: 1, quarter: 3, year: 12 }[rhythm.kind] === 0 && inMonth(day, anchor.getUTCDate());
}

/** The rule that counts on a day: each boundary takes over the newest change that was made before it. */
function walk(rhythm: Rhythm, calendar: Calendar, from: Day, until: (period: Period) => boolean): Period {
  let rule = calendar.changes[0] as CalendarChange;
  let start = from;
  for (let day = from; ; ) {
    const next = step(day, 1);
    if (begins(rhythm, rule, next)) {
      const period = { from: start, to: day };
      if (until(period)) return period;
      start = next;
      rule = calendar.changes.findLast((change) => change.from < next) ?? rule;
    }
    day = next;
  }
}

/** The period that holds a day. Begins to walk on a boundary of the first rule, before every change and the day itself. */
export function naivePeriod(rhythm: Rhythm, calendar: Calendar, day: Day): Period {
  const rule = calendar.changes[0] as CalendarChange;
  const second = calendar.changes[1]?.from ?? day;
  let from = second < day ? second : day;
  while (!begins(rhythm, rule, from)) from = step(from, -1);
  return walk(rhythm, calendar, from, (period) => period.to >= day);
}
