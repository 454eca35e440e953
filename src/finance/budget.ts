/**
 * Budgets: what may be spent in a period, what is left of it, and which thresholds it has reached. Pure; amounts are whole minor units of the budget's
 * currency.
 *
 * With rollover a period begins with what the ones before it left, or overspent. That is never stored: it is Σ amounts − Σ spent of the periods from
 * `carryFrom` up to this one, so that a late receipt in an old month is right everywhere at once.
 */
import { divideHalfEven } from "./money.ts";
import { type Calendar, type Day, daysBetween, type Period, type PeriodKind, periodAt } from "./periods.ts";

/** The amount that holds from the period that begins on `from`, until the next one. */
export interface BudgetAmount {
  from: Day;
  minor: bigint;
}

/** How a budget counts time: always from a day on. */
export interface BudgetRhythm {
  kind: PeriodKind;
  /** The budget's first period is the one that holds this day; months, quarters, years and custom periods begin on it. */
  startsOn: Day;
  /** Custom only. */
  periodDays: number | null;
}

export interface Budget {
  id: string;
  version: number;
  name: string;
  /** With its children; null: all spending. */
  categoryId: string | null;
  /** The newest amount, the last of `amounts`. */
  minor: bigint;
  /** Rising by day; one at least. */
  amounts: readonly BudgetAmount[];
  /** ISO 4217. */
  currency: string;
  rhythm: BudgetRhythm;
  /** Percent, rising. */
  thresholds: readonly number[];
  rollover: boolean;
  /** A day in the period from which on what is left is carried over. */
  carryFrom: Day;
}

/** Which spending counts, and how. */
export type BudgetTerms = Pick<Budget, "categoryId" | "currency" | "rhythm" | "rollover">;

/** The budget's period that holds `day`; null before its first one, when there is no budget yet. */
export function budgetPeriod(rhythm: BudgetRhythm, calendar: Calendar, day: Day): Period | null {
  const { from, to, index } = periodAt(rhythm, calendar, day);
  return index < 0 ? null : { from, to };
}

/** The amount of the period that begins on `from`. `amounts` rise by day, one at least; before the first it is the first. */
export function amountOf(amounts: readonly BudgetAmount[], from: Day): bigint {
  const found = amounts.findLast((one) => one.from <= from) ?? amounts[0];
  if (found === undefined) throw new RangeError("a budget has an amount from its first period on");
  return found.minor;
}

/** The first day that is carried over: that of the period which holds `carryFrom`, or of the budget's first one when a change of the calendar moved it. */
export function carryStart({ rhythm, carryFrom }: Pick<Budget, "rhythm" | "carryFrom">, calendar: Calendar): Day {
  return (budgetPeriod(rhythm, calendar, carryFrom) ?? periodAt(rhythm, calendar, rhythm.startsOn)).from;
}

/** Σ of the amounts of the periods from the one that begins on `since` up to the one that begins on `before`, which is not counted. */
export function allowance(rhythm: BudgetRhythm, calendar: Calendar, amounts: readonly BudgetAmount[], since: Day, before: Day): bigint {
  /** The first period to begin on or after a day. */
  const next = (day: Day) => {
    const period = periodAt(rhythm, calendar, day);
    return period.from === day ? period.index : period.index + 1;
  };
  const end = next(before);
  let at = next(since);
  let sum = 0n;
  // Never period by period: a budget of one day, kept for years, has thousands.
  for (const [i, { minor }] of amounts.entries()) {
    const following = amounts[i + 1];
    const until = following === undefined ? end : Math.min(end, next(following.from));
    if (until <= at) continue;
    sum += minor * BigInt(until - at);
    at = until;
  }
  return sum;
}

/** What the periods before the one that begins on `from` left of their amounts (below zero: overspent by); 0 without rollover. */
export function carriedInto(budget: Pick<Budget, "rhythm" | "rollover" | "carryFrom" | "amounts">, calendar: Calendar, from: Day, spentBefore: bigint): bigint {
  if (!budget.rollover) return 0n;
  const since = carryStart(budget, calendar);
  return from <= since ? 0n : allowance(budget.rhythm, calendar, budget.amounts, since, from) - spentBefore;
}

