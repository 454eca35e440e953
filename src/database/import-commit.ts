/** What an import's rows become, and how that is undone: some thousand rows in each transaction. Each function takes one in which the import is held. */
import { sql } from "kysely";
import { PATH_DEPTH } from "../imports/own.ts";
import { oneOf } from "./one-of.ts";
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
  await moveSides(tx, user, range);
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

/** What rows have as their other sides become transfers, and the rows note which version that made. Each side is looked up by its key, as in `undoRows`. */
async function moveSides(tx: Tx, user: string, range: Range): Promise<void> {
  const { rows } = await sql<{ n: number; id: string }>`
    select r.n, o.id
    from (select r.* from import_rows r where ${inRange(user, range)} and r.moved_with is not null order by r.moved_with, r.n offset 0) r
      cross join lateral (
        select o.id from expenses o where o.user_id = r.user_id and o.id = r.moved_with and o.kind = r.moved_kind and o.amount_minor = r.amount_minor
          and o.currency = r.currency and o.refund_of is null for update
      ) o`.execute(tx);
  // One row for each: it is moved once.
  const rowOf = new Map(rows.map(({ n, id }) => [id, n]));
  if (rowOf.size === 0) return;
  const { rows: moved } = await sql<{ id: string; version: number }>`
    update expenses o set kind = 'transfer', ${written} where ${oneOf(user, "o", [...rowOf.keys()])} returning o.id, o.version`.execute(tx);
  const versions = new Array<number>(range.to - range.above).fill(0);
  for (const { id, version } of moved) versions[(rowOf.get(id) ?? 0) - range.above - 1] = version;
  await sql`
    update import_rows r set moved_version = nullif((${versions}::int[])[r.n - ${range.above}], 0)
    where ${inRange(user, range)} and r.moved_with is not null`.execute(tx);
}

/**
 * Takes away the expenses that rows have become, but for those that their user has written since; what they had made transfers of is what it was again,
 * unless its user has written that since.
 */
export async function undoRows(tx: Tx, user: string, range: Range): Promise<void> {
  // Nobody writes them between here and the delete. Each is looked up by its key, whatever the planner thinks of tables that have grown since they were analysed.
  const { rows } = await sql<{ id: string }>`
    select e.id
    from (select r.user_id, r.expense_id, r.import_id from import_rows r where ${inRange(user, range)} order by r.expense_id offset 0) r
      cross join lateral (
        select e.id from expenses e where e.user_id = r.user_id and e.id = r.expense_id and e.import_id = r.import_id and e.version = e.import_version for update
      ) e`.execute(tx);
  const going = rows.map(({ id }) => id);
  if (going.length === 0) return;
  const { rows: sides } = await sql<Side>`
    select r.moved_with as id, r.moved_kind as kind, r.moved_version as version from import_rows r
    where ${inRange(user, range)} and r.moved_version is not null and r.expense_id = any(${going}::uuid[])`.execute(tx);
  await freeSides(tx, user, sides);
  // The other way round: rows of other imports that were entered as the other side of one that goes.
  const { rows: freed } = await sql<Side>`
    update import_rows other set moved_with = null, moved_version = null
    where other.user_id = ${user} and other.moved_with is not null and other.moved_with = any(${going}::uuid[])
    returning other.expense_id as id, other.kind, null as version`.execute(tx);
  await freeSides(tx, user, freed);
  await sql`
    update expenses o set refund_of = null, version = o.version + 1, updated_at = now()
    where o.user_id = ${user} and o.refund_of is not null and o.refund_of = any(${going}::uuid[])`.execute(tx);
  await sql`delete from expenses e where ${oneOf(user, "e", going)}`.execute(tx);
}

/** An expense that was made a transfer, the kind that it had, and the version that it was given; null: the one that its own import has written last. */
interface Side {
  id: string;
  kind: string;
  version: number | null;
}

/** They are what they were before they were sides of a transfer, but for those that their user has written since. */
async function freeSides(tx: Tx, user: string, sides: readonly Side[]): Promise<void> {
  if (sides.length === 0) return;
  const ids = sides.map(({ id }) => id);
  await sql`
    update expenses o set kind = side.kind, ${written}
    from unnest(${ids}::uuid[], ${sides.map(({ kind }) => kind)}::text[], ${sides.map(({ version }) => version)}::int[]) as side (id, kind, version)
    where ${oneOf(user, "o", ids)} and o.id = side.id and o.kind = 'transfer' and o.version = coalesce(side.version, o.import_version)`.execute(tx);
}

/** The end of an undo: what its user has written since is theirs alone. Counts what went and what stayed, and forgets the rows. */
export async function endUndo(tx: Tx, user: string, importId: string, committedTo: number): Promise<{ removed: number; kept: number }> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from import_rows r where ${inRange(user, { importId, above: 0, to: committedTo })}`.execute(tx);
  const { numAffectedRows = 0n } = await sql`
    update expenses set import_id = null, import_version = null where user_id = ${user} and import_id = ${importId}`.execute(tx);
  const kept = Number(numAffectedRows);
  await sql`delete from import_rows where user_id = ${user} and import_id = ${importId}`.execute(tx);
  return { removed: (rows[0]?.n ?? 0) - kept, kept };
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
