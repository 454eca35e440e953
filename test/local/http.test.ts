import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request as rawRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../local/clock.ts";
import type { toEvent } from "../../local/http/event.ts";
import { startGateway } from "../../local/http/gateway.ts";
import { findRoute } from "../../local/http/routes.ts";
import { type Issuer, startIssuer } from "../../local/issuer/server.ts";
import { clientId, subOf } from "../../local/issuer/tokens.ts";
import type { Outcome } from "../../local/lambda/instance.ts";
import type { Served } from "../../local/serve.ts";
import { readSystem } from "../../src/system.ts";
import systemJson from "../../system.json" with { type: "json" };

type Event = ReturnType<typeof toEvent>;
const system = readSystem(systemJson);
let dataDir: string;
let issuer: Issuer;
let gateway: Served;
let open: Served[] = [];
let last: { name: string; event: Event } | null = null;
let behave: (event: unknown) => unknown = () => ({ statusCode: 200, body: "ok" });

const outcome = (value: unknown): Outcome => ({ requestId: "r", payload: JSON.stringify(value), functionError: null, timedOut: false });
const gatewayWith = (more: Partial<Parameters<typeof startGateway>[0]> = {}) =>
  startGateway({
    system,
    part: "all",
    clock: systemClock,
    issuer: issuer.url,
    audience: clientId,
    allowedOrigins: "https://app.example",
    port: 0,
    invoke: async (name, event) => {
      last = { name, event: JSON.parse(JSON.stringify(event)) };
      const value = await behave(event);
      return value instanceof Object && "payload" in value ? (value as Outcome) : outcome(value);
    },
    ...more,
  });
const ask = (path: string, init: RequestInit = {}, at = gateway) => fetch(`${at.url}${path}`, { redirect: "manual", ...init });
const bearer = async (name = "ann", operator = false) => ({ authorization: `Bearer ${await issuer.issueToken(name, { operator })}` });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "dormouse-http-"));
  issuer = await startIssuer({ dataDir, clock: systemClock });
  gateway = await gatewayWith();
});
afterEach(async () => {
  behave = () => ({ statusCode: 200, body: "ok" });
  last = null;
  for (const server of open) await server.close();
  open = [];
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
  await rm(dataDir, { recursive: true });
});

test("the exact path goes before a parameter, and $default takes what nothing else does", () => {
  const routes = ["/a/{id}", "/a/b", "$default"].map((path) => ({ method: "GET", path, target: path }));
  expect(findRoute(routes, "GET", "/a/b")?.routeKey).toBe("GET /a/b");
  expect(findRoute(routes, "GET", "/a/c%20d")).toMatchObject({ routeKey: "GET /a/{id}", parameters: { id: "c d" } });
  expect(findRoute(routes, "POST", "/a/b")?.routeKey).toBe("$default");
  expect(findRoute(routes, "GET", "/a/")?.routeKey).toBe("$default");
  expect(findRoute(routes.slice(0, 2), "GET", "/x")).toBeNull();
});

test("a request becomes an event of payload format 2.0", async () => {
  const token = await bearer("ann", true);
  const response = await ask("/database/leases/l%201?x=1&y=2&x=3", {
    method: "PUT",
    headers: { ...token, "content-type": "application/json", cookie: "a=1; b=2" },
    body: '{"n":1}',
  });
  expect(response.status).toBe(200);
  expect(last?.name).toBe("control");
  expect(last?.event).toMatchObject({
    version: "2.0",
    routeKey: "PUT /database/leases/{id}",
    rawPath: "/database/leases/l%201",
    rawQueryString: "x=1&y=2&x=3",
    queryStringParameters: { x: "1,3", y: "2" },
    pathParameters: { id: "l 1" },
    cookies: ["a=1", "b=2"],
    body: '{"n":1}',
    isBase64Encoded: false,
    requestContext: { stage: "$default", http: { method: "PUT", path: "/database/leases/l%201" } },
  });
  expect(last?.event.headers.cookie).toBeUndefined();
  const authorizer = last?.event.requestContext.authorizer as { jwt: { claims: Record<string, string> } } | undefined;
  const claims = authorizer?.jwt.claims ?? {};
  expect(claims).toMatchObject({ username: "ann", sub: subOf("ann"), client_id: clientId, token_use: "access", "cognito:groups": "[operators]" });
  expect(Object.values(claims).every((claim) => typeof claim === "string")).toBe(true);
});