/** What SQL knows of a budget's period. */
export interface Spending {
  /** In all of the period, days to come included. */
  spent: bigint;
  /** As much of it as lies on or before today. */
  spentByToday: bigint;
  /** From `carryStart` up to the period; 0 without rollover. */
  spentBefore: bigint;
}

export interface BudgetFigures extends Period {
  /** The period's own amount. */
  amount: bigint;
  /** What the periods before left (or overspent: below zero). */
  carried: bigint;
  /** amount + carried: what may be spent. */
  effective: bigint;
  spent: bigint;
  /** As much of it as lies on or before today. */
  spentByToday: bigint;
  /** effective − spent. */
  remaining: bigint;
  /** spent × 100 ÷ effective, to two decimals, rounded down: it says 100 when it is reached and not before. 100 where nothing may be spent (effective ≤ 0). */
  percent: number;
  /**
   * The share spent by today ÷ the share of the period's days that have begun, to four decimals: 1 is as planned, above is too fast. Null before the
   * period and where nothing may be spent.
   */
  pace: number | null;
  /**
   * Where spending ends if it goes on like this: spent by today × days of the period ÷ days begun, half to even, but never less than what is entered
   * already. A period that is over, or has not begun, projects what is entered.
   */
  projected: bigint;
  /** Days of the period after today: 0 on its last day, all of them before it begins. */
  daysLeft: number;
}

/** Where nothing may be spent, all of it counts as spent. */
const NOTHING_TO_SPEND_PERCENT = 100;

/** A quotient to `decimals` places as a number; for showing only. */
const quotient = (dividend: bigint, divisor: bigint, decimals: number) => Number(divideHalfEven(dividend * 10n ** BigInt(decimals), divisor)) / 10 ** decimals;

/** Towards minus infinity; the divisor above zero. */
const floored = (dividend: bigint, divisor: bigint) => {
  const towardZero = dividend / divisor;
  return dividend % divisor < 0n ? towardZero - 1n : towardZero;
};

/** What there is to say of one period of a budget, at the user's day `today`. */
export function figuresOf(
  period: Period,
  today: Day,
  amount: bigint,
  carried: bigint,
  { spent, spentByToday }: Pick<Spending, "spent" | "spentByToday">,
): BudgetFigures {
  const effective = amount + carried;
  const days = daysBetween(period.from, period.to) + 1;
  const begun = Math.max(0, Math.min(days, daysBetween(period.from, today) + 1));
  const line = begun === 0 || begun === days ? spent : divideHalfEven(spentByToday * BigInt(days), BigInt(begun));
  return {
    from: period.from,
    to: period.to,
    amount,
    carried,
    effective,
    spent,
    spentByToday,
    remaining: effective - spent,
    percent: effective <= 0n ? NOTHING_TO_SPEND_PERCENT : Number(floored(spent * 10_000n, effective)) / 100,
    pace: effective <= 0n || begun === 0 ? null : quotient(spentByToday * BigInt(days), effective * BigInt(begun), 4),
    projected: line > spent ? line : spent,
    daysLeft: days - begun,
  };
}

/** The thresholds (percent) that spending has reached: spent × 100 ≥ effective × threshold. An effective amount of 0 or less counts as 100 % spent. */
export function fired(spent: bigint, effective: bigint, thresholds: readonly number[]): number[] {
  return thresholds.filter((threshold) => (effective <= 0n ? threshold <= NOTHING_TO_SPEND_PERCENT : spent * 100n >= effective * BigInt(threshold)));
}

/** A budget's figures in one of its periods. */
export function budgetFigures(budget: Budget, calendar: Calendar, period: Period, today: Day, spending: Spending): BudgetFigures {
  const carried = carriedInto(budget, calendar, period.from, spending.spentBefore);
  return figuresOf(period, today, amountOf(budget.amounts, period.from), carried, spending);
}
