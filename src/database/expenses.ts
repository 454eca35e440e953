/**
 * Expenses in PostgreSQL, one by one or hundreds at once. Each function takes a transaction in which row-level security stands for one user (`asUser`): it
 * sees and writes that user's rows and no others.
 */
import { type RawBuilder, sql } from "kysely";
import type { Expense, Kind, NewExpense, Refunded, Status } from "../finance/expense.ts";
import { codeOf } from "./unreachable.ts";
import { constraintOf, type Tx } from "./users.ts";

export interface ExpenseRow {
  id: string;
  version: number;
  kind: string;
  amount_minor: string;
  currency: string;
  occurred_on: string;
  category_id: string | null;
  account_id: string | null;
  merchant: string;
  description: string;
  status: string;
  refund_of: string | null;
  receipt_id: string | null;
  tags: string[];
}

/** All of an expense's own columns, from the alias `e`. */
export const expenseColumns: RawBuilder<unknown> = sql`e.id, e.version, e.kind, e.amount_minor, e.currency, e.occurred_on, e.category_id, e.account_id, e.merchant,
  e.description, e.status, e.refund_of, e.receipt_id`;

/** The tags of an alias' row, as `inOrder` orders them. */
export const tagsOf = (alias: string): RawBuilder<unknown> => sql`array(
  select t.tag from expense_tags t where t.user_id = ${sql.ref(`${alias}.user_id`)} and t.expense_id = ${sql.ref(`${alias}.id`)} order by t.tag collate "C") as tags`;

/** Which kinds and statuses there are the table's own checks say. */
export const toExpense = (row: ExpenseRow): Expense => ({
  id: row.id,
  version: row.version,
  kind: row.kind as Kind,
  minor: BigInt(row.amount_minor),
  currency: row.currency,
  occurredOn: row.occurred_on,
  categoryId: row.category_id,
  accountId: row.account_id,
  merchant: row.merchant,
  description: row.description,
  tags: row.tags,
  status: row.status as Status,
  refundOf: row.refund_of,
  receiptId: row.receipt_id,
});

/** null: the user has no such expense. `lock`: nobody else changes it until the transaction ends. */
export async function findExpense(tx: Tx, user: string, id: string, lock = false): Promise<Expense | null> {
  const { rows } = await sql<ExpenseRow>`
    select ${expenseColumns}, ${tagsOf("e")} from expenses e where e.user_id = ${user} and e.id = ${id} ${lock ? sql`for no key update of e` : sql``}`.execute(
    tx,
  );
  return rows[0] === undefined ? null : toExpense(rows[0]);
}

/** Which of the things that expenses name are the user's. */
export interface Known {
  categories: ReadonlySet<string>;
  accounts: ReadonlySet<string>;
  /** Their kind and currency stay what they are until the transaction ends. */
  refunded: ReadonlyMap<string, Refunded>;
}

type Names = Pick<NewExpense, "categoryId" | "accountId" | "refundOf">;

const distinct = (ids: (string | null)[]) => [...new Set(ids.filter((id) => id !== null))].sort();

/** Looks up what the expenses name, all at once. Nothing is asked of the database when they name nothing. */
export async function known(tx: Tx, user: string, expenses: readonly Names[]): Promise<Known> {
  const categories = distinct(expenses.map(({ categoryId }) => categoryId));
  const accounts = distinct(expenses.map(({ accountId }) => accountId));
  const refunded = distinct(expenses.map(({ refundOf }) => refundOf));
  const found: { categories: string[]; accounts: string[] } = { categories: [], accounts: [] };
  if (categories.length + accounts.length > 0) {
    const { rows } = await sql<typeof found>`
      select array(select id from categories where user_id = ${user} and id = any(${categories}::uuid[])) as categories,
        array(select id from accounts where user_id = ${user} and id = any(${accounts}::uuid[])) as accounts`.execute(tx);
    Object.assign(found, rows[0]);
  }
  const given = refunded.length === 0 ? [] : await refundedRows(tx, user, refunded);
  return {
    categories: new Set(found.categories),
    accounts: new Set(found.accounts),
    refunded: new Map(given.map(({ id, kind, currency }) => [id, { kind: kind as Kind, currency }])),
  };
}

/** In the order of their ids, so that two who look for the same ones don't wait for each other. */
const refundedRows = (tx: Tx, user: string, ids: readonly string[]) =>
  tx.selectFrom("expenses").select(["id", "kind", "currency"]).where("user_id", "=", user).where("id", "in", ids).orderBy("id").forShare().execute();

/** What the expense names was deleted meanwhile. The transaction has ended by then. */
export class NamesNothing extends Error {
  override readonly name = "NamesNothing";
  readonly field: "categoryId" | "accountId" | "refundOf";
  constructor(field: "categoryId" | "accountId" | "refundOf", cause: unknown) {
    super(`${field} names nothing`, { cause });
    this.field = field;
  }
}

