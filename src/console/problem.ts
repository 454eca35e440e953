/** Failures of the API in one form, whichever of the two shapes they came in. */
import { isRecord } from "./types.ts";

export interface Problem {
  /** HTTP status; 0 when nothing answered. */
  status: number;
  title: string;
  /** The sentence for the reader. */
  detail: string;
  /** Field name to sentence. */
  fields: Record<string, string>;
  /** What stands in the way (`errors` without a field, `blockers` of a refused stop), one line each. */
  list: string[];
  retryAfterSeconds: number | null;
}

const gatewaySentences: Record<number, string> = {
  401: "Please sign in.",
  403: "You may not do this.",
  404: "The API does not know this address.",
  413: "This is too large to send.",
  429: "Too many requests at once. Try again in a moment.",
  500: "The API failed to answer. Try again in a moment.",
  502: "The API failed to answer. Try again in a moment.",
  503: "The API is not available right now. Try again in a moment.",
  504: "The API took too long to answer. What you asked for may still happen.",
};

function text(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}

function fieldName(error: Record<string, unknown>): string {
  const name = error.field ?? error.pointer ?? error.path ?? error.name ?? "";
  const plain = Array.isArray(name) ? name.join("/") : text(name);
  return plain.replace(/^#?\/?/, "").replace(/^body[./]/, "");
}

/** `errors` of a problem: a list of `{field | pointer | path, message | detail | reason}`, or a map from field to sentence. */
function readErrors(errors: unknown): { fields: Record<string, string>; list: string[] } {
  const fields: Record<string, string> = {};
  const list: string[] = [];
  const put = (field: string, sentence: string) => {
    if (!sentence) return;
    if (field) fields[field] = sentence;
    list.push(field ? `${field}: ${sentence}` : sentence);
  };
  if (Array.isArray(errors)) {
    for (const error of errors) {
      if (typeof error === "string") put("", error);
      else if (isRecord(error)) put(fieldName(error), text(error.message) || text(error.detail) || text(error.reason) || text(error.why));
    }
  } else if (isRecord(errors)) {
    for (const [field, sentence] of Object.entries(errors)) put(field, Array.isArray(sentence) ? sentence.join(" ") : text(sentence));
  }
  return { fields, list };
}

/**
 * Reads an answer that failed: problem details (RFC 9457) of the API itself, or `{"message": …}` of the gateway before it, or neither.
 * `retryAfter` is the header, in seconds; a date there is not used by this API and reads as null.
 */
export function readProblem(status: number, retryAfter: string | null, body: unknown): Problem {
  const seconds = retryAfter !== null && /^\d+(\.\d+)?$/.test(retryAfter.trim()) ? Number(retryAfter) : null;
  const record = isRecord(body) ? body : {};
  const title = text(record.title) || text(record.message) || `Status ${status}`;
  const { fields, list } = readErrors(record.errors);
  const known = gatewaySentences[status];
  const said = text(record.message);
  const detail =
    text(record.detail) ||
    text(record.title) ||
    (said ? `${said}${/[.!?]$/.test(said) ? "" : "."}${known ? ` ${known}` : ""}` : (known ?? `The API answered with status ${status}.`));
  for (const blocker of Array.isArray(record.blockers) ? record.blockers : []) if (isRecord(blocker) && text(blocker.what)) list.push(text(blocker.what));
  return { status, title, detail, fields, list, retryAfterSeconds: seconds };
}

/** Nothing answered. */
export const unreachable: Problem = {
  status: 0,
  title: "Not reachable",
  detail: "The API can't be reached. Look at your connection; this page tries again by itself.",
  fields: {},
  list: [],
  retryAfterSeconds: null,
};

export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiError";
    this.problem = problem;
  }
}

/** Any failure as a problem, so that a page always has a sentence to show. */
export function problemOf(error: unknown): Problem {
  return error instanceof ApiError
    ? error.problem
    : { ...unreachable, title: "Something went wrong", detail: error instanceof Error ? error.message : String(error) };
}
