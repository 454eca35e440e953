/**
 * Who carries on what the outbox holds takes it out of there: the application its own user's rows, right after the transaction that made them. And the role
 * that tidies before sleep sees that rows wait, and since when; not whose they are and what they say.
 */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`grant delete on outbox to dormouse_app`.execute(db);
  // Whoever carries on asks, as the application does, whether the schema is as new as the code.
  await sql`grant select on kysely_migration to dormouse_jobs`.execute(db);
  await sql`create policy outbox_maintenance on outbox for select to dormouse_maintenance using (true)`.execute(db);
  await sql`grant select (created_at) on outbox to dormouse_maintenance`.execute(db);
}
