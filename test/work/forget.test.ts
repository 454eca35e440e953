import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Storage, startStorage } from "../../local/fauxqs.ts";
import { Keyring } from "../../local/gate.ts";
import { jobs } from "../../src/aws/jobs.ts";
import { ledger } from "../../src/aws/ledger.ts";
import { ledgerNames } from "../../src/aws/ledger-names.ts";
import { refusals } from "../../src/aws/refusals.ts";
import { subscriptionOf, USER_FOLDERS, userStores } from "../../src/aws/user-stores.ts";
import { USER_TABLES } from "../../src/database/forget.ts";
import { type Databases, databases } from "../../src/database/kysely.ts";
import { type WhileServing, whileServing } from "../../src/database/while-serving.ts";
import { forgetJob, OUTSIDE, outsideOf, readLeaving } from "../../src/jobs/forget.ts";
import { claim, type Job, newJob } from "../../src/jobs/job.ts";
import { partsOf } from "../../src/jobs/monthly.ts";
import type { Ending, Work } from "../../src/jobs/ports.ts";
import { initialState } from "../../src/lifecycle/state.ts";
import { type ForgetDeps, forgetKind } from "../../src/work/forget.ts";
import { forgetOutside, readForgetEvent } from "../../src/work/forget-outside.ts";
import system from "../../system.json" with { type: "json" };
import { type TestDynamoDB, testDynamoDB } from "../aws/dynamodb.ts";
import { type FinanceDatabase, startFinance } from "../database/finance.ts";
import { as } from "../database/postgres.ts";
import { fillUser } from "./somebody.ts";

type Port = <T>(run: () => Promise<T>) => Promise<T>;
const straight: Port = (run) => run();
const T0 = Date.parse("2026-11-21T12:00:00Z");
const bucket = "dormouse-files";
const credentials = { accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret" };
const tables = Object.fromEntries(
  ["jobs", "notifications", "receipts", "imports", "subscriptions", "changes", "counters", "profiles"].map((name) => [name, `dormouse-${name}`]),
) as Parameters<typeof userStores>[0]["tables"];

let finance: FinanceDatabase;
let dynamodb: TestDynamoDB;
let storage: Storage;
let s3: S3Client;
let dir: string;
let pools: Databases;
let app: WhileServing;
let now = T0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-forget-"));
  const keyring = new Keyring();
  keyring.add({ name: "operator", ...credentials, may: "everything" });
  [finance, dynamodb, storage] = await Promise.all([
    startFinance(),
    testDynamoDB(),
    startStorage({ dataDir: dir, keyring, buckets: { [bucket]: { uploads: true } } }),
  ]);
  s3 = new S3Client({ endpoint: storage.s3.url, region: "eu-central-1", credentials, maxAttempts: 1 });
  pools = databases(as(finance.endpoint, "dormouse_app"));
  const state = { ...initialState("dormouse", T0), serving: true, period: 1 };
  app = whileServing({ databaseId: "dormouse", store: { read: async () => state }, databases: pools, longestMs: 5000 });
});
afterAll(async () => {
  s3?.destroy();
  pools?.drop();
  await Promise.all([finance?.close(), dynamodb?.close(), storage?.close()]);
  await rm(dir, { recursive: true });
});

const store = () => jobs({ dynamodb: dynamodb.client, table: "dormouse-jobs", onUnreadable: () => {} });
const refused = () => refusals({ databaseId: "dormouse", dynamodb: dynamodb.client, table: "dormouse-state" });

/** As the function puts it together, each call of a port a step. */
function kindOver(port: Port = straight) {
  const all = store();
  const database = { use: ((run) => port(() => app.use(run))) as WhileServing["use"] };
  const options = { dynamodb: dynamodb.client, tables };
  const stepped = (stores: ForgetDeps["stores"]) =>
    stores.map(({ name, clear, count }) => ({
      name,
      clear: (sub: string, goOn: () => Promise<void>) => port(() => clear(sub, goOn)),
      count: (sub: string) => port(() => count(sub)),
    }));
  return forgetKind({
    refuse: (sub, at) => port(() => refused().refuse(sub, at)),
    jobs: {
      read: (owner, id) => port(() => all.read(owner, id)),
      left: (owner) => port(() => all.left(owner)),
      remove: (owner, id) => port(() => all.remove(owner, id)),
    },
    stores: stepped(userStores({ ...options, s3, bucket, database, statementMs: 5000, now: () => now })),
    named: (username) => stepped([ledgerNames({ dynamodb: dynamodb.client, table: "dormouse-ledger", databaseId: "dormouse" }, username)]),
    last: stepped([subscriptionOf(options)]),
    outside: (id) => port(async () => ((await all.read(outsideOf(id), OUTSIDE)) === null ? null : "deleted")),
    now: () => now,
  });
}

