/** Exchange rates by day, as their user entered them, in PostgreSQL. Each function takes a transaction in which row-level security stands for one user. */
import { sql } from "kysely";
import { plainRate, type Rate } from "../finance/account.ts";
import { type Tx, withUser } from "./users.ts";

const shown = ["day", "base", "quote", "rate", "version"] as const;

const toRate = (row: Rate): Rate => ({ day: row.day, base: row.base, quote: row.quote, rate: plainRate(row.rate), version: row.version });

export interface RateFilter {
  base?: string | undefined;
  quote?: string | undefined;
  /** Both days are in. */
  from?: string | undefined;
  to?: string | undefined;
}

export interface RatePlace {
  base: string;
  quote: string;
  day: string;
}

/** By base, quote and day; of one pair the newest first. `after` is the last one of the page before. At most `limit` rows. */
export async function listRates(tx: Tx, user: string, { base, quote, from, to }: RateFilter, after: RatePlace | null, limit: number): Promise<Rate[]> {
  const onePair = base !== undefined && quote !== undefined;
  const direction = onePair ? "desc" : "asc";
  let query = tx
    .selectFrom("rates")
    .select(shown)
    .where("user_id", "=", user)
    .orderBy("base", direction)
    .orderBy("quote", direction)
    .orderBy("day", direction)
    .limit(limit);
  if (base !== undefined) query = query.where("base", "=", base);
  if (quote !== undefined) query = query.where("quote", "=", quote);
  if (from !== undefined) query = query.where("day", ">=", from);
  if (to !== undefined) query = query.where("day", "<=", to);
  if (after !== null) query = query.where(sql<boolean>`(base, quote, day) ${onePair ? sql`<` : sql`>`} (${after.base}, ${after.quote}, ${after.day}::date)`);
  return (await query.execute()).map(toRate);
}

/** null: none was entered for that day. `lock`: nobody else changes it until the transaction ends. */
export async function findRate(tx: Tx, user: string, { day, base, quote }: RatePlace, lock = false): Promise<Rate | null> {
  const query = tx.selectFrom("rates").select(shown).where("user_id", "=", user).where("base", "=", base).where("quote", "=", quote).where("day", "=", day);
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst();
  return row === undefined ? null : toRate(row);
}

/** The rate of the day, new or in place of another; its version rises with each change. `rate` is a decimal string. */
export async function putRate(tx: Tx, user: string, { day, base, quote }: RatePlace, rate: string): Promise<Rate> {
  const row = await withUser(tx, user)
    .insertInto("rates")
    .values({ user_id: user, base, quote, day, rate })
    .onConflict((conflict) =>
      conflict.columns(["user_id", "base", "quote", "day"]).doUpdateSet({
        rate,
        // What changes nothing makes no version.
        version: sql<number>`rates.version + (rates.rate <> excluded.rate)::int`,
        updated_at: sql`now()`,
      }),
    )
    .returning(shown)
    .executeTakeFirstOrThrow();
  return toRate(row);
}

export async function removeRate(tx: Tx, user: string, { day, base, quote }: RatePlace): Promise<void> {
  await tx.deleteFrom("rates").where("user_id", "=", user).where("base", "=", base).where("quote", "=", quote).where("day", "=", day).execute();
}
