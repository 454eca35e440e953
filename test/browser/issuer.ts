/** A sign-in for the stub: a page that asks for a name, codes bound to their PKCE challenge, tokens in the form of Cognito's but unsigned. */
import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

export async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export async function listen(handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    handler(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

export interface StubIssuer {
  url: string;
  server: Server;
  /** An access token for somebody, as if they had signed in. */
  token(name: string): string;
  /** The same, as the console keeps it in the tab's storage. */
  session(name: string): { access: string; refresh: string };
  /** The name in a token that is still good, else null. */
  userOf(token: string): string | null;
  expire(refresh: boolean): void;
}

export async function startIssuer(): Promise<StubIssuer> {
  const codes = new Map<string, { name: string; challenge: string }>();
  const refreshTokens = new Map<string, string>();
  const valid = new Set<string>();
  const tokens = (name: string, withRefresh: boolean) => {
    const groups = name.startsWith("olga") ? { "cognito:groups": ["operators"] } : {};
    const access = `${encode({ alg: "none" })}.${encode({ sub: randomUUID(), username: name, ...groups })}.x`;
    valid.add(access);
    const refresh = randomUUID();
    if (withRefresh) refreshTokens.set(refresh, name);
    return { access_token: access, token_type: "Bearer", expires_in: 3600, ...(withRefresh ? { refresh_token: refresh } : {}) };
  };

  const auth = await listen(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://stub");
    if (url.pathname === "/oauth2/authorize") {
      const name = url.searchParams.get("name");
      if (name === null) {
        const fields = [...url.searchParams].map(([key, value]) => `<input type="hidden" name="${key}" value="${value}">`).join("");
        response.writeHead(200, { "content-type": "text/html" });
        response.end(`<!doctype html><title>Sign in</title><form>${fields}<label>Name <input name="name"></label><button>Continue</button></form>`);
        return;
      }
      const code = randomUUID();
      codes.set(code, { name, challenge: url.searchParams.get("code_challenge") ?? "" });
      const back = new URL(url.searchParams.get("redirect_uri") ?? "");
      back.search = new URLSearchParams({ code, state: url.searchParams.get("state") ?? "" }).toString();
      response.writeHead(302, { location: back.href }).end();
      return;
    }
    if (url.pathname === "/logout") {
      response.writeHead(302, { location: url.searchParams.get("logout_uri") ?? "/" }).end();
      return;
    }
    const form = new URLSearchParams(await read(request));
    const cors = { "access-control-allow-origin": "*", "content-type": "application/json" };
    const granted = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const proof = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const renewed = refreshTokens.get(form.get("refresh_token") ?? "");
    if (form.get("grant_type") === "authorization_code" && granted && granted.challenge === proof)
      response.writeHead(200, cors).end(JSON.stringify(tokens(granted.name, true)));
    else if (form.get("grant_type") === "refresh_token" && renewed) response.writeHead(200, cors).end(JSON.stringify(tokens(renewed, false)));
    else response.writeHead(400, cors).end(JSON.stringify({ error: "invalid_grant" }));
  });

  return {
    ...auth,
    token: (name) => tokens(name, false).access_token,
    session(name) {
      const { access_token: access, refresh_token: refresh = "" } = tokens(name, true);
      return { access, refresh };
    },
    userOf: (token) => (valid.has(token) ? String(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).username) : null),
    expire(refresh) {
      valid.clear();
      if (refresh) refreshTokens.clear();
    },
  };
}
