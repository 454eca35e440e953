/** The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), as far as no store is needed for it. */
import { createHash } from "node:crypto";
import type { ApiRequest } from "./api.ts";
import { canonical } from "./canonical.ts";
import { type Problem, problem } from "./problem.ts";

/** Keys are kept for 7 days; an older one is free again. */
export const KEY_LIFE_MS = 7 * 86_400_000;

/** Says of an answer that it was given before, under the same key. */
export const REPLAYED = "idempotency-replayed";

/** The request's key; null when it has none. Throws the problem `bad-header` (400). */
export function idempotencyKeyOf(request: ApiRequest): string | null {
  const key = request.event.headers?.["idempotency-key"];
  if (key === undefined) return null;
  if (!/^[\x20-\x7e]{1,255}$/.test(key))
    throw problem("bad-header", "Idempotency-Key must be 1 to 255 printable ASCII characters, such as a UUID.", { extra: { header: "Idempotency-Key" } });
  return key;
}

/** SHA-256 of what makes two requests the same: method, path, query and body, however its members are ordered. */
export const requestHash = ({ method, path, query, body }: ApiRequest): Buffer =>
  createHash("sha256")
    .update(canonical([method, path, query, body ?? null]))
    .digest();

export const keyReused = (): Problem =>
  problem("idempotency-key-reused", "This Idempotency-Key was used for another request within 7 days. A new request needs a new key.");
