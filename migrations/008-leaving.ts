/** Whoever leaves takes their own row with them, in their own name: row-level security shows the application no other. */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`grant delete on users to dormouse_app`.execute(db);
}
