/** The database as a role of it that works while it serves. */
import { iamPassword } from "./connect.ts";
import { databases } from "./kysely.ts";
import { requireMigration } from "./schema-version.ts";
import { type WhileServing, type WhileServingDeps, whileServing } from "./while-serving.ts";

export interface RoleDeps extends Omit<WhileServingDeps, "databases"> {
  endpoint: { host: string; port: number; ca: string };
  /** The database's name inside PostgreSQL. */
  database: string;
  /** What connections say of themselves. */
  application: string;
  /** Connections are refused before it. */
  migration: string;
  /** Told of each connection, before it is used. */
  onConnect(): Promise<void>;
}

/** Logs in by IAM. A statement may take as long as a transaction. */
export const roleIn =
  ({ endpoint, database, application, migration, onConnect, ...deps }: RoleDeps) =>
  (user: string): WhileServing =>
    whileServing({
      ...deps,
      databases: databases({
        endpoint,
        database,
        user,
        password: iamPassword(endpoint, user),
        application,
        statementMs: deps.longestMs,
        onConnect,
        onOpen: (query) => requireMigration(query, migration),
      }),
    });
