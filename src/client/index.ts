/**
 * A typed client of the API, for browsers and Node: `fetch` and nothing else. See docs/client.md.
 * Every call gives the parsed body or throws ApiError, ConnectionError, WakeTimeout, or the reason of its signal.
 */
import type { Database } from "./api.ts";
import { type ClientClock, realClock } from "./clock.ts";
import { ApiError } from "./errors.ts";
import { type Answer, type Request, type SendOptions, send } from "./send.ts";
import type { Arguments, CallOptions, ItemOf, ListPaths, Method, OptionsOf, PathsOf, ResultOf } from "./types.ts";
import { waker } from "./wake.ts";

export type * from "./api.ts";
export { ApiError, ConnectionError, type FieldError, type Kind, type ProblemOf, WakeTimeout } from "./errors.ts";
export type { CallOptions, WakeOptions } from "./types.ts";
export type { Progress } from "./wake.ts";

export interface ClientOptions {
  /** Where the API is, `https://…`; "" for the page's own origin. */
  baseUrl: string;
  /** A current access token; null: none. Asked before each call, and once more when the gateway refuses it. */
  token: () => Promise<string | null> | string | null;
  fetch?: typeof fetch;
  /** For every call that does not say itself. */
  wake?: CallOptions["wake"];
  /** How often a request is sent again after a failure that allows it; 3 unless told. */
  retries?: number;
  /** A longer `Retry-After` is an error at once; 30 unless told. */
  maxRetryAfterSeconds?: number;
  /** How long one answer may take; 35 unless told, a little more than the gateway's own limit. */
  timeoutSeconds?: number;
  clock?: ClientClock;
  newKey?: () => string;
}

/** An answer with what stands beside its body. */
export interface Full<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

type Call<M extends Method> = <Path extends PathsOf<M>>(path: Path, ...options: Arguments<M, Path>) => Promise<ResultOf<M, Path>>;

export interface Client {
  get: Call<"GET">;
  post: Call<"POST">;
  put: Call<"PUT">;
  patch: Call<"PATCH">;
  delete: Call<"DELETE">;
  /** The whole answer: status and headers too. */
  full<M extends Method, Path extends PathsOf<M>>(method: M, path: Path, ...options: Arguments<M, Path>): Promise<Full<ResultOf<M, Path>>>;
  /** Every item of a list, page after page, as they are asked for. */
  list<Path extends ListPaths>(path: Path, options?: OptionsOf<"GET", Path>): AsyncGenerator<ItemOf<Path>, void, undefined>;
}

/** What the types of every call's options come down to. */
interface AnyOptions extends CallOptions {
  path?: Record<string, string | number>;
  query?: Record<string, unknown>;
  body?: unknown;
  ifMatch?: number;
}

/** Between two requests that met a sleeping database which is said to be awake. */
const AGAIN_MS = 2000;
const KEYED: readonly Method[] = ["POST", "PATCH", "DELETE"];

export function createClient(given: ClientOptions): Client {
  const { clock = realClock, newKey = () => crypto.randomUUID() } = given;
  const options: SendOptions = {
    baseUrl: given.baseUrl.replace(/\/+$/, ""),
    token: given.token,
    // A browser's fetch wants to be called on its window.
    fetch: given.fetch ?? ((input, init) => fetch(input, init)),
    clock,
    retries: given.retries ?? 3,
    maxRetryAfterSeconds: given.maxRetryAfterSeconds ?? 30,
    timeoutSeconds: given.timeoutSeconds ?? 35,
  };
  const database = async (method: Method, template: string, headers: Record<string, string>, signal: AbortSignal) =>
    (await send(options, { method, template, path: {}, query: {}, body: undefined, headers, signal })).body as Database;
  const wakes = waker({
    press: (signal) => database("POST", "/database/start", {}, signal),
    look: (signal) => database("GET", "/database", { "dormouse-background": "?1" }, signal),
    clock,
  });

  function requestOf(method: Method, template: string, call: AnyOptions): Request {
    const headers: Record<string, string> = {};
    if (KEYED.includes(method)) headers["idempotency-key"] = call.idempotencyKey ?? newKey();
    if (call.ifMatch !== undefined) headers["if-match"] = `"${call.ifMatch}"`;
    if (call.background === true) headers["dormouse-background"] = "?1";
    for (const [name, value] of Object.entries(call.headers ?? {})) headers[name.toLowerCase()] = value;
    return { method, template, path: call.path ?? {}, query: call.query ?? {}, body: call.body, headers, signal: call.signal };
  }

  async function full(method: Method, template: string, call: AnyOptions = {}): Promise<Answer> {
    const request = requestOf(method, template, call);
    const wake = call.wake ?? given.wake ?? false;
    const { onProgress, timeoutSeconds = 900 } = typeof wake === "object" ? wake : {};
    const until = clock.now() + timeoutSeconds * 1000;
    for (let waits = 0; ; waits++) {
      try {
        return await send(options, request);
      } catch (error) {
        // In the background nobody waits, so nobody wakes.
        if (wake === false || call.background === true || !(error instanceof ApiError) || !error.is("database-asleep")) throw error;
        if (waits > 0 && clock.now() >= until) throw error;
        await wakes.wait({ onProgress, signal: call.signal, until });
        // Awake, and the request heard otherwise: let the word spread before asking once more.
        if (waits > 0) await clock.sleep(AGAIN_MS, call.signal);
      }
    }
  }

  async function* list(template: string, call: AnyOptions = {}): AsyncGenerator<unknown, void, undefined> {
    for (let cursor: unknown = call.query?.cursor; ; ) {
      const { body } = await full("GET", template, { ...call, query: { ...call.query, cursor } });
      const { items, next } = body as { items: unknown[]; next: string | null };
      yield* items;
      if (next === null) return;
      cursor = next;
    }
  }

  const bodies = (method: Method) => async (path: string, call?: AnyOptions) => (await full(method, path, call)).body;
  // The types are those of the document; from here on they are only names.
  return { get: bodies("GET"), post: bodies("POST"), put: bodies("PUT"), patch: bodies("PATCH"), delete: bodies("DELETE"), full, list } as unknown as Client;
}
