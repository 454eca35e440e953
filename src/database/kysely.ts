/** Kysely over this package's connections; transactions in the name of one user; pools that belong to one awake period. */
import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import { type ConnectionOptions, type Connections, connections } from "./connect.ts";
import type { Tables } from "./schema.ts";

export interface Databases {
  /** The database in the awake period `period`; the pool of any other period is dropped. */
  of(period: number): Kysely<Tables>;
  /** Drops the pool, whatever is under way: its sockets are cut. The next `of` opens a new one. */
  drop(): void;
}

/** One pool at a time, for one awake period: after a stop and a start the old sockets are dead, and may hang rather than say so. */
export function databases(options: ConnectionOptions): Databases {
  let current: { period: number; pool: Connections; db: Kysely<Tables> } | null = null;
  const drop = () => {
    current?.pool.abandon();
    current = null;
  };
  return {
    of(period) {
      if (current?.period === period) return current.db;
      drop();
      const pool = connections(options);
      current = { period, pool, db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }) };
      return current.db;
    },
    drop,
  };
}

/**
 * Runs `run` in a transaction in which row-level security shows exactly the rows of the user `sub`, and each statement ends within `statementMs`.
 * Both settings are local to the transaction: a pooled connection never carries them over.
 */
export function asUser<T>(db: Kysely<Tables>, sub: string, statementMs: number, run: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    const limit = String(Math.max(1, Math.ceil(statementMs)));
    await sql`select set_config('app.user_id', ${sub}, true), set_config('statement_timeout', ${limit}, true)`.execute(tx);
    return run(tx);
  });
}
