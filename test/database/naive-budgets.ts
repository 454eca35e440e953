/** Budgets once more, by plain loops over all rows there are: slow, and made in another way than the code that it checks. */
import { exponentOf } from "../../src/finance/money.ts";
import type { Calendar, Day, Rhythm } from "../../src/finance/periods.ts";
import { naivePeriod } from "../finance/naive/periods.ts";
import type { FinanceDatabase } from "./finance.ts";

type Rows = Record<string, unknown>[];
/** Every row of one user. */
export interface Everything {
  categories: Rows;
  expenses: Rows;
  rates: Rows;
  budgets: Rows;
  amounts: Rows;
  alerts: Rows;
  outbox: Rows;
}

export async function everythingOf(database: FinanceDatabase, user: string): Promise<Everything> {
  const of = (table: string) => database.ask(`select * from ${table} where user_id = $1`, [user]);
  return {
    categories: await of("categories"),
    expenses: await of("expenses"),
    rates: await of("rates"),
    budgets: await of("budgets"),
    amounts: await of("budget_amounts"),
    alerts: await of("alerts"),
    outbox: await of("outbox"),
  };
}

const number = (day: unknown) => Date.parse(`${String(day)}T00:00:00Z`) / 86_400_000;
const dayOf = (n: number): Day => new Date(n * 86_400_000).toISOString().slice(0, 10);

/** Rounded by looking at the digits that are cut off. */
function naiveConvert(minor: bigint, rate: string, from: string, to: string): bigint {
  const [whole = "", decimals = ""] = rate.split(".");
  const digits = (minor * BigInt(whole + decimals)).toString();
  const cut = decimals.length + (exponentOf(from) ?? 0) - (exponentOf(to) ?? 0);
  if (cut <= 0) return BigInt(digits + "0".repeat(-cut));
  const padded = digits.padStart(cut + 1, "0");
  const kept = BigInt(padded.slice(0, -cut));
  const rest = padded.slice(-cut);
  const half = `5${"0".repeat(cut - 1)}`;
  const up = rest > half || (rest === half && kept % 2n === 1n);
  return up ? kept + 1n : kept;
}

function naiveMinor(all: Everything, expense: Record<string, unknown>, target: string): bigint | null {
  const { currency, occurred_on: day } = expense;
  const minor = BigInt(String(expense.amount_minor));
  if (currency === target) return minor;
  for (let age = 0; age <= 7; age++) {
    const rate = all.rates.find((one) => one.base === currency && one.quote === target && number(one.day) === number(day) - age);
    if (rate !== undefined) return naiveConvert(minor, String(rate.rate), String(currency), target);
  }
  return null;
}

function counts(all: Everything, budget: Record<string, unknown>, expense: Record<string, unknown>): boolean {
  if (expense.kind !== "expense" && expense.kind !== "refund") return false;
  if (budget.category_id === null) return true;
  for (let id = expense.category_id; id !== null && id !== undefined; id = all.categories.find((category) => category.id === id)?.parent_id)
    if (id === budget.category_id) return true;
  return false;
}

function spentIn(all: Everything, budget: Record<string, unknown>, from: Day, to: Day) {
  let spent = 0n;
  const unconverted: Record<string, bigint> = {};
  for (const expense of all.expenses) {
    const day = String(expense.occurred_on);
    if (day < from || day > to || !counts(all, budget, expense)) continue;
    const sign = expense.kind === "refund" ? -1n : 1n;
    const minor = naiveMinor(all, expense, String(budget.currency));
    if (minor !== null) spent += sign * minor;
    else unconverted[String(expense.currency)] = (unconverted[String(expense.currency)] ?? 0n) + sign * BigInt(String(expense.amount_minor));
  }
  return { spent, unconverted };
}

export interface NaiveStanding {
  from: Day;
  to: Day;
  amount: bigint;
  carried: bigint;
  spent: bigint;
  spentByToday: bigint;
  unconverted: Record<string, bigint>;
}

/** The budget's period that holds `on`; null before the first. */
export function naiveStanding(all: Everything, budget: Record<string, unknown>, calendar: Calendar, today: Day, on: Day): NaiveStanding | null {
  const rhythm = { kind: budget.period, startsOn: budget.starts_on, periodDays: budget.period_days } as Rhythm;
  const first = naivePeriod(rhythm, calendar, String(budget.starts_on)).from;
  const { from, to } = naivePeriod(rhythm, calendar, on);
  if (to < first) return null;
  const amounts = all.amounts.filter((one) => one.budget_id === budget.id).sort((a, b) => (String(a.from_day) < String(b.from_day) ? 1 : -1));
  const amountOf = (start: Day) => BigInt(String((amounts.find((one) => String(one.from_day) <= start) ?? amounts.at(-1))?.amount_minor));
  let carried = 0n;
  if (budget.rollover === true) {
    let period = naivePeriod(rhythm, calendar, String(budget.carry_from));
    while (period.to < first) period = naivePeriod(rhythm, calendar, dayOf(number(period.to) + 1));
    while (period.from < from) {
      carried += amountOf(period.from) - spentIn(all, budget, period.from, period.to).spent;
      period = naivePeriod(rhythm, calendar, dayOf(number(period.to) + 1));
    }
  }
  const own = spentIn(all, budget, from, to);
  const spentByToday = today < from ? 0n : spentIn(all, budget, from, today < to ? today : to).spent;
  return { from, to, amount: amountOf(from), carried, spentByToday, ...own };
}
