/** The JWT authorizer of an HTTP API: signature, issuer, audience and times; nothing else. */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";

export interface Authorizer {
  /** The claims of a good token; else why it was refused (for the `www-authenticate` header). Throws when the keys can't be fetched. */
  check(header: string | undefined, now: number): Promise<{ claims: JWTPayload } | { refused: string | null }>;
}

export function jwtAuthorizer(options: { issuer: string; audience: string }): Authorizer {
  // API Gateway keeps an issuer's keys for two hours; asked for seldom, they can't be missed under load.
  const keys = createRemoteJWKSet(new URL(`${options.issuer}/.well-known/jwks.json`), { cooldownDuration: 5_000, cacheMaxAge: 7_200_000 });
  const verify = (token: string, now: number) =>
    jwtVerify(token, keys, { algorithms: ["RS256"], issuer: options.issuer, currentDate: new Date(now), requiredClaims: ["exp"] });
  return {
    async check(header, now) {
      if (header === undefined || header.trim() === "") return { refused: null };
      const token = header.replace(/^Bearer\s+/i, "").trim();
      try {
        // A connection that was kept may have been closed by the other side as it was used again: that says nothing of the token.
        const { payload } = await verify(token, now).catch((error: unknown) => {
          if (isOfToken(error)) throw error;
          return verify(token, now);
        });
        // `client_id` counts only where there is no `aud`; Cognito's access tokens have none.
        const audience = payload.aud === undefined ? [payload.client_id] : [payload.aud].flat();
        if (!audience.includes(options.audience)) return { refused: "the token is for another audience" };
        return { claims: payload };
      } catch (error) {
        if (isOfToken(error)) return { refused: reasonOf(error) };
        throw error;
      }
    },
  };
}

/** Whether the token is at fault, and not the way to the keys: what the issuer answers in place of keys has the general code. */
const isOfToken = (error: unknown): error is errors.JOSEError =>
  error instanceof errors.JOSEError && error.code !== "ERR_JWKS_TIMEOUT" && error.code !== "ERR_JOSE_GENERIC";

function reasonOf(error: errors.JOSEError): string {
  switch (error.code) {
    case "ERR_JWT_EXPIRED":
      return "the token has expired";
    case "ERR_JWS_SIGNATURE_VERIFICATION_FAILED":
    case "ERR_JWKS_NO_MATCHING_KEY":
      return "the token has an invalid signature";
    case "ERR_JOSE_ALG_NOT_ALLOWED":
      return "the token is signed with an algorithm that is not allowed";
    case "ERR_JWT_CLAIM_VALIDATION_FAILED":
      return "the token has an invalid claim";
    default:
      return "the token is malformed";
  }
}
