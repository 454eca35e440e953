/** Balances of accounts by day, in PostgreSQL. Each function takes a transaction in which row-level security stands for one user. */
import { sql } from "kysely";
import type { Balance } from "../finance/account.ts";
import type { Tx } from "./users.ts";

const shown = ["account_id", "day", "amount_minor", "version"] as const;

const toBalance = (row: { account_id: string; day: string; amount_minor: string; version: number }): Balance => ({
  accountId: row.account_id,
  day: row.day,
  minor: BigInt(row.amount_minor),
  version: row.version,
});

export interface BalanceRange {
  /** Both days are in. */
  from?: string | undefined;
  to?: string | undefined;
  /** The day of the last one of the page before. */
  before: string | null;
}

/** Newest first. At most `limit` rows. */
export async function listBalances(tx: Tx, user: string, account: string, { from, to, before }: BalanceRange, limit: number): Promise<Balance[]> {
  let query = tx.selectFrom("balances").select(shown).where("user_id", "=", user).where("account_id", "=", account).orderBy("day", "desc").limit(limit);
  if (from !== undefined) query = query.where("day", ">=", from);
  if (to !== undefined) query = query.where("day", "<=", to);
  if (before !== null) query = query.where("day", "<", before);
  return (await query.execute()).map(toBalance);
}

/** null: there is none of that day. `lock`: nobody else changes it until the transaction ends. */
export async function findBalance(tx: Tx, user: string, account: string, day: string, lock = false): Promise<Balance | null> {
  const query = tx.selectFrom("balances").select(shown).where("user_id", "=", user).where("account_id", "=", account).where("day", "=", day);
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst();
  return row === undefined ? null : toBalance(row);
}

/** The balance of the day, new or in place of another; its version rises with each change. The account has to be there. */
export async function putBalance(tx: Tx, user: string, account: string, day: string, minor: bigint): Promise<Balance> {
  const row = await tx
    .insertInto("balances")
    .values({ user_id: user, account_id: account, day, amount_minor: minor })
    .onConflict((conflict) =>
      conflict.columns(["user_id", "account_id", "day"]).doUpdateSet({
        amount_minor: minor,
        // What changes nothing makes no version.
        version: sql<number>`balances.version + (balances.amount_minor <> excluded.amount_minor)::int`,
        updated_at: sql`now()`,
      }),
    )
    .returning(shown)
    .executeTakeFirstOrThrow();
  return toBalance(row);
}

export async function removeBalance(tx: Tx, user: string, account: string, day: string): Promise<void> {
  await tx.deleteFrom("balances").where("user_id", "=", user).where("account_id", "=", account).where("day", "=", day).execute();
}
