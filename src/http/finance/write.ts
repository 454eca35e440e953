/** Writes in a user's name, under an `Idempotency-Key` when the request has one (draft-ietf-httpapi-idempotency-key-header). */
import { claimKey, KEY_WAIT_MS, KeyBusy, keepAnswer } from "../../database/idempotency.ts";
import { codeOf } from "../../database/unreachable.ts";
import type { Reply } from "../api.ts";
import { idempotencyKeyOf, keyReused, REPLAYED, requestHash } from "../idempotency-key.ts";
import { problem, retryAfter } from "../problem.ts";
import type { Write } from "./deps.ts";
import type { Session } from "./session.ts";

/** PUT and GET are idempotent by themselves: a key on them is not looked at, nor whether it is one. */
const KEYED = new Set(["POST", "PATCH", "DELETE"]);

/** Deadlock: PostgreSQL has undone one of the two, which may simply be done again. */
const DEADLOCK = "40P01";
const ATTEMPTS = 3;

/** `now` in milliseconds since the epoch: how old keys are. */
export function write(session: Session, now: () => number = Date.now): Write {
  const once: Write = async (request, work) => {
    const key = KEYED.has(request.method) ? idempotencyKeyOf(request) : null;
    if (key === null) return session(request, work);
    const hash = requestHash(request);
    try {
      return await session(request, async (tx, caller) => {
        const at = now();
        const claim = await claimKey(tx, caller.sub, key, hash, at);
        if (claim.is === "other") throw keyReused();
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
