/** Cognito's userInfo endpoint (OpenID Connect Core 1.0, section 5.3): what the caller's own access token tells of them that is not in it. */

/** After a failure nobody is kept waiting for this long (ms). */
const QUIET_MS = 30_000;
/** How long one call may take (ms). */
const PATIENCE_MS = 2000;

/** As much of an address as mail needs: one @ with something on both sides, no white space or control character, at most 254 characters (RFC 5321). */
const isAddress = (value: unknown): value is string =>
  typeof value === "string" && value.length <= 254 && value.isWellFormed() && /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(value);

/**
 * The e-mail of the user of an access token with the scope `openid`, when Cognito has verified it; null when there is none. Throws when the endpoint does not
 * answer as it should, or speaks of another user than `sub`.
 */
export type AddressOf = (token: string, sub: string) => Promise<string | null>;

export function addressFrom({ authUrl, now }: { authUrl: string; now(): number }): AddressOf {
  const url = `${authUrl.replace(/\/$/, "")}/oauth2/userInfo`;
  let quietUntil = 0;
  const ask = async (token: string): Promise<Response> => {
    try {
      const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` }, redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) });
      if (answer.status < 500) return answer;
      throw new Error(`userInfo answered ${answer.status}`);
    } catch (error) {
      quietUntil = now() + QUIET_MS;
      throw error;
    }
  };
  return async (token, sub) => {
    if (now() < quietUntil) throw new Error("userInfo failed a moment ago");
    const answer = await ask(token);
    if (!answer.ok) throw new Error(`userInfo answered ${answer.status}`);
    const claims = (await answer.json()) as Record<string, unknown> | null;
    // OpenID Connect asks for this: the answer counts only for the user whom it names.
    if (claims?.sub !== sub) throw new Error("userInfo spoke of another user");
    // Cognito writes the boolean as text.
    const verified = claims.email_verified === true || claims.email_verified === "true";
    return verified && isAddress(claims.email) ? claims.email : null;
  };
}
