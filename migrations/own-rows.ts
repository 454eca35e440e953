/** Row-level security as every table has it: a user's own rows, and nothing without a user. */
import { type Kysely, sql } from "kysely";

/** After a commit the setting reads '' rather than NULL: either is nobody. */
const isOwn = (column: string) => sql`${sql.ref(column)} = nullif(current_setting('app.user_id', true), '')`;

/** FORCE, so that the owner is no exception. */
export async function onlyOwnRows(db: Kysely<unknown>, table: string, column = "user_id"): Promise<void> {
  await sql`alter table ${sql.table(table)} enable row level security`.execute(db);
  await sql`alter table ${sql.table(table)} force row level security`.execute(db);
  await sql`create policy ${sql.id(`${table}_own`)} on ${sql.table(table)} using (${isOwn(column)}) with check (${isOwn(column)})`.execute(db);
}
