/**
 * Failures as RFC 9457 problem details. One table turns each kind of failure into HTTP; its key is the stable `type`, `/problems/<kind>`.
 */

/** What may go wrong, with its status and its title. Titles never change with the occurrence: `detail` does. */
const kinds = {
  "bad-json": { status: 400, title: "The body is not JSON" },
  "bad-query": { status: 400, title: "The query does not fit" },
  "bad-cursor": { status: 400, title: "The cursor does not fit" },
  "bad-path": { status: 400, title: "The path does not fit" },
  "bad-header": { status: 400, title: "A header does not fit" },
  "not-signed-in": { status: 401, title: "Nobody is signed in" },
  "not-allowed": { status: 403, title: "Not allowed" },
  "account-deleted": { status: 403, title: "The account was deleted" },
  "not-found": { status: 404, title: "Not found" },
  "wrong-method": { status: 405, title: "The method does not fit" },
  conflict: { status: 409, title: "It conflicts with what is there" },
  "in-use": { status: 409, title: "It is in use" },
  "idempotency-key-busy": { status: 409, title: "A request with this key is at work" },
  "stop-refused": { status: 409, title: "The database is needed" },
  "watch-mode": { status: 409, title: "Dormouse only watches" },
  "lease-gone": { status: 409, title: "The lease has ended" },
  "not-serving": { status: 409, title: "The database does not serve" },
  "changed-meanwhile": { status: 412, title: "It has changed meanwhile" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "not-json": { status: 415, title: "The body's type does not fit" },
  "bad-fields": { status: 422, title: "Some fields do not fit" },
  "idempotency-key-reused": { status: 422, title: "The key was used for something else" },
  "too-many-wakes": { status: 429, title: "Woken too often" },
  internal: { status: 500, title: "Something failed here" },
  "database-asleep": { status: 503, title: "The database is not serving" },
  "database-unreachable": { status: 503, title: "The database can't be reached" },
  "schema-older": { status: 503, title: "The database's schema is older than this version" },
  "database-busy": { status: 503, title: "The database is busy" },
  "too-slow": { status: 503, title: "It took too long" },
  "state-unreadable": { status: 503, title: "The state can't be read" },
  unavailable: { status: 503, title: "Not available now" },
} as const;

export type ProblemKind = keyof typeof kinds;

/** One field that does not fit: where it is (JSON pointer, RFC 6901; for a query, `#` is left out and the first segment is the parameter) and what is allowed. */
export interface FieldError {
  pointer: string;
  detail: string;
}

export interface ProblemMore {
  errors?: readonly FieldError[];
  /** Members of its own in the body. Times are ISO 8601 UTC, money decimal strings: nothing is converted here. */
  extra?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, string>>;
  /** What caused it: logged, never sent. */
  cause?: unknown;
}

/** An expected failure on its way to the caller. `detail` is a sentence for people and holds nothing internal. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly kind: ProblemKind;
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ProblemKind, detail: string, more: ProblemMore = {}) {
    super(`${kind}: ${detail}`, more.cause === undefined ? undefined : { cause: more.cause });
    const { status, title } = kinds[kind];
    this.kind = kind;
    this.status = status;
    this.type = `/problems/${kind}`;
    this.title = title;
    this.detail = detail;
    this.errors = more.errors ?? [];
    this.extra = more.extra ?? {};
    this.headers = more.headers ?? {};
  }

  /** The body of the answer, `application/problem+json`. */
  body(): Record<string, unknown> {
    return {
      ...this.extra,
      type: this.type,
      title: this.title,
      status: this.status,
      detail: this.detail,
      ...(this.errors.length > 0 ? { errors: this.errors } : {}),
    };
  }
}

/** Shorthand: `throw problem("not-found", "There is no such lease.")`. */
export const problem = (kind: ProblemKind, detail: string, more?: ProblemMore): Problem => new Problem(kind, detail, more);

/** Whole seconds for `Retry-After`, at least one. */
export const retryAfter = (seconds: number): Record<string, string> => ({ "retry-after": String(Math.max(1, Math.ceil(seconds))) });
