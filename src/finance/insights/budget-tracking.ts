/**
 * Whether each budget will hold, and what to cut where it will not. Pure.
 *
 * A straight line through the month misjudges a rent that is paid on the 1st. So recurring payments are set apart: what is expected is what recurring
 * payments have cost, what of them is still to come, and the rest of the spending drawn on as a straight line.
 */
import type { Budget, BudgetFigures } from "../budget.ts";
import { type Day, daysBetween } from "../day.ts";
import { divideHalfEven, formatAmount } from "../money.ts";
import { budgetShown } from "../summary.ts";
import { type Insight, type Named, nameIn, type Reader } from "./insight.ts";
import { nextAfter, type Recurring } from "./recurring.ts";
import { bySize, type Unconverted } from "./spend.ts";
import { capital, counted, type Words, words } from "./words.ts";

/** Of the period's days as many have to be over before a projection means something: three at least, a tenth of all. */
const enoughDays = (days: number) => Math.max(3, Math.ceil(days / 10));

/** Days before a period whose spending says what is usual. */
export const USUAL_DAYS = 90;

/** Days of a long period that are looked at for what to cut. */
export const CUT_DAYS = 366;

const CUTS = 3;

export type Verdict = "over" | "will-exceed" | "tight" | "on-track" | "too-early" | "not-begun" | "ended";

/** A budget in the period that is looked at. */
export interface Tracked {
  budget: Budget;
  figures: BudgetFigures;
  /** The recurring payments whose category it counts; in the budget's currency. */
  recurring: readonly Recurring[];
  unconverted: readonly { currency: string; minor: bigint }[];
}

export interface Outlook {
  verdict: Verdict;
  /** Where spending is to be expected to end. */
  expected: bigint;
  /** Of it, recurring payments that are still to come. */
  toCome: bigint;
  /** What may be spent on each day left, recurring payments put aside; null when there is none left. */
  perDay: bigint | null;
}

/** What recurring payments have cost in the period up to today, and what they will until its end. Those without a rate are not known. */
function fixedCosts({ figures, recurring }: Tracked, today: Day): { paid: bigint; toCome: bigint } {
  let paid = 0n;
  let toCome = 0n;
  for (const { last, next, rhythm, history } of recurring) {
    for (const { day, converted } of history) if (day >= figures.from && day <= figures.to && day <= today) paid += converted ?? 0n;
    // One that is late is still to come.
    for (let day = next, days: readonly Day[] = [last.day]; day <= figures.to; ) {
      if (day >= figures.from && (day > today || day === next)) toCome += last.converted ?? 0n;
      days = [...days, day];
      day = nextAfter(days, rhythm);
    }
  }
  return { paid, toCome };
}

/** How a budget stands at the user's day `today`. */
export function outlookOf(tracked: Tracked, today: Day): Outlook {
  const { figures } = tracked;
  const { spent, spentByToday, effective, daysLeft, from, to, remaining } = figures;
  const days = daysBetween(from, to) + 1;
  const begun = days - daysLeft;
  const over = spent > effective || effective <= 0n;
  if (today > to) return { verdict: over ? "over" : "ended", expected: spent, toCome: 0n, perDay: null };
  if (today < from) return { verdict: over ? "over" : "not-begun", expected: spent, toCome: 0n, perDay: null };
  const { paid, toCome } = fixedCosts(tracked, today);
  const free = spentByToday > paid ? spentByToday - paid : 0n;
  const line = spentByToday - free + divideHalfEven(free * BigInt(days), BigInt(begun)) + toCome;
  // Never less than what is entered already, days to come included.
  const expected = line > spent ? line : spent;
  const left = remaining - toCome;
  const perDay = daysLeft === 0 || left <= 0n ? null : left / BigInt(daysLeft);
  const verdict: Verdict = over
    ? "over"
    : spent + toCome > effective
      ? "will-exceed"
      : begun < enoughDays(days)
        ? "too-early"
        : expected > effective
          ? "will-exceed"
          : expected * 10n > effective * 9n
            ? "tight"
            : "on-track";
  return { verdict, expected, toCome, perDay };
}

/** What was spent in one category at one merchant, in a budget's period so far and in the days before. In the budget's currency. */
export interface CutRow {
  budgetId: string;
  categoryId: string | null;
  categoryName: string | null;
  key: string;
  merchant: string;
  /** In the period up to today, and its days that were looked at. */
  minor: bigint;
  days: number;
  /** In the `USUAL_DAYS` before. */
  before: bigint;
}

export interface Cut extends Named {
  merchant: string;
  total: string;
  /** What as many days usually come to there. */
  usual: string;
  /** The difference. */
  saves: string;
}

/** Where more than usual was spent that does not come back by itself: the largest first. */
export function cutsOf(rows: readonly CutRow[], recurring: readonly Recurring[], currency: string): Cut[] {
  const money = (minor: bigint) => formatAmount(minor, currency);
  const fixed = new Set(recurring.map(({ key }) => key));
  return rows
    .filter(({ key }) => !fixed.has(key))
    .map((row) => {
      const usual = divideHalfEven((row.before > 0n ? row.before : 0n) * BigInt(row.days), BigInt(USUAL_DAYS));
      return { row, usual, saves: row.minor - usual };
    })
    .filter(({ saves }) => saves > 0n)
    .sort((a, b) => bySize(a.saves, b.saves) || (`${a.row.categoryId}${a.row.key}` < `${b.row.categoryId}${b.row.key}` ? -1 : 1))
    .slice(0, CUTS)
    .map(({ row, usual, saves }) => ({
      categoryId: row.categoryId,
      name: row.categoryName,
      merchant: row.merchant,
      total: money(row.minor),
      usual: money(usual),
      saves: money(saves),
    }));
}

