/** The two ways in which PostgreSQL fails that callers tell apart from a bug: it can't be reached, and it took too long. */

/** No answer from PostgreSQL: refused, cut, shut down, logged out or silent. `busy`: it is there, but has no connection left. */
export class DatabaseUnreachable extends Error {
  override readonly name = "DatabaseUnreachable";
  readonly busy: boolean;
  constructor(cause: unknown) {
    super(`the database can't be reached: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.busy = codeOf(cause) === "53300";
  }
}

/** PostgreSQL ended a statement at its time limit; the connection is still good. */
export class StatementTooSlow extends Error {
  override readonly name = "StatementTooSlow";
  constructor(cause: unknown) {
    super("a statement reached its time limit", { cause });
  }
}

/** The SQLSTATE of a PostgreSQL error, or Node's code of a system error; "" when there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** An answer from PostgreSQL has a severity; everything else that `pg` throws is about the connection. */
const isAnswer = (error: unknown) => error instanceof Error && "severity" in error;

/** What an error of a query means (SQLSTATE classes: PostgreSQL's appendix A). Errors about the query itself come back as they are. */
export function typed(error: unknown): unknown {
  if (error instanceof DatabaseUnreachable || error instanceof StatementTooSlow) return error;
  if (!isAnswer(error)) return new DatabaseUnreachable(error);
  const code = codeOf(error);
  // 08: connection exception; 57P01 to 57P05: shut down, crashed, starting up, dropped, idle too long; 53300: too many connections.
  if (code.startsWith("08") || code.startsWith("57P") || code === "53300") return new DatabaseUnreachable(error);
  if (code === "57014") return new StatementTooSlow(error);
  return error;
}
