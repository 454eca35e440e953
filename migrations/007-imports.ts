/**
 * Imports of banks' files: what a file was read as, row by row, before and after it becomes expenses. The rows stay for as long as the import does, because
 * they are what the bank has said: a later file is held against them, whatever its user has made of the expenses since.
 *
 * Safe beside running code: the two columns are empty, and nobody else reads them.
 */
import { type Kysely, sql } from "kysely";
import { onlyOwnRows } from "./own-rows.ts";

export async function up(db: Kysely<unknown>): Promise<void> {
  /** Which import made it; and the version that imports have written last: any other was written by its user. */
  await sql`alter table expenses add column import_id uuid, add column import_version integer`.execute(db);

  /** `run` is the fencing token of whoever works on it. `done_to` is the row up to which the step has come. */
  await sql`
    create table imports (
      user_id text not null references users on delete cascade,
      id uuid not null,
      account_id uuid not null,
      run integer not null,
      state text not null check (state in ('reading', 'read', 'committing', 'committed', 'undoing', 'undone')),
      done_to integer not null default 0,
      counts jsonb,
      updated_at timestamptz not null,
      primary key (user_id, id)
    )`.execute(db);
  await sql`create index imports_by_account on imports (user_id, account_id)`.execute(db);

  /** `n` counts a file's rows from 1; `line` is for people. A row with a problem has nothing else. */
  await sql`
    create table import_rows (
      user_id text not null,
      import_id uuid not null,
      n integer not null,
      line integer not null,
      problem text,
      day date,
      amount_minor bigint check (amount_minor > 0),
      currency text check (currency ~ '^[A-Z]{3}$'),
      direction text check (direction in ('out', 'in')),
      kind text check (kind in ('expense', 'refund', 'income', 'transfer')),
      says_moved boolean,
      merchant text check (char_length(merchant) <= 200),
      description text check (char_length(description) <= 500),
      status text check (status in ('pending', 'cleared')),
      fit_id text check (char_length(fit_id) <= 255),
      category_id uuid,
      category_path text[],
      tags text[],
      expense_id uuid,
      duplicate_of uuid,
      moved_with uuid,
      moved_kind text,
      moved_version integer,
      primary key (user_id, import_id, n),
      foreign key (user_id, import_id) references imports (user_id, id) on delete cascade,
      check (problem is not null or (day is not null and amount_minor is not null and currency is not null and direction is not null and kind is not null
        and says_moved is not null and merchant is not null and description is not null and status is not null and tags is not null and expense_id is not null))
    )`.execute(db);
  // The bank's row behind an expense; and rows whose other side an expense is.
  await sql`create index import_rows_by_expense on import_rows (user_id, expense_id) where expense_id is not null`.execute(db);
  await sql`create index import_rows_by_other_side on import_rows (user_id, moved_with) where moved_with is not null`.execute(db);

  for (const table of ["imports", "import_rows"]) await onlyOwnRows(db, table);
  await sql`grant select, insert, update, delete on imports, import_rows to dormouse_app`.execute(db);
}
