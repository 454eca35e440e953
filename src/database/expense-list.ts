/**
 * Pages of expenses: a walk along one index, in its order, from the last row that was shown. So a row that is neither made, deleted nor re-keyed meanwhile is
 * seen exactly once, whatever else is written between two pages.
 *
 * What that index can't answer is looked at row by row. A page looks at `ROWS_LOOKED_AT` rows at most and then says where to go on, even when it is short.
 */
import { type RawBuilder, sql } from "kysely";
import type { Expense, Kind, Status } from "../finance/expense.ts";
import { type ExpenseRow, expenseColumns, tagsOf, toExpense } from "./expenses.ts";
import type { Tx } from "./users.ts";

export const ROWS_LOOKED_AT = 5000;

export type By = "day" | "amount" | "merchant";

export interface ExpenseOrder {
  by: By;
  newestFirst: boolean;
}

export interface ExpenseFilter {
  /** Both days are in. */
  from?: string | undefined;
  to?: string | undefined;
  /** A category with its children; null: whatever the category. */
  categories: readonly string[] | null;
  accountId?: string | undefined;
  kind?: Kind | undefined;
  status?: Status | undefined;
  /** Must be there when the order is by amount. */
  currency?: string | undefined;
  /** In minor units of the currency; both are in. */
  min?: bigint | undefined;
  max?: bigint | undefined;
  /** In the merchant or the description, whatever the case. */
  q?: string | undefined;
  /** The tag itself, case and all. */
  tag?: string | undefined;
}

/** Where a page ended, in the database's own text form: day, amount or merchant, and the id. */
export type Place = readonly [key: string, id: string];

export interface ExpensePage {
  expenses: Expense[];
  /** Null: there is nothing behind it. */
  next: Place | null;
}

interface ListedRow extends ExpenseRow {
  /** It fits what was asked for; the last row that was looked at comes back even when it does not. */
  fits: boolean;
  /** How many rows were looked at, this one included. */
  n: string;
}

type Condition = RawBuilder<unknown>;

const columnOf = { day: "occurred_on", amount: "amount_minor", merchant: "merchant" } as const;
const typeOf = { day: "date", amount: "bigint", merchant: "text" } as const;

