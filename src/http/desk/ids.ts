/** Ids of what the control plane makes: the same request under the same `Idempotency-Key` names the same thing, whether anything is awake or not. */
import { createHash } from "node:crypto";
import type { ApiRequest } from "../api.ts";
import { canonical } from "../canonical.ts";
import { idempotencyKeyOf, requestHash } from "../idempotency-key.ts";

/** A UUID version 8 (RFC 9562: of one's own making) out of anything: the same out of the same. */
export function idFrom(...parts: readonly unknown[]): string {
  const bytes = createHash("sha256").update(canonical(parts)).digest().subarray(0, 16);
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The id of what a request makes, out of user, method, path and key. */
export const keyedId = (sub: string, request: Pick<ApiRequest, "method" | "path">, key: string): string =>
  idFrom(sub, request.method, request.path.replace(/\/+$/, ""), key);

export interface Made {
  id: string;
  /** What the request was, for the comparison when its key comes again; null without a key. */
  hash: string | null;
}

/** The id of what this request makes: from its key, or `fresh` without one. Throws the problem `bad-header` (400). */
export function madeBy(request: ApiRequest, sub: string, fresh: () => string): Made {
  const key = idempotencyKeyOf(request);
  return key === null ? { id: fresh(), hash: null } : { id: keyedId(sub, request, key), hash: requestHash(request).toString("hex") };
}