let ids = 0;
const newId = () => `00000000-0000-7000-8000-${String(++ids).padStart(12, "0")}`;

const fill = (sub: string) => fillUser(sub, { finance, dynamodb, s3, bucket, now, newId });

function workOf(job: Job, port: Port = straight): Work {
  let current: Job = { ...job, state: "running", runner: "r" };
  return {
    get job() {
      return current;
    },
    isLate: () => false,
    goOn: (change) =>
      port(async () => {
        current = { ...current, ...change };
        if (change !== undefined) carried = change.cursor ?? carried;
      }),
  };
}
/** What the job's item has kept. */
let carried: Job["cursor"] = null;

/** Runs it as the runner does, pause after pause, until it ends. */
async function through(job: Job, port: Port = straight): Promise<Ending> {
  carried = job.cursor;
  for (let turn = 0; turn < 30; turn++) {
    const ending = await kindOver(port)(workOf({ ...job, cursor: carried }, port));
    if (!("handOn" in ending)) return ending;
    carried = ending.handOn;
    now += ending.pauseMs ?? 0;
    if (turn === 2) await finish(job);
  }
  throw new Error("it does not end");
}
const deleted: string[] = [];
const finish = async (job: Job) => {
  const leaving = readLeaving({ ...job, cursor: { username: "ann" } });
  if (leaving === null) throw new Error("nobody leaves");
  const deleteUser = async (name: string) => {
    deleted.push(name);
    return "deleted" as const;
  };
  const deps = { jobs: store(), subscriptions: { read: async () => ({ arn: "arn" }) }, unsubscribe: async (arn: string) => void deleted.push(arn) };
  return forgetOutside({ ...deps, deleteUser, now: () => now })(leaving);
};

