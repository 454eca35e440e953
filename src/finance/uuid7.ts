/** Identifiers that sort by the moment at which they were made: UUID version 7 (RFC 9562). */

/** `now` in milliseconds since the epoch, `random` ten random bytes. Pure. */
export function uuid7(now: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  let rest = Math.trunc(now);
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The moment (ms since the epoch) in a UUID version 7. */
export const momentOf = (id: string): number => Number.parseInt(id.replace("-", "").slice(0, 12), 16);
