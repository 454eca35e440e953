/** `COPY … FROM STDIN` through node-postgres, which has no such call of its own. */
import { once } from "node:events";
import type { Socket } from "node:net";
import type pg from "pg";

/** As much of node-postgres' connection as COPY needs (its types leave it out). */
interface CopyConnection {
  stream: Socket;
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

/** A query as node-postgres calls it back. */
class CopyIn {
  readonly done = Promise.withResolvers<void>();
  readonly #text: string;
  readonly #lines: Iterator<string>;
  #failed = false;

  constructor(text: string, lines: Iterable<string>) {
    this.#text = text;
    this.#lines = lines[Symbol.iterator]();
  }

  submit(connection: CopyConnection): void {
    connection.query(this.#text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.#pump(connection).catch((error: unknown) => {
      if (this.#failed) return;
      this.handleError(error);
      connection.sendCopyFail("the rows ended early");
    });
  }

  handleCommandComplete(): void {}

  /** node-postgres forgets a query that failed: nothing more is called. */
  handleError(error: unknown): void {
    this.#failed = true;
    this.done.reject(error);
  }

  handleReadyForQuery(): void {
    this.done.resolve();
  }

  async #pump(connection: CopyConnection): Promise<void> {
    for (;;) {
      const chunk = this.#chunk();
      if (chunk === "" || this.#failed) break;
      connection.sendCopyFromChunk(Buffer.from(chunk));
      // A server that has refused a row no longer reads.
      if (connection.stream.writableNeedDrain) await Promise.race([once(connection.stream, "drain"), this.done.promise]);
    }
    if (!this.#failed) connection.endCopyFrom();
  }

  /** Some lines together; empty at the end. */
  #chunk(): string {
    let text = "";
    while (text.length < CHUNK) {
      const { value, done } = this.#lines.next();
      if (done) break;
      text += value;
    }
    return text;
  }
}

/** Characters sent at once: more than a socket's buffer, so that PostgreSQL reads while the next ones are made. */
const CHUNK = 128 * 1024;

/** Copies lines of the text format into `table (columns)`. Throws PostgreSQL's error; nothing is kept then. */
export async function copyIn(client: pg.ClientBase, table: string, columns: string, lines: Iterable<string>): Promise<void> {
  const query = new CopyIn(`copy ${table} (${columns}) from stdin`, lines);
  client.query(query as unknown as pg.Submittable);
  await query.done.promise;
}
