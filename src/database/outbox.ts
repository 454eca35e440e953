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

/** Tells, when the transaction commits. `now` in milliseconds. */
export async function tell(tx: Tx, user: string, messages: readonly Message[], now: number): Promise<void> {
  if (messages.length === 0) return;
  await tx
    .insertInto("outbox")
    .values(messages.map(({ id, kind, payload }) => ({ user_id: user, id, kind, payload: JSON.stringify(payload), created_at: new Date(now) })))
    .execute();
}

export interface Told extends Message {
  user: string;
}

/** Everybody's oldest messages. For the role of jobs: another sees its own user's only. */
export async function readOutbox(db: Kysely<Tables>, limit: number): Promise<Told[]> {
  const rows = await db.selectFrom("outbox").select(["user_id", "id", "kind", "payload"]).orderBy("created_at").orderBy("id").limit(limit).execute();
  return rows.map(({ user_id, id, kind, payload }) => ({ user: user_id, id, kind, payload: payload as Payload }));
}

/** Takes messages away that have been carried on; how many were there. For the role of jobs. */
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

/** Users by id, those after `after`. For the role of jobs, which sees of users that much and no more. */
export async function userIds(db: Kysely<Tables>, after: string, limit: number): Promise<string[]> {
  const rows = await db.selectFrom("users").select("id").where("id", ">", after).orderBy("id").limit(limit).execute();
  return rows.map(({ id }) => id);
}
