/** Signed links: HMAC-SHA256 with a key that is made once and kept in DynamoDB, encrypted there as every item is. See docs/notifications.md for why not elsewhere. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { claimsList, type LinkTokens, parseClaims } from "../notifications/links.ts";

export interface LinkTokensOptions {
  /** 32 random bytes, always the same. */
  key(): Promise<Uint8Array>;
  /** Milliseconds. */
  now(): number;
}

/** A token that was made here has a fraction of it. */
const MAX_LENGTH = 2000;

export function linkTokens({ key, now }: LinkTokensOptions): LinkTokens {
  const macOf = async (payload: string) =>
    createHmac("sha256", await key())
      .update(`link 1 ${payload}`)
      .digest();
  return {
    tagOf: (address) => createHash("sha256").update(`address ${address.toLowerCase()}`).digest("base64url").slice(0, 22),
    async sign(claims) {
      const payload = Buffer.from(JSON.stringify(claimsList(claims))).toString("base64url");
      return `${payload}.${(await macOf(payload)).toString("base64url")}`;
    },
    async read(token) {
      const [payload = "", mac = "", ...more] = token.slice(0, MAX_LENGTH).split(".");
      if (payload === "" || more.length > 0) return null;
      const expected = await macOf(payload);
      const given = Buffer.from(mac, "base64url");
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
      const claims = parseClaims(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
      return claims === null || (claims.expiresAt !== null && claims.expiresAt <= now()) ? null : claims;
    },
  };
}
