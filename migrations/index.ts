/** Every migration in its order, listed by hand: a bundle has no directory to read. Forwards only; a mistake is mended by the next one. */
import type { Migration } from "kysely/migration";
import * as expenses from "./001-expenses.ts";
import * as schemaVersion from "./002-schema-version.ts";
import * as finance from "./003-finance.ts";
import * as outboxDrained from "./004-outbox-drained.ts";
import * as imports from "./007-imports.ts";
import * as leaving from "./008-leaving.ts";

export { liveMigrations } from "./live.ts";

export const migrations: Readonly<Record<string, Migration>> = {
  "001-expenses": expenses,
  "002-schema-version": schemaVersion,
  "003-finance": finance,
  "004-outbox-drained": outboxDrained,
  "007-imports": imports,
  "008-leaving": leaving,
};

/** The newest: what code of this version needs. The live ones only make it faster. */
export const newestMigration: string = Object.keys(migrations).sort().at(-1) ?? "";