export interface BudgetTracking {
  budgets: (ReturnType<typeof budgetShown> & {
    verdict: Verdict;
    /** Recurring payments set apart; `projected` is the straight line. */
    expected: string;
    recurringToCome: string;
    perDayLeft: string | null;
    cut: Cut[];
    unconverted: Unconverted[];
  })[];
  holding: number;
  atRisk: number;
}

const worst: Readonly<Record<Verdict, number>> = { over: 0, "will-exceed": 1, tight: 2, "too-early": 3, "on-track": 4, "not-begun": 5, ended: 6 };

/** Whether a budget is worth asking what to cut. */
export const atRisk = (verdict: Verdict): boolean => verdict === "over" || verdict === "will-exceed";

export function budgetTracking(today: Day, reader: Reader, tracked: readonly Tracked[], cuts: readonly CutRow[]): Insight<BudgetTracking> {
  const say = words(reader.locale, reader.currency);
  const all = tracked
    .map((one) => ({ ...one, outlook: outlookOf(one, today) }))
    .sort((a, b) => worst[a.outlook.verdict] - worst[b.outlook.verdict] || (a.budget.name < b.budget.name ? -1 : 1));
  const budgets = all.map(({ budget, figures, recurring, unconverted, outlook }) => {
    const money = (minor: bigint) => formatAmount(minor, budget.currency);
    return {
      ...budgetShown({ budget, figures }),
      verdict: outlook.verdict,
      expected: money(outlook.expected),
      recurringToCome: money(outlook.toCome),
      perDayLeft: outlook.perDay === null ? null : money(outlook.perDay),
      cut: atRisk(outlook.verdict)
        ? cutsOf(
            cuts.filter(({ budgetId }) => budgetId === budget.id),
            recurring,
            budget.currency,
          )
        : [],
      unconverted: unconverted.map(({ currency, minor }) => ({ currency, total: formatAmount(minor, currency) })),
    };
  });
  const days = all.flatMap(({ figures }) => [figures.from, figures.to]).sort();
  const risky = budgets.filter(({ verdict }) => atRisk(verdict));
  const sums = new Map<string, bigint>();
  for (const { unconverted } of all) for (const { currency, minor } of unconverted) sums.set(currency, (sums.get(currency) ?? 0n) + minor);
  return {
    sentence: sentence(all, budgets, say),
    from: days[0] ?? today,
    to: days.at(-1) ?? today,
    currency: reader.currency,
    figures: { budgets, holding: budgets.length - risky.length, atRisk: risky.length },
    method: `Each budget in its own currency and period. Expected: recurring payments found in the last 400 days count when they are due, the rest of the spending goes on as it has; nothing is said before a tenth of the period (three days at least) has passed, unless it is over already. Tight is above 90 %. To cut: merchants without recurring payments where more was spent than in as many of the ${USUAL_DAYS} days before the period.`,
    // What one budget lacks and another as well is counted in both: for the sum of all, see the summary.
    unconverted: [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, minor]) => ({ currency, total: formatAmount(minor, currency) })),
  };
}

type Shown = BudgetTracking["budgets"][number];

function sentence(all: readonly (Tracked & { outlook: Outlook })[], shown: readonly Shown[], say: Words): string {
  if (all.length === 0) return "You have no budget that has begun: make one, or take a suggestion, and its pace is told here.";
  const risky = all.filter(({ outlook }) => atRisk(outlook.verdict));
  const lead = all.length === 1 ? "Your budget" : `${capital(counted(all.length, "budget", "budgets", say))}`;
  const early = all.filter(({ outlook }) => outlook.verdict === "too-early").length;
  if (risky.length === 0) {
    const soon =
      early === 0
        ? ""
        : ` It is too early to tell for ${early === all.length && early > 1 ? "all" : early === 1 && all.length === 1 ? "sure" : say.number(early)}.`;
    const tight = all.filter(({ outlook }) => outlook.verdict === "tight").map(({ budget }) => budget.name);
    const close = tight.length === 0 ? "" : ` It will be close for ${say.list(tight)}.`;
    const verb = all.length === 1 ? "holds" : "hold";
    return `${all.length === 1 ? "Your budget" : "All your budgets"} ${verb} so far.${close}${soon}`;
  }
  const [first] = risky;
  const detail = shown.find(({ budgetId }) => budgetId === first?.budget.id);
  if (first === undefined || detail === undefined) return "";
  const { budget, figures, outlook } = first;
  const money = (minor: bigint) => say.money(minor, budget.currency);
  const fate =
    outlook.verdict === "over"
      ? `${budget.name} is over: ${money(figures.spent)} of ${money(figures.effective)}`
      : `${budget.name} will not hold: about ${money(outlook.expected)} is to be expected of ${money(figures.effective)} by ${say.day(figures.to)}`;
  const day = outlook.perDay === null ? "" : ` It holds with ${money(outlook.perDay)} a day from now on.`;
  const [cut] = detail.cut;
  const where =
    cut === undefined ? "" : ` The most to save is at ${cut.merchant || nameIn(cut.name)}: ${money(BigInt(cut.saves.replace(".", "")))} more than usual.`;
  const rest = risky.length - 1;
  const others = rest === 0 ? "" : ` ${capital(counted(rest, "more is", "more are", say))} at risk.`;
  return all.length === 1 ? `${fate}.${day}${where}` : `Of ${lead}, ${say.number(all.length - risky.length)} will hold. ${fate}.${day}${where}${others}`;
}