const fields: Readonly<Record<string, NamesNothing["field"]>> = {
  expenses_user_id_category_id_fkey: "categoryId",
  expenses_account: "accountId",
  expenses_refund_of: "refundOf",
};

function namesNothing(error: unknown): never {
  const field = codeOf(error) === "23503" ? fields[constraintOf(error)] : undefined;
  throw field === undefined ? error : new NamesNothing(field, error);
}

/** One statement, however many there are: arrays rather than a thousand parameters. Throws `NamesNothing`. */
export async function addExpenses(tx: Tx, user: string, expenses: readonly NewExpense[]): Promise<void> {
  const column = <T>(of: (expense: NewExpense) => T) => expenses.map(of);
  const tags = expenses.flatMap(({ id, tags: own }) => own.map((tag) => ({ id, tag })));
  // Foreign keys are looked at when the whole statement has ended, so its parts may hang on each other.
  const tagged = sql`tagged as (
    insert into expense_tags (user_id, expense_id, tag)
    select ${user}::text, row.* from unnest(${tags.map(({ id }) => id)}::uuid[], ${tags.map(({ tag }) => tag)}::text[]) as row
  )`;
  await sql`
    with own_row as (insert into users (id) values (${user}) on conflict do nothing) ${tags.length > 0 ? sql`, ${tagged}` : sql``}
    insert into expenses (user_id, id, kind, amount_minor, currency, occurred_on, category_id, account_id, merchant, description, status, refund_of, receipt_id)
    select ${user}::text, row.* from unnest(
      ${column(({ id }) => id)}::uuid[], ${column(({ kind }) => kind)}::text[], ${column(({ minor }) => minor.toString())}::bigint[],
      ${column(({ currency }) => currency)}::text[], ${column(({ occurredOn }) => occurredOn)}::date[], ${column(({ categoryId }) => categoryId)}::uuid[],
      ${column(({ accountId }) => accountId)}::uuid[], ${column(({ merchant }) => merchant)}::text[], ${column(({ description }) => description)}::text[],
      ${column(({ status }) => status)}::text[], ${column(({ refundOf }) => refundOf)}::uuid[],
      ${column(({ receiptId }) => receiptId)}::uuid[]
    ) as row`
    .execute(tx)
    .catch(namesNothing);
}

/** Writes all fields of an expense that is there, as its version. Throws `NamesNothing`. */
export async function writeExpense(tx: Tx, user: string, expense: Expense): Promise<void> {
  const own = sql`user_id = ${user} and expense_id = ${expense.id}`;
  await tx
    .with("untagged", (db) => db.deleteFrom("expense_tags").where(sql<boolean>`${own} and tag <> all(${expense.tags}::text[])`))
    .with("tagged", (db) =>
      db
        .insertInto("expense_tags")
        .columns(["user_id", "expense_id", "tag"])
        .expression(sql<{ user_id: string }>`select ${user}, ${expense.id}::uuid, tag from unnest(${expense.tags}::text[]) as tag`)
        .onConflict((conflict) => conflict.doNothing()),
    )
    .updateTable("expenses")
    .set({
      version: expense.version,
      kind: expense.kind,
      amount_minor: expense.minor,
      currency: expense.currency,
      occurred_on: expense.occurredOn,
      category_id: expense.categoryId,
      account_id: expense.accountId,
      merchant: expense.merchant,
      description: expense.description,
      status: expense.status,
      refund_of: expense.refundOf,
      receipt_id: expense.receiptId,
      updated_at: sql`now()`,
    })
    .where("user_id", "=", user)
    .where("id", "=", expense.id)
    .execute()
    .catch(namesNothing);
}

/** How many refunds name the expense. Lock it first, or there may be more by the time of the write. */
export async function refundsOf(tx: Tx, user: string, id: string): Promise<number> {
  const { rows } = await sql<{ n: string }>`select count(*) as n from expenses where user_id = ${user} and refund_of = ${id}`.execute(tx);
  return Number(rows[0]?.n ?? 0);
}

/** Refunds of it stay, and name it no longer: that is a change of theirs, so their version rises. */
export async function removeExpense(tx: Tx, user: string, id: string): Promise<void> {
  await tx
    .with("freed", (db) =>
      db
        .updateTable("expenses")
        .set({ refund_of: null, version: sql<number>`version + 1`, updated_at: sql`now()` })
        .where("user_id", "=", user)
        .where("refund_of", "=", id),
    )
    .deleteFrom("expenses")
    .where("user_id", "=", user)
    .where("id", "=", id)
    .execute();
}
