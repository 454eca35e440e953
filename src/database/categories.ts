/**
 * Categories in PostgreSQL. Each function takes a transaction in which row-level security stands for one user (`asUser`): it sees and writes that user's
 * rows and no others.
 */
import { sql } from "kysely";
import type { Category, NewCategory, Place } from "../finance/category.ts";
import { codeOf } from "./unreachable.ts";
import { constraintOf, type Tx, withUser } from "./users.ts";

/** There is one of that name already, whatever its case. The transaction has ended by then. */
export class NameTaken extends Error {
  override readonly name = "NameTaken";
}

/** For `catch`: a violation of the unique index of names as `NameTaken`. */
export const nameTaken =
  (index: string) =>
  (error: unknown): never => {
    throw codeOf(error) === "23505" && constraintOf(error) === index ? new NameTaken("the name is taken") : error;
  };

/**
 * The shape of the user's tree of categories, nobody else's to change until the transaction ends. Take it before any row. (Sums that depend on the tree
 * are looked after by `checkThresholds` with a lock of its own, which is taken last.)
 */
export const holdTree = async (tx: Tx, user: string): Promise<void> =>
  void (await sql`select pg_advisory_xact_lock(hashtextextended(${`categories of ${user}`}, 0))`.execute(tx));

const shown = ["id", "version", "name", "parent_id", "colour"] as const;

const toCategory = (row: { id: string; version: number; name: string; parent_id: string | null; colour: string | null }): Category => ({
  id: row.id,
  version: row.version,
  name: row.name,
  parentId: row.parent_id,
  colour: row.colour,
});

/** A page's rows with the key that orders them: the name in lower case, of which there is one for each user. */
export interface Named<Row> {
  row: Row;
  key: string;
}

/** By name, whatever its case; `after` is the key of the last one of the page before. At most `limit` rows. */
export async function listCategories(tx: Tx, user: string, limit: number, after: string | null): Promise<Named<Category>[]> {
  let query = tx
    .selectFrom("categories")
    .select([...shown, sql<string>`lower(name)`.as("key")])
    .where("user_id", "=", user)
    .orderBy(sql`lower(name)`)
    .limit(limit);
  if (after !== null) query = query.where(sql<string>`lower(name)`, ">", after);
  return (await query.execute()).map((row) => ({ row: toCategory(row), key: row.key }));
}

/** null: the user has no such category. `lock`: nobody else changes it until the transaction ends. */
export async function findCategory(tx: Tx, user: string, id: string, lock = false): Promise<Category | null> {
  const query = tx.selectFrom("categories").select(shown).where("user_id", "=", user).where("id", "=", id);
  const row = await (lock ? query.forNoKeyUpdate() : query).executeTakeFirst();
  return row === undefined ? null : toCategory(row);
}

/** Where category `id` (null: a new one) would hang under `parent`. Hold the tree, or it may be another place by the time of the write. */
export async function placeUnder(tx: Tx, user: string, id: string | null, parent: string): Promise<Place> {
  const { rows } = await sql<{ above: number | null; height: number | null; circle: boolean }>`
    with recursive up as (
      select id, parent_id, 1 as level from categories where user_id = ${user} and id = ${parent}
      union all select c.id, c.parent_id, up.level + 1 from up join categories c on c.user_id = ${user} and c.id = up.parent_id where up.level < 100
    ), down as (
      select id, 1 as level from categories where user_id = ${user} and id = ${id}
      union all select c.id, down.level + 1 from down join categories c on c.user_id = ${user} and c.parent_id = down.id where down.level < 100
    )
    select (select max(level) from up) as above, (select max(level) from down) as height, exists (select from up where id = ${id}) as circle`.execute(tx);
  return { above: rows[0]?.above ?? 0, height: rows[0]?.height ?? 1, circle: rows[0]?.circle ?? false };
}

/** The category and all that hang from it; none: the user has no such category. */
export async function withChildren(tx: Tx, user: string, id: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with recursive down as (
      select id from categories where user_id = ${user} and id = ${id}
      union select c.id from down join categories c on c.user_id = ${user} and c.parent_id = down.id
    ) select id from down`.execute(tx);
  return rows.map((row) => row.id);
}

/** Throws `NameTaken`. */
export async function addCategory(tx: Tx, user: string, category: NewCategory): Promise<void> {
  await withUser(tx, user)
    .insertInto("categories")
    .values({ user_id: user, id: category.id, name: category.name, parent_id: category.parentId, colour: category.colour })
    .execute()
    .catch(nameTaken("categories_name"));
}

/** Writes all fields of a category that is there, as its version. Throws `NameTaken`. */
export async function writeCategory(tx: Tx, user: string, category: Category): Promise<void> {
  await tx
    .updateTable("categories")
    .set({ name: category.name, parent_id: category.parentId, colour: category.colour, version: category.version, updated_at: sql`now()` })
    .where("user_id", "=", user)
    .where("id", "=", category.id)
    .execute()
    .catch(nameTaken("categories_name"));
}

/** How many expenses, categories and budgets name it. */
export async function usesOfCategory(tx: Tx, user: string, id: string): Promise<{ expenses: number; categories: number; budgets: number }> {
  const { rows } = await sql<Record<"expenses" | "categories" | "budgets", string>>`
    select (select count(*) from expenses where user_id = ${user} and category_id = ${id}) as expenses,
      (select count(*) from categories where user_id = ${user} and parent_id = ${id}) as categories,
      (select count(*) from budgets where user_id = ${user} and category_id = ${id}) as budgets`.execute(tx);
  const [row] = rows;
  return { expenses: Number(row?.expenses ?? 0), categories: Number(row?.categories ?? 0), budgets: Number(row?.budgets ?? 0) };
}

/** false: something that came meanwhile names it; the transaction has ended then. */
export async function removeCategory(tx: Tx, user: string, id: string): Promise<boolean> {
  try {
    await tx.deleteFrom("categories").where("user_id", "=", user).where("id", "=", id).execute();
    return true;
  } catch (error) {
    if (codeOf(error) === "23503") return false;
    throw error;
  }
}
