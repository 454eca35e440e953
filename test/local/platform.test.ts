import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient, StartDBInstanceCommand } from "@aws-sdk/client-rds";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Platform, type PlatformOptions, startPlatform } from "../../local/platform.ts";
import { readSystem } from "../../src/system.ts";
import systemJson from "../../system.json" with { type: "json" };

// Small bundles stand in for the real ones: each notes what it is called with.
let home: string;
let bundles: string;
let migrations: string;
let calls: string;
let platform: Platform | null = null;
const system = readSystem(systemJson);

const start = async (more: Partial<PlatformOptions> = {}) => {
  platform = await startPlatform({
    dataDir: join(home, "data"),
    port: 0,
    bundles,
    migrations,
    startSeconds: 0.2,
    stopSeconds: 0.2,
    settings: { checkMinutes: 1 },
    ...more,
  });
  return platform;
};
const stop = async () => {
  await platform?.close();
  platform = null;
};
const called = async (name: string): Promise<{ name: string; event: Record<string, unknown> }[]> => {
  const text = await readFile(calls, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
    .filter((call) => call.name === name);
};
const sdk = (endpoint: string, who: { accessKeyId: string; secretAccessKey: string }) => ({
  endpoint,
  region: "eu-central-1",
  credentials: who,
  maxAttempts: 1,
});

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "dormouse-platform-"));
  // The server of PostgreSQL may run as another user, who has to get through.
  await import("node:fs/promises").then(({ chmod }) => chmod(home, 0o755));
  bundles = join(home, "dist");
  migrations = join(home, "migrations");
  calls = join(home, "calls");
  await mkdir(migrations, { recursive: true });
  await writeFile(join(migrations, "001.ts"), "// first");
  for (const name of Object.keys(system.functions)) {
    await mkdir(join(bundles, name), { recursive: true });
    await writeFile(
      join(bundles, name, "index.mjs"),
      `import { appendFileSync } from "node:fs";
       export const handler = async (event) => {
         appendFileSync(${JSON.stringify(calls)}, JSON.stringify({ name: ${JSON.stringify(name)}, event }) + "\\n");
         if (event.do === "environment") return { ...process.env };
         return { statusCode: 200, headers: { "content-type": "text/plain" }, body: ${JSON.stringify(`this is ${name}`)} };
       };`,
    );
  }
});
afterEach(async () => {
  await stop();
  await rm(calls, { force: true });
});
afterAll(async () => {
  await rm(home, { recursive: true });
});

test("the first start migrates with the master user, looks once, and answers over HTTP", async () => {
  const running = await start();
  const migrated = await called("migrate");
  expect(migrated).toHaveLength(1);
  expect(migrated[0]?.event).toEqual({ master: { user: "postgres", password: expect.stringMatching(/.{16,}/) } });
  await expect.poll(() => called("reconcile")).toMatchObject([{ event: { databaseId: "dormouse", cause: { kind: "look", by: "platform" } } }]);
  const answer = await fetch(`${running.url}/health`);
  expect([answer.status, await answer.text()]).toEqual([200, "this is control"]);
  expect((await fetch(`${running.url}/database`)).status).toBe(401);
  const token = await running.issuer.issueToken("ann");
  expect(await (await fetch(`${running.url}/expenses`, { headers: { authorization: `Bearer ${token}` } })).text()).toBe("this is data");
});

test("local.json, which only its owner can read, tells where everything is", async () => {
  const running = await start();
  const file = join(home, "data", "local.json");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const local = JSON.parse(await readFile(file, "utf8"));
  expect(local).toMatchObject({
    v: 1,
    url: running.url,
    pid: process.pid,
    region: "eu-central-1",
    operator: running.operator,
    control: { rds: expect.stringContaining("/control") },
    postgres: { host: "127.0.0.1", database: "app", user: "postgres", caFile: expect.stringContaining("ca.pem") },
  });
  expect(Object.keys(local.endpoints).sort()).toEqual([
    "cloudwatch",
    "dynamodb",
    "http",
    "issuer",
    "lambda",
    "mailbox",
    "postgres",
    "rds",
    "s3",
    "scheduler",
    "ses",
    "sns",
    "sqs",
  ]);
  expect(await readFile(local.postgres.caFile, "utf8")).toContain("BEGIN CERTIFICATE");
  await stop();
  await expect(stat(file)).rejects.toThrow();
});

