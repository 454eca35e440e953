/**
 * Kysely's PostgreSQL over this package's connections, with fewer ways to the database and back: what begins a transaction (`begin`, whose rows it sees, its
 * limits) travels with its first statement.
 */
import {
  AbortedTransactionError,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import type { Answer, Connection, Connections, Statement } from "./connect.ts";

export const dialect = (pool: Connections): Dialect => ({
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new PipelinedDriver(pool),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
});

const COUNTED = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

/** A connection while one user of the pool has it. */
export class PipelinedConnection implements DatabaseConnection {
  readonly #connection: Connection;
  /** Waits for the next statement, and goes ahead of it. */
  #ahead: (Statement & { answered: () => void })[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Sends a statement ahead of the next one, in the same packet. Its failure is the next one's. `answered` is called when the server has done it. */
  lead(statement: Statement, answered: () => void = () => {}): void {
    this.#ahead.push({ ...statement, answered });
  }

  /** Nothing of the transaction has been sent: there is nothing to end. */
  forget(): boolean {
    return this.#ahead.splice(0).length > 0;
  }

  async send(statement: Statement): Promise<Answer> {
    const ahead = this.#ahead.splice(0);
    const answers = this.#connection.send([...ahead, statement]);
    for (const [index, { answered }] of ahead.entries()) answers[index]?.then(answered, () => {});
    // The first failure is what was wrong; those behind it only say that the transaction is over.
    let last: Answer | undefined;
    const settled = await Promise.allSettled(answers);
    for (const outcome of settled) {
      if (outcome.status === "rejected") throw outcome.reason;
      last = outcome.value;
    }
    if (last === undefined) throw new Error("nothing was sent");
    return last;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.send({ text: sql, parameters });
    return { rows: rows as R[], ...(COUNTED.has(command) ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}) };
  }

  // biome-ignore lint/correctness/useYield: nothing here reads by pieces.
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error("rows are not read by pieces here");
  }

  release(): void {
    this.#connection.release();
  }
}

const plain = (text: string): Statement => ({ text, parameters: [] });

function ours(connection: DatabaseConnection): PipelinedConnection {
  if (connection instanceof PipelinedConnection) return connection;
  throw new Error("a connection of another driver");
}

class PipelinedDriver implements Driver {
  readonly #pool: Connections;

  constructor(pool: Connections) {
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PipelinedConnection> {
    return new PipelinedConnection(await this.#pool.connect());
  }

  async beginTransaction(connection: DatabaseConnection, { isolationLevel, accessMode }: TransactionSettings): Promise<void> {
    const begin = ["begin", ...(isolationLevel ? [`isolation level ${isolationLevel}`] : []), ...(accessMode ? [accessMode] : [])];
    ours(connection).lead(plain(begin.join(" ")));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    if (ours(connection).forget()) return;
    // After a failed statement COMMIT answers that it was a ROLLBACK.
    if ((await ours(connection).send(plain("commit"))).command === "ROLLBACK") throw new AbortedTransactionError();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (!ours(connection).forget()) await ours(connection).send(plain("rollback"));
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    ours(connection).release();
  }

  async destroy(): Promise<void> {
    await this.#pool.end();
  }
}
