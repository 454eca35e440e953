/** A monthly budget for each category, from what its months have come to. Pure. */
import { exponentOf, formatAmount } from "../money.ts";
import type { Day, Period } from "../periods.ts";
import { type Insight, type Named, nameIn, type Reader } from "./insight.ts";
import { medianMinor, winsorisedMean } from "./robust.ts";
import { bySize, type CategoryNode, rollUp, type SpendRow, sumBy, unconvertedOf } from "./spend.ts";
import type { MonthsFrame } from "./spending-analysis.ts";
import { trendOf } from "./trend.ts";
import { counted, type Words, words } from "./words.ts";

/** Fewer full months than this say too little. */
export const FEWEST_FULL_MONTHS = 3;

/** Of months that clearly rise or fall only the newest tell what comes. */
const NEWEST = 6;

/** One month in six, at each end, is taken for a one-off: two of twelve, one from five on. */
const oneOffs = (months: number) => (months < 5 ? 0 : Math.max(1, Math.floor(months / 6)));

export type Reason = "steady" | "one-offs" | "trend" | "seldom" | "too-new" | "has-budget";

export interface Suggestion extends Named {
  /** The monthly amount; null where none is suggested. */
  amount: string | null;
  currency: string;
  reason: Reason;
  /** Why, for people. */
  why: string;
  /** The budgets that are there for it. */
  budgetIds: string[];
  months: string[];
  median: string;
  /** The mean with one-offs made no larger than the next; what `amount` is rounded up from. */
  usual: string;
  /** Months that were taken for one-offs. */
  leftOut: { month: string; total: string }[];
}

export interface BudgetSuggestion {
  /** Full months that were looked at. */
  months: Period[];
  /** Of each category with its children, as its budget counts; the largest first. */
  suggestions: Suggestion[];
  /** For all spending together. */
  overall: Suggestion;
}

/**
 * Rounded up to a friendly amount: a multiple of the smallest of 1, 5, 10, 50, 100, … whole units that is at least 2 % of it. 187.30 is 190, 63 is 65,
 * 9.20 is 10. Nothing and less stays nothing.
 */
export function friendly(minor: bigint, currency: string): bigint {
  if (minor <= 0n) return 0n;
  const unit = 10n ** BigInt(exponentOf(currency) ?? 0);
  let step = unit;
  for (let five = false; step * 50n < minor; five = !five) step = five ? step * 2n : step * 5n;
  return ((minor + step - 1n) / step) * step;
}

/** What months come to, one-offs made small; in minor units. Months are as long ago as they like, in any order. */
export function usualMonth(months: readonly bigint[]): bigint {
  const mean = winsorisedMean(months.map(Number), oneOffs(months.length));
  return mean === null ? 0n : BigInt(Math.round(mean));
}

interface Judged {
  amount: bigint | null;
  reason: Exclude<Reason, "has-budget">;
  median: bigint;
  usual: bigint;
  /** Places of the months that were taken for one-offs. */
  odd: number[];
  /** What they rise or fall by in a month, where that is clear; then only the newest six were judged. */
  trend: bigint;
}

/** What is suggested for these full months, oldest first. */
export function judge(months: readonly bigint[], currency: string): Judged {
  const median = medianMinor(months) ?? 0n;
  if (months.length < FEWEST_FULL_MONTHS) return { amount: null, reason: "too-new", median, usual: usualMonth(months), odd: [], trend: 0n };
  const trend = trendOf(months)?.perMonth ?? 0n;
  const skipped = trend === 0n ? 0 : months.length - NEWEST;
  const judged = months.slice(skipped);
  const usual = usualMonth(judged);
  const order = judged.map((minor, i) => ({ minor, place: skipped + i })).sort((a, b) => bySize(a.minor, b.minor));
  const k = oneOffs(judged.length);
  const next = order[k]?.minor ?? 0n;
  // Made smaller by half at least: less is no one-off, only the highest month.
  const odd = order
    .slice(0, k)
    .filter(({ minor }) => minor > 0n && minor > next * 2n)
    .map(({ place }) => place);
  if (usual <= 0n) return { amount: null, reason: "seldom", median, usual, odd, trend };
  return { amount: friendly(usual, currency), reason: trend !== 0n ? "trend" : odd.length > 0 ? "one-offs" : "steady", median, usual, odd, trend };
}

/** An existing budget, as far as it matters here. */
export interface ExistingBudget {
  id: string;
  categoryId: string | null;
}

