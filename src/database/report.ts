/**
 * What a report reads. The figures are those of summaries, insights and budgets, by the same statements; here they are put together, and the entries are
 * read page by page. Each function takes a transaction in which row-level security stands for one user; `asReader` gives one that sees a single moment, so
 * that totals and list agree whatever is entered meanwhile.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import { type Budget, budgetFigures } from "../finance/budget.ts";
import type { Kind, Status } from "../finance/expense.ts";
import { findRecurring, isPaymentOf } from "../finance/insights/recurring.ts";
import { monthStarts, monthsFrame, recurringDays } from "../finance/insights/spending-analysis.ts";
import { trendOf } from "../finance/insights/trend.ts";
import { FEWEST_EXPENSES, findUnusual } from "../finance/insights/unusual.ts";
import { addDays, type Calendar, type Day, type Period, periodAt, periodsBetween } from "../finance/periods.ts";
import {
  type BudgetLine,
  barsOf,
  type Facts,
  type KindTotal,
  type ReportAsked,
  type ReportData,
  type ReportRow,
  reportSpans,
  sumReport,
} from "../reports/data.ts";
import { selectBudgets } from "./budget-rows.ts";
import { converted } from "./convert.ts";
import { tagsOf } from "./expenses.ts";
import { readLargest, readMerchants, readSpreads } from "./insights.ts";
import type { Tables } from "./schema.ts";
import { spendingOf } from "./spending.ts";
import { readCategories, readSpending } from "./summary.ts";
import type { Tx } from "./users.ts";

/** The largest expenses that a report shows. */
const TOP = 10;
/** Of each category: candidates for what is unusual. */
const CANDIDATES = 5;
/** Periods of one budget: a year of months, and the thirteenth that its days may touch. */
const PERIODS_OF_A_BUDGET = 13;
/** Entries in one page of the list. */
export const ROWS_A_PAGE = 500;

/** A transaction that only reads, sees one moment, and ends each statement within `statementMs`; otherwise as `asUser`. */
export function asReader<T>(db: Kysely<Tables>, sub: string, statementMs: number, run: (tx: Tx) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (tx) => {
      const limit = String(Math.max(1, Math.ceil(statementMs)));
      await sql`select set_config('app.user_id', ${sub}, true), set_config('statement_timeout', ${limit}, true)`.execute(tx);
      return run(tx);
    });
}

interface KindRow {
  kind: Kind;
  count: number;
  minor: string;
  unconverted: number;
  currencies: string[];
}

/** Counts and sums of all kinds, converted where there is a rate, and the currencies among them. Reads `expenses_by_period` alone. */
export const kindTotals = (user: string, { from, to }: Period, currency: string): RawBuilder<KindRow> => sql<KindRow>`
  select e.kind, count(*)::int as count, coalesce(sum(converted.minor), 0) as minor, (count(*) - count(converted.minor))::int as unconverted, array_agg(distinct e.currency) as currencies
  from expenses e ${converted("e", currency)}
  where e.user_id = ${user} and e.occurred_on between ${from} and ${to} group by e.kind order by e.kind`;

interface ListRow {
  id: string;
  day: Day;
  kind: Kind;
  status: Status;
  merchant: string;
  description: string;
  amount_minor: string;
  currency: string;
  minor: string | null;
  category: string | null;
  account: string | null;
  tags: string[];
}

/** A page of the list, oldest first, behind `after`: a walk along `expenses_by_period`. */
export function reportPage(user: string, { from, to }: Period, currency: string, after: readonly [Day, string] | null, limit: number): RawBuilder<ListRow> {
  const first = after === null ? sql`e.occurred_on >= ${from}::date` : sql`(e.occurred_on, e.id) > (${after[0]}::date, ${after[1]}::uuid)`;
  return sql<ListRow>`
    select e.id, e.occurred_on as day, e.kind, e.status, e.merchant, e.description, e.amount_minor, e.currency, converted.minor,
      c.name as category, a.name as account, ${tagsOf("e")}
    from (
      select * from expenses e where e.user_id = ${user} and ${first} and e.occurred_on <= ${to}::date
      order by e.occurred_on, e.id limit ${sql.lit(limit)}
    ) e
      left join categories c on c.user_id = e.user_id and c.id = e.category_id
      left join accounts a on a.user_id = e.user_id and a.id = e.account_id
      ${converted("e", currency)}
    order by e.occurred_on, e.id`;
}