describe("the deletion of a user", () => {
  it("knows every table that has rows of users", async () => {
    const found = await finance.ask(
      "select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'user_id' and not a.attisdropped where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1",
    );
    expect([...USER_TABLES].filter((name) => name !== "users").sort()).toEqual(found.map(({ name }) => name));
  });

  it("knows every folder of the bucket", () => {
    expect([...USER_FOLDERS].sort()).toEqual([...new Set(["receipts", ...Object.keys(system.buckets.files.expire)])].sort());
  });

  it("takes away everything in every place, looks into each again, and leaves everybody else's", async () => {
    now = T0;
    await fill("ann");
    await fill("bob");
    deleted.length = 0;
    await dynamodb.put("dormouse-ledger", { databaseId: "dormouse", seq: 1, by: "anne", reason: "anne pressed the button" });
    const job = forgetJob({ id: newId(), sub: "ann", username: "anne" }, now);
    expect(job).toMatchObject({ owner: "system", userId: null, by: "somebody who leaves", parameters: { sub: "ann" } });
    const { result } = (await through(job)) as { result: { removed: Record<string, number>; left: Record<string, number>; signIn: string } };
    expect(result).toMatchObject({ v: 1, signIn: "deleted" });
    expect(deleted).toEqual(["arn", "ann"]);
    expect(Object.values(result.left).every((n) => n === 0)).toBe(true);
    expect(Object.keys(result.left)).toHaveLength(USER_TABLES.length + USER_FOLDERS.length + 9);
    expect(result.removed).toMatchObject({
      "rows in expenses": 1501,
      "rows in users": 1,
      "files in receipts": 2,
      "files in imports": 2,
      notifications: 1,
      receipts: 1,
      imports: 1,
      subscription: 1,
      changes: 1,
      counters: 1,
      profile: 1,
      "names in the ledger": 1,
    });
    expect(JSON.stringify(result)).not.toContain("ann");
    expect(await ledger({ dynamodb: dynamodb.client, table: "dormouse-ledger" }).entries("dormouse", 10, null)).toEqual([
      { seq: 1, by: "ann", reason: "ann pressed the button" },
    ]);
    for (const { name, count } of userStores({ dynamodb: dynamodb.client, tables, s3, bucket, database: app, statementMs: 5000, now: () => now }))
      expect([name, (await count("bob")) > 0]).toEqual([name, true]);
    expect(await store().read(partsOf("2026-10"), "ann")).toBeNull();
  });

  it("refuses them to everybody's work from its first moment on", async () => {
    expect(await refused().since("ann", now)).not.toBeNull();
    const state = { ...initialState("dormouse", T0), serving: true, period: 1, refused: { ann: T0 } };
    const others = whileServing({ databaseId: "dormouse", store: { read: async () => state }, databases: pools, longestMs: 5000, now: () => T0 + 1 });
    await expect(others.asUser("ann", async () => 1)).rejects.toMatchObject({ name: "Hopeless" });
    expect(await others.asUser("bob", (tx) => tx.selectFrom("users").select("id").execute())).toEqual([{ id: "bob" }]);
  });

  it("waits for work that is under way, which nobody can go on with, and for requests that were let in", async () => {
    now = T0 + 86_400_000;
    const running = claim(newJob({ owner: "kim", id: newId(), kind: "report", userId: "kim", by: "kim", parameters: {} }, now), "r", now).next;
    await store().create(running);
    const job = forgetJob({ id: newId(), sub: "kim", username: "kim" }, now);
    carried = job.cursor;
    const first = await kindOver()(workOf({ ...job, cursor: carried }));
    expect(first).toMatchObject({ handOn: { username: "kim", busyUntil: (running.leaseUntil ?? 0) + 5000 }, pauseMs: 60_000 });
    expect(await store().read("kim", running.id)).toBeNull();
  });

  it("without anybody who deletes the sign-in is given up for a while, and says why", async () => {
    now += 86_400_000;
    const job = { ...forgetJob({ id: newId(), sub: "kim", username: "kim" }, now), cursor: { username: "kim", busyUntil: 0, pauses: 18 } };
    await expect(kindOver()(workOf(job))).rejects.toMatchObject({ name: "NotYet" });
    await expect(kindOver()(workOf({ ...job, cursor: null }))).rejects.toMatchObject({ name: "Hopeless" });
  });

  it("killed at any step ends the same when it is run again", { timeout: 60_000 }, async () => {
    let [steps, dies] = [0, Number.POSITIVE_INFINITY];
    let dead = Promise.withResolvers<"dead">();
    const port: Port = async (run) => {
      const die = () => {
        dead.resolve("dead");
        return new Promise<never>(() => {});
      };
      if (++steps >= dies) return die();
      const answer = await run();
      return ++steps >= dies ? die() : answer;
    };
    const story = async (n: number) => {
      now += 86_400_000;
      const sub = `user-${n}`;
      await finance.ask("with u as (insert into users (id) values ($1)) insert into categories (user_id, id, name) values ($1, gen_random_uuid(), 'Food')", [
        sub,
      ]);
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `reports/${sub}/a.pdf`, Body: "a" }));
      await store().create(newJob({ owner: sub, id: newId(), kind: "recap", userId: sub, by: sub, parameters: {} }, now));
      await dynamodb.put("dormouse-notifications", { userId: sub, id: newId(), v: 1 });
      await dynamodb.put("dormouse-subscriptions", { id: `user#${sub}`, v: 1 });
      await dynamodb.put("dormouse-profiles", { sub, v: 1, name: sub });
      [steps, dies] = [0, n];
      const job = forgetJob({ id: newId(), sub, username: sub }, now);
      const ended = await Promise.race([through(job, port), dead.promise]);
      if (ended !== "dead") return ended;
      pools.drop();
      dead = Promise.withResolvers();
      dies = Number.POSITIVE_INFINITY;
      return through({ ...job, cursor: carried }, port);
    };
    const whole = await story(0x7fffffff);
    const all = steps;
    expect(all).toBeGreaterThan(100);
    const leftOf = (ending: Ending) => ("result" in ending ? (ending.result as { left: Record<string, number> }).left : null);
    for (let n = 1; n <= all; n += n < 13 ? 1 : n > all - 6 ? 2 : 53) expect(leftOf(await story(n)), `step ${n} of ${all}`).toEqual(leftOf(whole));
  });
});

describe("what is done outside", () => {
  it("is done once for a job, and reads only events of its own form", async () => {
    const job = forgetJob({ id: newId(), sub: "zoe", username: "zoe" }, now);
    deleted.length = 0;
    expect([await finish(job), await finish(job)]).toEqual(["deleted", "before"]);
    expect(deleted).toEqual(["arn", "ann"]);
    expect(readForgetEvent({ v: 1, id: "j", sub: "s", username: "u" })).toEqual({ id: "j", sub: "s", username: "u" });
    expect([readForgetEvent({ v: 2, id: "j", sub: "s", username: "u" }), readForgetEvent(null)]).toEqual([null, null]);
  });
});
