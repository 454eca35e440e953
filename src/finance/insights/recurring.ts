/**
 * Payments that come back: the same merchant, about the same amount, at a regular gap. Pure.
 *
 * A merchant's payments are put into groups whose largest amount is at most 15 % above the smallest, so that a price that rises stays in its group. A group
 * is recurring when the median of the gaps between its days fits a rhythm and three of four gaps do: one payment may be late, or missing. Where a group
 * holds other purchases as well, payments of exactly the same amount are looked at by themselves.
 */
import { addDays, clampedIn, type Day, dayOf, daysBetween, monthHolding, numberOf } from "../day.ts";
import { median } from "./robust.ts";

export type Rhythm = "weekly" | "fortnightly" | "monthly" | "quarterly" | "yearly";

interface Beat {
  /** Days from one payment to the next. */
  shortest: number;
  longest: number;
  /** Fewer payments are chance. */
  payments: number;
  /** How many times in a year. */
  aYear: number;
  /** Days after which an expected payment is late. */
  grace: number;
  /** From one to the next: months on the same day, or days. */
  months?: number;
  days?: number;
}

const beats: Readonly<Record<Rhythm, Beat>> = {
  weekly: { shortest: 6, longest: 8, payments: 4, aYear: 52, grace: 3, days: 7 },
  fortnightly: { shortest: 12, longest: 16, payments: 4, aYear: 26, grace: 4, days: 14 },
  monthly: { shortest: 26, longest: 35, payments: 3, aYear: 12, grace: 7, months: 1 },
  quarterly: { shortest: 84, longest: 98, payments: 3, aYear: 4, grace: 14, months: 3 },
  yearly: { shortest: 351, longest: 379, payments: 2, aYear: 1, grace: 21, months: 12 },
};

/** How much larger than the smallest an amount of one group may be, in percent. */
export const TOLERANCE_PERCENT = 15n;

/** Of four gaps. */
const FITTING = 3;

/** Days that are looked back on: two yearly payments, the later one up to two weeks late, are in it. */
export const RECURRING_DAYS = 400;

export interface Payment {
  day: Day;
  /** In its own currency's minor unit. */
  minor: bigint;
  /** In the reader's currency; null without a rate. */
  converted: bigint | null;
  categoryId: string | null;
}

/** What was paid to one merchant in one currency. */
export interface MerchantHistory {
  /** Upper and lower case and white space around it put aside. */
  key: string;
  /** As it was written last. */
  merchant: string;
  currency: string;
  payments: readonly Payment[];
}

export interface Recurring {
  key: string;
  merchant: string;
  currency: string;
  rhythm: Rhythm;
  /** Its payments, oldest first. */
  history: readonly Payment[];
  /** What was paid last. */
  last: Payment;
  /** The one before, when it was another amount. */
  changedFrom: bigint | null;
  next: Day;
  /** It was expected, and has not come by today. */
  late: boolean;
  /** A twelfth of a year's, in the reader's currency; null without a rate. Half cents go up. */
  monthly: bigint | null;
  /** The smallest and largest amount of the group, for telling its payments from others of the same merchant. */
  range: readonly [bigint, bigint];
}

const byAmount = (a: Payment, b: Payment) => (a.minor < b.minor ? -1 : a.minor > b.minor ? 1 : 0);
const byDay = (a: Payment, b: Payment) => (a.day < b.day ? -1 : a.day > b.day ? 1 : byAmount(a, b));

/** Groups of about the same amount. */
function alike(payments: readonly Payment[]): Payment[][] {
  const groups: Payment[][] = [];
  for (const payment of [...payments].sort(byAmount)) {
    const group = groups.at(-1);
    const smallest = group?.[0];
    if (group !== undefined && smallest !== undefined && payment.minor * 100n <= smallest.minor * (100n + TOLERANCE_PERCENT)) group.push(payment);
    else groups.push([payment]);
  }
  return groups;
}

