/** Figures of money in words. Pure. */
import { absolute, isNegative, money, plus } from "../money.ts";
import { dayName, daysIn, lengthName, spanName } from "./days.ts";
import type { BudgetNow, CategorySum, Summary } from "./types.ts";

const percent = (share: number) => `${new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 }).format(share)} %`;

/** How a period's spending compares: a running one with as much of the one before, one that is over with the whole of it; "" when nothing is in either. */
export function changeSentence({ currency, from, total, previous }: Pick<Summary, "currency" | "from" | "total" | "previous">): string {
  const { change, changeShare, ...rest } = previous.toDate ?? previous;
  // Nothing as against nothing says nothing.
  if (!/[1-9]/.test(total + rest.total)) return "";
  const when = previous.toDate === null ? `in ${spanName(previous.from, previous.to)}` : `by ${dayName(rest.to, from, "long")}`;
  if (!/[1-9]/.test(change)) return `As much as ${when}.`;
  const share = changeShare === null ? "" : ` (${percent(Math.abs(changeShare * 100))})`;
  return `${money(absolute(change), currency)}${share} ${isNegative(change) ? "less" : "more"} than ${when}.`;
}

/** What is in no figure, because nothing says what it is worth; null when all is. */
export function unconvertedSentence({ unconverted, currency }: Pick<Summary, "unconverted" | "currency">): string | null {
  if (unconverted.length === 0) return null;
  const sums = unconverted.map((each) => money(each.total, each.currency, "code")).join(", ");
  return `Not counted: ${sums}. No exchange rate to ${currency} of the seven days before is known.`;
}

export const nameOf = (of: Pick<CategorySum, "categoryId" | "name">): string => of.name ?? (of.categoryId === null ? "No category" : "A category");

export interface BudgetWords {
  /** How it stands: by it the bar is drawn. */
  standing: "over" | "fast" | "fine" | "waiting";
  /** The verdict in a few words. */
  lead: string;
  /** The figures that it rests on. */
  rest: string;
}

/** From this pace on it is called too fast: a tenth is no more than one dinner. */
const FAST = 1.1;

/** What may be spent in the budget's period: its amount with what was carried over. */
export const effective = (budget: Pick<BudgetNow, "amount" | "carried">): string => plus(budget.amount, budget.carried);

/** How a budget stands. `today` is the reader's own day. */
export function budgetWords(budget: BudgetNow, today: string): BudgetWords {
  const { currency, from, to, remaining, daysLeft, pace, projected } = budget;
  const days = daysIn(from, to);
  const length = lengthName(from, to);
  const over = to < today && daysLeft === 0;
  const used = `${percent(Math.floor(budget.percent))} used`;
  const left = over ? `the ${length} is over` : daysLeft === 0 ? `the ${length} ends today` : `${percent((daysLeft / days) * 100)} of the ${length} left`;
  if (isNegative(remaining)) return { standing: "over", lead: `Over budget by ${money(absolute(remaining), currency)}`, rest: `${used}, ${left}` };
  if (!/[1-9]/.test(remaining)) return { standing: "fast", lead: "Used up", rest: left };
  const free = `${money(remaining, currency)} left`;
  if (over) return { standing: "fine", lead: "Kept", rest: `${used}, ${free}; ${left}` };
  if (daysLeft >= days) return { standing: "waiting", lead: "Not begun", rest: `${used}, from ${dayName(from, today)}` };
  if (pace !== null && pace >= FAST)
    return { standing: "fast", lead: "Faster than planned", rest: `${used}, ${left}; heading for ${money(projected, currency)}` };
  return { standing: "fine", lead: "On pace", rest: `${used}, ${left}; ${free}` };
}

/** What a budget's sum is made of, when something was carried into it; null when nothing was. */
export function carriedSentence({ amount, carried, currency }: Pick<BudgetNow, "amount" | "carried" | "currency">): string | null {
  if (!/[1-9]/.test(carried)) return null;
  const of = money(absolute(carried), currency);
  return isNegative(carried) ? `${money(amount, currency)} less ${of} overspent before` : `${money(amount, currency)} and ${of} carried over`;
}
