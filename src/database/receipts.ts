/**
 * Which receipts belong to expenses: the truth of it is in PostgreSQL, the receipts are in DynamoDB. Whoever attaches one, and whoever deletes one because no
 * expense has it, first takes the receipt's lock until the end of the transaction: so an expense never gets what is being deleted.
 */
import { type RawBuilder, sql } from "kysely";
import { type Message, tell } from "./outbox.ts";
import type { Tx } from "./users.ts";

/** Kind of the outbox's message that an expense has let go of a receipt. */
export const RECEIPT_GONE = "receipt-gone";

const lockOf = (user: string, receipt: string): RawBuilder<unknown> => sql`pg_advisory_xact_lock(hashtextextended(${`receipt ${user} ${receipt}`}, 0))`;

/** Waits for whoever attaches or deletes this receipt at the same time. */
export async function lockReceipt(tx: Tx, user: string, receipt: string): Promise<void> {
  await sql`select ${lockOf(user, receipt)}`.execute(tx);
}

/** Those of the receipts that an expense of the user has. */
export async function attached(tx: Tx, user: string, receipts: readonly string[]): Promise<Set<string>> {
  const rows = await tx
    .selectFrom("expenses")
    .select("receipt_id")
    .where("user_id", "=", user)
    .where(sql<boolean>`receipt_id = any(${receipts}::uuid[])`)
    .execute();
  return new Set(rows.flatMap(({ receipt_id }) => (receipt_id === null ? [] : [receipt_id])));
}

/** Does the work while no expense has the receipt and none can get it; false: one has it, and nothing is done. */
export async function unlessAttached(tx: Tx, user: string, receipt: string, work: () => Promise<unknown>): Promise<boolean> {
  await lockReceipt(tx, user, receipt);
  if ((await attached(tx, user, [receipt])).size > 0) return false;
  await work();
  return true;
}

/** Tells, when the transaction commits, that an expense no longer has the receipt. */
export async function tellGone(tx: Tx, user: string, receipt: string, message: Pick<Message, "id">, now: number): Promise<void> {
  await tell(tx, user, [{ id: message.id, kind: RECEIPT_GONE, payload: { v: 1, receiptId: receipt } }], now);
}
