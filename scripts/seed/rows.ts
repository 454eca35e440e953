/** The rows that a person has before any expense, and an expense's own, as lines of COPY's text format. Pure. */
import { exponentOf } from "../../src/finance/money.ts";
import { dayText, type Span } from "./calendar.ts";
import { type Currency, currencies } from "./catalog.ts";
import type { Entry } from "./days.ts";
import { leaves, minorOf, type Person } from "./people.ts";
import { idAt } from "./random.ts";

/** Tables in the order in which they can be filled, with the columns that are given. */
export const columns = {
  users: "id, created_at",
  categories: "user_id, id, name, parent_id, colour, created_at, updated_at",
  accounts: "user_id, id, name, type, currency, created_at, updated_at",
  balances: "user_id, account_id, day, amount_minor",
  rates: "user_id, base, quote, day, rate",
  budgets: "user_id, id, name, category_id, amount_minor, currency, period, starts_on, period_days, thresholds, rollover, carry_from",
  budget_amounts: "user_id, budget_id, from_day, amount_minor",
  expenses:
    "user_id, id, kind, category_id, account_id, amount_minor, currency, occurred_on, merchant, description, status, refund_of, version, created_at, updated_at",
  expense_tags: "user_id, expense_id, tag",
} as const;
export type TableName = keyof typeof columns;

type Value = string | number | boolean | null;
const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/** A line of COPY's text format. */
export const line = (...values: readonly Value[]): string =>
  `${values.map((value) => (value === null ? "\\N" : String(value).replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? character))).join("\t")}\n`;

/** What 1 of `base` was worth in `quote` on a day: near the true rates, and moving as they do, in slow waves. */
export function rateOn(base: Currency, quote: Currency, day: number): string {
  const strength = ({ code, perEuro }: Currency) => {
    const phase = code.charCodeAt(0) * 7 + code.charCodeAt(1) * 3 + code.charCodeAt(2);
    return code === "EUR" ? 1 : perEuro * (1 + 0.04 * Math.sin(day / 97 + phase) + 0.012 * Math.sin(day / 11 + phase * 2));
  };
  return (strength(quote) / strength(base)).toFixed(8);
}

/** Calls `add` with each line of the tables before `expenses`. */
export function peoplesRows(person: Person, span: Span, add: (table: TableName, line: string) => void): void {
  const { sub, start } = person;
  const since = new Date((span.startMs[start] ?? 0) - 3_600_000).toISOString();
  add("users", line(sub, since));
  for (const { id, name, parent, colour } of person.categories) add("categories", line(sub, id, name, parent, colour, since, since));
  for (const { id, name, type, currency } of person.accounts) add("accounts", line(sub, id, name, type, currency.code, since, since));
  balances(person, span, add);
  if (person.entersRates) rates(person, span, add);
  budgets(person, span, add);
}

/** One at each month's end: the current account goes up and down, savings grow, the credit card is owed. */
function balances({ sub, accounts, random, start }: Person, span: Span, add: (table: TableName, line: string) => void): void {
  for (const { id, type, name, currency } of accounts) {
    let euros = type === "liability" ? random.between(50, 900) : random.between(400, 9000);
    for (const month of span.months) {
      if (month <= start || month > span.days) continue;
      euros = type === "liability" ? random.between(0, 1500) : euros + (name === "Savings" ? random.between(-100, 450) : random.between(-900, 950));
      const minor = Math.round(euros * currency.perEuro * 10 ** (exponentOf(currency.code) ?? 2));
      add("balances", line(sub, id, dayText(span, month - 1), minor));
    }
  }
}

/** Each week for what is paid in another currency all the time, each third day on a journey. */
function rates({ sub, currency, recurring, accounts, trips }: Person, span: Span, add: (table: TableName, line: string) => void): void {
  const days = new Map<Currency, Set<number>>();
  const note = (base: Currency, day: number) => {
    if (base.code === currency.code || day < 0 || day >= span.days) return;
    const known = days.get(base) ?? new Set();
    days.set(base, known.add(day));
  };
  const weekly = new Set([...recurring.map((payment) => payment.currency), ...accounts.map((account) => account.currency)]);
  for (const base of weekly) for (let day = 0; day < span.days; day += 7) note(base, day);
  for (const trip of trips) for (let day = trip.from; day <= trip.to; day += 3) note(trip.currency, day);
  for (const base of currencies)
    for (const day of [...(days.get(base) ?? [])].sort((a, b) => a - b))
      add("rates", line(sub, base.code, currency.code, dayText(span, day), rateOn(base, currency, day)));
}

