/** What an import's rows become, and how that is undone: some thousand rows in each transaction. Each function takes one in which the import is held. */
import { sql } from "kysely";
import { PATH_DEPTH } from "../imports/own.ts";
import type { Tx } from "./users.ts";

/** Rows of an import whose number is above the first and not above the second. */
export interface Range {
  importId: string;
  above: number;
  to: number;
}

const inRange = (user: string, { importId, above, to }: Range) =>
  sql`r.user_id = ${user} and r.import_id = ${importId} and r.n > ${above} and r.n <= ${to} and r.problem is null and r.duplicate_of is null`;

/** What imports write is of theirs still when its user has not written since. */
const written = sql`version = o.version + 1, import_version = case when o.import_version = o.version then o.version + 1 else o.import_version end, updated_at = now()`;

/**
 * Rows become expenses. A row with its other side makes a transfer of both, if that side is still what it was when it was found; else it is what it is alone.
 * Throws what the database throws when the account is gone.
 */
export async function commitRows(tx: Tx, user: string, accountId: string, range: Range): Promise<void> {
  await sql`
    with moved as (
      update expenses o set kind = 'transfer', ${written} from import_rows r
      where ${inRange(user, range)} and r.moved_with is not null and o.user_id = r.user_id and o.id = r.moved_with and o.kind = r.moved_kind
        and o.amount_minor = r.amount_minor and o.currency = r.currency and o.refund_of is null
      returning r.n, o.version
    )
    update import_rows r set moved_version = moved.version from moved where r.user_id = ${user} and r.import_id = ${range.importId} and r.n = moved.n`.execute(
    tx,
  );
  await sql`
    insert into expenses (user_id, id, kind, amount_minor, currency, occurred_on, category_id, account_id, merchant, description, status, import_id, import_version)
    select r.user_id, r.expense_id, case when r.moved_version is null then r.kind else 'transfer' end, r.amount_minor, r.currency, r.day,
      case when r.moved_version is null then c.id end, ${accountId}::uuid, r.merchant, r.description, r.status, r.import_id, 1
    from import_rows r left join categories c on c.user_id = r.user_id and c.id = r.category_id
    where ${inRange(user, range)} order by r.n`.execute(tx);
  await sql`
    insert into expense_tags (user_id, expense_id, tag)
    select distinct r.user_id, r.expense_id, tag from import_rows r cross join unnest(r.tags) as tag where ${inRange(user, range)} and r.tags <> '{}'`.execute(
    tx,
  );
}

/**
 * Takes away the expenses that rows have become, but for those that their user has written since; what they had made transfers of is what it was again,
 * unless its user has written that since.
 */
export async function undoRows(tx: Tx, user: string, range: Range): Promise<void> {
  const going = sql`${inRange(user, range)} and e.user_id = r.user_id and e.id = r.expense_id and e.import_id = r.import_id and e.version = e.import_version`;
  // Nobody writes them between here and the delete.
  await sql`select e.id from import_rows r, expenses e where ${going} order by e.id for update of e`.execute(tx);
  await sql`
    update expenses o set kind = r.moved_kind, ${written} from import_rows r, expenses e
    where ${going} and o.user_id = r.user_id and o.id = r.moved_with and o.kind = 'transfer' and o.version = r.moved_version`.execute(tx);
  // The other way round: rows of other imports that were entered as the other side of one that goes.
  await sql`
    with freed as (
      update import_rows other set moved_with = null, moved_version = null from import_rows r, expenses e
      where ${going} and other.user_id = r.user_id and other.moved_with = r.expense_id returning other.expense_id, other.kind
    )
    update expenses o set kind = freed.kind, ${written} from freed
    where o.user_id = ${user} and o.id = freed.expense_id and o.kind = 'transfer' and o.version = o.import_version`.execute(tx);
  await sql`
    update expenses o set refund_of = null, version = o.version + 1, updated_at = now() from import_rows r, expenses e
    where ${going} and o.user_id = r.user_id and o.refund_of = e.id`.execute(tx);
  await sql`delete from expenses e using import_rows r where ${going}`.execute(tx);
}

/** The end of an undo: what its user has written since is theirs alone. Counts what went and what stayed, and forgets the rows. */
export async function endUndo(tx: Tx, user: string, importId: string, committedTo: number): Promise<{ removed: number; kept: number }> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from import_rows r where ${inRange(user, { importId, above: 0, to: committedTo })}`.execute(tx);
  const { numUpdatedRows } = await sql<never>`
    update expenses e set import_id = null, import_version = null from import_rows r
    where r.user_id = ${user} and r.import_id = ${importId} and e.user_id = r.user_id and e.id = r.expense_id and e.import_id = r.import_id`
    .execute(tx)
    .then(({ numAffectedRows }) => ({ numUpdatedRows: Number(numAffectedRows ?? 0) }));
  await sql`delete from import_rows where user_id = ${user} and import_id = ${importId}`.execute(tx);
  return { removed: (rows[0]?.n ?? 0) - numUpdatedRows, kept: numUpdatedRows };
}

interface Path {
  path: string[];
}

/** Categories that a file of Dormouse's own names: those that there are, by name; the others are made, each under the one that the file says. */
export async function makeCategories(tx: Tx, user: string, importId: string, newId: () => string): Promise<void> {
  const { rows } = await sql<Path>`
    select distinct category_path as path from import_rows
    where user_id = ${user} and import_id = ${importId} and category_path is not null and duplicate_of is null order by 1`.execute(tx);
  if (rows.length === 0) return;
  const there = await tx
    .selectFrom("categories")
    .select(["id", sql<string>`lower(name)`.as("key")])
    .where("user_id", "=", user)
    .execute();
  const { rows: lowered } = await sql<{ name: string; lower: string }>`
    select distinct name, lower(name) as lower from unnest(${rows.flatMap(({ path }) => path)}::text[]) as name`.execute(tx);
  const lower = new Map(lowered.map((each) => [each.name, each.lower]));
  const ids = new Map(there.map(({ id, key }) => [key, id]));
  const made: { id: string; name: string; parent: string | null }[] = [];
  for (const { path } of rows) {
    let parent: string | null = null;
    for (const name of path.slice(0, PATH_DEPTH)) {
      const key = lower.get(name) ?? name;
      const id: string = ids.get(key) ?? newId();
      if (!ids.has(key)) made.push({ id, name, parent });
      ids.set(key, id);
      parent = id;
    }
  }
  if (made.length > 0)
    await tx
      .insertInto("categories")
      .values(made.map(({ id, name, parent }) => ({ user_id: user, id, name, parent_id: parent })))
      .execute();
  const chosen = rows.map(({ path }) => ({
    path: JSON.stringify(path),
    id: ids.get(lower.get(path.at(Math.min(path.length, PATH_DEPTH) - 1) ?? "") ?? "") ?? null,
  }));
  await sql`
    update import_rows r set category_id = chosen.id
    from unnest(${chosen.map(({ path }) => path)}::text[], ${chosen.map(({ id }) => id)}::uuid[]) as chosen (path, id)
    where r.user_id = ${user} and r.import_id = ${importId} and to_jsonb(r.category_path) = chosen.path::jsonb`.execute(tx);
}
