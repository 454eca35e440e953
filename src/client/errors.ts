/** What a call may fail with. */
import type { AnyProblem } from "./api.ts";

/** `bad-fields`, `database-asleep`, … */
export type Kind = AnyProblem["type"] extends `/problems/${infer Name}` ? Name : never;
export type ProblemOf<K extends Kind> = Extract<AnyProblem, { type: `/problems/${K}` }>;

export interface FieldError {
  /** JSON pointer into the body, or into the query. */
  pointer: string;
  /** What is allowed. */
  detail: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const textOr = (value: unknown, otherwise: string): string => (typeof value === "string" && value !== "" ? value : otherwise);

/** An answer that says no: problem details of the service (RFC 9457), or the gateway's own `{"message": …}`. */
export class ApiError extends Error {
  override readonly name: string = "ApiError";
  readonly status: number;
  /** What kind of problem the service says it is; null when the gateway, or something between, answered. May be newer than this client. */
  readonly kind: string | null;
  /** The whole body, where it is problem details. */
  readonly problem: AnyProblem | null;
  /** A sentence for people. */
  readonly detail: string;
  /** Fields that do not fit; empty when it is not about fields. */
  readonly errors: readonly FieldError[];
  /** What `Retry-After` says; null without one. */
  readonly retryAfterSeconds: number | null;
  /** The request's id in the service's log, or the gateway's. */
  readonly requestId: string | null;

  constructor(status: number, body: unknown, headers: Headers, now: number) {
    const said = isRecord(body) ? body : {};
    const type = /^\/problems\/([a-z0-9-]+)$/.exec(textOr(said.type, ""))?.[1] ?? null;
    const detail = textOr(said.detail, textOr(said.message, `The answer was ${status}.`));
    super(type === null ? `${status}: ${detail}` : `${status} ${type}: ${detail}`);
    this.status = status;
    this.kind = type;
    this.problem = type === null ? null : (body as AnyProblem);
    this.detail = detail;
    this.errors = Array.isArray(said.errors) ? said.errors.filter((each): each is FieldError => isRecord(each) && typeof each.pointer === "string") : [];
    this.retryAfterSeconds = retryAfterOf(headers.get("retry-after"), now);
    this.requestId = textOr(said.requestId, headers.get("apigw-requestid") ?? "") || null;
  }

  /** Whether it is of this kind; then `problem` has that kind's members. */
  is<K extends Kind>(kind: K): this is ApiError & { readonly kind: K; readonly problem: ProblemOf<K> } {
    return this.kind === kind;
  }
}

/** Seconds of a `Retry-After`, in either of its forms (RFC 9110, section 10.2.3); `now` in milliseconds. */
export function retryAfterOf(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\s*\d+\s*$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1000));
}

/** No answer came, or none that could be read: whether anything happened there is unknown. `cause` says why. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
}

/** The database did not serve within the time that the call gave it. Its wake goes on. */
export class WakeTimeout extends Error {
  override readonly name = "WakeTimeout";
  readonly waitedSeconds: number;

  constructor(waitedSeconds: number, detail: string) {
    super(`The database did not wake within ${Math.round(waitedSeconds)} s: ${detail}`);
    this.waitedSeconds = waitedSeconds;
  }
}
