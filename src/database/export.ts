/**
 * What an export reads, in one transaction that sees a single moment (`asReader` of `report.ts`), in which row-level security stands for its user. Small
 * lists are read at once; entries, rates and balances a page at a time along an index, so that no more than a page is in memory.
 */
import { type RawBuilder, sql } from "kysely";
import type { ExportedAccount, ExportedBalance, ExportedBudget, ExportedCategory, ExportedExpense, ExportedRate, Statement } from "../exports/document.ts";
import { parentsFirst } from "../exports/paths.ts";
import type { ExportFilter } from "../exports/request.ts";
import { formatAmount } from "../finance/money.ts";
import { selectBudgets } from "./budget-rows.ts";
import { withChildren } from "./categories.ts";
import { type ExpenseRow, expenseColumns, tagsOf, toExpense } from "./expenses.ts";
import { listRates, type RatePlace } from "./rates.ts";
import type { Tx } from "./users.ts";

/** Rows in one page. */
export const ROWS_A_PAGE = 1000;

type Condition = RawBuilder<unknown>;

/** A filter's conditions on the alias `e`, once what it names has been looked up. */
export type Where = readonly Condition[];

const all = (conditions: readonly Condition[]) => sql.join(conditions, sql` and `);

/** A category that is nobody's has no entries. */
export async function whereOf(tx: Tx, user: string, filter: ExportFilter): Promise<Where> {
  const { from, to, accountId, categoryId, kind, status, currency, tag } = filter;
  const where: Condition[] = [sql`e.user_id = ${user}`];
  if (from !== undefined) where.push(sql`e.occurred_on >= ${from}::date`);
  if (to !== undefined) where.push(sql`e.occurred_on <= ${to}::date`);
  if (accountId !== undefined) where.push(sql`e.account_id = ${accountId}::uuid`);
  if (categoryId !== undefined) where.push(sql`e.category_id = any(${await withChildren(tx, user, categoryId)}::uuid[])`);
  if (kind !== undefined) where.push(sql`e.kind = ${kind}`);
  if (status !== undefined) where.push(sql`e.status = ${status}`);
  if (currency !== undefined) where.push(sql`e.currency = ${currency}`);
  if (tag !== undefined) where.push(sql`exists (select from expense_tags t where t.user_id = e.user_id and t.expense_id = e.id and t.tag = ${tag})`);
  return where;
}

/** What of a user is read at once. */
export interface Small {
  categories: ExportedCategory[];
  accounts: ExportedAccount[];
  budgets: ExportedBudget[];
  statements: Statement[];
}

export async function readSmall(tx: Tx, user: string, where: Where): Promise<Small> {
  const categories = await tx
    .selectFrom("categories")
    .select(["id", "name", "parent_id as parentId", "colour"])
    .where("user_id", "=", user)
    .orderBy(sql`lower(name)`)
    .execute();
  const accounts = await tx
    .selectFrom("accounts")
    .select(["id", "name", "type", "currency", "archived"])
    .where("user_id", "=", user)
    .orderBy(sql`lower(name)`)
    .execute();
  const { rows: statements } = await sql<Omit<Statement, "entries"> & { entries: string }>`
    select e.account_id as "accountId", e.currency, min(e.occurred_on) as "from", max(e.occurred_on) as "to", count(*) as entries
    from expenses e where ${all(where)} group by e.account_id, e.currency order by e.account_id nulls last, e.currency`.execute(tx);
  return {
    categories: parentsFirst(categories),
    // There are two, as the table's own check says.
    accounts: accounts.map(({ type, ...rest }) => ({ ...rest, type: type === "liability" ? "liability" : "asset" })),
    budgets: await readBudgets(tx, user),
    statements: statements.map(({ entries, ...rest }) => ({ ...rest, entries: Number(entries) })),
  };
}