/** All entries of the days, oldest first, a page at a time: never more than one page is in memory. Ends early when the reader stops. */
export async function* reportRows(tx: Tx, user: string, period: Period, currency: string, limit = ROWS_A_PAGE): AsyncGenerator<ReportRow[], void, undefined> {
  for (let after: readonly [Day, string] | null = null; ; ) {
    const { rows }: { rows: ListRow[] } = await reportPage(user, period, currency, after, limit).execute(tx);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(({ amount_minor, minor, ...row }) => ({ ...row, minor: BigInt(amount_minor), converted: minor === null ? null : BigInt(minor) }));
    if (rows.length < limit) return;
    after = [last.day, last.id];
  }
}

/** The periods of a budget that touch the days, from its first one on; the newest when they are too many. */
function periodsOf(budget: Budget, calendar: Calendar, { from, to }: Period): { periods: Period[]; leftOut: number } {
  const begun = periodAt(budget.rhythm, calendar, budget.rhythm.startsOn).from;
  if (begun > to) return { periods: [], leftOut: 0 };
  const all = periodsBetween(budget.rhythm, calendar, from > begun ? from : begun, to);
  return { periods: all.slice(-PERIODS_OF_A_BUDGET), leftOut: Math.max(0, all.length - PERIODS_OF_A_BUDGET) };
}

/** Every budget in its periods that touch the days: by name, then by time. */
export async function readBudgetLines(
  tx: Tx,
  user: string,
  { period, calendar, today }: ReportAsked,
): Promise<{ budgets: BudgetLine[]; budgetsLeftOut: number }> {
  const found = await selectBudgets(tx, user, sql`order by b.name, b.id`);
  const asked = found.map((budget) => ({ budget, ...periodsOf(budget, calendar, period) })).filter(({ periods }) => periods.length > 0);
  const spending = await spendingOf(tx, user, calendar, today, asked);
  const budgets = asked.flatMap(({ budget, periods }, i) =>
    periods.flatMap((one, k): BudgetLine[] => {
      const spent = spending[i]?.[k];
      if (spent === undefined) return [];
      const { name, currency } = budget;
      const { from, to, effective, carried, spent: minor, remaining, percent } = budgetFigures(budget, calendar, one, today, spent);
      const unconverted = spent.unconverted.map((other) => other.currency);
      return [{ name, currency, from, to, effective, carried, spent: minor, remaining, percent, running: today < to, unconverted }];
    }),
  );
  return { budgets, budgetsLeftOut: asked.reduce((sum, { leftOut }) => sum + leftOut, 0) };
}

