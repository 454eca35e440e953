/** Cognito's stand-in: sign-in by picking a name, authorization code with PKCE, refresh tokens, the public key. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import type { Keyring } from "../gate.ts";
import { readBody, type Served, sendJson, serve } from "../serve.ts";
import { messagePage, pagePolicy, signInPage } from "./page.ts";
import { accessSeconds, clientId, emailOf, nameProblem, newSession, openTokens, type Person, randomCode, type Tokens } from "./tokens.ts";
import { deleteUserCall } from "./users.ts";

export interface IssuerOptions {
  dataDir: string;
  clock: Clock;
  /** Who may delete users; without it nobody may. */
  keyring?: Keyring;
  /** Tried first, so that tokens stay good over a restart: the address is in them. */
  port?: number;
}

export interface Issuer extends Served {
  clientId: string;
  jwks: Tokens["jwks"];
  /** The console's origins, e.g. `http://127.0.0.1:3000`; codes are only sent to their `/`. */
  allow(origins: string[]): void;
  /** An access token for a name. Throws for a name that is none. */
  issueToken(name: string, options?: { operator?: boolean }): Promise<string>;
}

interface Code {
  person: Person;
  redirectUri: string;
  challenge: string;
  expiresAt: number;
}

const codeMs = 5 * 60_000;
const formLimit = 64 * 1024;