/** Monthly euros that a budget of a leaf's group would need for a person who spends as this one does. */
const usual = (leaf: number, perMonth: number) => {
  const all = leaves.reduce((sum, { weight }) => sum + weight, 0);
  const found = leaves[leaf];
  return found === undefined ? 0 : (found.weight / all) * perMonth * found.euros * Math.exp(found.spread ** 2 / 2);
};

function budgets(person: Person, span: Span, add: (table: TableName, line: string) => void): void {
  const { sub, random, currency, categories, left, start } = person;
  const perMonth = left / Math.max(1, (span.days - start) / 30.4);
  const joined = span.months.findIndex((month) => month >= start);
  // A year of carrying over at most: people edit their budgets now and then.
  const first = Math.max(joined, span.months.length - 1 - random.between(4, 14));
  const startDay = span.months[first];
  if (startDay === undefined || startDay >= span.days) return;
  const make = (name: string, category: string | null, euros: number, period: "month" | "week" | "payday" | "quarter" | "custom") => {
    const id = idAt(span.startMs[Math.max(0, startDay)] ?? 0, random);
    const weeks = { week: 7 / 30.4, custom: 14 / 30.4, quarter: 3, month: 1, payday: 1 }[period];
    const minor = minorOf(Math.max(5, Math.ceil((euros * weeks * (0.8 + 0.5 * random.float())) / 5) * 5), currency);
    // Weeks begin on Mondays.
    const weekday = new Date((span.startMs[0] ?? 0) + startDay * 86_400_000).getUTCDay();
    const from = dayText(span, period === "week" ? startDay - ((weekday + 6) % 7) : startDay);
    add("budgets", line(sub, id, name, category, minor, currency.code, period, from, period === "custom" ? 14 : null, "{80,100}", random.chance(0.3), from));
    add("budget_amounts", line(sub, id, from, minor));
  };
  const all = leaves.reduce((sum, _, leaf) => sum + usual(leaf, perMonth), 0);
  if (random.chance(0.7)) make("Everything", null, all + 1200, random.chance(0.15) ? "payday" : "month");
  for (const group of categories.filter(({ parent }) => parent === null)) {
    if (group.name === "Income" || !random.chance(0.35)) continue;
    const within = categories.filter(({ parent }) => parent === group.id).reduce((sum, { leaf }) => sum + (leaf === null ? 0 : usual(leaf, perMonth)), 0);
    make(group.name, group.id, within + 20, random.chance(0.8) ? "month" : random.pick(["week", "quarter", "custom"] as const));
  }
  const groceries = categories.find(({ leaf }) => leaf === 0);
  if (groceries !== undefined && random.chance(0.3)) make("Groceries", groceries.id, usual(0, perMonth) + 20, "week");
}

const two = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));
const three = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, "0"));

function timestamp(day: string, msOfDay: number, micros: number): string {
  const seconds = Math.floor(msOfDay / 1000);
  return `${day} ${two[Math.floor(seconds / 3600)]}:${two[Math.floor(seconds / 60) % 60]}:${two[seconds % 60]}.${three[msOfDay % 1000]}${three[micros]}+00`;
}

/** An expense's line. Its texts come from the catalog, which needs no escapes: ten million times that is worth it. */
export function expenseLine(entry: Entry, span: Span): string {
  const day = span.text[entry.day] ?? "";
  const at = timestamp(day, entry.at - (span.startMs[entry.day] ?? 0), entry.micros);
  return `${entry.sub}\t${entry.id}\t${entry.kind}\t${entry.categoryId ?? "\\N"}\t${entry.accountId ?? "\\N"}\t${entry.minor}\t${entry.currency}\t${day}\t${entry.merchant}\t${entry.description}\t${entry.pending ? "pending" : "cleared"}\t${entry.refundOf ?? "\\N"}\t${entry.version}\t${at}\t${at}\n`;
}