async function readBudgets(tx: Tx, user: string): Promise<ExportedBudget[]> {
  const budgets = await selectBudgets(tx, user, sql`order by b.name, b.id`);
  const alerts = await tx.selectFrom("alerts").selectAll().where("user_id", "=", user).orderBy("period_start").orderBy("threshold").execute();
  const byBudget = Map.groupBy(alerts, ({ budget_id }) => budget_id);
  return budgets.map(({ id, name, categoryId, currency, amounts, rhythm, thresholds, rollover, carryFrom }) => ({
    id,
    name,
    categoryId,
    currency,
    amounts: amounts.map(({ from, minor }) => ({ from, amount: formatAmount(minor, currency) })),
    period: rhythm.kind,
    startsOn: rhythm.startsOn,
    periodDays: rhythm.periodDays,
    thresholds: [...thresholds],
    rollover,
    carryFrom,
    alerts: (byBudget.get(id) ?? []).map((alert) => ({
      periodStart: alert.period_start,
      threshold: alert.threshold,
      spent: formatAmount(BigInt(alert.spent_minor), currency),
      effective: formatAmount(BigInt(alert.effective_minor), currency),
      told: !alert.quiet,
      at: alert.fired_at.toISOString(),
    })),
  }));
}

/** By pair and day. */
export async function* rateRows(tx: Tx, user: string, limit = ROWS_A_PAGE): AsyncGenerator<ExportedRate[], void, undefined> {
  for (let after: RatePlace | null = null; ; ) {
    const page = await listRates(tx, user, {}, after, limit);
    if (page.length > 0) yield page.map(({ day, base, quote, rate }) => ({ day, base, quote, rate }));
    if (page.length < limit) return;
    after = page.at(-1) ?? null;
  }
}

/** By account and day. */
export async function* balanceRows(tx: Tx, user: string, limit = ROWS_A_PAGE): AsyncGenerator<ExportedBalance[], void, undefined> {
  for (let after: { account_id: string; day: string } | null = null; ; ) {
    const behind: Condition = after === null ? sql`` : sql`and (b.account_id, b.day) > (${after.account_id}::uuid, ${after.day}::date)`;
    const { rows }: { rows: { account_id: string; day: string; amount_minor: string; currency: string }[] } = await sql<{
      account_id: string;
      day: string;
      amount_minor: string;
      currency: string;
    }>`
      select b.account_id, b.day, b.amount_minor, a.currency from balances b join accounts a on a.user_id = b.user_id and a.id = b.account_id
      where b.user_id = ${user} ${behind} order by b.account_id, b.day limit ${sql.lit(limit)}`.execute(tx);
    if (rows.length > 0)
      yield rows.map(({ account_id, day, amount_minor, currency }) => ({ accountId: account_id, day, amount: formatAmount(BigInt(amount_minor), currency) }));
    if (rows.length < limit) return;
    after = rows.at(-1) ?? null;
  }
}

interface EntryRow extends ExpenseRow {
  created_at: Date;
}

/** A page of entries by day and id, from behind a place: a walk along `expenses_by_period`, of a statement along `expenses_by_account`. */
export const entryPage = (where: Where, of: Statement | null, after: readonly [string, string] | null, limit: number): RawBuilder<EntryRow> => {
  const statement: Condition[] =
    of === null ? [] : [of.accountId === null ? sql`e.account_id is null` : sql`e.account_id = ${of.accountId}::uuid`, sql`e.currency = ${of.currency}`];
  const behind: Condition[] = after === null ? [] : [sql`(e.occurred_on, e.id) > (${after[0]}::date, ${after[1]}::uuid)`];
  return sql<EntryRow>`
    select ${expenseColumns}, e.created_at, ${tagsOf("e")} from expenses e
    where ${all([...where, ...statement, ...behind])} order by e.occurred_on, e.id limit ${sql.lit(limit)}`;
};

export async function* entryRows(tx: Tx, where: Where, of: Statement | null, limit = ROWS_A_PAGE): AsyncGenerator<ExportedExpense[], void, undefined> {
  for (let after: readonly [string, string] | null = null; ; ) {
    const { rows }: { rows: EntryRow[] } = await entryPage(where, of, after, limit).execute(tx);
    if (rows.length > 0)
      yield rows.map((row) => {
        const { minor, version: _, ...rest } = toExpense(row);
        return { ...rest, tags: [...rest.tags], amount: formatAmount(minor, rest.currency), createdAt: row.created_at.toISOString() };
      });
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return;
    after = [last.occurred_on, last.id];
  }
}
