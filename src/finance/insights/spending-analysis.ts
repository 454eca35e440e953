/** Where the money goes over a year: by category and merchant, what rises and falls, what comes back, what stands out. Pure. */
import { formatAmount } from "../money.ts";
import { addDays, type Calendar, type Day, type Period, periodAt, previousPeriod } from "../periods.ts";
import { type Insight, type Named, nameIn, type Reader } from "./insight.ts";
import { findRecurring, isPaymentOf, type MerchantHistory, RECURRING_DAYS, type Recurring, type Rhythm } from "./recurring.ts";
import { bySize, type CategoryNode, rollUp, type SpendRow, shareOf, sumBy, totalOf, unconvertedOf } from "./spend.ts";
import { type Direction, FEWEST_MONTHS, trendOf } from "./trend.ts";
import { type CategorySpread, FEWEST_EXPENSES, findUnusual } from "./unusual.ts";
import type { TopExpense } from "./weekly-recap.ts";
import { capital, counted, type Words, words } from "./words.ts";

/** Full months that are looked at, before the running one. */
export const MONTHS = 12;

/** Days in which something unusual is worth telling. */
export const UNUSUAL_DAYS = 92;

const MERCHANTS = 10;
const SHOWN = 50;

/** Full calendar months, oldest first, and the running one up to `to`. */
export interface MonthsFrame extends Period {
  months: readonly Period[];
  running: Period;
}

/** `MONTHS` calendar months before the one that holds `on`. */
export function monthsFrame(calendar: Calendar, on: Day): MonthsFrame {
  const rhythm = { kind: "month", startsOn: null, periodDays: null } as const;
  const months: Period[] = [];
  const { from } = periodAt(rhythm, calendar, on);
  for (let at: Period = { from, to: on }; months.length < MONTHS; ) {
    at = previousPeriod(rhythm, calendar, at);
    months.unshift(at);
  }
  return { from: months[0]?.from ?? from, to: on, months, running: { from, to: on } };
}

export const monthStarts = ({ months, running }: MonthsFrame): Day[] => [...months, running].map(({ from }) => from);

/** The days that recurring payments are looked for in. */
export const recurringDays = (on: Day): Period => ({ from: addDays(on, 1 - RECURRING_DAYS), to: on });

/** What was spent at a merchant. */
export interface MerchantTotal {
  key: string;
  merchant: string;
  count: number;
  minor: bigint;
}

/** One of the largest expenses of its category, with its merchant's key. */
export interface Purchase extends TopExpense {
  key: string;
}

export interface RecurringShown {
  merchant: string;
  rhythm: Rhythm;
  /** What was paid last, and when. */
  amount: string;
  currency: string;
  lastOn: Day;
  changedFrom: string | null;
  payments: number;
  nextOn: Day;
  late: boolean;
  /** A twelfth of a year's, in the insight's currency. */
  perMonth: string | null;
}

export interface SpendingAnalysis {
  total: string;
  months: (Period & { total: string })[];
  byCategory: (Named & {
    parentId: string | null;
    total: string;
    rolledUp: string;
    share: number | null;
    /** By full month, oldest first. */
    months: string[];
    trend: { direction: Direction; perMonth: string } | null;
  })[];
  byMerchant: { merchant: string; total: string; count: number; share: number | null }[];
  recurring: RecurringShown[];
  /** All of them together, a month. */
  recurringPerMonth: string;
  unusual: (Named & {
    id: string;
    occurredOn: Day;
    merchant: string;
    description: string;
    amount: string;
    currency: string;
    total: string;
    usual: string;
    times: number;
  })[];
}

export const recurringShown = (one: Recurring, currency: string): RecurringShown => ({
  merchant: one.merchant,
  rhythm: one.rhythm,
  amount: formatAmount(one.last.minor, one.currency),
  currency: one.currency,
  lastOn: one.last.day,
  changedFrom: one.changedFrom === null ? null : formatAmount(one.changedFrom, one.currency),
  payments: one.history.length,
  nextOn: one.next,
  late: one.late,
  perMonth: one.monthly === null ? null : formatAmount(one.monthly, currency),
});

/** What the aggregates of SQL are. */
export interface AnalysisInput {
  /** By the spans that begin on `monthStarts`. */
  rows: readonly SpendRow[];
  categories: readonly CategoryNode[];
  /** Of `recurringDays`. */
  histories: readonly MerchantHistory[];
  merchants: readonly MerchantTotal[];
  spreads: readonly CategorySpread[];
  /** Of the last `UNUSUAL_DAYS`. */
  purchases: readonly Purchase[];
}

