/** Rows of banks' files in PostgreSQL, thousands at once, and what is held against them. */
import { type RawBuilder, sql } from "kysely";
import type { Kind } from "../finance/expense.ts";
import { DAYS_APART, type Days } from "../imports/match.ts";
import { isBad, type ReadRow } from "../imports/row.ts";
import type { Choice } from "../imports/text.ts";
import type { Run } from "./imports.ts";
import type { Tx } from "./users.ts";

/** A row with its number in the file and what was made out for it. */
export interface Staged {
  n: number;
  row: ReadRow;
  /** Null for a bad row. */
  expenseId: string | null;
  categoryId: string | null;
}

/** Puts rows; those whose number is there already are left as they are. */
export async function stageRows(tx: Tx, user: string, { importId }: Pick<Run, "importId">, staged: readonly Staged[]): Promise<void> {
  const column = <T>(of: (row: Exclude<ReadRow, { problem: string }>, one: Staged) => T): (T | null)[] =>
    staged.map((one) => (isBad(one.row) ? null : of(one.row, one)));
  await sql`
    insert into import_rows (user_id, import_id, n, line, problem, day, amount_minor, currency, direction, kind, says_moved, merchant, description, fit_id, status,
      category_id, expense_id, category_path, tags)
    select ${user}::text, ${importId}::uuid, row.n, row.line, row.problem, row.day, row.minor, row.currency, row.direction, row.kind, row.moved, row.merchant,
      row.description, row.fit_id, row.status, row.category, row.expense,
      case when row.path is not null then array(select jsonb_array_elements_text(row.path::jsonb)) end,
      case when row.tags is not null then array(select jsonb_array_elements_text(row.tags::jsonb)) when row.problem is null then '{}'::text[] end
    from unnest(
      ${staged.map(({ n }) => n)}::int[], ${staged.map(({ row }) => row.line)}::int[], ${staged.map(({ row }) => (isBad(row) ? row.problem : null))}::text[],
      ${column(({ day }) => day)}::date[], ${column(({ amountMinor }) => amountMinor.toString())}::bigint[], ${column(({ currency }) => currency)}::text[],
      ${column(({ direction }) => direction)}::text[], ${column(({ kind }) => kind)}::text[], ${column(({ saysMoved }) => saysMoved)}::boolean[],
      ${column(({ merchant }) => merchant)}::text[], ${column(({ description }) => description)}::text[], ${column(({ fitId }) => fitId)}::text[],
      ${column(({ own }) => own?.status ?? "cleared")}::text[], ${column((_, { categoryId }) => categoryId)}::uuid[],
      ${column((_, { expenseId }) => expenseId)}::uuid[],
      ${column(({ own }) => (own?.category == null ? null : JSON.stringify(own.category)))}::text[],
      ${column(({ own }) => (own === undefined || own.tags.length === 0 ? null : JSON.stringify(own.tags)))}::text[]
    ) as row (n, line, problem, day, minor, currency, direction, kind, moved, merchant, description, fit_id, status, category, expense, path, tags)
    on conflict do nothing`.execute(tx);
}

/** Merchants that are looked at for the category that was chosen for them, those chosen last first. */
const MERCHANTS = 20_000;

/** What was chosen for merchants, for `lastChosen`. */
export async function readChoices(tx: Tx, user: string): Promise<Choice[]> {
  const { rows } = await sql<{ merchant: string; category_id: string; at: number }>`
    select * from (
      select distinct on (merchant) merchant, category_id, extract(epoch from updated_at)::float8 as at from expenses
      where user_id = ${user} and merchant <> '' and category_id is not null order by merchant, updated_at desc, category_id desc
    ) chosen order by at desc limit ${MERCHANTS}`.execute(tx);
  return rows.map(({ merchant, category_id, at }) => ({ merchant, categoryId: category_id, at }));
}

/**
 * Entries of the account: what other imports' rows have become, with what the bank has said of them; and what was entered by hand. Of a transfer by hand
 * nobody knows which way it went: out, as those are mostly entered. The joins are written as look-ups by a key, whatever the planner thinks of tables that
 * have grown since they were analysed.
 */
const known = (user: string, importId: string, accountId: string): RawBuilder<unknown> => sql`
  select e.id, r.day, r.amount_minor, r.currency, r.direction, r.merchant, r.fit_id, true as imported
  from imports i
    join import_rows r on r.user_id = i.user_id and r.import_id = i.id
    cross join lateral (select e.id from expenses e where e.user_id = r.user_id and e.id = r.expense_id and e.import_id = r.import_id offset 0) e
  where i.user_id = ${user} and i.account_id = ${accountId} and i.id <> ${importId}
  union all
  select e.id, e.occurred_on, e.amount_minor, e.currency, case when e.kind in ('refund', 'income') then 'in' else 'out' end, e.merchant, null, false
  from expenses e where e.user_id = ${user} and e.account_id = ${accountId} and e.import_id is null`;

const mine = (user: string, importId: string) => sql`user_id = ${user} and import_id = ${importId}`;

/** What was found before is looked for anew. FITIDs that stand on rows of different money say nothing, and go (`trustedFitIds` in src/imports/match.ts). */
export async function clearMatches(tx: Tx, user: string, importId: string): Promise<void> {
  await sql`
    update import_rows set duplicate_of = null, moved_with = null, moved_kind = null
    where ${mine(user, importId)} and (duplicate_of is not null or moved_with is not null)`.execute(tx);
  await sql`
    update import_rows set fit_id = null where ${mine(user, importId)} and fit_id in (
      select fit_id from import_rows where ${mine(user, importId)} and fit_id is not null
      group by fit_id having count(distinct (direction, currency, amount_minor)) > 1
    )`.execute(tx);
}

