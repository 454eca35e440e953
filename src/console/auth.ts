/** Sign-in: OAuth 2.0 authorization code with PKCE (RFC 7636, S256), in the addresses of Amazon Cognito's hosted pages. */
import { isRecord } from "./types.ts";

interface Tokens {
  access: string;
  refresh: string | null;
}

/** Who is signed in, read from the access token for display; the API decides for itself what they may. */
export interface Who {
  name: string;
  operator: boolean;
}

export interface SessionOptions {
  authUrl: string;
  clientId: string;
  /** Where the sign-in comes back to: the page's origin with a slash. */
  redirectUri: string;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  fetch: typeof fetch;
  go: (url: string) => void;
}

export interface Session {
  token(): string | null;
  who(): Who | null;
  /** Leaves for the sign-in page. */
  begin(): Promise<void>;
  /** Takes the page's address after a sign-in. "none": it carries no answer. An answer that did not begin here, or a refusal, throws an Error with a sentence. */
  finish(address: URL): Promise<"signed-in" | "none">;
  /** A new access token by the refresh token, once however many ask; false when there is none to be had. */
  refresh(): Promise<boolean>;
  /** Forgets the tokens. */
  forget(): void;
  /** Forgets the tokens and leaves for the sign-out page. */
  signOut(): void;
}

const tokensKey = "dormouse.tokens";
const pendingKey = "dormouse.sign-in";

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** The code challenge of a verifier, RFC 7636 section 4.2. */
export async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function parse(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** Name and group of an access token in Cognito's form; null for what is none. */
export function readWho(token: string): Who | null {
  const [, payload] = token.split(".");
  if (!payload) return null;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const claims = parse(new TextDecoder().decode(bytes));
    const groups = claims["cognito:groups"];
    const name = claims.username ?? claims["cognito:username"] ?? claims.sub;
    return { name: typeof name === "string" ? name : "somebody", operator: Array.isArray(groups) && groups.includes("operators") };
  } catch {
    return null;
  }
}

export function createSession(options: SessionOptions): Session {
  const { storage, clientId, redirectUri } = options;
  const authUrl = options.authUrl.replace(/\/$/, "");
  const stored = parse(storage.getItem(tokensKey));
  let tokens: Tokens | null =
    typeof stored.access === "string" ? { access: stored.access, refresh: typeof stored.refresh === "string" ? stored.refresh : null } : null;
  let refreshing: Promise<boolean> | null = null;

  const keep = (next: Tokens | null) => {
    tokens = next;
    if (next) storage.setItem(tokensKey, JSON.stringify(next));
    else storage.removeItem(tokensKey);
  };

  const ask = async (form: Record<string, string>): Promise<boolean> => {
    const answer = await options.fetch(`${authUrl}/oauth2/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ client_id: clientId, ...form }),
      signal: AbortSignal.timeout(20_000),
    });
    const body = parse(await answer.text());
    if (!answer.ok || typeof body.access_token !== "string") return false;
    // Cognito answers a refresh without a new refresh token: the old one goes on.
    keep({ access: body.access_token, refresh: typeof body.refresh_token === "string" ? body.refresh_token : (tokens?.refresh ?? null) });
    return true;
  };

  return {
    token: () => tokens?.access ?? null,
    who: () => (tokens ? readWho(tokens.access) : null),
    async begin() {
      if (!globalThis.crypto?.subtle) throw new Error("Signing in needs a page that came over HTTPS or from this machine itself.");
      const verifier = random();
      const state = random();
      storage.setItem(pendingKey, JSON.stringify({ verifier, state }));
      const query = new URLSearchParams({
        response_type: "code",
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: "openid",
        state,
        code_challenge: await challengeOf(verifier),
        code_challenge_method: "S256",
      });
      options.go(`${authUrl}/oauth2/authorize?${query}`);
    },
    async finish(address) {
      const code = address.searchParams.get("code");
      const refused = address.searchParams.get("error");
      if (code === null && refused === null) return "none";
      const pending = parse(storage.getItem(pendingKey));
      storage.removeItem(pendingKey);
      if (typeof pending.state !== "string" || pending.state !== address.searchParams.get("state")) {
        throw new Error("This sign-in did not begin in this tab, so it was not used. Please sign in again.");
      }
      if (code === null) throw new Error(`The sign-in was refused: ${address.searchParams.get("error_description") ?? refused}.`);
      const verifier = typeof pending.verifier === "string" ? pending.verifier : "";
      if (!(await ask({ grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier }))) {
        throw new Error("The sign-in could not be completed. Please sign in again.");
      }
      return "signed-in";
    },
    refresh() {
      const refresh = tokens?.refresh;
      if (!refresh) return Promise.resolve(false);
      refreshing ??= ask({ grant_type: "refresh_token", refresh_token: refresh })
        .catch(() => false)
        .finally(() => {
          refreshing = null;
        });
      return refreshing;
    },
    forget: () => keep(null),
    signOut() {
      keep(null);
      options.go(`${authUrl}/logout?${new URLSearchParams({ client_id: clientId, logout_uri: redirectUri })}`);
    },
  };
}