const all = (conditions: readonly Condition[]) => (conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `));

/** `%` and `_` stand for themselves. */
const containing = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`;

/** Each filter as a condition on `e`. */
function conditions(user: string, filter: ExpenseFilter) {
  const { from, to, categories, accountId, kind, status, currency, min, max, q, tag } = filter;
  const when = <T>(value: T | undefined | null, make: (value: T) => Condition): Condition[] => (value === undefined || value === null ? [] : [make(value)]);
  return {
    days: [...when(from, (day) => sql`e.occurred_on >= ${day}::date`), ...when(to, (day) => sql`e.occurred_on <= ${day}::date`)],
    category: when(categories, (ids) => (ids.length === 1 ? sql`e.category_id = ${ids[0]}::uuid` : sql`e.category_id = any(${ids as string[]}::uuid[])`)),
    account: when(accountId, (id) => sql`e.account_id = ${id}::uuid`),
    currency: when(currency, (code) => sql`e.currency = ${code}`),
    amounts: [
      ...when(min, (minor) => sql`e.amount_minor >= ${minor.toString()}::bigint`),
      ...when(max, (minor) => sql`e.amount_minor <= ${minor.toString()}::bigint`),
    ],
    rest: [
      ...when(kind, (value) => sql`e.kind = ${value}`),
      ...when(status, (value) => sql`e.status = ${value}`),
      ...when(q, (text) => sql`(e.merchant ilike ${containing(text)} or e.description ilike ${containing(text)})`),
      ...when(tag, (value) => sql`exists (select from expense_tags t where t.user_id = ${user} and t.expense_id = e.id and t.tag = ${value})`),
    ],
  };
}

/** What the index of the order answers (`walk`), and what has to be looked at row by row (`look`). */
function split(user: string, filter: ExpenseFilter, by: By): { walk: Condition[]; look: Condition[] } {
  const { days, category, account, currency, amounts, rest } = conditions(user, filter);
  if (by === "amount") return { walk: [...currency, ...amounts], look: [...days, ...category, ...account, ...rest] };
  if (by === "merchant") return { walk: [], look: [...days, ...category, ...account, ...currency, ...amounts, ...rest] };
  // By day there is an index for each: one category, one account, or neither.
  if (filter.categories?.length === 1) return { walk: [...category, ...days], look: [...account, ...currency, ...amounts, ...rest] };
  if (filter.categories === null) return { walk: [...account, ...days], look: [...currency, ...amounts, ...rest] };
  return { walk: days, look: [...category, ...account, ...currency, ...amounts, ...rest] };
}

/** The query of a page; `limit` rows and one more, which only says that there are more. Runs in a transaction in the user's name. */
export function expensePageQuery(user: string, filter: ExpenseFilter, order: ExpenseOrder, after: Place | null, limit: number): RawBuilder<ListedRow> {
  const { by, newestFirst } = order;
  const direction = newestFirst ? sql`desc` : sql`asc`;
  const key = sql.ref(`e.${columnOf[by]}`);
  const inOrder = (alias: string) => sql`order by ${sql.ref(`${alias}.${columnOf[by]}`)} ${direction}, ${sql.ref(`${alias}.id`)} ${direction}`;
  const behind = after === null ? [] : [sql`(${key}, e.id) ${newestFirst ? sql`<` : sql`>`} (${after[0]}::${sql.raw(typeOf[by])}, ${after[1]}::uuid)`];
  const own = sql`e.user_id = ${user}`;
  const { walk, look } = split(user, filter, by);
  const more = sql.lit(limit + 1);

  // A category with children, and nothing else to look at: a walk along each one's part of the index, then merged.
  if (by === "day" && filter.categories !== null && filter.categories.length > 1 && look.length === 1)
    return sql<ListedRow>`
      select ${expenseColumns}, ${tagsOf("e")}, true as fits, 0 as n from (
        select part.id from unnest(${filter.categories as string[]}::uuid[]) as branch (id) cross join lateral (
          select e.occurred_on, e.id from expenses e where ${all([own, sql`e.category_id = branch.id`, ...walk, ...behind])} ${inOrder("e")} limit ${more}
        ) part ${inOrder("part")} limit ${more}
      ) page join expenses e on ${own} and e.id = page.id ${inOrder("e")}`;

  if (look.length === 0)
    return sql<ListedRow>`
      select ${expenseColumns}, ${tagsOf("e")}, true as fits, 0 as n from expenses e where ${all([own, ...walk, ...behind])} ${inOrder("e")} limit ${more}`;

  // Numbered as they are looked at, lazily: the outer limit ends the walk as soon as the page is full.
  return sql<ListedRow>`
    select ${expenseColumns}, ${tagsOf("e")}, e.fits, e.n from (
      select e.*, ${all(look)} as fits, row_number() over (${inOrder("e")}) as n from expenses e
      where ${all([own, ...walk, ...behind])} ${inOrder("e")} limit ${sql.lit(ROWS_LOOKED_AT)}
    ) e where e.fits or e.n = ${sql.lit(ROWS_LOOKED_AT)} ${inOrder("e")} limit ${more}`;
}

const placeOf = (row: ListedRow, by: By): Place => [row[columnOf[by]], row.id];

/** A page in the order told, after `after`. */
export async function listExpenses(tx: Tx, user: string, filter: ExpenseFilter, order: ExpenseOrder, after: Place | null, limit: number): Promise<ExpensePage> {
  // A category that is nobody's, or somebody else's, has no expenses.
  if (filter.categories?.length === 0) return { expenses: [], next: null };
  const { rows } = await expensePageQuery(user, filter, order, after, limit).execute(tx);
  const fitting = rows.filter(({ fits }) => fits);
  const shown = fitting.slice(0, limit);
  const last = fitting.length > limit ? shown.at(-1) : rows.find(({ n }) => Number(n) === ROWS_LOOKED_AT);
  return { expenses: shown.map(toExpense), next: last === undefined ? null : placeOf(last, order.by) };
}
