/** Links in mails that act for whoever has the mail: signed, and good for one user's subscription alone. Pure. */

export interface LinkClaims {
  does: "confirm" | "unsubscribe";
  userId: string;
  /** `confirm`: of the subscription. `unsubscribe`: the address's tag, so that the link in an old mail stops those to come. */
  nonce: string;
  /** Milliseconds; null: as long as the subscription. */
  expiresAt: number | null;
}

export interface LinkTokens {
  /** What stands for an address in a link: always the same for one, and tells nothing of it. */
  tagOf(address: string): string;
  sign(claims: LinkClaims): Promise<string>;
  /** Null for what was not signed here, or is over. */
  read(token: string): Promise<LinkClaims | null>;
}

/** A link that asks for consent is good for two days, as SNS's own is (ms). */
export const CONFIRM_MS = 48 * 3_600_000;

/** Null for claims of another form. */
export function parseClaims(value: unknown): LinkClaims | null {
  if (!Array.isArray(value) || value.length !== 5 || value[0] !== 1) return null;
  const [, does, userId, nonce, expiresAt] = value as unknown[];
  if ((does !== "confirm" && does !== "unsubscribe") || typeof userId !== "string" || typeof nonce !== "string") return null;
  return expiresAt === null || typeof expiresAt === "number" ? { does, userId, nonce, expiresAt } : null;
}

export const claimsList = ({ does, userId, nonce, expiresAt }: LinkClaims): unknown[] => [1, does, userId, nonce, expiresAt];
