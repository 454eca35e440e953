/** Kysely over this package's connections; transactions in the name of one user; pools that belong to one awake period. */
import { Kysely, type LogConfig, type Transaction } from "kysely";
import { type ConnectionOptions, type Connections, connections } from "./connect.ts";
import { dialect, PipelinedConnection } from "./dialect.ts";
import type { Tables } from "./schema.ts";

export interface Databases {
  /** The database in the awake period `period`; the pool of any other period is dropped. */
  of(period: number): Kysely<Tables>;
  /** Drops the pool, whatever is under way: its sockets are cut. The next `of` opens a new one. */
  drop(): void;
}

/** Kysely over a pool; `log` hears each statement but those that begin and end a transaction. */
export const kyselyOver = (pool: Connections, log?: LogConfig): Kysely<Tables> => new Kysely<Tables>({ dialect: dialect(pool), ...(log && { log }) });

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
      const pool = connections({ ...options, planOnce: true });
      current = { period, pool, db: kyselyOver(pool) };
      return current.db;
    },
    drop,
  };
}

/**
 * Runs `run` in a transaction in which row-level security shows exactly the rows of the user `sub`, and each statement ends within `statementMs`.
 * Both settings are local to the transaction: a pooled connection never carries them over. They travel with the first statement of `run`; without one
 * nothing is sent at all. `begun` is called once the server has answered them: only until then a failed connection may have been an old one.
 */
export function asUser<T>(
  db: Kysely<Tables>,
  sub: string,
  statementMs: number,
  run: (tx: Transaction<Tables>) => Promise<T>,
  begun: () => void = () => {},
): Promise<T> {
  const limit = String(Math.max(1, Math.ceil(statementMs)));
  return db.transaction().execute(async (tx) => {
    await tx.getExecutor().provideConnection(async (connection) => {
      if (!(connection instanceof PipelinedConnection)) throw new Error("a connection of another driver");
      connection.lead({ text: SETTINGS, parameters: [sub, limit] }, begun);
    });
    return run(tx);
  });
}

const SETTINGS = "select set_config('app.user_id', $1, true), set_config('statement_timeout', $2, true)";
