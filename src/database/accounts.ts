/** Accounts in PostgreSQL. Each function takes a transaction in which row-level security stands for one user. */
import { sql } from "kysely";
import type { Account, AccountType, NewAccount } from "../finance/account.ts";
import { type Named, nameTaken } from "./categories.ts";
import { codeOf } from "./unreachable.ts";
import { type Tx, withUser } from "./users.ts";

const shown = ["id", "version", "name", "type", "currency", "archived"] as const;

interface Row extends Omit<Account, "type"> {
  type: string;
}

/** Which types there are the table's own check says. */
const toAccount = ({ id, version, name, type, currency, archived }: Row): Account => ({ id, version, name, type: type as AccountType, currency, archived });

/** By name, whatever its case; `after` is the key of the last one of the page before. At most `limit` rows. */
export async function listAccounts(tx: Tx, user: string, limit: number, after: string | null): Promise<Named<Account>[]> {
  let query = tx
    .selectFrom("accounts")
    .select([...shown, sql<string>`lower(name)`.as("key")])
    .where("user_id", "=", user)
    .orderBy(sql`lower(name)`)
    .limit(limit);
  if (after !== null) query = query.where(sql<string>`lower(name)`, ">", after);
  return (await query.execute()).map((row) => ({ row: toAccount(row), key: row.key }));
}

/**
 * null: the user has no such account. `lock` until the transaction ends: "change", nobody else changes it; "use", its currency stays what it is while
 * something is entered in it.
 */
export async function findAccount(tx: Tx, user: string, id: string, lock?: "change" | "use"): Promise<Account | null> {
  const query = tx.selectFrom("accounts").select(shown).where("user_id", "=", user).where("id", "=", id);
  const row = await (lock === "change" ? query.forNoKeyUpdate() : lock === "use" ? query.forShare() : query).executeTakeFirst();
  return row === undefined ? null : toAccount(row);
}

/** Throws `NameTaken`. */
export async function addAccount(tx: Tx, user: string, account: NewAccount): Promise<void> {
  await withUser(tx, user)
    .insertInto("accounts")
    .values({ user_id: user, ...account })
    .execute()
    .catch(nameTaken("accounts_name"));
}

/** Writes all fields of an account that is there, as its version. Throws `NameTaken`. */
export async function writeAccount(tx: Tx, user: string, { id, ...rest }: Account): Promise<void> {
  await tx
    .updateTable("accounts")
    .set({ ...rest, updated_at: sql`now()` })
    .where("user_id", "=", user)
    .where("id", "=", id)
    .execute()
    .catch(nameTaken("accounts_name"));
}

/** How many expenses name it, and how many balances it has. */
export async function usesOfAccount(tx: Tx, user: string, id: string): Promise<{ expenses: number; balances: number }> {
  const { rows } = await sql<Record<"expenses" | "balances", string>>`
    select (select count(*) from expenses where user_id = ${user} and account_id = ${id}) as expenses,
      (select count(*) from balances where user_id = ${user} and account_id = ${id}) as balances`.execute(tx);
  return { expenses: Number(rows[0]?.expenses ?? 0), balances: Number(rows[0]?.balances ?? 0) };
}

/** Its balances go with it. false: an expense that came meanwhile names it; the transaction has ended then. */
export async function removeAccount(tx: Tx, user: string, id: string): Promise<boolean> {
  try {
    await tx.deleteFrom("accounts").where("user_id", "=", user).where("id", "=", id).execute();
    return true;
  } catch (error) {
    if (codeOf(error) === "23503") return false;
    throw error;
  }
}