/**
 * The first step of `duplicates` (src/imports/match.ts): by FITID, one to one. The others need normalised texts, and are not SQL's. The entries that are taken
 * by it: a hundred thousand at most, which an anti-join of tables that nobody has analysed yet would look for one by one.
 */
export async function matchFitIds(tx: Tx, user: string, importId: string, accountId: string): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    update import_rows row set duplicate_of = found.id from (
      select r.n, k.id
      from (
        select n, fit_id, row_number() over (partition by fit_id order by day, n) as nth from import_rows
        where ${mine(user, importId)} and fit_id is not null and problem is null
      ) r join (
        select id, fit_id, row_number() over (partition by fit_id order by day, id) as nth from (${known(user, importId, accountId)}) known where fit_id is not null
      ) k on k.fit_id = r.fit_id and k.nth = r.nth
    ) found
    where row.user_id = ${user} and row.import_id = ${importId} and row.n = found.n returning found.id`.execute(tx);
  return new Set(rows.map(({ id }) => id));
}

interface Entry {
  day: string;
  amount_minor: string;
  currency: string;
  direction: "out" | "in";
  merchant: string;
  fit_id: string | null;
}
export type NewRow = Entry & { n: number; says_moved: boolean };
export type KnownEntry = Entry & { id: string; imported: boolean };
export interface OtherSide extends Omit<Entry, "fit_id"> {
  id: string;
  kind: Kind;
  description: string;
  /** Null: entered by hand. */
  says_moved: boolean | null;
}

/** A part of the rows and all that can be held against them: the same money is always in the same part. `days`: of the whole file (`daysOf`). */
export interface Part {
  at: number;
  of: number;
  days: Days;
}

export async function readPart(tx: Tx, user: string, importId: string, accountId: string, { at, of, days }: Part) {
  const here = (column: string) => sql`${sql.ref(column)} % ${sql.lit(of)} = ${sql.lit(at)}`;
  const rows = await sql<NewRow>`
    select n, day, amount_minor, currency, direction, merchant, fit_id, says_moved from import_rows
    where ${mine(user, importId)} and problem is null and duplicate_of is null and ${here("amount_minor")} order by n`.execute(tx);
  const near = (day: string) => sql`${sql.ref(day)} between ${days.first}::date - ${sql.lit(DAYS_APART)} and ${days.last}::date + ${sql.lit(DAYS_APART)}`;
  const entries = await sql<KnownEntry>`
    select known.* from (${known(user, importId, accountId)}) known
    where ${here("known.amount_minor")} and ${near("known.day")} order by known.id`.execute(tx);
  // A refund that names what it gives back, and what such a one names, are no sides of a transfer. "offset 0": looked up by its key, as in `known`.
  const others = await sql<OtherSide>`
    select e.id, e.kind, coalesce(r.day, e.occurred_on) as day, e.amount_minor, e.currency,
      coalesce(r.direction, case when e.kind = 'expense' then 'out' else 'in' end) as direction, e.merchant, e.description, r.says_moved
    from expenses e
      left join lateral (
        select * from import_rows r where r.user_id = e.user_id and r.expense_id = e.id and r.import_id = e.import_id offset 0
      ) r on true
    where e.user_id = ${user} and ${near("e.occurred_on")} and e.account_id <> ${accountId} and e.kind <> 'transfer' and e.refund_of is null and ${here("e.amount_minor")}
      and not exists (select from expenses refund where refund.user_id = e.user_id and refund.refund_of = e.id offset 0)
    order by e.id`.execute(tx);
  return { rows: rows.rows, entries: entries.rows, others: others.rows };
}

export interface Found {
  n: number;
  duplicateOf: string | null;
  movedWith: { id: string; kind: Kind } | null;
}

/** Of so many rows at once: as many are held against as many at worst, where PostgreSQL does not know how long the file is. */
const AT_ONCE = 1000;

export async function writeMatches(tx: Tx, user: string, importId: string, found: readonly Found[]): Promise<void> {
  const sorted = found.toSorted((a, b) => a.n - b.n);
  for (let at = 0; at < sorted.length; at += AT_ONCE) {
    const some = sorted.slice(at, at + AT_ONCE);
    await sql`
      update import_rows row set duplicate_of = found.duplicate_of, moved_with = found.moved_with, moved_kind = found.moved_kind
      from unnest(
        ${some.map(({ n }) => n)}::int[], ${some.map(({ duplicateOf }) => duplicateOf)}::uuid[], ${some.map(({ movedWith }) => movedWith?.id ?? null)}::uuid[],
        ${some.map(({ movedWith }) => movedWith?.kind ?? null)}::text[]
      ) as found (n, duplicate_of, moved_with, moved_kind)
      where row.user_id = ${user} and row.import_id = ${importId} and row.n between ${some[0]?.n ?? 0} and ${some.at(-1)?.n ?? 0} and row.n = found.n`.execute(
      tx,
    );
  }
}

/** Days of the whole file, for `duplicates`; null: no row is good. */
export async function daysOf(tx: Tx, user: string, importId: string): Promise<{ first: string; last: string; rows: number } | null> {
  const { rows } = await sql<{ first: string | null; last: string | null; rows: number }>`
    select min(day) as first, max(day) as last, count(*)::int as rows from import_rows where ${mine(user, importId)} and problem is null`.execute(tx);
  const [row] = rows;
  return row === undefined || row.first === null || row.last === null ? null : { first: row.first, last: row.last, rows: row.rows };
}
