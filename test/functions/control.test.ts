import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Served, sendJson, serve } from "../../local/serve.ts";
import { buildFunctions } from "../../scripts/build.ts";
import { ledger } from "../../src/aws/ledger.ts";
import { readState } from "../../src/aws/state-store.ts";
import type { ApiHandler } from "../../src/http/api.ts";
import { type DatabaseState, initialState, type LedgerEntry } from "../../src/lifecycle/state.ts";
import system from "../../system.json" with { type: "json" };
import { functionKey, type TestDynamoDB, testDynamoDB } from "../aws/dynamodb.ts";
import { type Call, send } from "../http/events.ts";

interface Bundle {
  handler: ApiHandler;
}
interface Invoked {
  path: string;
  type: string;
  event: unknown;
}
let folder = "";
let dynamodb: TestDynamoDB;
let lambda: Served;
/** Cognito's userInfo. */
let auth: Served;
let address = "ann@example.com";
let handler: ApiHandler;
let databases = 0;
let databaseId = "";
const invoked: Invoked[] = [];
/** What Lambda answers to a call that waits. */
let outcome: object = {};

const ann = (call: Call) => send(handler, { ...call, claims: { sub: "s-ann", username: "ann" } });
const olga = (call: Call) => send(handler, { ...call, claims: { sub: "s-olga", username: "olga", "cognito:groups": "[operators]" } });
const state = () => readState({ dynamodb: dynamodb.client, table: "dormouse-state" }, databaseId);
const given = (more: Partial<DatabaseState>) => dynamodb.put("dormouse-state", { ...initialState(databaseId, Date.now()), ...more });
const press: Call = { method: "POST", path: "/database/start" };

const variables = () => ({
  ...functionKey,
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
  AWS_ENDPOINT_URL_LAMBDA: lambda.url,
  POWERTOOLS_LOG_LEVEL: "SILENT",
  DATABASE_ID: databaseId,
  STATE_TABLE: "dormouse-state",
  LEDGER_TABLE: "dormouse-ledger",
  COUNTERS_TABLE: "dormouse-counters",
  PROFILES_TABLE: "dormouse-profiles",
  UPLOADS_ORIGIN: "",
  RECONCILE_FUNCTION: "dormouse-reconcile",
  AUTH_URL: auth.url,
  AUTH_CLIENT_ID: "client",
  PART: "all",
  IDLE_MINUTES: "60",
  CHECK_MINUTES: "15",
  DRAIN_SECONDS: "20",
  MODE: "manage",
  PROBE: "inside",
  WAKES_PER_USER_PER_DAY: "2",
  WAKE_TIMEOUT_MINUTES: "60",
  FORCED_START_GRACE_MINUTES: "10",
  MAX_BACKUP_AGE_HOURS: "168",
  PRICE_PER_HOUR: "0.018",
});

/** The bundle as Lambda loads it, once for each "container". */
const load = async (): Promise<Bundle> => (await import(`${pathToFileURL(join(folder, "control", "index.mjs")).href}?${databaseId}`)) as Bundle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dormouse-control-"));
  [dynamodb, auth, lambda] = await Promise.all([
    testDynamoDB("control"),
    serve((request, response) => {
      const known = request.url === "/oauth2/userInfo" && request.headers.authorization === "Bearer ann-token";
      sendJson(response, known ? 200 : 401, known ? { sub: "s-ann", email: address, email_verified: "true" } : { error: "invalid_token" });
    }),
    serve(async (request, response) => {
      let body = "";
      for await (const part of request) body += String(part);
      const type = String(request.headers["x-amz-invocation-type"]);
      invoked.push({ path: request.url ?? "", type, event: JSON.parse(body) });
      response.writeHead(type === "Event" ? 202 : 200, { "content-type": "application/json" }).end(type === "Event" ? "" : JSON.stringify(outcome));
    }),
    buildFunctions({ outDir: folder, names: ["control"] }),
  ]);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await lambda?.close();
  await auth?.close();
  await dynamodb?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  databaseId = `db-${databases++}`;
  invoked.length = 0;
  for (const [name, value] of Object.entries(variables())) vi.stubEnv(name, value);
  ({ handler } = await load());
});