export function spendingAnalysis(frame: MonthsFrame, reader: Reader, input: AnalysisInput): Insight<SpendingAnalysis> {
  const { rows, categories, histories, merchants, spreads, purchases } = input;
  const say = words(reader.locale, reader.currency);
  const money = (minor: bigint) => formatAmount(minor, reader.currency);
  const nodes = new Map(categories.map((node) => [node.id, node]));
  const nameOf = (id: string | null) => nodes.get(id ?? "")?.name ?? null;
  const total = totalOf(rows);
  const own = sumBy(rows, ({ categoryId }) => categoryId);
  const rolledUp = rollUp(own, categories);
  // Months before the first expense of all are no months without spending.
  const first = Math.max(0, Math.min(MONTHS, ...rows.map(({ span }) => span)));

  const byCategory = [...rolledUp]
    .map(([id, minor]) => {
      const mine = rows.filter((row) => row.categoryId === id);
      const months = frame.months.map((_, span) => totalOf(mine.filter((row) => row.span === span)));
      const trend = trendOf(months.slice(first));
      return { id, minor: own.get(id) ?? 0n, rolledUp: minor, months, trend };
    })
    .sort((a, b) => bySize(a.minor, b.minor) || bySize(a.rolledUp, b.rolledUp) || ((a.id ?? "") < (b.id ?? "") ? -1 : 1));
  const recurring = findRecurring(histories, frame.to);
  const recurringMonthly = recurring.reduce((sum, { monthly }) => sum + (monthly ?? 0n), 0n);
  const unusual = findUnusual(
    spreads,
    purchases.filter(({ key, currency, amountMinor }) => !isPaymentOf(recurring, { key, currency, minor: amountMinor })),
  );
  const unconverted = unconvertedOf(rows);

  const trends = byCategory.filter(({ trend }) => trend !== null && trend.direction !== "none");
  return {
    sentence: sentence(frame, say, { total, first, biggest: byCategory[0], trends, recurring, recurringMonthly, unusual, nameOf }) + say.leftOut(unconverted),
    from: frame.from,
    to: frame.to,
    currency: reader.currency,
    figures: {
      total: money(total),
      months: [...frame.months, frame.running].map((month, span) => ({ ...month, total: money(totalOf(rows.filter((row) => row.span === span))) })),
      byCategory: byCategory.map(({ id, minor, rolledUp: all, months, trend }) => ({
        categoryId: id,
        name: nameOf(id),
        parentId: nodes.get(id ?? "")?.parentId ?? null,
        total: money(minor),
        rolledUp: money(all),
        share: shareOf(minor, total),
        months: months.map(money),
        trend: trend === null ? null : { direction: trend.direction, perMonth: money(trend.perMonth) },
      })),
      byMerchant: merchants.slice(0, MERCHANTS).map(({ merchant, minor, count }) => ({ merchant, total: money(minor), count, share: shareOf(minor, total) })),
      recurring: recurring.slice(0, SHOWN).map((one) => recurringShown(one, reader.currency)),
      recurringPerMonth: money(recurringMonthly),
      unusual: unusual.slice(0, SHOWN).map(({ key: _, score: __, minor, amountMinor, usual, ...one }) => ({
        ...one,
        name: nameOf(one.categoryId),
        amount: formatAmount(amountMinor, one.currency),
        total: money(minor),
        usual: money(usual),
        times: usual === 0n ? 0 : Math.round((Number(minor) / Number(usual)) * 10) / 10,
      })),
    },
    method: `Twelve full months and the running one; expenses less refunds. A trend is a Theil-Sen slope over at least ${FEWEST_MONTHS} months that a Mann-Kendall test finds at 1 % and that is more than 1 % of the median month. Recurring: one merchant, amounts within 15 %, a regular weekly to yearly gap, in the last ${RECURRING_DAYS} days. Unusual: in the last ${UNUSUAL_DAYS} days, above 3.5 median absolute deviations of log amounts in a category with ${FEWEST_EXPENSES} expenses or more (Iglewicz and Hoaglin), recurring payments left aside.`,
    unconverted,
  };
}

interface Told {
  total: bigint;
  first: number;
  biggest: { id: string | null; minor: bigint } | undefined;
  trends: readonly { id: string | null; trend: { direction: Direction; perMonth: bigint } | null }[];
  recurring: readonly Recurring[];
  recurringMonthly: bigint;
  unusual: readonly { merchant: string; description: string; minor: bigint; occurredOn: Day; categoryId: string | null; usual: bigint }[];
  nameOf(id: string | null): string | null;
}

function sentence({ from, to, months }: MonthsFrame, say: Words, told: Told): string {
  const { total, biggest, trends, recurring, unusual, nameOf } = told;
  const since = months[told.first]?.from ?? from;
  const parts: string[] = [];
  if (biggest === undefined) return `Between ${say.month(from)} and ${say.day(to)} nothing was spent.`;
  const share = shareOf(biggest.minor, total);
  const most = share === null ? "" : `, the largest part (${say.percent(share)}) on ${nameIn(nameOf(biggest.id))}`;
  parts.push(`Since ${say.month(since)} you have spent ${say.money(total)}${most}.`);
  const full = months.length - told.first;
  if (full < FEWEST_MONTHS)
    parts.push(`Trends can be told after ${say.number(FEWEST_MONTHS)} full months; there ${full === 1 ? "is" : "are"} ${say.number(full)}.`);
  else if (trends.length === 0) parts.push("No category clearly rises or falls.");
  else
    parts.push(
      `${say.list(trends.slice(0, 3).map(({ id, trend }) => `${nameIn(nameOf(id))} ${trend?.direction === "rising" ? "rises" : "falls"} by about ${say.size(trend?.perMonth ?? 0n)} a month`))}.`,
    );
  if (recurring.length > 0) {
    const dearest = recurring[0];
    parts.push(
      `${capital(counted(recurring.length, "recurring payment comes", "recurring payments come", say))} to about ${say.money(told.recurringMonthly)} a month${dearest === undefined ? "" : `, ${dearest.merchant} first`}.`,
    );
  }
  const odd = unusual[0];
  if (odd !== undefined)
    parts.push(
      `${say.money(odd.minor)} ${odd.merchant || odd.description ? `at ${odd.merchant || odd.description} ` : ""}on ${say.day(odd.occurredOn)} is far more than the usual ${say.money(odd.usual)} in ${nameIn(nameOf(odd.categoryId))}${unusual.length > 1 ? `, and ${counted(unusual.length - 1, "more purchase stands", "more purchases stand", say)} out` : ""}.`,
    );
  return parts.join(" ");
}
