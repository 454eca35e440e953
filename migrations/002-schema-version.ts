/** The application may read which migrations have run: code that needs a newer schema says so instead of failing somewhere. */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`grant select on kysely_migration to dormouse_app`.execute(db);
}