/** What the sentences tell, as of the report's last day or today: the findings of `/insights/spending-analysis`. */
async function readFacts(tx: Tx, user: string, { period, calendar, currency, today }: ReportAsked): Promise<Facts> {
  const on = period.to < today ? period.to : today < period.from ? period.from : today;
  const frame = monthsFrame(calendar, on);
  const rows = await readSpending(tx, user, { starts: monthStarts(frame), to: frame.to }, currency);
  const { histories } = await readMerchants(tx, user, recurringDays(on), frame.from, currency);
  const spreads = await readSpreads(tx, user, { from: frame.from, to: on }, currency, FEWEST_EXPENSES);
  const purchases = await readLargest(tx, user, { from: period.from, to: on }, currency, "category", CANDIDATES);
  const ids = [...rows.map(({ categoryId }) => categoryId), ...purchases.map(({ categoryId }) => categoryId)];
  const names = new Map((await readCategories(tx, user, ids)).map(({ id, name }) => [id, name]));
  const nameOf = (id: string | null) => names.get(id ?? "") ?? null;

  // Months before the first expense of all are no months without spending.
  const first = Math.max(0, Math.min(frame.months.length, ...rows.map(({ span }) => span)));
  const trends = [...new Set(rows.map(({ categoryId }) => categoryId))].flatMap((id) => {
    const months = frame.months.map((_, span) => rows.reduce((sum, row) => (row.categoryId === id && row.span === span ? sum + row.minor : sum), 0n));
    const trend = trendOf(months.slice(first));
    return trend === null || trend.direction === "none" ? [] : [{ name: nameOf(id), perMonth: trend.perMonth }];
  });
  const size = (minor: bigint) => (minor < 0n ? -minor : minor);
  const recurring = findRecurring(histories, on);
  const [dearest] = recurring;
  const unusual = findUnusual(
    spreads,
    purchases.filter(({ key, currency: own, amountMinor }) => !isPaymentOf(recurring, { key, currency: own, minor: amountMinor })),
  );
  return {
    trends: trends.sort((a, b) =>
      size(a.perMonth) < size(b.perMonth) ? 1 : size(a.perMonth) > size(b.perMonth) ? -1 : (a.name ?? "") < (b.name ?? "") ? -1 : 1,
    ),
    recurring:
      dearest === undefined
        ? null
        : {
            count: recurring.length,
            perMonth: recurring.reduce((sum, { monthly }) => sum + (monthly ?? 0n), 0n),
            dearest: dearest.merchant,
            rhythm: dearest.rhythm,
          },
    unusual: unusual.map(({ merchant, description, occurredOn, minor, usual, categoryId }) => ({
      what: merchant || description,
      day: occurredOn,
      minor,
      usual,
      category: nameOf(categoryId),
    })),
  };
}

/** Everything of a report but its list. */
export async function readReport(tx: Tx, user: string, asked: ReportAsked): Promise<ReportData> {
  const { period, calendar, currency } = asked;
  const spent = await readSpending(tx, user, { starts: reportSpans(asked).starts, to: period.to }, currency);
  const top = await readLargest(tx, user, period, currency, "all", TOP);
  const nodes = await readCategories(tx, user, [...spent.map(({ categoryId }) => categoryId), ...top.map(({ categoryId }) => categoryId)]);
  const names = new Map(nodes.map(({ id, name }) => [id, name]));

  const lastMonth = periodAt({ kind: "month", startsOn: null, periodDays: null }, calendar, period.to);
  const { months } = monthsFrame(calendar, addDays(lastMonth.to, 1));
  const monthRows = await readSpending(tx, user, { starts: months.map(({ from }) => from), to: lastMonth.to }, currency);

  const kinds = (await kindTotals(user, period, currency).execute(tx)).rows;
  return {
    ...asked,
    ...sumReport(asked, spent, nodes),
    kinds: kinds.map(({ kind, count, minor, unconverted }): KindTotal => ({ kind, count, minor: BigInt(minor), unconverted })),
    months: barsOf(
      monthRows,
      months.map(({ from }) => from),
      lastMonth.to,
      0,
    ),
    ...(await readBudgetLines(tx, user, asked)),
    top: top.map(({ occurredOn, merchant, description, categoryId, minor, amountMinor, currency: own }) => ({
      day: occurredOn,
      merchant,
      description,
      category: names.get(categoryId ?? "") ?? null,
      minor,
      own: { minor: amountMinor, currency: own },
    })),
    facts: await readFacts(tx, user, asked),
    currencies: [...new Set(kinds.flatMap(({ currencies }) => currencies))].sort(),
    rows: kinds.reduce((sum, { count }) => sum + count, 0),
  };
}
