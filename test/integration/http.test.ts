import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, Ask } from "./client.ts";
import { type Running, startForTest } from "./harness.ts";

// Bad input to the real thing: gateway, authorizer, bundles and database as they stand together.
let run: Running;
let categoryId: string;
beforeAll(async () => {
  run = await startForTest({ settings: { idleMinutes: 30, checkMinutes: 10, drainSeconds: 10 } });
  await run.ask("/database/start", { as: "ann", method: "POST" });
  await run.until({ phase: "awake", serving: true });
  const made = await run.ask("/categories", { as: "ann", method: "POST", json: { name: "Food" } });
  expect(made.status).toBe(201);
  categoryId = String(made.body.id);
});
afterAll(() => run?.close());

const post = (path: string, options: Ask) => run.ask(path, { as: "ann", method: "POST", ...options });
const expense = (more: object) => ({ amount: "12.50", currency: "EUR", occurredOn: "2026-01-31", categoryId, description: "Lunch", ...more });

/** A problem of ours: RFC 9457, and nothing of what is inside. */
function expectProblem(answer: Answer, status: number, kind: string): void {
  expect(answer).toMatchObject({ status, body: { type: `/problems/${kind}`, status, title: expect.any(String), detail: expect.any(String) } });
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expectNothingInternal(answer);
}
function expectNothingInternal(answer: Answer): void {
  const text = JSON.stringify(answer.body);
  expect(text).not.toMatch(/node_modules|\bat \S+ \(|index\.mjs|\/tmp\/|select |insert into|dormouse_app|dormouse-state|arn:aws|AKIA|127\.0\.0\.1/i);
  expect(answer.headers.get("x-powered-by")).toBeNull();
}

describe("bodies", () => {
  test.each([
    ["nothing that is JSON", "{oops", 400, "bad-json"],
    ["JSON that breaks off", '{"name": "Fo', 400, "bad-json"],
    ["a key that would change prototypes", '{"__proto__": {"x": 1}}', 400, "bad-json"],
    ["a list", "[]", 422, "bad-fields"],
    ["a bare value", '"Food"', 422, "bad-fields"],
  ])("%s is refused with where it goes wrong", async (_, raw, status, kind) => {
    const answer = await post("/categories", { raw, headers: { "content-type": "application/json" } });
    expectProblem(answer, status, kind);
    if (kind === "bad-json") expect(JSON.stringify(answer.body)).not.toContain("oops");
  });

  test("a body that does not say that it is JSON is refused", async () => {
    expectProblem(await post("/categories", { raw: "name=Food", headers: { "content-type": "application/x-www-form-urlencoded" } }), 415, "not-json");
  });

  test.each([
    ["a number for money", { amount: 12.5 }, "/amount"],
    ["money with too many decimals", { amount: "1.234" }, "/amount"],
    ["a currency that is none", { currency: "euro" }, "/currency"],
    ["a day that is none", { occurredOn: "2026-02-30" }, "/occurredOn"],
    ["a category id of the wrong form", { categoryId: "food" }, "/categoryId"],
    ["a category that is nobody's", { categoryId: "01a1fd89-1d3a-7044-83e1-d8eb5f45a2a0" }, "/categoryId"],
    ["a description that is a number", { description: 7 }, "/description"],
    ["a field that nobody knows", { colour: "red" }, "/colour"],
  ])("%s: the field is named, and the reason", async (_, more, pointer) => {
    const answer = await post("/expenses", { json: expense(more) });
    expectProblem(answer, 422, "bad-fields");
    expect(answer.body.errors).toContainEqual({ pointer, detail: expect.stringMatching(/\w/) });
  });

  test("someone else's category is refused with the same words as one that is nobody's", async () => {
    const bens = await post("/categories", { as: "ben", json: { name: "Travel" } });
    expect(bens.status).toBe(201);
    const refusal = async (id: unknown) => {
      const { requestId: _, ...body } = (await post("/expenses", { json: expense({ categoryId: id }) })).body;
      return body;
    };
    expect(await refusal(bens.body.id)).toEqual(await refusal("01a1fd89-1d3a-7044-83e1-d8eb5f45a2a0"));
  });

  test("every wrong field is named at once", async () => {
    const answer = await post("/expenses", { json: { amount: 1, currency: 2, occurredOn: 3, categoryId: 4 } });
    expectProblem(answer, 422, "bad-fields");
    expect((answer.body.errors as { pointer: string }[]).map(({ pointer }) => pointer).sort()).toEqual(["/amount", "/categoryId", "/currency", "/occurredOn"]);
  });

  test("control refuses unknown fields, wrong types and times out of bounds as well", async () => {
    expectProblem(await post("/database/start", { json: { now: true } }), 422, "bad-fields");
    expectProblem(await post("/database/stop", { as: "olga", operator: true, json: { force: "yes" } }), 422, "bad-fields");
    const until = new Date(Date.now() + 8 * 86_400_000).toISOString();
    expectProblem(await run.ask("/database/hold", { as: "olga", operator: true, method: "PUT", json: { until } }), 422, "bad-fields");
    expectProblem(await post("/database/leases", { json: { why: "", expiresAt: "tomorrow" } }), 422, "bad-fields");
    expectProblem(await run.ask("/database/history?limit=0", { as: "ann" }), 400, "bad-query");
    expectProblem(await run.ask("/database/history?colour=red", { as: "ann" }), 400, "bad-query");
    expectProblem(await run.ask("/expenses?cursor=nonsense", { as: "ann" }), 400, "bad-cursor");
  });

  test("a large body is our problem, a very large one the gateway's", async () => {
    const body = (bytes: number) => JSON.stringify({ name: "x".repeat(bytes) });
    expectProblem(await post("/categories", { raw: body(300_000), headers: { "content-type": "application/json" } }), 413, "body-too-large");
    const gateway = await post("/categories", { raw: body(11_000_000), headers: { "content-type": "application/json" } });
    expect(gateway).toMatchObject({ status: 413, body: { message: "Request Entity Too Large" } });
  });
});

describe("paths and methods", () => {
  test("an unknown path is our own 404, with a token and without", async () => {
    for (const ask of [{}, { as: "ann" }]) expectProblem(await run.ask("/no/such/place", ask), 404, "not-found");
  });

  test.each([
    ["DELETE", "/database", "GET"],
    ["GET", "/database/start", "POST"],
    ["PATCH", "/database/hold", "DELETE, PUT"],
    ["PUT", "/expenses", "GET, POST"],
  ])("%s %s is 405 and says what would work", async (method, path, allowed) => {
    const answer = await run.ask(path, { as: "ann", method });
    expectProblem(answer, 405, "wrong-method");
    expect(answer.headers.get("allow")).toBe(allowed);
  });

  test("public pages need no token and answer with a strict policy", async () => {
    for (const path of ["/", "/health", "/dormouse-button.js"]) expect((await run.ask(path)).status).toBe(200);
    expect((await run.ask("/")).headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'/);
  });
});

describe("tokens", () => {
  const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

  async function signer(): Promise<{ jwk: JWK; sign(claims: JWTPayload, more?: { jwk?: JWK; alg?: string }): Promise<string> }> {
    const jwk = JSON.parse(await readFile(join(run.platform.dataDir, "issuer.json"), "utf8")) as JWK;
    const kid = await calculateJwkThumbprint(jwk);
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: run.platform.issuer.url, client_id: run.platform.issuer.clientId, sub: "s", username: "mallory", token_use: "access", iat: now };
    return {
      jwk,
      sign: async (more, { jwk: other = jwk, alg = "RS256" } = {}) =>
        new SignJWT({ ...claims, exp: now + 600, ...more }).setProtectedHeader({ alg, kid }).sign(await importJWK(other, alg)),
    };
  }

  test("what the gateway refuses is 401 in its own shape, for every way in which a token can be wrong", async () => {
    const { jwk, sign } = await signer();
    const now = Math.floor(Date.now() / 1000);
    const good = await sign({});
    expect((await run.ask("/database", { headers: { authorization: `Bearer ${good}` } })).status).toBe(200);
    const [, claims = ""] = good.split(".");
    const kid = await calculateJwkThumbprint(jwk);
    const publicKey = JSON.stringify({ kty: jwk.kty, n: jwk.n, e: jwk.e });
    const hmacOf = `${base64({ alg: "HS256", kid })}.${claims}`;
    const stranger = await exportJWK((await generateKeyPair("RS256", { extractable: true })).privateKey);
    const wrong: Record<string, string> = {
      "no token at all": "",
      garbage: "Bearer nonsense",
      expired: `Bearer ${await sign({ exp: now - 1 })}`,
      "without an end": `Bearer ${await sign({ exp: undefined })}`,
      "another issuer's": `Bearer ${await sign({ iss: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_other" })}`,
      "another client's": `Bearer ${await sign({ client_id: "other" })}`,
      "another key's": `Bearer ${await sign({}, { jwk: stranger })}`,
      "alg none": `Bearer ${base64({ alg: "none" })}.${claims}.`,
      "HS256 with the public key as its secret": `Bearer ${hmacOf}.${createHmac("sha256", publicKey).update(hmacOf).digest("base64url")}`,
      "another algorithm of the same key": `Bearer ${await sign({}, { jwk: { ...jwk, alg: "PS256" }, alg: "PS256" })}`,
      tampered: `Bearer ${good.split(".")[0]}.${base64({ ...JSON.parse(Buffer.from(claims, "base64url").toString()), "cognito:groups": ["operators"] })}.${good.split(".")[2]}`,
    };
    for (const [what, authorization] of Object.entries(wrong))
      for (const path of ["/database", "/expenses"]) {
        const answer = await run.ask(path, { headers: authorization === "" ? {} : { authorization } });
        expect({ what, path, status: answer.status, body: answer.body }).toEqual({ what, path, status: 401, body: { message: "Unauthorized" } });
        expectNothingInternal(answer);
      }
  });

  test("an operator's routes are 403 for everybody else, whatever group they name that is not it", async () => {
    const { sign } = await signer();
    const groups = await sign({ "cognito:groups": ["operators-too", "xoperators"] });
    for (const headers of [{ authorization: `Bearer ${groups}` }, { authorization: `Bearer ${await run.token("ann")}` }])
      expectProblem(await run.ask("/database/stop", { method: "POST", headers }), 403, "not-allowed");
  });
});

test("no token, secret, body or description of a person's ends up in a log file", async () => {
  const secret = "a-very-private-lunch-4711";
  expect((await post("/expenses", { json: expense({ description: secret }) })).status).toBe(201);
  expectProblem(await post("/expenses", { json: expense({ description: secret, amount: 1 }) }), 422, "bad-fields");
  await post("/categories", { raw: `{"name": "${secret}`, headers: { "content-type": "application/json" } });
  await run.ask(`/expenses?note=${secret}`, { as: "ann" });
  const logs = await run.logs();
  expect(Object.keys(logs)).toEqual(expect.arrayContaining(["control.log", "data.log", "reconcile.log"]));
  expect(logs["data.log"]).toContain("/expenses");
  const { platform } = run;
  const keys = ["operator", "control", "data", "reconcile", "probe"].map((name) => platform.keyring.byName(name)?.secretAccessKey ?? "");
  const tokens = await Promise.all([run.token("ann"), run.token("olga", true), run.token("watcher")]);
  const hidden = [secret, ...keys, ...tokens, ...tokens.map((token) => token.split(".")[2] ?? ""), platform.rds.postgres.masterPassword, "X-Amz-Signature"];
  for (const text of hidden) expect(text.length).toBeGreaterThan(10);
  for (const [name, log] of Object.entries(logs)) for (const text of hidden) expect(log.includes(text), `${name} holds ${text.slice(0, 12)}…`).toBe(false);
});
