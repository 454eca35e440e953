/** The user's own row, which everything else of theirs hangs on. */
import type { QueryCreator, Transaction } from "kysely";
import type { Tables } from "./schema.ts";

export type Tx = Transaction<Tables>;

const ownRow = (db: QueryCreator<Tables>, user: string) =>
  db
    .insertInto("users")
    .values({ id: user })
    .onConflict((conflict) => conflict.doNothing());

/** Makes the user's row when there is none. */
export async function makeUser(tx: Tx, user: string): Promise<void> {
  await ownRow(tx, user).execute();
}

/**
 * A query that begins with making the user's row when there is none: a statement of its own would be one more way to the database and back. Foreign keys
 * are looked at when the whole statement has ended, so what it inserts may hang on that row.
 */
export const withUser = (tx: Tx, user: string) => tx.with("own_row", (db) => ownRow(db, user));

/** Which constraint a PostgreSQL error names; "" when it names none. */
export function constraintOf(error: unknown): string {
  return error instanceof Error && "constraint" in error && typeof error.constraint === "string" ? error.constraint : "";
}