test("a restart keeps keys, ports and people, and migrates again only when a migration was added", async () => {
  const first = await start();
  const before = { operator: first.operator, issuer: first.endpoints.issuer, dynamodb: first.endpoints.dynamodb, postgres: first.endpoints.postgres };
  const token = await first.issuer.issueToken("ann");
  const port = Number(new URL(first.url).port);
  await stop();
  await rm(calls, { force: true });
  const second = await start({ port });
  expect({ operator: second.operator, issuer: second.endpoints.issuer, dynamodb: second.endpoints.dynamodb, postgres: second.endpoints.postgres }).toEqual(
    before,
  );
  expect(await called("migrate")).toHaveLength(0);
  expect((await fetch(`${second.url}/database`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  await stop();
  await writeFile(join(migrations, "002.ts"), "// second");
  await start();
  expect(await called("migrate")).toHaveLength(1);
});

test("a function's environment is what system.json names, resolved, and nothing of this process", async () => {
  const running = await start({ settings: { idleMinutes: 7.5 } });
  process.env.SECRET_OF_THE_MACHINE = "1";
  const environment = async (name: string) => JSON.parse((await running.invoke(name, { do: "environment" })).payload) as Record<string, string>;
  for (const name of Object.keys(system.functions)) {
    const found = await environment(name);
    for (const [variable, reference] of Object.entries(system.functions[name]?.environment ?? {}))
      expect(found[variable], `${name} ${variable}`).toMatch(reference === "setting:mailFrom" ? /^$/ : /./s);
    expect(found.SECRET_OF_THE_MACHINE).toBeUndefined();
  }
  expect(await environment("reconcile")).toMatchObject({
    IDLE_MINUTES: "7.5",
    PROBE_FUNCTION: "dormouse-probe",
    PROBE: "inside",
    STATE_TABLE: "dormouse-state",
    TIMER_GROUP: "dormouse",
    TIMER_TARGET_ARN: "arn:aws:lambda:eu-central-1:123456789012:function:dormouse-reconcile",
    TIMER_DEAD_LETTERS_ARN: "arn:aws:sqs:eu-central-1:123456789012:dormouse-dead-letters",
    AWS_ENDPOINT_URL_RDS: running.endpoints.rds,
  });
  expect((await environment("data")).DATABASE_CA).toContain("BEGIN CERTIFICATE");
  delete process.env.SECRET_OF_THE_MACHINE;
});

test("a signal in the streamed table reaches carry, and an event of RDS reaches reconcile", async () => {
  const running = await start();
  await new DynamoDBClient(sdk(running.endpoints.dynamodb, running.operator)).send(
    new PutItemCommand({ TableName: "dormouse-signals", Item: { id: { S: "s1" } } }),
  );
  await expect.poll(() => called("carry")).toMatchObject([{ event: { Records: [{ eventName: "INSERT", dynamodb: { NewImage: { id: { S: "s1" } } } }] } }]);
  await new RDSClient(sdk(running.endpoints.rds, running.operator)).send(new StartDBInstanceCommand({ DBInstanceIdentifier: "dormouse" }));
  const events = async () => (await called("reconcile")).map((call) => (call.event.detail as { EventID?: string } | undefined)?.EventID);
  await expect.poll(events, { timeout: 10_000 }).toContain("RDS-EVENT-0088");
});

test("each function has a key of its own, which is refused what its `may` does not name", async () => {
  const seen: string[] = [];
  const running = await start({ onCall: ({ principal, action, allowed }) => seen.push(`${principal.name} ${action} ${allowed}`) });
  const carry = running.keyring.byName("carry");
  if (!carry) throw new Error("carry has no key");
  const invoke = (FunctionName: string) =>
    new LambdaClient(sdk(running.endpoints.lambda, carry)).send(new InvokeCommand({ FunctionName, InvocationType: "DryRun" }));
  expect((await invoke("dormouse-reconcile")).StatusCode).toBe(204);
  await expect(invoke("dormouse-data")).rejects.toMatchObject({ name: "AccessDeniedException" });
  await expect(new RDSClient(sdk(running.endpoints.rds, carry)).send(new StartDBInstanceCommand({ DBInstanceIdentifier: "dormouse" }))).rejects.toThrow(
    /not authorized to perform: rds:StartDBInstance/,
  );
  expect(seen).toEqual(expect.arrayContaining(["carry lambda:InvokeFunction true", "carry lambda:InvokeFunction false", "carry rds:StartDBInstance false"]));
});

test("two platforms on one directory, or on one port, is a clear error that leaves nothing behind", async () => {
  const running = await start();
  await expect(startPlatform({ dataDir: running.dataDir, port: 0, bundles, migrations })).rejects.toThrow(/already runs/);
  const other = join(home, "other");
  const { port } = new URL(running.url);
  await expect(startPlatform({ dataDir: other, port: Number(port), bundles, migrations })).rejects.toThrow(`port ${port} is taken`);
  expect((await fetch(`${running.url}/health`)).status).toBe(200);
  await stop();
  const again = await start({ dataDir: other, port: Number(port) });
  expect(again.url).toBe(running.url);
});

test("a remembered port that someone else has taken in the meantime is no obstacle", async () => {
  const first = await start();
  const taken = [first.endpoints.issuer, first.endpoints.rds, first.endpoints.lambda, first.endpoints.scheduler].map((url) => Number(new URL(url).port));
  await stop();
  const squatters = await Promise.all(
    taken.map(
      (port) =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(port, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const second = await start();
  expect((await fetch(`${second.url}/health`)).status).toBe(200);
  for (const server of squatters) server.close();
});

test("a migration that fails is a clear error, and is tried again at the next start", async () => {
  const broken = join(home, "broken");
  await mkdir(join(broken, "migrate"), { recursive: true });
  await writeFile(join(broken, "migrate", "index.mjs"), "export const handler = async () => { throw new Error('no such table'); };");
  const dataDir = join(home, "fails");
  await expect(startPlatform({ dataDir, port: 0, bundles: broken, migrations })).rejects.toThrow(/could not be brought up to date: no such table/);
  await start({ dataDir });
  expect(await called("migrate")).toHaveLength(1);
});

test("a start that is broken off stops what it had started", async () => {
  const dataDir = join(home, "aborted");
  const stopping = new AbortController();
  const starting = startPlatform({ dataDir, port: 0, bundles, migrations, signal: stopping.signal });
  setTimeout(() => stopping.abort(), 150);
  await expect(starting).rejects.toThrow();
  await start({ dataDir });
  expect(await called("migrate")).toHaveLength(1);
});
