/** What a summary says of a period: the rules. Pure; sums come from SQL in small pieces. */

import type { Budget, BudgetFigures } from "./budget.ts";
import { type CategoryNode, countOf, rollUp, type SpendRow, shareOf, sumBy, totalOf, type Unconverted, unconvertedOf } from "./insights/spend.ts";
import { formatAmount } from "./money.ts";
import { addDays, type Calendar, type Day, daysBetween, type Period, type PeriodKind, periodAt, previousPeriod } from "./periods.ts";

/** A period to sum up, the one to compare it with, and how much of both has passed. */
export interface Frame extends Period {
  previous: Period;
  /** The last day up to which both are compared: null when the period is over, or has not begun. */
  toDate: { day: Day; previousDay: Day } | null;
  /** The day whose weeks, months … of budgets are shown: the one asked for; else today when it is in the period, else the period's nearest day. */
  at: Day;
}

const within = (day: Day, { from, to }: Period) => (day < from ? from : day > to ? to : day);

function frame(period: Period, previous: Period, today: Day, at: Day): Frame {
  const running = period.from <= today && today < period.to;
  const day = running ? addDays(previous.from, daysBetween(period.from, today)) : null;
  return {
    from: period.from,
    to: period.to,
    previous: { from: previous.from, to: previous.to },
    toDate: day === null ? null : { day: today, previousDay: within(day, previous) },
    at,
  };
}

/** The user's week, month … that holds `on`, and the one before it. Throws RangeError for the first of all. */
export function periodFrame(kind: Exclude<PeriodKind, "custom">, calendar: Calendar, on: Day, today: Day): Frame {
  const rhythm = { kind, startsOn: null, periodDays: null };
  const { from, to } = periodAt(rhythm, calendar, on);
  return frame({ from, to }, previousPeriod(rhythm, calendar, { from, to }), today, on);
}

/** Days from `from` to `to`, and as many before them. */
export function rangeFrame(period: Period, today: Day): Frame {
  const days = daysBetween(period.from, period.to) + 1;
  return frame(period, { from: addDays(period.from, -days), to: addDays(period.from, -1) }, today, within(today, period));
}

/** Where the spans begin that are summed: each period whole, and as far as both are compared. Rising. */
export function spanStarts({ from, previous, toDate }: Frame): Day[] {
  const cuts = toDate === null ? [] : [addDays(toDate.previousDay, 1), addDays(toDate.day, 1)];
  return [...new Set([previous.from, from, ...cuts])].sort();
}

export interface CategorySummary {
  /** Null: no category. */
  categoryId: string | null;
  name: string | null;
  parentId: string | null;
  /** Of its own expenses; those of its children are in `rolledUp`. */
  total: string;
  rolledUp: string;
  count: number;
  /** Part of all spending, 0 to 1 in four places (below 0 where refunds prevail); null when all spending is nothing or below. */
  share: number | null;
}

export interface PeriodSummary {
  from: Day;
  to: Day;
  currency: string;
  total: string;
  count: number;
  byCategory: CategorySummary[];
  previous: {
    from: Day;
    to: Day;
    total: string;
    change: string;
    /** The change as a part of what was: 0.25 is a quarter more; null when there was nothing to compare with. */
    changeShare: number | null;
    /** Both as far as the running period has come. Null when it is over. */
    toDate: { to: Day; total: string; change: string; changeShare: number | null } | null;
  };
  unconverted: Unconverted[];
}

/** `rows` by the spans that begin on `spanStarts(frame)`; `categories` all that are named there and their ancestors. */
export function summarize(frame: Frame, currency: string, rows: readonly SpendRow[], categories: readonly CategoryNode[]): PeriodSummary {
  const starts = spanStarts(frame);
  const between = (from: Day, to: Day) =>
    rows.filter(({ span }) => {
      const start = starts[span];
      return start !== undefined && start >= from && start <= to;
    });
  const money = (minor: bigint) => formatAmount(minor, currency);
  const now = between(frame.from, frame.to);
  const total = totalOf(now);
  const own = sumBy(now, ({ categoryId }) => categoryId);
  const rolledUp = rollUp(own, categories);
  const nodes = new Map(categories.map((node) => [node.id, node]));
  const sizes = [...rolledUp].sort(([a, x], [b, y]) =>
    x === y ? ((nodes.get(a ?? "")?.name ?? "") < (nodes.get(b ?? "")?.name ?? "") ? -1 : 1) : x < y ? 1 : -1,
  );
  const compared = (later: bigint, earlier: bigint) => ({
    total: money(earlier),
    change: money(later - earlier),
    changeShare: shareOf(later - earlier, earlier),
  });
  const { previous, toDate } = frame;
  return {
    from: frame.from,
    to: frame.to,
    currency,
    total: money(total),
    count: countOf(now),
    byCategory: sizes.map(([categoryId, minor]) => ({
      categoryId,
      name: nodes.get(categoryId ?? "")?.name ?? null,
      parentId: nodes.get(categoryId ?? "")?.parentId ?? null,
      total: money(own.get(categoryId) ?? 0n),
      rolledUp: money(minor),
      count: countOf(now.filter((row) => row.categoryId === categoryId)),
      share: shareOf(own.get(categoryId) ?? 0n, total),
    })),
    previous: {
      ...previous,
      ...compared(total, totalOf(between(previous.from, previous.to))),
      toDate:
        toDate === null
          ? null
          : { to: toDate.previousDay, ...compared(totalOf(between(frame.from, toDate.day)), totalOf(between(previous.from, toDate.previousDay))) },
    },
    unconverted: unconvertedOf(now),
  };
}

/** A budget in one of its periods as summaries show it, in the budget's own currency. The figures' formulas are those of `budget.ts`. */
export function budgetShown({ budget, figures }: { budget: Budget; figures: BudgetFigures }) {
  const money = (minor: bigint) => formatAmount(minor, budget.currency);
  return {
    budgetId: budget.id,
    name: budget.name,
    categoryId: budget.categoryId,
    currency: budget.currency,
    from: figures.from,
    to: figures.to,
    amount: money(figures.amount),
    carried: money(figures.carried),
    spent: money(figures.spent),
    remaining: money(figures.remaining),
    percent: figures.percent,
    pace: figures.pace,
    projected: money(figures.projected),
    daysLeft: figures.daysLeft,
  };
}
