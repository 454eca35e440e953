/** Writes in a user's name, under an `Idempotency-Key` when the request has one (draft-ietf-httpapi-idempotency-key-header). */
import { createHash } from "node:crypto";
import { claimKey, KEY_WAIT_MS, KeyBusy, keepAnswer } from "../../database/idempotency.ts";
import { codeOf } from "../../database/unreachable.ts";
import type { ApiRequest, Reply } from "../api.ts";
import { canonical } from "../canonical.ts";
import { problem, retryAfter } from "../problem.ts";
import type { Write } from "./deps.ts";
import type { Session } from "./session.ts";

/** PUT and GET are idempotent by themselves: a key on them is not looked at. */
const KEYED = new Set(["POST", "PATCH", "DELETE"]);

/** Says of an answer that it was given before, under the same key. */
export const REPLAYED = "idempotency-replayed";

/** The request's key; null when it has none. Throws the problem `bad-header` (400). */
export function keyOf(request: ApiRequest): string | null {
  const key = request.event.headers?.["idempotency-key"];
  if (key === undefined || !KEYED.has(request.method)) return null;
  if (!/^[\x20-\x7e]{1,255}$/.test(key))
    throw problem("bad-header", "Idempotency-Key must be 1 to 255 printable ASCII characters, such as a UUID.", { extra: { header: "Idempotency-Key" } });
  return key;
}

/** What makes two requests the same: method, path, query and body, however its members are ordered. */
export const hashOf = ({ method, path, query, body }: ApiRequest): Buffer =>
  createHash("sha256")
    .update(canonical([method, path, query, body ?? null]))
    .digest();

/** Deadlock: PostgreSQL has undone one of the two, which may simply be done again. */
const DEADLOCK = "40P01";
const ATTEMPTS = 3;

/** `now` in milliseconds since the epoch: how old keys are. */
export function write(session: Session, now: () => number = Date.now): Write {
  const once: Write = async (request, work) => {
    const key = keyOf(request);
    if (key === null) return session(request, work);
    const hash = hashOf(request);
    try {
      return await session(request, async (tx, caller) => {
        const at = now();
        const claim = await claimKey(tx, caller.sub, key, hash, at);
        if (claim.is === "other")
          throw problem("idempotency-key-reused", "This Idempotency-Key was used for another request within 7 days. A new request needs a new key.");
        if (claim.is === "answered") {
          const { status, headers, body } = claim.answer;
          return {
            status,
            headers: { ...headers, ...(body === null ? {} : { "content-type": "application/json" }), [REPLAYED]: "true" },
            body: body ?? undefined,
          };
        }
        // A problem thrown by the work undoes the claim with all the rest: nothing has happened, so the key stays free.
        const reply: Reply = await work(tx, caller);
        const body = reply.body === undefined ? null : JSON.stringify(reply.body);
        await keepAnswer(tx, caller.sub, key, { status: reply.status, headers: reply.headers ?? {}, body }, at);
        return reply;
      });
    } catch (error) {
      if (!(error instanceof KeyBusy)) throw error;
      throw problem("idempotency-key-busy", "A request with this Idempotency-Key is at work. Ask again in a moment for its answer.", {
        headers: retryAfter(KEY_WAIT_MS / 1000),
      });
    }
  };
  return async (request, work) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(request, work);
      } catch (error) {
        if (codeOf(error) !== DEADLOCK || attempt === ATTEMPTS) throw error;
      }
    }
  };
}