function same(payments: readonly Payment[]): Payment[][] {
  const groups = new Map<bigint, Payment[]>();
  for (const payment of payments) groups.set(payment.minor, [...(groups.get(payment.minor) ?? []), payment]);
  return [...groups.values()];
}

/** The rhythm of days in order; null when there is none. */
export function rhythmOf(days: readonly Day[]): Rhythm | null {
  const gaps = days.slice(1).map((day, i) => daysBetween(days[i] ?? day, day));
  const middle = median(gaps);
  if (middle === null) return null;
  for (const [name, beat] of Object.entries(beats) as [Rhythm, Beat][]) {
    const fits = (gap: number) => gap >= beat.shortest && gap <= beat.longest;
    if (days.length >= beat.payments && fits(middle) && gaps.filter(fits).length * 4 >= gaps.length * FITTING) return name;
  }
  return null;
}

/** The day of the month on which most payments came; the later one of two, because the 31st becomes the 28th in February. */
function usualDate(days: readonly Day[]): number {
  const times = new Map<number, number>();
  for (const day of days) times.set(Number(day.slice(8)), (times.get(Number(day.slice(8))) ?? 0) + 1);
  return [...times].reduce((best, one) => (one[1] > best[1] || (one[1] === best[1] && one[0] > best[0]) ? one : best), [0, 0])[0];
}

/** When the next one is to be expected after `days`. */
export function nextAfter(days: readonly Day[], rhythm: Rhythm): Day {
  const last = days.at(-1) ?? "";
  const { months, days: step = 0 } = beats[rhythm];
  if (months === undefined) return addDays(last, step);
  const date = usualDate(rhythm === "monthly" ? days : days.slice(-1));
  // What came on the 1st, instead of the 31st, belongs to the month before: the nearest expected day counts.
  const wanted = numberOf(last) + (months * 365.25) / 12;
  const month = monthHolding(numberOf(last)) + months;
  const nearest = [month - 1, month, month + 1].map((at) => clampedIn(at, date)).sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0] ?? 0;
  return dayOf(nearest);
}

function recurringIn(history: MerchantHistory, group: readonly Payment[], today: Day): Recurring | null {
  const payments = [...group].sort(byDay);
  const days = [...new Set(payments.map(({ day }) => day))];
  const rhythm = rhythmOf(days);
  const last = payments.at(-1);
  if (rhythm === null || last === undefined) return null;
  const beat = beats[rhythm];
  const next = nextAfter(days, rhythm);
  const overdue = daysBetween(next, today);
  // Missed for as long again as it takes: that has ended.
  if (overdue > beat.longest) return null;
  const previous = payments.at(-2);
  const amounts = payments.map(({ minor }) => minor).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    key: history.key,
    merchant: history.merchant,
    currency: history.currency,
    rhythm,
    history: payments,
    last,
    changedFrom: previous === undefined || previous.minor === last.minor ? null : previous.minor,
    next,
    late: overdue > beat.grace,
    monthly: last.converted === null ? null : (last.converted * BigInt(beat.aYear) * 2n + 12n) / 24n,
    range: [amounts[0] ?? 0n, amounts.at(-1) ?? 0n],
  };
}

/** Recurring payments that have not ended by `today`: the most expensive first. */
export function findRecurring(histories: readonly MerchantHistory[], today: Day): Recurring[] {
  const found = histories.flatMap((history) =>
    alike(history.payments).flatMap((group) => {
      const whole = recurringIn(history, group, today);
      return whole === null ? same(group).flatMap((part) => recurringIn(history, part, today) ?? []) : [whole];
    }),
  );
  const size = ({ monthly }: Recurring) => monthly ?? -1n;
  return found.sort((a, b) => (size(a) === size(b) ? (a.key < b.key ? -1 : 1) : size(a) < size(b) ? 1 : -1));
}

/** Whether a purchase is one of a recurring payment's. */
export const isPaymentOf = (recurring: readonly Recurring[], { key, currency, minor }: { key: string; currency: string; minor: bigint }): boolean =>
  recurring.some((one) => one.key === key && one.currency === currency && minor >= one.range[0] && minor <= one.range[1]);
