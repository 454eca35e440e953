/** Calls of the API, with the token, the two shapes of failure, and one refresh of an expired token. */
import { ApiError, readProblem, unreachable } from "./problem.ts";

export interface ApiOptions {
  /** Origin of the API, without a slash at the end; "" for the page's own. */
  base: string;
  token: () => string | null;
  refresh: () => Promise<boolean>;
  /** Called when the API wants a sign-in and no refresh helped. */
  signedOut: () => void;
  /** Hears the `Date` header of each answer. */
  heard: (date: string | null) => void;
  fetch: typeof fetch;
}

export interface CallOptions {
  body?: unknown;
  /** Says that nobody asked for this just now: it must neither wake the database nor keep it awake. */
  background?: boolean;
  /** More of them, such as `If-Match`. */
  headers?: Record<string, string>;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
/** One call; answers the parsed body (null when there is none), throws ApiError. */
export type Api = (method: Method, path: string, options?: CallOptions) => Promise<unknown>;

/** Longer than the gateway's 30 s, so that its own answer comes first. */
const timeoutMs = 35_000;

async function bodyOf(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function createApi(options: ApiOptions): Api {
  const send = (method: Method, path: string, { body, background, headers }: CallOptions, token: string | null): Promise<Response> =>
    options.fetch(options.base + path, {
      method,
      headers: {
        accept: "application/json, application/problem+json",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(background ? { "dormouse-background": "?1" } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      cache: "no-store",
      signal: AbortSignal.timeout(timeoutMs),
    });
  return async (method, path, call = {}) => {
    try {
      const token = options.token();
      let answer = await send(method, path, call, token);
      if (answer.status === 401) {
        // Another call may have renewed the token while this one was on its way.
        const renewed = options.token() !== token || (await options.refresh());
        if (renewed) answer = await send(method, path, call, options.token());
        if (answer.status === 401) options.signedOut();
      }
      options.heard(answer.headers.get("date"));
      const body = await bodyOf(answer);
      if (!answer.ok) throw new ApiError(readProblem(answer.status, answer.headers.get("retry-after"), body));
      return body;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new ApiError(unreachable);
    }
  };
}