test("several headers of one name are joined with commas", async () => {
  await new Promise<void>((resolve) => {
    const request = rawRequest(`${gateway.url}/health`, { headers: ["Host", "h", "X-Many", "1", "X-Many", "2"] as never }, (response) => {
      response.resume();
      response.on("end", resolve);
    });
    request.end();
  });
  expect(last?.event.headers["x-many"]).toBe("1,2");
});

test("a binary body comes as base64, and so does a form, as an HTTP API has it", async () => {
  const bytes = Buffer.from([0, 255, 1, 254]);
  await ask("/health", { method: "POST", headers: { "content-type": "application/octet-stream" }, body: bytes });
  expect(last?.event).toMatchObject({ isBase64Encoded: true, body: bytes.toString("base64"), routeKey: "$default" });
  await ask("/health", { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=1" });
  expect(last?.event.isBase64Encoded).toBe(true);
  await ask("/health", { method: "POST", headers: { "content-type": "application/problem+json" }, body: "{}" });
  expect(last?.event).toMatchObject({ isBase64Encoded: false, body: "{}" });
});

test("answers may be base64, set several cookies, or be a bare value", async () => {
  behave = () => ({
    statusCode: 201,
    headers: { "Content-Type": "image/png", "Retry-After": 3 },
    cookies: ["a=1", "b=2"],
    body: "/wA=",
    isBase64Encoded: true,
  });
  const response = await ask("/health");
  expect(response.status).toBe(201);
  expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([255, 0]));
  expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  expect(response.headers.get("retry-after")).toBe("3");
  behave = () => ({ hello: "there" });
  const bare = await ask("/health");
  expect(bare.headers.get("content-type")).toBe("application/json");
  expect(await bare.json()).toEqual({ hello: "there" });
});

test("without a good token a route that needs one answers 401 in the gateway's shape, and the function is not called", async () => {
  const { privateKey } = await generateKeyPair("RS256");
  const claims = { sub: randomUUID(), client_id: clientId, username: "mallory" };
  const sign = (key: CryptoKey | Uint8Array, alg: string, more: { iss?: string; exp?: string | number; nbf?: number; kid?: string; claims?: object } = {}) => {
    const jwt = new SignJWT({ ...claims, ...more.claims })
      .setProtectedHeader({ alg, kid: more.kid ?? issuer.jwks.keys[0]?.kid })
      .setIssuer(more.iss ?? issuer.url)
      .setIssuedAt();
    if (more.nbf) jwt.setNotBefore(more.nbf);
    return jwt.setExpirationTime(more.exp ?? "1h").sign(key);
  };
  const publicText = new TextEncoder().encode(JSON.stringify(await exportJWK((await generateKeyPair("RS256")).publicKey)));
  const good = await issuer.issueToken("ann");
  const [head, body] = good.split(".");
  const tampered = `${head}.${Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(body ?? "", "base64url").toString()), "cognito:groups": ["operators"] })).toString("base64url")}.${good.split(".")[2]}`;
  const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${body}.`;
  const bad: Record<string, string | undefined> = {
    none: undefined,
    empty: "",
    garbage: "Bearer nonsense",
    "another key": `Bearer ${await sign(privateKey, "RS256")}`,
    "another key id": `Bearer ${await sign(privateKey, "RS256", { kid: "other" })}`,
    "HMAC with the public key": `Bearer ${await sign(publicText, "HS256")}`,
    "alg none": `Bearer ${none}`,
    tampered: `Bearer ${tampered}`,
  };
  for (const [name, authorization] of Object.entries(bad)) {
    const response = await ask("/database", { headers: authorization === undefined ? {} : { authorization } });
    expect([name, response.status, await response.text()]).toEqual([name, 401, '{"message":"Unauthorized"}']);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
  }
  expect(last).toBeNull();
  // The token itself is good: what was refused above was refused for its fault.
  expect((await ask("/database", { headers: { authorization: good } })).status).toBe(200);
});

test("a token of the right key is refused when expired, not yet valid, of another issuer or for another client", async () => {
  const other = await mkdtemp(join(tmpdir(), "dormouse-issuer-"));
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "k", alg: "RS256" };
  const { serve, sendJson } = await import("../../local/serve.ts");
  const keys = await serve((_, response) => sendJson(response, 200, { keys: [jwk] }));
  open.push(keys);
  const strict = await gatewayWith({ issuer: keys.url });
  open.push(strict);
  const now = Math.floor(Date.now() / 1000);
  const status = async (more: Record<string, unknown>) => {
    const token = await new SignJWT({ iss: keys.url, client_id: clientId, exp: now + 60, iat: now, ...more })
      .setProtectedHeader({ alg: "RS256", kid: "k" })
      .sign(privateKey);
    return (await ask("/database", { headers: { authorization: `Bearer ${token}` } }, strict)).status;
  };
  expect(await status({})).toBe(200);
  expect(await status({ exp: now - 1 })).toBe(401);
  expect(await status({ exp: undefined })).toBe(401);
  expect(await status({ nbf: now + 60 })).toBe(401);
  expect(await status({ iss: "https://elsewhere.example" })).toBe(401);
  expect(await status({ client_id: "other" })).toBe(401);
  expect(await status({ aud: "other" })).toBe(401);
  expect(await status({ aud: clientId, client_id: "other" })).toBe(200);
  await rm(other, { recursive: true });
});

test("a function that fails, times out or answers nonsense is the gateway's own 500 or 503", async () => {
  const failed = (timedOut: boolean): Outcome => ({ requestId: "r", payload: '{"errorMessage":"secret inside"}', functionError: "Unhandled", timedOut });
  const seen = async () => {
    const response = await ask("/health");
    return [response.status, await response.text()];
  };
  behave = () => failed(false);
  expect(await seen()).toEqual([500, '{"message":"Internal Server Error"}']);
  behave = () => failed(true);
  expect(await seen()).toEqual([503, '{"message":"Service Unavailable"}']);
  behave = () => ({ statusCode: "abc" });
  expect(await seen()).toEqual([500, '{"message":"Internal Server Error"}']);
  const hasty = await gatewayWith({ limitMs: 50 });
  open.push(hasty);
  behave = () => new Promise(() => {});
  expect((await ask("/health", {}, hasty)).status).toBe(503);
});

test("a body over 10 MB is refused with 413", async () => {
  const response = await ask("/health", { method: "POST", headers: { "content-type": "text/plain" }, body: Buffer.alloc(10 * 1024 * 1024 + 1, 97) });
  expect([response.status, await response.text()]).toEqual([413, '{"message":"Request Entity Too Large"}']);
  expect(last).toBeNull();
});

test("CORS: the gateway answers preflights for allowed origins, exposes Retry-After, and lets any page load the button", async () => {
  const preflight = (origin: string) => ask("/database", { method: "OPTIONS", headers: { origin, "access-control-request-method": "GET" } });
  const good = await preflight("https://app.example");
  expect(good.status).toBe(204);
  expect(good.headers.get("access-control-allow-origin")).toBe("https://app.example");
  expect(good.headers.get("access-control-allow-headers")).toContain("dormouse-background");
  expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
  const refused = await ask("/database", { headers: { origin: "https://app.example" } });
  expect(refused.status).toBe(401);
  expect(refused.headers.get("access-control-allow-origin")).toBe("https://app.example");
  expect(refused.headers.get("access-control-expose-headers")).toBe("Retry-After,ETag,Location,Idempotency-Replayed");
  const script = await ask("/dormouse-button.js", { headers: { origin: "https://anyone.example" } });
  expect(script.headers.get("access-control-allow-origin")).toBe("*");
  expect(last?.event.routeKey).toBe("GET /dormouse-button.js");
});

test("with the lifecycle part alone the finance routes fall to $default", async () => {
  const small = await gatewayWith({ part: "lifecycle" });
  open.push(small);
  await ask("/expenses", { headers: await bearer() }, small);
  expect(last).toMatchObject({ name: "control", event: { routeKey: "$default" } });
  await ask("/expenses", { headers: await bearer() });
  expect(last).toMatchObject({ name: "data", event: { routeKey: "GET /expenses" } });
});

test("sign-in: code with PKCE, then tokens, then refreshed ones of the same session", async () => {
  issuer.allow([gateway.url]);
  const verifier = "v".repeat(64);
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: `${gateway.url}/`,
    scope: "openid",
    state: "s1",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const page = await fetch(`${issuer.url}/oauth2/authorize?${query}`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("Pick a name");
  const form = (more: Record<string, string>) =>
    fetch(`${issuer.url}/oauth2/authorize`, { method: "POST", redirect: "manual", body: new URLSearchParams([...query, ...Object.entries(more)]) });
  expect((await form({ name: "<script>" })).status).toBe(400);
  const signIn = async () => new URL((await form({ name: "olga", operator: "1" })).headers.get("location") ?? "");
  const redirect = await signIn();
  expect(redirect.origin).toBe(gateway.url);
  expect(redirect.searchParams.get("state")).toBe("s1");
  const exchange = (body: Record<string, string>) =>
    fetch(`${issuer.url}/oauth2/token`, { method: "POST", headers: { origin: gateway.url }, body: new URLSearchParams({ client_id: clientId, ...body }) });
  const byCode = (code: string | null, more: Record<string, string> = {}) =>
    exchange({ grant_type: "authorization_code", code: code ?? "", redirect_uri: `${gateway.url}/`, code_verifier: verifier, ...more });
  const code = redirect.searchParams.get("code");
  const response = await byCode(code);
  expect(response.status).toBe(200);
  expect(response.headers.get("access-control-allow-origin")).toBe(gateway.url);
  const tokens = await response.json();
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  const claims = claimsOf(tokens.access_token);
  expect(claims).toMatchObject({ username: "olga", "cognito:groups": ["operators"], client_id: clientId, token_use: "access", iss: issuer.url });
  expect(claims.exp - claims.iat).toBe(3600);
  expect((await ask("/database", { headers: { authorization: `Bearer ${tokens.access_token}` } })).status).toBe(200);

  expect(await (await byCode(code)).json()).toEqual({ error: "invalid_grant" });
  expect((await byCode((await signIn()).searchParams.get("code"), { code_verifier: "w".repeat(64) })).status).toBe(400);

  const refreshed = await (await exchange({ grant_type: "refresh_token", refresh_token: tokens.refresh_token })).json();
  expect(claimsOf(refreshed.access_token)).toMatchObject({ username: "olga", origin_jti: claims.origin_jti, sub: claims.sub });
  expect((await exchange({ grant_type: "refresh_token", refresh_token: tokens.access_token })).status).toBe(400);
});

test("a connection to the issuer that is lost says nothing of a token; one that is lost again is a 500 that says why", async () => {
  let lost = 1;
  const keys = createServer(async (request, response) => {
    if (lost-- > 0) return void request.socket.destroy();
    response.end(await (await fetch(`${issuer.url}${request.url}`)).text());
  });
  await new Promise<void>((resolve) => keys.listen(0, "127.0.0.1", resolve));
  const { port } = keys.address() as AddressInfo;
  const failures: { request: string; error: unknown }[] = [];
  const through = async () => {
    const other = await gatewayWith({ issuer: `http://127.0.0.1:${port}`, onFailure: (what) => void failures.push(what) });
    open.push(other);
    const answer = await ask("/database", { headers: await bearer() }, other);
    return { status: answer.status, message: (await answer.json().catch(() => null))?.message };
  };
  try {
    // The keys were there; that the token is another issuer's is what they said.
    expect(await through()).toEqual({ status: 401, message: "Unauthorized" });
    expect(failures).toEqual([]);
    lost = 2;
    expect(await through()).toEqual({ status: 500, message: "Internal Server Error" });
    expect(failures).toEqual([{ requestId: expect.any(String), request: "GET /database", error: expect.any(TypeError) }]);
  } finally {
    keys.close();
  }
});

test("codes are sent to the console's own address only", async () => {
  issuer.allow([gateway.url]);
  const challenge = createHash("sha256").update("x").digest("base64url");
  const status = async (more: Record<string, string>) => {
    const query = new URLSearchParams({
      response_type: "code",
      client_id: clientId,
      redirect_uri: `${gateway.url}/`,
      code_challenge: challenge,
      code_challenge_method: "S256",
      ...more,
    });
    return (await fetch(`${issuer.url}/oauth2/authorize?${query}`, { redirect: "manual" })).status;
  };
  expect(await status({})).toBe(200);
  expect(await status({ redirect_uri: "https://evil.example/" })).toBe(400);
  expect(await status({ redirect_uri: `${gateway.url}.evil.example/` })).toBe(400);
  expect(await status({ client_id: "other" })).toBe(400);
  expect(await status({ code_challenge_method: "plain" })).toBe(400);
});

test("the same name is the same person after a restart, and old tokens stay good", async () => {
  const token = await issuer.issueToken("ann");
  const { port } = issuer;
  await issuer.close();
  issuer = await startIssuer({ dataDir, clock: systemClock, port });
  expect((await ask("/database", { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
});
