/**
 * Writes under an `Idempotency-Key`: however often one is sent, it happens once. A write whose answer never came, or came from a database that was asleep,
 * has the same key when the same is asked for again; the API then does it, or says what it had come to.
 */
import type { Api, Method } from "./api.ts";
import { ApiError } from "./problem.ts";

/** `version`: what is changed must still have it (`If-Match`), else the API answers 412. */
export type Write = (method: Exclude<Method, "GET">, path: string, body?: unknown, version?: number) => Promise<unknown>;

export interface WriteOptions {
  newKey(): string;
  /** Milliseconds. */
  wait(ms: number): Promise<void>;
}

/** How often a write is sent that got no answer, or met itself still at work. */
const TRIES = 2;

/** Whether it is open what became of the write: no answer, a failure on the way or of the service, or the same key still at work. */
const open = ({ status, retryAfterSeconds }: ApiError["problem"]) => status === 0 || status >= 500 || (status === 409 && retryAfterSeconds !== null);

export function createWrites(api: Api, { newKey, wait }: WriteOptions): Write {
  const keys = new Map<string, string>();
  return async (method, path, body, version) => {
    const what = JSON.stringify([method, path, body, version]);
    const key = keys.get(what) ?? newKey();
    keys.set(what, key);
    const headers = { "idempotency-key": key, ...(version === undefined ? {} : { "if-match": `"${version}"` }) };
    for (let tried = 1; ; tried++) {
      try {
        const answer = await api(method, path, { headers, ...(body === undefined ? {} : { body }) });
        keys.delete(what);
        return answer;
      } catch (error) {
        if (!(error instanceof ApiError) || !open(error.problem)) {
          keys.delete(what);
          throw error;
        }
        const { status, retryAfterSeconds } = error.problem;
        // A service that says when it is back (asleep, busy) is left to the reader: they see it, and press again.
        if (status >= 500 || tried === TRIES) throw error;
        await wait((retryAfterSeconds ?? 1) * 1000);
      }
    }
  };
}
