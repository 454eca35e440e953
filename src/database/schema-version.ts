/** Whether the schema is as new as the code: a deployment brings code and schema one after the other, and either may come first. */
import type { Query } from "./connect.ts";
import { codeOf } from "./unreachable.ts";

/** The migration that the code needs has not run yet. A newer schema is no error: it is made so that older code works with it (docs/operations.md). */
export class SchemaTooOld extends Error {
  override readonly name = "SchemaTooOld";
  constructor(needed: string) {
    super(`the migration ${needed} has not run in this database`);
  }
}

/** Undefined table; not allowed to read it: as it is before the second migration. */
const BEFORE = new Set(["42P01", "42501"]);

/** Throws `SchemaTooOld` when the migration `needed` has not run. One look-up by primary key. */
export async function requireMigration(query: Query, needed: string): Promise<void> {
  const rows = await query("select 1 from kysely_migration where name = $1", [needed]).catch((error: unknown) => {
    if (BEFORE.has(codeOf(error))) return [];
    throw error;
  });
  if (rows.length === 0) throw new SchemaTooOld(needed);
}
