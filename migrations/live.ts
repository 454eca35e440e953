/**
 * What can't run in a transaction: indexes made CONCURRENTLY, so that a live table is never locked against writes. Run after the others, each on its own.
 * A build that was killed leaves an invalid index of that name: each step drops what is invalid first, so it may run again.
 */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

interface Index {
  name: string;
  /** `on expenses (user_id, …)`. */
  on: string;
  unique?: boolean;
}

async function make(db: Kysely<unknown>, { name, on, unique = false }: Index): Promise<void> {
  const { rows } = await sql<{ valid: boolean }>`
    select indisvalid as valid from pg_index where indexrelid = to_regclass(${`public.${name}`})`.execute(db);
  if (rows[0]?.valid) return;
  if (rows[0]) await sql`drop index concurrently ${sql.id(name)}`.execute(db);
  await sql`create ${sql.raw(unique ? "unique " : "")}index concurrently ${sql.id(name)} ${sql.raw(on)}`.execute(db);
}

const expensesIndexes: Migration = {
  async up(db) {
    // Sums by period, category and kind read this index alone; with the id behind the day it also serves the pages, newest first.
    await make(db, { name: "expenses_by_period", on: "on expenses (user_id, occurred_on, id) include (category_id, amount_minor, currency, kind)" });
    await make(db, { name: "expenses_by_category_day", on: "on expenses (user_id, category_id, occurred_on, id)" });
    await make(db, { name: "expenses_by_account", on: "on expenses (user_id, account_id, occurred_on, id) where account_id is not null" });
    await make(db, { name: "expenses_by_amount", on: "on expenses (user_id, currency, amount_minor, id)" });
    await make(db, { name: "expenses_by_merchant", on: "on expenses (user_id, merchant, id)" });
    await make(db, { name: "expenses_by_refund", on: "on expenses (user_id, refund_of) where refund_of is not null" });
    // Replaced by the first two.
    await sql`drop index concurrently if exists expenses_by_day`.execute(db);
    await sql`drop index concurrently if exists expenses_by_category`.execute(db);
  },
};

/** A receipt belongs to one expense; and whoever deletes one looks here whether any has it. */
const receiptsIndex: Migration = {
  async up(db) {
    await make(db, { name: "expenses_by_receipt", on: "on expenses (user_id, receipt_id) where receipt_id is not null", unique: true });
  },
};

export const liveMigrations: Readonly<Record<string, Migration>> = { "001-expenses-indexes": expensesIndexes, "002-receipts-index": receiptsIndex };
