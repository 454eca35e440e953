/** The JWT authorizer of an HTTP API: signature, issuer, audience and times; nothing else. */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";

export interface Authorizer {
  /** The claims of a good token; else why it was refused (for the `www-authenticate` header). Throws when the keys can't be fetched. */
  check(header: string | undefined, now: number): Promise<{ claims: JWTPayload } | { refused: string | null }>;
}

export function jwtAuthorizer(options: { issuer: string; audience: string }): Authorizer {
  const keys = createRemoteJWKSet(new URL(`${options.issuer}/.well-known/jwks.json`), { cooldownDuration: 5_000 });
  return {
    async check(header, now) {
      if (header === undefined || header.trim() === "") return { refused: null };
      const token = header.replace(/^Bearer\s+/i, "").trim();
      try {
        const { payload } = await jwtVerify(token, keys, {
          algorithms: ["RS256"],
          issuer: options.issuer,
          currentDate: new Date(now),
          requiredClaims: ["exp"],
        });
        // `client_id` counts only where there is no `aud`; Cognito's access tokens have none.
        const audience = payload.aud === undefined ? [payload.client_id] : [payload.aud].flat();
        if (!audience.includes(options.audience)) return { refused: "the token is for another audience" };
        return { claims: payload };
      } catch (error) {
        if (error instanceof errors.JOSEError && error.code !== "ERR_JWKS_TIMEOUT") return { refused: reasonOf(error) };
        throw error;
      }
    },
  };
}

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