export async function startIssuer(options: IssuerOptions): Promise<Issuer> {
  const { clock } = options;
  let origins: string[] = [];
  let tokens: Tokens;
  const codes = new Map<string, Code>();
  const isOurs = (uri: string | null) => uri !== null && origins.some((origin) => uri === `${origin}/` || uri === origin);

  const html = (response: ServerResponse, status: number, text: string) =>
    response
      .writeHead(status, {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": pagePolicy(origins.join(" ")),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      })
      .end(text);

  /** What is wrong with an authorization request, in a sentence; null when nothing is. */
  const requestProblem = (query: URLSearchParams): string | null => {
    if (query.get("client_id") !== clientId) return `client_id has to be ${clientId}.`;
    if (!isOurs(query.get("redirect_uri"))) return "redirect_uri has to be the console's own address.";
    if (query.get("response_type") !== "code") return "response_type has to be code.";
    if (query.get("code_challenge_method") !== "S256") return "code_challenge_method has to be S256.";
    if (!/^[A-Za-z0-9_-]{43}$/.test(query.get("code_challenge") ?? "")) return "code_challenge is missing or malformed.";
    return null;
  };

  const authorize = async (request: IncomingMessage, response: ServerResponse, url: URL) => {
    const post = request.method === "POST";
    const query = post ? new URLSearchParams(String(await readBody(request, formLimit))) : url.searchParams;
    const problem = requestProblem(query);
    if (problem) return html(response, 400, messagePage("This sign-in does not work", problem));
    const names = ["client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method", "state", "scope"];
    const fields = Object.fromEntries(names.flatMap((name) => (query.has(name) ? [[name, query.get(name) ?? ""]] : [])));
    if (!post) return html(response, 200, signInPage({ fields }));
    const name = (query.get("name") ?? "").trim();
    const wrong = nameProblem(name);
    if (wrong) return html(response, 400, signInPage({ fields, problem: wrong, name }));
    const code = randomCode();
    const redirectUri = query.get("redirect_uri") ?? "";
    codes.set(code, {
      person: { name, operator: query.get("operator") === "1" },
      redirectUri,
      challenge: query.get("code_challenge") ?? "",
      expiresAt: clock.now() + codeMs,
    });
    const target = new URL(redirectUri);
    target.searchParams.set("code", code);
    if (query.has("state")) target.searchParams.set("state", query.get("state") ?? "");
    response.writeHead(303, { location: target.href, "cache-control": "no-store" }).end();
  };

  const token = async (request: IncomingMessage, response: ServerResponse, cors: Record<string, string>) => {
    const form = new URLSearchParams(String(await readBody(request, formLimit)));
    const refuse = (error: string) => sendJson(response, 400, { error }, { ...cors, "cache-control": "no-store" });
    if (form.get("client_id") !== clientId) return refuse("invalid_client");
    const now = clock.now();
    const answer = async (person: Person, session = newSession(now)) =>
      sendJson(
        response,
        200,
        {
          access_token: await tokens.access(person, now, session),
          refresh_token: await tokens.refresh(person, now, session),
          token_type: "Bearer",
          expires_in: accessSeconds,
        },
        { ...cors, "cache-control": "no-store" },
      );
    if (form.get("grant_type") === "refresh_token") {
      const known = await tokens.readRefresh(form.get("refresh_token") ?? "", now);
      return known ? await answer(known.person, known.session) : refuse("invalid_grant");
    }
    if (form.get("grant_type") !== "authorization_code") return refuse("unsupported_grant_type");
    const key = form.get("code") ?? "";
    const code = codes.get(key);
    // A code is good for one try, right or wrong.
    codes.delete(key);
    for (const [old, entry] of codes) if (entry.expiresAt < now) codes.delete(old);
    if (!code || code.expiresAt < now || code.redirectUri !== form.get("redirect_uri")) return refuse("invalid_grant");
    if (
      !sameText(
        createHash("sha256")
          .update(form.get("code_verifier") ?? "")
          .digest("base64url"),
        code.challenge,
      )
    )
      return refuse("invalid_grant");
    await answer(code.person);
  };

  /** What the token's own user may know of themselves, in Cognito's form (it writes the boolean as text). */
  const userInfo = async (request: IncomingMessage, response: ServerResponse) => {
    // A page of another origin that has its own name lead here (DNS rebinding) has another host.
    if (!isOwnHost(request.headers.host, server.port)) return sendJson(response, 421, { error: "misdirected_request" });
    const [, token = ""] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
    const person = await tokens.readAccess(token, clock.now());
    if (person === null)
      return sendJson(response, 401, { error: "invalid_token" }, { "www-authenticate": 'Bearer error="invalid_token"', "cache-control": "no-store" });
    const { sub, username } = person;
    return sendJson(response, 200, { sub, username, email: emailOf(username), email_verified: "true" }, { "cache-control": "no-store" });
  };

  const server = await serve(
    async (request, response) => {
      const url = new URL(request.url ?? "/", "http://local");
      const origin = request.headers.origin;
      const cors: Record<string, string> = { vary: "origin" };
      if (origin !== undefined && origins.includes(origin)) {
        Object.assign(cors, {
          "access-control-allow-origin": origin,
          "access-control-allow-headers": "content-type",
          "access-control-allow-methods": "GET, POST",
        });
      }
      if (request.method === "OPTIONS") return void response.writeHead(204, cors).end();
      const route = `${request.method} ${url.pathname}`;
      if (route === "POST /" && options.keyring !== undefined) return await deleteUserCall(options.keyring, request, response, tokens.forget);
      switch (route) {
        case "GET /oauth2/authorize":
        case "POST /oauth2/authorize":
          return void (await authorize(request, response, url));
        case "POST /oauth2/token":
          return await token(request, response, cors);
        case "POST /token": {
          // For `npm run token`, which only knows the address: whoever can reach the loopback address may be anyone here, as on the sign-in page.
          const form = new URLSearchParams(String(await readBody(request, formLimit)));
          if (origin !== undefined) return sendJson(response, 403, { message: "not for web pages" });
          const name = form.get("name") ?? "";
          const wrong = nameProblem(name);
          if (wrong) return sendJson(response, 400, { message: wrong });
          return sendJson(response, 200, { access_token: await tokens.access({ name, operator: form.get("operator") === "1" }, clock.now()) });
        }
        case "GET /oauth2/userInfo":
          return await userInfo(request, response);
        case "GET /.well-known/jwks.json":
          return sendJson(response, 200, tokens.jwks, { "access-control-allow-origin": "*", "cache-control": "public, max-age=60" });
        case "GET /.well-known/openid-configuration":
          return sendJson(response, 200, configuration(server.url), { "access-control-allow-origin": "*" });
        case "GET /logout": {
          const to = url.searchParams.get("logout_uri");
          if (url.searchParams.get("client_id") === clientId && isOurs(to)) return void response.writeHead(303, { location: to ?? "" }).end();
          return void html(response, 400, messagePage("Signed out", "client_id or logout_uri is not the console's own."));
        }
        default:
          return void html(response, 404, messagePage("Nothing here", "This is Dormouse's sign-in service."));
      }
    },
    { port: options.port ?? 0, orAnother: true },
  );
  tokens = await openTokens({ dataDir: options.dataDir, issuer: server.url });

  return {
    ...server,
    clientId,
    jwks: tokens.jwks,
    allow: (list) => {
      origins = list;
    },
    async issueToken(name, { operator = false } = {}) {
      const wrong = nameProblem(name);
      if (wrong) throw new Error(wrong);
      return await tokens.access({ name, operator }, clock.now());
    },
  };
}

function configuration(url: string): object {
  return {
    issuer: url,
    authorization_endpoint: `${url}/oauth2/authorize`,
    token_endpoint: `${url}/oauth2/token`,
    userinfo_endpoint: `${url}/oauth2/userInfo`,
    end_session_endpoint: `${url}/logout`,
    jwks_uri: `${url}/.well-known/jwks.json`,
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    code_challenge_methods_supported: ["S256"],
    id_token_signing_alg_values_supported: ["RS256"],
    subject_types_supported: ["public"],
    scopes_supported: ["openid"],
  };
}

const isOwnHost = (host: string | undefined, port: number): boolean => host === `127.0.0.1:${port}` || host === `localhost:${port}`;

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
