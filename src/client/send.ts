/** One request until its answer: token, headers, timeouts, and the failures after which the same request may be sent again. */
import { keyed } from "./api.ts";
import type { ClientClock } from "./clock.ts";
import { ApiError, ConnectionError } from "./errors.ts";
import type { Method } from "./types.ts";

export interface SendOptions {
  /** Without a slash at the end. */
  baseUrl: string;
  token: () => Promise<string | null> | string | null;
  fetch: typeof fetch;
  clock: ClientClock;
  /** How often a request is sent again, at most. */
  retries: number;
  /** A `Retry-After` that asks for more is an error at once. */
  maxRetryAfterSeconds: number;
  /** How long one answer may take. */
  timeoutSeconds: number;
}

export interface Request {
  method: Method;
  /** As the API declares it, `/expenses/{id}`. */
  template: string;
  path: Readonly<Record<string, string | number>>;
  query: Readonly<Record<string, unknown>>;
  body: unknown;
  headers: Readonly<Record<string, string>>;
  signal: AbortSignal | undefined;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** The address of a request. Throws a TypeError for a part of the path that is missing. */
export function addressOf(baseUrl: string, { template, path, query }: Pick<Request, "template" | "path" | "query">): string {
  const filled = template.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const value = path[name];
    if (value === undefined || value === "") throw new TypeError(`the path ${template} needs its {${name}}`);
    return encodeURIComponent(String(value));
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null) search.set(name, String(value));
  return `${baseUrl}${filled}${search.size > 0 ? `?${search}` : ""}`;
}

/** Whether it may be sent again when nobody knows what became of it. */
export const repeatable = ({ method, template }: Pick<Request, "method" | "template">): boolean =>
  method === "GET" || method === "PUT" || keyed.includes(`${method} ${template}`) || template === "/database/start";

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return undefined;
  if (!/\bjson\b/.test(response.headers.get("content-type") ?? "")) return text;
  return JSON.parse(text) as unknown;
}

/** One attempt. Throws a ConnectionError when no answer came; the signal's reason when it was aborted. */
async function attempt(options: SendOptions, request: Request, token: string | null): Promise<Answer> {
  const { signal } = request;
  const address = addressOf(options.baseUrl, request);
  const timeout = AbortSignal.timeout(options.timeoutSeconds * 1000);
  const init: RequestInit = {
    method: request.method,
    headers: {
      accept: "application/json, application/problem+json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      ...request.headers,
    },
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    redirect: "error",
  };
  if (request.body !== undefined) init.body = JSON.stringify(request.body);
  try {
    const response = await options.fetch(address, init);
    return { status: response.status, headers: response.headers, body: await bodyOf(response) };
  } catch (cause) {
    signal?.throwIfAborted();
    const why = timeout.aborted ? `no answer within ${options.timeoutSeconds} s` : "no answer that could be read";
    throw new ConnectionError(`${request.method} ${request.template}: ${why}`, { cause });
  }
}

/** Milliseconds until the request may be sent again; null: not at all. */
function waitAfter(error: unknown, request: Request, attempts: number, { clock, retries, maxRetryAfterSeconds }: SendOptions): number | null {
  if (attempts > retries) return null;
  const backoff = Math.round(Math.min(8000, 500 * 2 ** (attempts - 1)) * (0.5 + clock.random() / 2));
  if (error instanceof ConnectionError) return repeatable(request) ? backoff : null;
  if (!(error instanceof ApiError)) return null;
  // A sleeping database is the caller's decision, and a fault of the service comes again.
  if (error.is("database-asleep") || error.is("internal")) return null;
  const nothingHappened = error.status === 429 || error.kind === "idempotency-key-busy";
  if (!nothingHappened && !([500, 502, 503, 504].includes(error.status) && repeatable(request))) return null;
  if (error.retryAfterSeconds === null) return backoff;
  return error.retryAfterSeconds <= maxRetryAfterSeconds ? error.retryAfterSeconds * 1000 : null;
}

/** Sends it, and again where that is safe and worth it. Throws ApiError, ConnectionError, or the signal's reason. */
export async function send(options: SendOptions, request: Request): Promise<Answer> {
  let token = await options.token();
  let renewed = false;
  for (let attempts = 1; ; ) {
    request.signal?.throwIfAborted();
    try {
      const answer = await attempt(options, request, token);
      if (answer.status < 400) return answer;
      throw new ApiError(answer.status, answer.body, answer.headers, options.clock.now());
    } catch (error) {
      // The token may have ended between two calls: whoever keeps it gets one chance to give a newer one.
      if (error instanceof ApiError && error.status === 401 && !renewed) {
        renewed = true;
        const newer = await options.token();
        if (newer === token) throw error;
        token = newer;
        continue;
      }
      const wait = waitAfter(error, request, attempts, options);
      if (wait === null) throw error;
      attempts++;
      await options.clock.sleep(wait, request.signal);
    }
  }
}
