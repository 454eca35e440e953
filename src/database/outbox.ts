/**
 * What is to be told, written in the transaction that is its cause: told if and only if that happened. The role of jobs carries it on and then deletes it;
 * until the delete is committed it is there, so whoever tells may tell twice and never not at all.
 */
import { type Kysely, sql } from "kysely";
import type { JsonObject, Tables } from "./schema.ts";
import type { Tx } from "./users.ts";

/** `v` is the version of the payload's shape for its kind. */
export type Payload = JsonObject & { v: number };

export interface Message {
  /** UUID, version 7. */
  id: string;
  kind: string;
  payload: Payload;
}

/** Transactions that have told something. */
const tellers = new WeakSet<object>();

/** Whether this transaction has told anything: whoever has committed it knows without asking the database. */
export const hasTold = (tx: Tx): boolean => tellers.has(tx);

/** Tells, when the transaction commits; what is there under its id already is told once. `now` in milliseconds. */
export async function tell(tx: Tx, user: string, messages: readonly Message[], now: number): Promise<void> {
  if (messages.length === 0) return;
  tellers.add(tx);
  await tx
    .insertInto("outbox")
    .values(messages.map(({ id, kind, payload }) => ({ user_id: user, id, kind, payload: JSON.stringify(payload), created_at: new Date(now) })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export interface Told extends Message {
  user: string;
  /** Milliseconds. */
  createdAt: number;
}

/** The oldest messages, after `after` when it is given. The role of jobs reads everybody's, a user's transaction its own. */
export async function readOutbox(db: Kysely<Tables>, limit: number, after: Pick<Told, "id" | "createdAt"> | null = null): Promise<Told[]> {
  let query = db.selectFrom("outbox").select(["user_id", "id", "kind", "payload", "created_at"]).orderBy("created_at").orderBy("id").limit(limit);
  // Written from a clock of milliseconds, so that none are lost in a Date.
  if (after !== null) query = query.where(sql<boolean>`(created_at, id) > (${new Date(after.createdAt)}::timestamptz, ${after.id}::uuid)`);
  const rows = await query.execute();
  return rows.map((row) => ({ user: row.user_id, id: row.id, kind: row.kind, payload: row.payload as Payload, createdAt: row.created_at.getTime() }));
}

/** Takes messages away that have been carried on; how many were there. */
export async function clearOutbox(db: Kysely<Tables>, messages: readonly { user: string; id: string }[]): Promise<number> {
  if (messages.length === 0) return 0;
  const users = messages.map(({ user }) => user);
  const ids = messages.map(({ id }) => id);
  const { numDeletedRows } = await db
    .deleteFrom("outbox")
    .where(sql<boolean>`(user_id, id) in (select * from unnest(${users}::text[], ${ids}::uuid[]))`)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

/** Everybody's outbox, for a drain by the role of jobs. */
export const outboxFor = ({ use }: { use<T>(run: (db: Kysely<Tables>) => Promise<T>): Promise<T> }) => ({
  read: (limit: number, after: Pick<Told, "id" | "createdAt"> | null) => use((db) => readOutbox(db, limit, after)),
  clear: (rows: readonly { user: string; id: string }[]) => use((db) => clearOutbox(db, rows)),
});

/** Users by id, those after `after`. For the role of jobs, which sees of users that much and no more. */
export async function userIds(db: Kysely<Tables>, after: string, limit: number): Promise<string[]> {
  const rows = await db.selectFrom("users").select("id").where("id", ">", after).orderBy("id").limit(limit).execute();
  return rows.map(({ id }) => id);
}