describe("the built function control, with what system.json allows it", () => {
  it("names every variable that is missing or wrong at once, and repeats no value", async () => {
    vi.stubEnv("MODE", "s3cret");
    for (const name of Object.keys(system.functions.control.environment)) if (name !== "MODE") vi.stubEnv(name, undefined);
    databaseId = "broken";
    const error: unknown = await load().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    for (const name of Object.keys(system.functions.control.environment)) expect(String(error)).toContain(name);
    expect(String(error)).not.toContain("s3cret");
  });

  it("wakes a database that nobody has looked at: item, budget, one call that does not wait", async () => {
    const answer = await ann(press);
    expect(answer).toMatchObject({ status: 202, body: { id: databaseId, wake: { by: "ann" } } });
    expect(await state()).toMatchObject({ wake: { by: "ann", cause: "button" }, rev: 1 });
    expect(invoked).toEqual([
      { path: "/2015-03-31/functions/dormouse-reconcile/invocations", type: "Event", event: { databaseId, cause: { kind: "button", by: "ann" } } },
    ]);
  });

  it("makes one wake of 40 presses at once, and refuses none", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => ann(press)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(invoked).toHaveLength(1);
    expect(await state()).toMatchObject({ rev: 1 });
  });

  it("touches, acquires, renews, releases and holds while it serves", async () => {
    await given({ phase: "awake", serving: true });
    expect((await ann(press)).status).toBe(200);
    expect((await ann({ method: "POST", path: "/database/activity" })).status).toBe(200);
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const lease = await ann({ method: "POST", path: "/database/leases", body: JSON.stringify({ why: "work", expiresAt }) });
    expect(lease.status).toBe(201);
    const path = lease.headers.location ?? "";
    expect((await ann({ method: "PUT", path, body: JSON.stringify({ expiresAt }) })).status).toBe(200);
    expect((await olga({ method: "PUT", path: "/database/hold", body: JSON.stringify({ until: expiresAt }) })).status).toBe(200);
    expect((await olga({ method: "DELETE", path: "/database/hold" })).status).toBe(200);
    expect((await ann({ method: "DELETE", path })).status).toBe(204);
    expect(await state()).toMatchObject({ leases: {}, hold: null, serving: true });
  });

  it("asks the reconciler for a stop, and hands on what stands against it", async () => {
    await given({ phase: "awake", serving: true });
    outcome = { phase: "awake", action: "refuse", code: "stop-refused", reason: "refused: psql", blockers: [{ kind: "outside-session", what: "psql" }] };
    expect(await olga({ method: "POST", path: "/database/stop" })).toMatchObject({
      status: 409,
      body: { type: "/problems/stop-refused", blockers: [{ what: "psql" }] },
    });
    expect(invoked).toMatchObject([{ type: "RequestResponse", event: { databaseId, once: true, cause: { kind: "stop", by: "olga" } } }]);
    outcome = { errorMessage: "of another form" };
    expect(await olga({ method: "POST", path: "/database/stop" })).toMatchObject({ status: 503, body: { type: "/problems/unavailable" } });
  });

  it("reads history and savings", async () => {
    const entry: LedgerEntry = {
      seq: 1,
      at: Date.now(),
      from: "asleep",
      phase: "waking",
      action: "start",
      code: "wake-intent",
      cause: "button",
      by: "ann",
      reason: "ann pressed the button",
      rdsStatus: "stopped",
      minimumAddsSeconds: null,
      lastedSeconds: 60,
    };
    await ledger({ dynamodb: dynamodb.client, table: "dormouse-ledger" }).append(databaseId, [entry, { ...entry, seq: 2 }]);
    const first = await ann({ path: "/database/history", query: { limit: "1" } });
    expect(first).toMatchObject({ status: 200, body: { items: [{ by: "ann" }], next: expect.any(String) } });
    expect((await ann({ path: "/database/history", query: { limit: "1", cursor: String(first.body.next) } })).body).toMatchObject({
      items: [{ code: "wake-intent" }],
      next: null,
    });
    expect((await ann({ path: "/database/savings" })).body).toMatchObject({ asleepSeconds: 120 });
  });

  it("keeps profiles with the e-mail that userInfo tells, and loses no change of two at once", async () => {
    const headers = { authorization: "Bearer ann-token", "content-type": "application/json" };
    expect(await ann({ path: "/me", headers })).toMatchObject({ status: 200, headers: { etag: '"0"' }, body: { username: "ann", email: address, version: 0 } });
    const patch = (body: object, more = {}) => ann({ method: "PATCH", path: "/me", headers: { ...headers, ...more }, body: JSON.stringify(body) });
    const answers = await Promise.all([patch({ name: "Ann" }), patch({ payday: 25, timeZone: "Europe/Berlin" })]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    address = "ann@example.org";
    expect((await ann({ path: "/me", headers })).body).toMatchObject({
      name: "Ann",
      payday: 25,
      timeZone: "Europe/Berlin",
      email: "ann@example.com",
      version: 2,
    });
    expect(await patch({ name: "Anna" }, { "if-match": '"1"' })).toMatchObject({ status: 412, body: { version: 2 } });
    expect(await olga({ path: "/me", headers: { authorization: "Bearer wrong" } })).toMatchObject({ status: 200, body: { username: "olga", email: null } });
  });

  it("answers for paths that are nobody's, and for other functions' routes by another method", async () => {
    expect(await ann({ path: "/nowhere" })).toMatchObject({ status: 404, body: { type: "/problems/not-found" } });
    expect(await ann({ method: "DELETE", path: "/expenses" })).toMatchObject({ status: 405, headers: { allow: expect.stringContaining("POST") } });
  });

  it("serves the console and the button without anybody signed in", async () => {
    expect(await send(handler, { path: "/" })).toMatchObject({
      status: 200,
      headers: { "content-security-policy": expect.stringContaining(auth.url) },
    });
    expect((await send(handler, { path: "/dormouse-button.js" })).status).toBe(200);
    expect((await send(handler, { path: "/health" })).body).toEqual({ status: "ok" });
    expect((await send(handler, { path: "/database" })).status).toBe(401);
  });
});
