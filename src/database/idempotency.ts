/**
 * Idempotency keys: who claims one first does the work, in the same transaction that keeps the answer, so that both happen or neither does.
 * A rival waits for that transaction at the key's row, for a short time; then it finds the answer, or the key free again.
 */
import { type SqlBool, sql } from "kysely";
import { codeOf } from "./unreachable.ts";
import { type Tx, withUser } from "./users.ts";

/** Keys are kept for 7 days; an older one is free again. */
export const KEY_LIFE_MS = 7 * 86_400_000;
/** How long a rival waits for whoever is at work under the same key. */
export const KEY_WAIT_MS = 1000;
/** Old keys that are cleared away with each new one. */
const PRUNED_AT_ONCE = 20;

/** What was answered under a key. The body is its JSON text, so that it comes again to the letter; null when there was none. */
export interface Answered {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string | null;
}

/** new: do it; answered: it was done; other: the key was used for another request. */
export type Claim = { is: "new" } | { is: "answered"; answer: Answered } | { is: "other" };

/** Somebody else is at work under this key. The transaction has ended by then. */
export class KeyBusy extends Error {
  override readonly name = "KeyBusy";
}

/** Undefined lock: `lock_timeout` has passed. */
const LOCK_NOT_AVAILABLE = "55P03";

/** Claims a key for the request whose hash is given; `now` in milliseconds. Throws `KeyBusy`. */
export async function claimKey(tx: Tx, user: string, key: string, hash: Uint8Array, now: number): Promise<Claim> {
  // Both settings are local to the transaction, and the second one ends the first: only the wait for the key is that short.
  await sql`select set_config('lock_timeout', ${String(KEY_WAIT_MS)}, true)`.execute(tx);
  const claimed = await withUser(tx, user)
    .insertInto("idempotency_keys")
    .values({ user_id: user, key, request_hash: Buffer.from(hash), created_at: new Date(now) })
    .onConflict((conflict) =>
      // DO UPDATE locks the row even when its condition does not hold, so that nobody clears it away before it is read below.
      conflict
        .columns(["user_id", "key"])
        .doUpdateSet({ request_hash: Buffer.from(hash), created_at: new Date(now), status: null, headers: null, body: null })
        .where("idempotency_keys.created_at", "<=", new Date(now - KEY_LIFE_MS)),
    )
    .returning(sql`set_config('lock_timeout', '0', true)`.as("unlimited"))
    .execute()
    .catch((error: unknown) => {
      throw codeOf(error) === LOCK_NOT_AVAILABLE ? new KeyBusy(`the key is claimed by a request that is at work`) : error;
    });
  if (claimed.length > 0) return { is: "new" };
  const found = await tx
    .selectFrom("idempotency_keys")
    .select(["request_hash", "status", "headers", "body"])
    .where("user_id", "=", user)
    .where("key", "=", key)
    .executeTakeFirstOrThrow();
  if (!found.request_hash.equals(hash)) return { is: "other" };
  if (found.status === null) throw new KeyBusy("the key has no answer yet");
  return {
    is: "answered",
    answer: {
      status: found.status,
      headers: found.headers as Record<string, string>,
      body: typeof found.body === "string" ? found.body : null,
    },
  };
}

/** Keeps the answer under a key that this transaction has claimed, and clears a few of the user's old keys away. */
export async function keepAnswer(tx: Tx, user: string, key: string, answer: Answered, now: number): Promise<void> {
  await tx
    .with("pruned", (db) =>
      db
        .deleteFrom("idempotency_keys")
        .where("user_id", "=", user)
        .where(
          "key",
          "in",
          db
            .selectFrom("idempotency_keys")
            .select("key")
            .where("user_id", "=", user)
            .where("created_at", "<=", new Date(now - KEY_LIFE_MS))
            .orderBy("created_at")
            .limit(PRUNED_AT_ONCE)
            .forUpdate()
            .skipLocked(),
        ),
    )
    .updateTable("idempotency_keys")
    // A JSON string of JSON: jsonb itself would sort members and forget how a number was written.
    .set({ status: answer.status, headers: JSON.stringify(answer.headers), body: answer.body === null ? null : JSON.stringify(answer.body) })
    .where("user_id", "=", user)
    .where("key", "=", key)
    .where(sql<SqlBool>`status is null`)
    .execute();
}
