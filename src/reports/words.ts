/** A report's words, by language: one table, every language the same keys. Pure. */
import type { Kind, Status } from "../finance/expense.ts";
import type { Rhythm } from "../finance/insights/recurring.ts";
import type { ReportKind } from "./data.ts";
import type { Language } from "./format.ts";
import { de } from "./words-de.ts";
import { en } from "./words-en.ts";

/** Amounts, numbers and days come in as they are to be written. */
export interface ReportWords {
  /** BCP 47, for whoever reads the report aloud. */
  language: Language;
  title: Readonly<Record<ReportKind, string>>;
  forWhom(name: string): string;
  madeAt(moment: string): string;
  /** What stands before the number of pages, which is known last. */
  page(page: string): string;
  continued: string;
  spent: string;
  before: string;
  entries: string;
  entriesOf(expenses: string, refunds: string): string;
  refunds: string;
  change: string;
  comparedWith(period: string): string;
  nothingBefore: string;

  inShort: string;
  byCategory: string;
  byDay: string;
  byMonth: string;
  trend: string;
  trendNote: string;
  budgets: string;
  budgetsLeftOut(count: string): string;
  largest: string;
  notConverted: string;
  notConvertedNote(currency: string): string;
  notSpending: string;
  list: string;
  about: string;
  method(currency: string): string;
  /** What the fonts lack. `characters` are names such as "U+65E5 (3 times)". */
  missing(characters: string): string;

  category: string;
  noCategory: string;
  /** In a sentence. */
  uncategorised: string;
  directly(category: string): string;
  others(count: string): string;
  amount: string;
  amountIn(currency: string): string;
  share: string;
  budget: string;
  period: string;
  available: string;
  carried(amount: string): string;
  used: string;
  left: string;
  over: string;
  running: string;
  budgetUnconverted(currencies: string): string;
  date: string;
  what: string;
  merchant: string;
  description: string;
  account: string;
  currency: string;
  count: string;
  total: string;
  totalNote: string;
  noRate: string;
  unnamed: string;
  kind: Readonly<Record<Kind, string>>;
  pending: string;
  status: Readonly<Record<Status, string>>;
  kindColumn: string;
  statusColumn: string;
  tags: string;
  id: string;
  notCounted: string;

  nothing: string;
  nothingInList: string;
  noBudgets: string;

  /** Alternative texts. `lines` are "name: amount". */
  chartByCategory(period: string, lines: string): string;
  chartByDay(unit: "day" | "month", period: string, most: string, on: string, days: string): string;
  chartOfMonths(lines: string): string;
  line(name: string, value: string): string;

  sentences: Sentences;
}

/** Each is one whole sentence. */
export interface Sentences {
  nothing(period: string): string;
  spent(total: string, entries: number, number: string): string;
  /** `share` null: there was nothing to measure it by. */
  more(difference: string, share: string | null, total: string): string;
  less(difference: string, share: string | null, total: string): string;
  same(total: string): string;
  sameDays(from: string, to: string): string;
  largest(category: string, amount: string, share: string): string;
  /** The category that changed most against the period before. */
  rose(category: string, difference: string): string;
  fell(category: string, difference: string): string;
  trendUp(category: string, perMonth: string): string;
  trendDown(category: string, perMonth: string): string;
  recurring(count: number, number: string, perMonth: string, dearest: string, rhythm: Rhythm): string;
  unusual(what: string, day: string, amount: string, usual: string, category: string): string;
  moreUnusual(count: number, number: string): string;
  overBudget(names: string, count: number): string;
  withinBudgets(count: number, number: string): string;
  dearestDay(day: string, amount: string): string;
  refunded(amount: string, count: number, number: string): string;
  leftOut(amounts: string, count: number, number: string, currency: string): string;
}

const words: Readonly<Record<Language, ReportWords>> = { en, de };

export const wordsIn = (language: Language): ReportWords => words[language];
