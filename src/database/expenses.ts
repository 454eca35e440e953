/**
 * Expenses and categories in PostgreSQL. Each function takes a transaction in which row-level security stands for one user (`asUser`): it sees and
 * writes that user's rows and no others.
 */
import type { Transaction } from "kysely";
import { sql } from "kysely";
import type { Category, Expense, ExpensePlace, NewExpense } from "../finance/expense.ts";
import type { Tables } from "./schema.ts";
import { codeOf } from "./unreachable.ts";

type Tx = Transaction<Tables>;

/** The user's own row, which everything else hangs on. */
const ensureUser = (tx: Tx, user: string) =>
  tx
    .insertInto("users")
    .values({ id: user })
    .onConflict((conflict) => conflict.doNothing())
    .execute();

/** false: there is one of that name, whatever its case. */
export async function addCategory(tx: Tx, user: string, category: Category): Promise<boolean> {
  await ensureUser(tx, user);
  // DO NOTHING rather than an error: an error would end the transaction.
  const added = await tx
    .insertInto("categories")
    .values({ user_id: user, ...category })
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .execute();
  return added.length > 0;
}

/** By name; `after` is the last one of the page before. At most `limit` rows. */
export async function listCategories(tx: Tx, user: string, limit: number, after: Category | null): Promise<Category[]> {
  let query = tx.selectFrom("categories").select(["id", "name"]).where("user_id", "=", user).orderBy("name").orderBy("id").limit(limit);
  if (after) query = query.where(sql<boolean>`(name, id) > (${after.name}, ${after.id}::uuid)`);
  return query.execute();
}

/** The user has no such category. Thrown rather than answered: PostgreSQL has ended the transaction by then. */
export class NoSuchCategory extends Error {
  override readonly name = "NoSuchCategory";
}

/** Throws `NoSuchCategory`. */
export async function addExpense(tx: Tx, user: string, expense: NewExpense): Promise<void> {
  await ensureUser(tx, user);
  try {
    await tx
      .insertInto("expenses")
      .values({
        user_id: user,
        id: expense.id,
        category_id: expense.categoryId,
        amount_minor: expense.minor,
        currency: expense.currency,
        occurred_on: expense.occurredOn,
        description: expense.description,
      })
      .execute();
  } catch (error) {
    // 23503, the foreign key (user_id, category_id): none of this user's, so that another's looks just like none.
    if (codeOf(error) === "23503") throw new NoSuchCategory(`no category ${expense.categoryId}`);
    throw error;
  }
}

/** Newest first, by day and then by when they were entered. `before` is the last one of the page before. At most `limit` rows. */
export async function listExpenses(tx: Tx, user: string, limit: number, before: ExpensePlace | null): Promise<Expense[]> {
  let query = tx
    .selectFrom("expenses")
    .select(["id", "amount_minor", "currency", "occurred_on", "category_id", "description"])
    .where("user_id", "=", user)
    .orderBy("occurred_on", "desc")
    .orderBy("id", "desc")
    .limit(limit);
  if (before) query = query.where(sql<boolean>`(occurred_on, id) < (${before.occurredOn}::date, ${before.id}::uuid)`);
  const rows = await query.execute();
  return rows.map((row) => ({
    id: row.id,
    minor: BigInt(row.amount_minor),
    currency: row.currency,
    occurredOn: row.occurred_on,
    categoryId: row.category_id,
    description: row.description,
  }));
}
