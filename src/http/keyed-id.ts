/** Ids of what a POST makes where there is no transaction to remember its `Idempotency-Key` in: the same key makes the same id, and one conditional put makes it once. */
import { createHash } from "node:crypto";

/** A UUID (version 8, RFC 9562) out of who asks, for what, and under which key. Nobody can guess or choose another user's. */
export function keyedId(sub: string, route: string, key: string): string {
  const bytes = createHash("sha256")
    .update(JSON.stringify(["dormouse", sub, route, key]))
    .digest()
    .subarray(0, 16);
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