export function budgetSuggestion(
  frame: MonthsFrame,
  reader: Reader,
  rows: readonly SpendRow[],
  categories: readonly CategoryNode[],
  existing: readonly ExistingBudget[],
): Insight<BudgetSuggestion> {
  const say = words(reader.locale, reader.currency);
  const money = (minor: bigint) => formatAmount(minor, reader.currency);
  const names = new Map(categories.map(({ id, name }) => [id, name]));
  const full = rows.filter(({ span }) => span < frame.months.length);
  const first = Math.min(frame.months.length, ...full.map(({ span }) => span));
  const months = frame.months.slice(first);
  const monthly = months.map((_, i) =>
    rollUp(
      sumBy(
        full.filter(({ span }) => span === first + i),
        ({ categoryId }) => categoryId,
      ),
      categories,
    ),
  );

  const suggest = (categoryId: string | null, name: string | null, totals: readonly bigint[]): Suggestion => {
    const { amount, reason, median, usual, odd, trend } = judge(totals, reader.currency);
    const budgetIds = existing.filter((budget) => budget.categoryId === categoryId).map(({ id }) => id);
    const leftOut = odd.map((place) => ({ month: (months[place]?.from ?? "").slice(0, 7), minor: totals[place] ?? 0n, from: months[place]?.from ?? "" }));
    return {
      categoryId,
      name,
      amount: amount === null ? null : money(amount),
      currency: reader.currency,
      reason: budgetIds.length > 0 ? "has-budget" : reason,
      why: why({ amount, reason, usual, trend }, totals, leftOut, say) + (budgetIds.length > 0 ? " It has a budget already." : ""),
      budgetIds,
      months: totals.map(money),
      median: money(median),
      usual: money(usual),
      leftOut: leftOut.map(({ month, minor }) => ({ month, total: money(minor) })),
    };
  };

  const ids = new Set(monthly.flatMap((sums) => [...sums.keys()]));
  const sized = [...ids]
    // A budget without a category is one for everything, so what has none can't have its own.
    .filter((id) => id !== null)
    .map((id) => ({ id, totals: monthly.map((sums) => sums.get(id) ?? 0n) }))
    .map((one) => ({ ...one, sum: one.totals.reduce((sum, minor) => sum + minor, 0n) }))
    .sort((a, b) => bySize(a.sum, b.sum) || (a.id < b.id ? -1 : 1));
  const suggestions = sized.map(({ id, totals }) => suggest(id, names.get(id) ?? null, totals));
  const all = months.map((_, i) => full.filter(({ span }) => span === first + i).reduce((sum, { minor }) => sum + minor, 0n));
  const overall = suggest(null, null, all);
  const unconverted = unconvertedOf(full);
  return {
    sentence: sentence(months.length, suggestions, overall, reader, say) + say.leftOut(unconverted),
    from: months[0]?.from ?? frame.from,
    to: frame.months.at(-1)?.to ?? frame.to,
    currency: reader.currency,
    figures: { months: months.map(({ from, to }) => ({ from, to })), suggestions, overall },
    method:
      "Full calendar months from the first with an expense on, twelve at most; a category's months count its children, as its budget does. The winsorised mean: of twelve months the two highest count as the third highest and the two lowest as the third lowest (one of five to eleven), so that a one-off does not move it. Months that clearly rise or fall (as in the spending analysis) count from the last six on. Rounded up to a friendly step of 2 % at least.",
    unconverted,
  };
}

function why(
  { amount, reason, usual, trend }: Pick<Judged, "amount" | "reason" | "usual" | "trend">,
  totals: readonly bigint[],
  leftOut: readonly { from: Day; minor: bigint }[],
  say: Words,
): string {
  const n = totals.length;
  const odd = say.list(leftOut.map(({ from, minor }) => `${say.money(minor)} in ${say.month(from)}`));
  if (reason === "too-new") return `${counted(n, "full month says", "full months say", say)} too little; ${say.number(FEWEST_FULL_MONTHS)} would do.`;
  const spending = totals.filter((minor) => minor > 0n).length;
  if (reason === "seldom")
    return `Spent on in ${say.number(spending)} of ${say.number(n)} months${odd === "" ? "" : ` (${odd})`}: too seldom for a monthly budget.`;
  const judged = reason === "trend" ? NEWEST : n;
  const moves =
    reason === "trend" ? `It ${trend > 0n ? "rises" : "falls"} by about ${say.size(trend)} a month, so only the last ${say.number(NEWEST)} count. ` : "";
  const rounded = amount === null || amount === usual ? "" : `, rounded up to ${say.money(amount)}`;
  const one = leftOut.length === 1;
  return `${moves}A usual month of ${say.number(judged)} is ${say.money(usual)}${rounded}.${odd === "" ? "" : ` ${odd} ${one ? "was" : "were"} taken for ${one ? "a one-off" : "one-offs"}.`}`;
}

function sentence(months: number, suggestions: readonly Suggestion[], overall: Suggestion, reader: Reader, say: Words): string {
  if (months < FEWEST_FULL_MONTHS)
    return months === 0
      ? `There is no full month with expenses yet; a budget can be suggested after ${say.number(FEWEST_FULL_MONTHS)}.`
      : `There ${months === 1 ? "is" : "are"} only ${counted(months, "full month", "full months", say)} with expenses; a budget can be suggested after ${say.number(FEWEST_FULL_MONTHS)}.`;
  const minorOf = (amount: string) => BigInt(amount.replace(".", ""));
  const open = suggestions.filter(({ amount, reason }) => amount !== null && reason !== "has-budget");
  const examples = open.slice(0, 3).map(({ name, amount }) => `${say.money(minorOf(amount ?? "0"), reader.currency)} for ${nameIn(name)}`);
  const total = overall.amount === null ? "" : ` All together, ${say.money(minorOf(overall.amount))} a month would hold.`;
  if (open.length === 0) return `From ${counted(months, "month", "months", say)} of expenses there is no new budget to suggest.${total}`;
  return `From ${counted(months, "month", "months", say)} of expenses, ${open.length > 3 ? "among others " : ""}${say.list(examples)} a month would fit.${total}`;
}
