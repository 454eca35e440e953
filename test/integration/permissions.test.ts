import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DeleteScheduleCommand, GetScheduleCommand, ResourceNotFoundException, SchedulerClient } from "@aws-sdk/client-scheduler";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { marshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, test } from "vitest";
import { arnOf } from "../../local/gate.ts";
import { defaultSettings, type Settings } from "../../local/settings.ts";
import { forgetJob, OUTSIDE, outsideOf } from "../../src/jobs/forget.ts";
import { type NewJob, newJob } from "../../src/jobs/job.ts";
import { newItem } from "../../src/notifications/notification.ts";
import { readSystem } from "../../src/system.ts";
import systemJson from "../../system.json" with { type: "json" };
import { beginningOf } from "../receipts/files.ts";
import { type Answer, eventually } from "./client.ts";
import { makeHome, type Running, startForTest } from "./harness.ts";

// `may` in system.json is what Terraform makes roles from: each entry has to be needed, and to be enough.
const system = readSystem(systemJson);
const defaults: Settings = defaultSettings(system);
/** The functions that stand here: some are there for a setting's other value only. */
const names = Object.entries(system.functions).flatMap(([name, fn]) =>
  Object.entries((Reflect.get(fn, "when") ?? {}) as Settings).every(([setting, value]) => defaults[setting] === value) ? [name] : [],
);
const entries = names.flatMap((name) => (system.functions[name]?.may ?? []).map(({ action, on }) => `${name}: ${action} on ${on}`));
const bySes: Settings = { ...defaults, mailSender: "ses", mailFrom: "money@dormouse.example" };

const taken = new Set<string>();
/**
 * Takes one entry (`entry` is its beginning) from the function. What it returns gives it back, and expects that the gate has refused it meanwhile.
 */
function take(run: Running, entry: string): () => void {
  const [name = "", action = ""] = entry.split(/: | on /);
  const [whole = "", ...others] = entries.filter((each) => `${each} `.startsWith(`${entry} `));
  expect({ entry: whole, others }).toEqual({ entry: expect.stringContaining(entry), others: [] });
  const { keyring } = run.platform;
  const principal = () => {
    const found = keyring.byName(name);
    if (!found || found.may === "everything") throw new Error(`${name} has no permissions of its own`);
    return { ...found, may: found.may };
  };
  const on = whole.split(" on ")[1] ?? "";
  const permission = { action, resource: arnOf(on, bySes) };
  const before = run.calls.length;
  keyring.add({ ...principal(), may: principal().may.filter((each) => each.action !== permission.action || each.resource !== permission.resource) });
  return () => {
    // Only this entry, so that others may be missing at the same time.
    keyring.add({ ...principal(), may: [...principal().may, permission] });
    expect(run.calls.slice(before)).toContainEqual(expect.objectContaining({ by: name, action, allowed: false }));
    taken.add(whole);
  };
}

/** Does `look` while the function may not do that. */
async function without(run: Running, entry: string, look: () => Promise<unknown>): Promise<void> {
  const giveBack = take(run, entry);
  await look();
  giveBack();
}

/** Nothing happens by itself here: what is asked for is what is seen. */
const still = { idleMinutes: 10, checkMinutes: 10, drainSeconds: 3, wakeOn: "request" } as const;
const press = (run: Running, as = "ann") => run.ask("/database/start", { as, method: "POST" });
const sleepNow = (run: Running) => run.ask("/database/stop", { as: "olga", operator: true, method: "POST" });
const reconcile = (run: Running) => run.platform.invoke("reconcile", { databaseId: "dormouse", cause: { kind: "look", by: "test" }, once: true });
const internal = { status: 500, body: { type: "/problems/internal" } };

async function asleep(...[options]: Parameters<typeof startForTest>): Promise<Running> {
  const run = await startForTest({ settings: still, ...options });
  await run.until({ rdsStatus: "stopped" });
  return run;
}

/** Looks until it fits: tests that run at once have no `expect.poll`, which wants to know in which of them it is. */
const soon = <T>(look: () => T | Promise<T>, fits: (found: T) => boolean, what: string, seconds = 30) =>
  eventually(
    async () => look(),
    fits,
    seconds,
    () => what,
  );

const addJob = (run: Running) => run.ask("/jobs", { as: "ann", method: "POST", json: { kind: "recap" } });
const jobState = async (run: Running, asked: Answer) => (await run.ask(asked.headers.get("location") ?? "", { as: "ann" })).body;
const done = (run: Running, asked: Answer) =>
  soon(
    () => jobState(run, asked),
    ({ state }) => state === "done",
    "done",
  );
/** What a schedule sends. */
const scheduled = (run: Running, key: string) =>
  run.platform.invoke("courier", { source: "aws.events", resources: [`arn:aws:events:eu-central-1:123456789012:rule/dormouse-${key}`] });
const check = (run: Running) => scheduled(run, "check");

const png = beginningOf("image/png");
const announce = (run: Running) => run.ask("/receipts", { as: "ann", method: "POST", json: { fileName: "a.png", contentType: "image/png", size: png.length } });
const receiptState = async (run: Running, made: Answer) => (await run.ask(`/receipts/${made.body.id}`, { as: "ann" })).body;
const removeReceipt = (run: Running, made: Answer) => run.ask(`/receipts/${made.body.id}`, { as: "ann", method: "DELETE" });
const formOf = (made: Answer) => made.body.upload as { url: string; fields: Record<string, string> };
async function upload(made: Answer): Promise<number> {
  const { url, fields } = formOf(made);
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new Blob([new Uint8Array(png)]), "a.png");
  return (await fetch(url, { method: "POST", body: form })).status;
}
const ready = (run: Running, made: Answer) =>
  soon(
    () => receiptState(run, made),
    ({ state }) => state === "ready",
    "ready",
  );
const linkOf = async (run: Running, made: Answer) => ((await receiptState(run, made)).download as { url: string }).url;
/** What the routes ask `inspect` for. */
const look = (run: Running, made: Answer) => {
  const [, userId = "", id = ""] = String(formOf(made).fields.key).split("/");
  return run.platform.invoke("inspect", { v: 1, look: { userId, id } });
};
/** Whether S3 has forgotten the file. */
const isCleared = (url: string) =>
  soon(
    async () => (await fetch(url)).status,
    (status) => status === 404,
    "cleared",
  );
const itemOf = async (run: Running, made: Answer) => {
  const [, userId = "", id = ""] = String(formOf(made).fields.key).split("/");
  const Key = { userId: { S: userId }, id: { S: id } };
  return (await tables(run).send(new GetItemCommand({ TableName: "dormouse-receipts", Key }))).Item;
};
async function touchReceipt(run: Running, made: Answer): Promise<void> {
  const item = await itemOf(run, made);
  if (item === undefined) return;
  await tables(run).send(new PutItemCommand({ TableName: "dormouse-receipts", Item: { ...item, leftAt: { N: String(Date.now()) } } }));
}
/** An upload that was looked at in vain, and long enough ago to be asked for again. */
async function lostUpload(run: Running): Promise<Answer> {
  const made = await announce(run);
  const client = tables(run);
  const Item = await itemOf(run, made);
  await client.send(new PutItemCommand({ TableName: "dormouse-receipts", Item: { ...Item, v: { N: "2" } } }));
  const at = Date.now();
  expect(await upload(made)).toBe(204);
  await soon(
    () => run.log("inspect"),
    (log) => log.includes("UnknownReceipt"),
    "looked at",
  );
  await soon(
    () => Date.now() - at,
    (passed) => passed > 6000,
    "long ago",
  );
  await client.send(new PutItemCommand({ TableName: "dormouse-receipts", Item: Item ?? {} }));
  client.destroy();
  return made;
}
const failsIn = async (invoked: Promise<{ functionError: string | null }>) => expect((await invoked).functionError).toBe("Unhandled");
const jobItem = (more: Partial<NewJob> = {}) => {
  const now = Date.now();
  const job = newJob({ owner: "system", id: randomUUID(), kind: "recap", userId: "ann", by: "ann", parameters: {}, ...more }, now);
  // Old enough for the check, and newer than the database's sleep.
  return { ...marshall({ ...job, updatedAt: now - 120_000 }), open: { S: "1" } };
};
const tables = (run: Running) =>
  new DynamoDBClient({ endpoint: run.platform.endpoints.dynamodb, region: run.platform.region, credentials: run.platform.operator });
const putJob = (run: Running) => tables(run).send(new PutItemCommand({ TableName: "dormouse-jobs", Item: jobItem() }));
/** A record of a job that is no more. */
const lateRecord = {
  Records: [
    {
      eventName: "INSERT",
      eventSourceARN: "arn:aws:dynamodb:eu-central-1:123456789012:table/dormouse-jobs/stream/2026-01-01T00:00:00.000",
      dynamodb: { NewImage: jobItem({ userId: null }) },
    },
  ],
};
/** Runners that want the same jobs, until one of them comes too late and looks whose it is. */
async function racing(run: Running): Promise<void> {
  const before = run.calls.length;
  await run.until(async () => {
    for (let i = 0; i < 5; i++) await addJob(run);
    for (let i = 0; i < 3; i++) void run.platform.invoke("job", {});
    return run.calls.slice(before).some(({ by, action, resource }) => by === "job" && action === "dynamodb:GetItem" && resource.endsWith("-jobs"));
  });
}

describe.concurrent("each entry of `may`", { timeout: 90_000 }, () => {
  test("is enough, with the others, for a life with much in it: nothing is refused", { timeout: 180_000 }, async () => {
    await using run = await startForTest({ settings: { ...still, checkMinutes: 0.1 } });
    await run.until({ rdsStatus: "stopped" });
    await run.rds("forced-start");
    await run.until({ phase: "awake" });
    await soon(
      () => run.calls,
      (calls) => calls.some(({ action }) => action === "rds:DescribePendingMaintenanceActions"),
      "asked about maintenance",
    );
    await run.rds("stop");
    await run.until({ phase: "asleep", rdsStatus: "stopped" });
    expect((await run.ask("/expenses", { as: "ann" })).status).toBe(503);
    await run.until({ phase: "awake" });
    await run.works("/summary", "ann");
    expect((await run.ask("/me", { as: "ann", method: "PATCH", json: { name: "Ann" } })).status).toBe(200);
    await racing(run);
    const [kept, lost] = [await announce(run), await lostUpload(run)];
    expect((await receiptState(run, kept)).state).toBe("awaiting");
    await upload(kept);
    await ready(run, kept);
    await ready(run, lost);
    await look(run, lost);
    const link = await linkOf(run, lost);
    expect((await fetch(link)).status).toBe(200);
    expect((await run.ask("/receipts", { as: "ann" })).body.items).toHaveLength(2);
    await removeReceipt(run, lost);
    await isCleared(link);
    const spent = { amount: "1.00", currency: "EUR", occurredOn: "2026-01-05", receiptId: kept.body.id };
    expect((await run.ask("/expenses", { as: "ann", method: "POST", json: spent })).status).toBe(201);
    expect((await sleepNow(run)).status).toBe(202);
    await run.until({ phase: "asleep" });
    expect((await run.platform.invoke("courier", lateRecord)).functionError).toBeNull();
    const asked = await addJob(run);
    expect(asked.status).toBe(202);
    // Ann has written.
    expect((await scheduled(run, "sweep")).functionError).toBeNull();
    await run.until({ phase: "awake" });
    await done(run, asked);
    await run.until(() => run.calls.some(({ by, action, resource }) => by === "job" && action === "dynamodb:UpdateItem" && resource.endsWith("-changes")));
    expect((await run.ask("/jobs", { as: "ann" })).status).toBe(200);
    await run.until(async () => (await sleepNow(run)).status === 202);
    await run.until({ phase: "asleep" });
    expect((await press(run)).status).toBe(202);
    await run.history();

    expect(run.calls.filter((call) => !call.allowed)).toEqual([]);
  });

  // The longest first: what begins last should be short.
  test("of whoever deletes a user: without it the deletion stops there, and goes on when it is given back", { timeout: 180_000 }, async () => {
    await using run = await asleep();
    const leave = () => run.ask("/me", { as: "ann", method: "DELETE" });
    for (const entry of ["GetItem", "UpdateItem"])
      await without(run, `desk: dynamodb:${entry} on table:state`, async () => expect(await leave()).toMatchObject(internal));
    const client = tables(run);
    const { open: _, ...given } = jobItem({ kind: "forget", id: "given-up" });
    await client.send(new PutItemCommand({ TableName: "dormouse-jobs", Item: { ...given, state: { S: "failed" } } }));
    await without(run, "desk: dynamodb:UpdateItem on table:jobs", async () =>
      expect(await run.ask("/runs/given-up/retry", { as: "olga", operator: true, method: "POST" })).toMatchObject(internal),
    );
    const put = (table: string, item: object) =>
      client.send(new PutItemCommand({ TableName: `dormouse-${table}`, Item: marshall(item, { removeUndefinedValues: true }) }));
    const s3 = new S3Client({ endpoint: run.platform.endpoints.s3, region: run.platform.region, credentials: run.platform.operator });
    // Somebody of whom something lies everywhere.
    const sub = "zed";
    const subscription = { v: 1, method: "sns", address: "z@example.com", state: "pending", arn: "arn", nonce: "n", origin: "", since: 1 };
    await put("jobs", { ...newJob({ owner: sub, id: "a", kind: "recap", userId: sub, by: sub, parameters: {} }, 1), state: "done" });
    for (const table of ["receipts", "imports"]) await put(table, { userId: sub, id: "a" });
    await put("imports", { userId: sub, id: "a" });
    await put("notifications", { userId: sub, id: "a" });
    await put("changes", { sub });
    await put("counters", { id: `wakes#${sub}#${new Date().toISOString().slice(0, 10)}` });
    await put("profiles", { sub, v: 1 });
    await put("ledger", { databaseId: "dormouse", seq: 0, by: "zoe", reason: "zoe pressed the button" });
    await put("subscriptions", { id: `user#${sub}`, userId: sub, ...subscription });
    const folders = ["uploads", "receipts", "reports", "exports", "imports"];
    for (const folder of folders) await s3.send(new PutObjectCommand({ Bucket: "dormouse-files", Key: `${folder}/${sub}/a`, Body: "a" }));
    for (const { action, on } of system.functions.forget?.may ?? [])
      await without(run, `forget: ${action} on ${on}`, () => failsIn(run.platform.invoke("forget", { v: 1, id: "zed-leaves", sub, username: "zed" })));
    // The runner's, in the order in which it comes to them.
    const missing = [
      "dynamodb:DeleteItem on table:jobs",
      "dynamodb:Query on table:receipts",
      "dynamodb:DeleteItem on table:receipts",
      "dynamodb:Query on table:imports",
      "dynamodb:DeleteItem on table:imports",
      "s3:ListBucketVersions on bucket:files",
      ...folders.map((folder) => `s3:DeleteObjectVersion on bucket:files/${folder}`),
      "dynamodb:Query on table:notifications",
      "dynamodb:DeleteItem on table:notifications",
      "dynamodb:DeleteItem on table:changes",
      "dynamodb:GetItem on table:counters",
      "dynamodb:DeleteItem on table:counters",
      "dynamodb:DeleteItem on table:profiles",
      "dynamodb:Query on table:ledger",
      "dynamodb:UpdateItem on table:ledger",
      "dynamodb:GetItem on table:subscriptions",
      "dynamodb:DeleteItem on table:subscriptions",
    ];
    const waiting = async () => {
      const id = randomUUID();
      const note = newJob({ owner: outsideOf(id), id: OUTSIDE, kind: OUTSIDE, userId: null, by: "dormouse", parameters: {} }, 1);
      await put("jobs", { ...note, state: "done", result: "deleted" });
      // Nobody is waited for: its requests have ended long ago.
      // Its next failure is its last: nothing waits for a pause.
      await put("jobs", { ...forgetJob({ id, sub, username: "zoe" }, Date.now()), failures: 2, cursor: { username: "zoe", busyUntil: 1 }, open: "1" });
      return { owner: { S: "system" }, id: { S: id } };
    };
    await press(run);
    await reconcile(run);
    await run.until({ phase: "awake" });
    const giveBack = missing.map((entry) => ({ entry, back: take(run, `job: ${entry}`) }));
    for (const { entry, back } of giveBack) {
      const before = run.calls.length;
      await waiting();
      await run.until(() => run.calls.slice(before).some(({ by, action, allowed }) => by === "job" && !allowed && entry.startsWith(`${action} `)));
      back();
    }
    const Key = await waiting();
    const state = async () => (await client.send(new GetItemCommand({ TableName: "dormouse-jobs", Key }))).Item?.state?.S;
    await run.until(async () => (await state()) === "done");
    // And the whole way of somebody who leaves, as far as nobody waits for the end of their requests.
    const called = take(run, "courier: lambda:InvokeFunction on function:forget");
    const left = await leave();
    expect(left).toMatchObject({ status: 202, body: { state: "waiting" } });
    await run.until(() => run.calls.some(({ by, resource, allowed }) => by === "courier" && resource.endsWith("-forget") && !allowed));
    called();
    for (const path of ["/me", "/jobs", "/expenses", "/database"])
      expect(await run.ask(path, { as: "ann" })).toMatchObject({ status: 403, body: { type: "/problems/account-deleted" } });
    expect((await leave()).body.id).toBe(left.body.id);
    await run.until(() => run.calls.some(({ by, action, allowed }) => by === "forget" && action === "cognito-idp:AdminDeleteUser" && allowed));
    client.destroy();
    s3.destroy();
  });

  test("of control: without it a route says that something failed here", async () => {
    await using run = await asleep();
    await without(run, "control: dynamodb:GetItem on table:state", async () => {
      expect(await run.ask("/database", { as: "ann" })).toMatchObject(internal);
    });
    await without(run, "control: dynamodb:Query on table:ledger", async () => {
      expect(await run.ask("/database/history", { as: "ann" })).toMatchObject(internal);
    });
    await without(run, "control: dynamodb:GetItem on table:profiles", async () => {
      expect(await run.ask("/me", { as: "ann" })).toMatchObject(internal);
    });
    await without(run, "control: dynamodb:UpdateItem on table:profiles", async () => {
      expect(await run.ask("/me", { as: "ann", method: "PATCH", json: { name: "Ann" } })).toMatchObject(internal);
    });
    await without(run, "control: dynamodb:UpdateItem on table:counters", async () => {
      expect(await press(run)).toMatchObject(internal);
    });
    await without(run, "control: dynamodb:UpdateItem on table:state", async () => {
      expect(await press(run)).toMatchObject(internal);
    });
    expect(await run.database()).toMatchObject({ phase: "asleep", wake: null });
    await press(run);
    await run.until({ phase: "awake" });
    await without(run, "control: lambda:InvokeFunction on function:reconcile", async () => {
      expect(await sleepNow(run)).toMatchObject({ status: 503, body: { type: "/problems/unavailable" } });
    });
  });

  test("of reconcile on its way up: without it no look, no start, no timer, no probe, no backup's age", async () => {
    await using run = await asleep();
    for (const action of ["GetItem", "UpdateItem"])
      await without(run, `reconcile: dynamodb:${action} on table:state`, async () => {
        expect((await reconcile(run)).functionError).toBe("Unhandled");
      });
    await without(run, "reconcile: rds:DescribeDBInstances on database", async () => {
      await reconcile(run);
      expect(await run.database()).toMatchObject({ code: "rds-unreachable", attention: { code: "rds-unreachable", doThis: expect.stringContaining("role") } });
    });
    const scheduler = new SchedulerClient({ endpoint: run.platform.endpoints.scheduler, region: run.platform.region, credentials: run.platform.operator });
    const timer = () => scheduler.send(new GetScheduleCommand({ Name: "dormouse", GroupName: "dormouse" }));
    const noTimer = () => expect(timer()).rejects.toBeInstanceOf(ResourceNotFoundException);

    // The first look has set one, for AWS's own start in seven days.
    await scheduler.send(new DeleteScheduleCommand({ Name: "dormouse", GroupName: "dormouse" }));
    await without(run, "reconcile: rds:DescribeDBSnapshots on database", async () => {
      await without(run, "reconcile: lambda:InvokeFunction on probe:function", async () => {
        // The next is taken before one is given back, so that no run in the background finds a moment with all of them.
        const passRole = take(run, "reconcile: iam:PassRole on timer:role");
        await without(run, "reconcile: rds:StartDBInstance on database", async () => {
          await press(run);
          expect((await run.until({ code: "start-refused" })).reason).toContain("AccessDenied");
        });
        const view = await run.until({ rdsStatus: "available", code: "not-answering" });
        expect(view.reason).toContain("AccessDenied");
        await noTimer();
        const create = take(run, "reconcile: scheduler:CreateSchedule on timer");
        passRole();
        await reconcile(run);
        await noTimer();
        const update = take(run, "reconcile: scheduler:UpdateSchedule on timer");
        create();
        await reconcile(run);
        await noTimer();
        update();
        await reconcile(run);
        expect(await timer()).toMatchObject({ Target: { RoleArn: arnOf("timer:role") } });
      });
      await run.until({ phase: "awake" });
      await run.until(async () => {
        await reconcile(run);
        return run.calls.some(({ action }) => action === "rds:DescribeDBSnapshots");
      });
      expect(await run.database()).toMatchObject({ lastBackupAt: null });
    });
    await run.until(async () => {
      await reconcile(run);
      return (await run.database()).lastBackupAt !== null;
    });
  });

  test("of probe: without it the database does not come awake, or is not tidied", async () => {
    await using run = await asleep();
    await without(run, "probe: rds-db:connect on role:dormouse_monitor", async () => {
      await press(run);
      await run.until({ phase: "waking", rdsStatus: "available", code: "not-answering" });
    });
    await run.until({ phase: "awake" });
    const tidied = async () => JSON.parse((await run.platform.invoke("probe", { databaseId: "dormouse", tidySeconds: 5 })).payload);
    await without(run, "probe: rds-db:connect on role:dormouse_maintenance", async () => {
      expect(await tidied()).toMatchObject({ answered: true, tidied: { ok: false } });
    });
    expect(await tidied()).toMatchObject({ answered: true, tidied: { ok: true } });
  });

  test("of data: without it a request is a 503 problem, and a wake is not asked for", async () => {
    await using run = await asleep();
    const expenses = () => run.ask("/expenses", { as: "ann" });
    await without(run, "data: dynamodb:GetItem on table:state", async () => {
      expect(await expenses()).toMatchObject({ status: 503, body: { type: "/problems/state-unreadable" } });
    });
    await without(run, "data: dynamodb:UpdateItem on table:counters", async () => {
      expect((await expenses()).body.detail).not.toContain("asked to wake");
    });
    await without(run, "data: dynamodb:PutItem on table:signals", async () => {
      expect((await expenses()).body.detail).not.toContain("asked to wake");
    });
    await reconcile(run);
    await run.until({ phase: "awake" });
    await without(run, "data: rds-db:connect on role:dormouse_app", async () => {
      expect(await expenses()).toMatchObject({ status: 503, body: { type: "/problems/database-unreachable" } });
    });
    await run.works("/expenses", "ann");
    await without(run, "data: dynamodb:GetItem on table:profiles", async () => {
      expect(await run.ask("/summary", { as: "ann" })).toMatchObject(internal);
    });
    await without(run, "data: dynamodb:UpdateItem on table:receipts", async () => {
      const spent = { amount: "1.00", currency: "EUR", occurredOn: "2026-01-05", receiptId: randomUUID() };
      expect(await run.ask("/expenses", { as: "ann", method: "POST", json: spent })).toMatchObject(internal);
    });
    await without(run, "data: dynamodb:UpdateItem on table:state", async () => {
      // A touch is good for a while: the first request after that needs another one.
      await run.until(async () => (await expenses()).body.type === "/problems/state-unreadable");
    });
  });

  test("of carry: without it a signal wakes nobody, and is tried again", async () => {
    await using run = await asleep();
    await without(run, "carry: lambda:InvokeFunction on function:reconcile", async () => {
      expect((await run.ask("/expenses", { as: "ann" })).body.detail).toContain("asked to wake");
      await soon(
        () => run.log("carry"),
        (log) => log.includes("reconcile could not be called"),
        "told",
      );
      expect(run.sent("StartDBInstance")).toBe(0);
    });
    await run.until({ phase: "awake" });
  });

  test("of desk and courier: without it no job is taken, or it waits and is found by the next check", async () => {
    await using run = await asleep();
    await without(run, "desk: dynamodb:PutItem on table:jobs", async () => {
      expect(await addJob(run)).toMatchObject(internal);
    });
    await without(run, "desk: dynamodb:Query on table:jobs/newest", async () => {
      expect(await run.ask("/jobs", { as: "ann" })).toMatchObject(internal);
    });
    await without(run, "desk: dynamodb:GetItem on table:jobs", async () => {
      expect(await run.ask(`/jobs/${randomUUID()}`, { as: "ann" })).toMatchObject(internal);
    });
    await without(run, "courier: dynamodb:GetItem on table:jobs", () => failsIn(run.platform.invoke("courier", lateRecord)));
    // One after another on the way to a wake; the next is taken before one is given back, so that no retry of the stream's finds a moment with all of them.
    const way = [
      "dynamodb:GetItem on table:state",
      "dynamodb:UpdateItem on table:counters",
      "dynamodb:UpdateItem on table:jobs",
      "dynamodb:UpdateItem on table:state",
    ];
    const reconcileBack = take(run, "courier: lambda:InvokeFunction on function:reconcile");
    let giveBack = () => {};
    for (const entry of way) {
      const before = run.calls.length;
      const next = take(run, `courier: ${entry}`);
      giveBack();
      if (entry === way[0]) await putJob(run);
      // The check, or the stream's next try, whichever comes first.
      void check(run);
      await run.until(() => run.calls.slice(before).some(({ by, action, allowed }) => by === "courier" && !allowed && entry.startsWith(`${action} `)));
      giveBack = next;
    }
    giveBack();
    // The first one has been written to, and is young again.
    await putJob(run);
    await run.until(async () => (await check(run)) !== null && (await run.database()).wake !== null);
    expect(run.sent("StartDBInstance")).toBe(0);
    await run.until(() => run.calls.some(({ by, action, allowed }) => by === "courier" && action === "lambda:InvokeFunction" && !allowed));
    reconcileBack();
    await without(run, "courier: dynamodb:Query on table:jobs/open", () => failsIn(check(run)));
    // The intent stands, so the reconciler's own check finds it.
    await reconcile(run);
    await run.until({ phase: "awake" });
    await without(run, "courier: lambda:InvokeFunction on function:job", async () => {
      await addJob(run);
      await run.until(() => run.calls.some(({ by, resource, allowed }) => by === "courier" && resource.endsWith("dormouse-job") && !allowed));
    });
  });

  test("of job, and of who calls it: without it a job waits, or fails and is tried again", async () => {
    await using run = await asleep();
    await without(run, "reconcile: lambda:InvokeFunction on hook:awake", async () => {
      const asked = await addJob(run);
      await run.until({ phase: "awake" });
      await run.until(() => run.calls.some(({ by, resource, allowed }) => by === "reconcile" && resource.endsWith("dormouse-job") && !allowed));
      expect(await jobState(run, asked)).toMatchObject({ state: "waiting" });
    });
    const runner = () => run.platform.invoke("job", {});
    await without(run, "job: dynamodb:GetItem on table:state", () => failsIn(runner()));
    await without(run, "job: dynamodb:Query on table:jobs/open", () => failsIn(runner()));
    await without(run, "job: dynamodb:UpdateItem on table:state", () => failsIn(runner()));
    await without(run, "job: dynamodb:UpdateItem on table:jobs", () => failsIn(runner()));
    const profiles = take(run, "job: dynamodb:GetItem on table:profiles");
    void runner();
    const asked = await addJob(run);
    await run.until(async () => (await jobState(run, asked)).reason !== null);
    expect(await jobState(run, asked)).toMatchObject({ state: "waiting", attempt: 1, reason: expect.stringContaining("AccessDenied") });
    const login = take(run, "job: rds-db:connect on role:dormouse_app");
    profiles();
    await run.until(async () => (await jobState(run, asked)).attempt === 2 && (await jobState(run, asked)).state === "waiting");
    login();
    await without(run, "job: dynamodb:GetItem on table:jobs", () => racing(run));
  });

  test("of job's sweep: without it receipts that nobody has are left for another day", async () => {
    await using run = await asleep();
    await press(run);
    await run.until({ phase: "awake" });
    // The sweep's turn comes once a day: it has come, or it comes while the other may not be done.
    for (const action of ["UpdateItem", "Scan"]) {
      const { userId, id } = { userId: { S: "#sweep" }, id: { S: "last" } };
      await tables(run).send(new PutItemCommand({ TableName: "dormouse-receipts", Item: { userId, id, sweptAt: { N: "0" } } }));
      await without(run, `job: dynamodb:${action} on table:receipts`, async () => {
        void run.platform.invoke("job", {});
        await run.until(() =>
          run.calls.some((call) => call.by === "job" && call.action === `dynamodb:${action}` && call.resource.endsWith("-receipts") && !call.allowed),
        );
      });
    }
  });

  test("of reconcile on its way down: without it no ledger, no totals, no stop", async () => {
    await using run = await asleep();
    await press(run);
    const { since } = await run.until({ phase: "awake" });
    await run.until(() => Date.parse(since) + 3_000 < Date.now());
    const awakeSeconds = async () => Number((await run.ask("/database/savings", { as: "ann" })).body.awakeSeconds);
    await without(run, "reconcile: rds:StopDBInstance on database", async () => {
      let short = 0;
      await without(run, "reconcile: dynamodb:UpdateItem on table:ledger", async () => {
        await without(run, "reconcile: dynamodb:PutItem on table:ledger", async () => {
          await sleepNow(run);
          await run.until({ phase: "falling-asleep" });
          expect((await run.history()).at(-1)).toMatchObject({ action: "serve" });
        });
        // The entry comes, and what it adds to the month's totals does not.
        await run.untilEntry({ action: "drain" });
        short = await awakeSeconds();
      });
      await reconcile(run);
      // The awake period is counted by then, and not only what has passed since.
      await run.until(async () => (await awakeSeconds()) >= short + 3);
      expect(await run.until({ code: "stop-sent" })).toMatchObject({ phase: "falling-asleep", rdsStatus: "available" });
    });
  });

  test("for pending maintenance: without it a database that AWS started stays up, because nobody can tell whether there is any", async () => {
    await using run = await asleep({ settings: { ...still, idleMinutes: 0.05, checkMinutes: 0.05, wakeOn: "button" } });
    await without(run, "reconcile: rds:DescribePendingMaintenanceActions on database", async () => {
      await run.rds("forced-start");
      await run.untilEntry({ code: "maintenance-unknown" });
    });
    await run.until({ phase: "asleep" });
  });

  test("of notify: without it a notification is neither sent nor lost", async () => {
    await using run = await asleep();
    const { endpoints, operator } = run.platform;
    const client = new DynamoDBClient({ endpoint: endpoints.dynamodb, region: "eu-central-1", credentials: operator });
    const put = (table: string, item: Record<string, unknown>) =>
      client.send(new PutItemCommand({ TableName: `dormouse-${table}`, Item: marshall(item, { removeUndefinedValues: true }) }));
    const sns = new SNSClient({ endpoint: endpoints.sns, region: "eu-central-1", credentials: operator });
    const { SubscriptionArn: arn } = await sns.send(
      new SubscribeCommand({
        TopicArn: arnOf("topic:mail"),
        Protocol: "email",
        Endpoint: "ann@example.com",
        Attributes: { FilterPolicy: '{"userId":["ann"]}' },
        ReturnSubscriptionArn: true,
      }),
    );
    const box = endpoints.mailbox.replace(/mailbox$/, "");
    const mails = async () => (await (await fetch(`${box}mailbox.json`)).json()) as { text: string }[];
    await fetch(/http\S+/.exec((await mails())[0]?.text.split("in error")[1] ?? "")?.[0] ?? "");
    await put("subscriptions", {
      id: "user#ann",
      v: 1,
      userId: "ann",
      method: "sns",
      address: "ann@example.com",
      state: "pending",
      arn,
      nonce: "n",
      origin: "",
      since: 1,
    });
    const data = { v: 1, reportId: "r", name: "November", from: "2026-11-01", to: "2026-11-30" };
    // Not by its stream: what is asked here is all that happens.
    const item = {
      ...newItem({ userId: "ann", id: randomUUID(), kind: "report-ready", data, language: "en" }, Date.now(), Date.now()),
      state: "sending",
      claimedAt: 1,
    };
    await put("notifications", item);
    const body = JSON.stringify({ v: 1, userId: "ann", id: item.id });
    const notify = async () => JSON.parse((await run.platform.invoke("notify", { Records: [{ messageId: "m", body }] })).payload).batchItemFailures;
    for (const { action, on, when } of system.functions.notify?.may ?? [])
      if (when?.mailSender !== "ses") await without(run, `notify: ${action} on ${on}`, async () => expect(await notify()).toEqual([{ itemIdentifier: "m" }]));
    expect(await mails()).toHaveLength(1);
    expect(await notify()).toEqual([]);
    expect(await mails()).toHaveLength(2);
    client.destroy();
    sns.destroy();
  });

  test("of mails by SES: without it nobody is asked, nothing is sent, and no address is left alone", async () => {
    await using run = await asleep({ settings: { ...still, mailSender: "ses", mailFrom: String(bySes.mailFrom) } });
    const { endpoints, operator } = run.platform;
    const box = endpoints.mailbox.replace(/mailbox$/, "mailbox.json");
    const mails = async () => (await (await fetch(box)).json()) as { to: string; text: string; headers: Record<string, string> }[];
    const ask = () => run.ask("/notifications/subscription", { as: "ann", method: "POST" });
    for (const on of ["mail:identity", "mail:configurationSet"])
      await without(run, `desk: ses:SendEmail on ${on}`, async () =>
        expect(await ask()).toMatchObject({ status: 503, body: { type: "/problems/unavailable" } }),
      );
    expect(await ask()).toMatchObject({ status: 202, body: { state: "pending", deliveryMethod: "ses" } });
    const confirm = /http\S+/.exec((await mails()).at(-1)?.text ?? "")?.[0] ?? "";
    expect(await (await fetch(confirm)).text()).toContain('<form method="post">');
    expect((await fetch(confirm, { method: "POST" })).status).toBe(200);
    const state = async () => (await run.ask("/notifications/subscription", { as: "ann" })).body.state;
    expect(await state()).toBe("confirmed");

    const client = new DynamoDBClient({ endpoint: endpoints.dynamodb, region: "eu-central-1", credentials: operator });
    const data = { v: 1, reportId: "r", name: "November", from: "2026-11-01", to: "2026-11-30" };
    const sub = String((await run.ask("/me", { as: "ann" })).body.sub);
    const item = {
      ...newItem({ userId: sub, id: randomUUID(), kind: "report-ready", data, language: "en" }, Date.now(), Date.now()),
      state: "sending",
      claimedAt: 1,
    };
    await client.send(new PutItemCommand({ TableName: "dormouse-notifications", Item: marshall(item, { removeUndefinedValues: true }) }));
    client.destroy();
    const body = JSON.stringify({ v: 1, userId: sub, id: item.id });
    const notify = async () => JSON.parse((await run.platform.invoke("notify", { Records: [{ messageId: "m", body }] })).payload).batchItemFailures;
    for (const on of ["mail:identity", "mail:configurationSet"])
      await without(run, `notify: ses:SendEmail on ${on}`, async () => expect(await notify()).toEqual([{ itemIdentifier: "m" }]));
    expect(await notify()).toEqual([]);
    const { to = "", headers = {} } = (await mails()).at(-1) ?? {};
    const bounced = {
      source: "aws.ses",
      detail: { eventType: "Bounce", bounce: { bounceType: "Permanent", bouncedRecipients: [{ emailAddress: to }] }, mail: { tags: { user: [sub] } } },
    };
    const returned = () => run.platform.invoke("notify", bounced);
    await without(run, "notify: dynamodb:PutItem on table:subscriptions", () => failsIn(returned()));
    expect(await state()).toBe("confirmed");
    expect((await returned()).functionError).toBeNull();
    expect(await state()).toBe("suppressed");
    // One press in the reader's program.
    const stop = /<(\S+)>/.exec(headers["List-Unsubscribe"] ?? "")?.[1] ?? "";
    const oneClick = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
    expect((await fetch(stop, { method: "POST", body: oneClick })).status).toBe(200);
    expect(await state()).toBe("none");
  });

  test("of whoever tells and brings: without it nothing is lost, and what is asked says so", { timeout: 180_000 }, async () => {
    await using run = await asleep({ settings: { ...still, wakeOn: "request", idleMinutes: 30 } });
    const { endpoints, operator } = run.platform;
    const client = new DynamoDBClient({ endpoint: endpoints.dynamodb, region: "eu-central-1", credentials: operator });
    const data = { v: 1, reportId: "r", name: "November", from: "2026-11-01", to: "2026-11-30" };
    const sub = String((await run.ask("/me", { as: "ann" })).body.sub);
    const add = async (at: number) => {
      const item = newItem({ userId: sub, id: randomUUID(), kind: "report-ready", data, language: "en" }, at, at);
      await client.send(new PutItemCommand({ TableName: "dormouse-notifications", Item: marshall(item, { removeUndefinedValues: true }) }));
      return item.id;
    };
    const path = "/notifications";
    const mine = (more = "", method = "GET", json?: unknown) => run.ask(`${path}${more}`, { as: "ann", method, ...(json === undefined ? {} : { json }) });
    // The desk's routes, each without what it asks for.
    const id = await add(Date.now());
    await without(run, "desk: dynamodb:Query on table:notifications", async () => expect(await mine()).toMatchObject(internal));
    await without(run, "desk: dynamodb:GetItem on table:notifications", async () =>
      expect(await mine(`/${id}`, "PATCH", { read: true })).toMatchObject(internal),
    );
    await without(run, "desk: dynamodb:UpdateItem on table:notifications", async () =>
      expect(await mine(`/${id}`, "PATCH", { read: true })).toMatchObject(internal),
    );
    const subscription = (method: string) => mine("/subscription", method);
    await without(run, "desk: dynamodb:GetItem on table:subscriptions", async () => expect(await subscription("GET")).toMatchObject(internal));
    for (const entry of ["dynamodb:GetItem on table:profiles", "dynamodb:PutItem on table:subscriptions", "sns:Subscribe on topic:mail"])
      await without(run, `desk: ${entry}`, async () => expect(await subscription("POST")).toMatchObject(internal));
    await run.until(async () => (await subscription("POST")).status === 202);
    await without(run, "desk: sns:GetSubscriptionAttributes on any", async () => expect(await subscription("GET")).toMatchObject(internal));
    for (const entry of ["sns:Unsubscribe on any", "dynamodb:DeleteItem on table:subscriptions"])
      await without(run, `desk: ${entry}`, async () => expect(await subscription("DELETE")).toMatchObject(internal));
    // The courier's stream and its check.
    const queued = take(run, "courier: sqs:SendMessage on queue:notify");
    await add(Date.now());
    await run.until(() => run.calls.some(({ by, action, allowed }) => by === "courier" && action === "sqs:SendMessage" && !allowed));
    queued();
    await without(run, "courier: dynamodb:Query on table:notifications/queued", () => failsIn(check(run)));
    await without(run, "courier: dynamodb:UpdateItem on table:notifications", async () => {
      const old = newItem({ userId: "bob", id: randomUUID(), kind: "report-ready", data, language: "en" }, Date.now() - 3_600_000, Date.now() - 3_600_000);
      // As a stream has lost it: it was there before the mapping.
      await client.send(new PutItemCommand({ TableName: "dormouse-notifications", Item: marshall({ ...old, state: "sending", claimedAt: Date.now() }) }));
      await failsIn(check(run));
    });
    // What a write tells, and what is left of it to the runner.
    const login = take(run, "job: rds-db:connect on role:dormouse_jobs");
    await press(run);
    await reconcile(run);
    await run.until({ phase: "awake" });
    await run.until(() =>
      run.calls.some(({ by, action, resource, allowed }) => by === "job" && action === "rds-db:connect" && resource.endsWith("_jobs") && !allowed),
    );
    login();
    const spend = () =>
      run.ask("/expenses", { as: "ann", method: "POST", json: { amount: "90.00", currency: "EUR", occurredOn: new Date().toISOString().slice(0, 10) } });
    await without(run, "data: dynamodb:UpdateItem on table:changes", async () => expect((await spend()).body).toMatchObject({ type: "/problems/unavailable" }));
    const budget = { name: "All", amount: "100.00", currency: "EUR", period: "month", thresholds: [80] };
    expect((await run.ask("/budgets", { as: "ann", method: "POST", json: budget })).status).toBe(201);
    const told = async () => ((await mine()).body.items as { kind: string }[]).filter(({ kind }) => kind === "budget-threshold").length;
    await without(run, "data: dynamodb:PutItem on table:notifications", async () => expect((await spend()).status).toBe(201));
    expect(await told()).toBe(0);
    const runner = () => run.platform.invoke("job", {});
    await without(run, "job: dynamodb:PutItem on table:notifications", runner);
    expect(await told()).toBe(0);
    await runner();
    expect(await told()).toBe(1);
    // The sweep: its decision, and its work. Each job's runner waits for the pause after the failure, and goes on then.
    for (const entry of ["dynamodb:Query on table:changes/dirty", "dynamodb:Query on table:changes/due", "dynamodb:PutItem on table:jobs"])
      await without(run, `courier: ${entry}`, () => failsIn(scheduled(run, "sweep")));
    const jobs = [
      "dynamodb:Query on table:jobs",
      "dynamodb:PutItem on table:jobs",
      "dynamodb:GetItem on table:changes",
      "dynamodb:UpdateItem on table:changes",
    ];
    for (const entry of jobs)
      await without(run, `job: ${entry}`, async () => {
        const Item = jobItem({ kind: "sweep", userId: null, parameters: { users: [sub] } });
        await client.send(new PutItemCommand({ TableName: "dormouse-jobs", Item }));
        const before = run.calls.length;
        await run.until(() => run.calls.slice(before).some(({ by, action, allowed }) => by === "job" && !allowed && entry.startsWith(`${action} `)));
      });
    client.destroy();
  });

  test("of desk and inspect: without it no receipt is taken, looked at, shown or cleared away, and none is lost", async () => {
    await using run = await asleep();
    const made = await announce(run);
    await without(run, "desk: dynamodb:PutItem on table:receipts", async () => expect(await announce(run)).toMatchObject(internal));
    await without(run, "desk: dynamodb:Query on table:receipts/newest", async () => expect(await run.ask("/receipts", { as: "ann" })).toMatchObject(internal));
    for (const entry of ["dynamodb:GetItem on table:receipts", "s3:GetObject on bucket:files/uploads", "s3:ListBucket on bucket:files"])
      await without(run, `desk: ${entry}`, async () => expect(await run.ask(`/receipts/${made.body.id}`, { as: "ann" })).toMatchObject(internal));
    await without(run, "desk: s3:PutObject on bucket:files/uploads", async () => expect(await upload(made)).toBe(403));
    // One after another on the way of a look; the next is taken before one is given back, so that no retry finds a moment with all of them.
    const way = [
      "s3:GetObjectVersion on bucket:files/uploads",
      "s3:GetObject on bucket:files/uploads",
      "dynamodb:GetItem on table:receipts",
      "dynamodb:UpdateItem on table:receipts",
      "s3:PutObject on bucket:files/receipts",
      "s3:DeleteObjectVersion on bucket:files/uploads",
    ];
    let giveBack = () => {};
    for (const entry of way) {
      const next = take(run, `inspect: ${entry}`);
      giveBack();
      if (entry === way[0]) {
        expect(await upload(made)).toBe(204);
        await run.until(() => run.calls.some(({ by, action, allowed }) => by === "inspect" && action === "s3:GetObjectVersion" && !allowed));
      } else await failsIn(look(run, made));
      giveBack = next;
    }
    giveBack();
    await look(run, made);
    expect((await receiptState(run, made)).state).toBe("ready");
    await without(run, "inspect: s3:ListBucket on bucket:files", () => failsIn(look(run, made)));
    const link = await linkOf(run, made);
    await without(run, "desk: s3:GetObjectVersion on bucket:files/receipts", async () => expect((await fetch(link)).status).toBe(403));
    await without(run, "desk: lambda:InvokeFunction on function:inspect", async () => {
      const lost = await lostUpload(run);
      expect((await receiptState(run, lost)).state).toBe("awaiting");
    });
    await without(run, "desk: dynamodb:UpdateItem on table:receipts", async () => expect(await removeReceipt(run, made)).toMatchObject(internal));
    giveBack = () => {};
    for (const entry of ["s3:ListBucketVersions on bucket:files", "s3:DeleteObjectVersion on bucket:files/receipts", "dynamodb:DeleteItem on table:receipts"]) {
      const next = take(run, `inspect: ${entry}`);
      giveBack();
      const before = run.calls.length;
      // The stream tells of it again each time that the item changes.
      if (entry.startsWith("s3:List")) expect((await removeReceipt(run, made)).status).toBe(204);
      else await touchReceipt(run, made);
      const action = entry.split(" ")[0];
      await run.until(() => run.calls.slice(before).some((call) => call.by === "inspect" && call.action === action && !call.allowed));
      giveBack = next;
    }
    giveBack();
    await touchReceipt(run, made);
    await soon(
      () => itemOf(run, made),
      (item) => item === undefined,
      "gone",
    );
    await isCleared(link);
  });

  test("of reports: without it no file is kept, or none is got, and the report is made when it is given back", async () => {
    await using run = await asleep();
    const giveBack = take(run, "job: s3:PutObject on bucket:files/reports");
    const asked = await run.ask("/reports", { as: "ann", method: "POST", json: { kind: "monthly", month: "2026-10" } });
    await soon(
      () => jobState(run, asked),
      ({ reason }) => String(reason).includes("AccessDenied"),
      "failed",
    );
    giveBack();
    // A runner waits for the pause after a failure.
    await done(run, asked);
    const { body } = await run.ask(`${asked.headers.get("location")}/download`, { as: "ann" });
    const got = () => fetch(String(body.url));
    await without(run, "desk: s3:GetObjectVersion on bucket:files/reports", async () => expect((await got()).status).toBe(403));
    expect(Buffer.from(await (await got()).arrayBuffer()).toString("latin1")).toMatch(/^%PDF-1\.7/);
  });

  test("of exports: without it nothing is exported, no file is kept, or none is got; and the export is made when it is given back", async () => {
    await using run = await asleep();
    const fails = (asked: Answer) =>
      soon(
        () => jobState(run, asked),
        ({ reason, state }) => state !== "done" && reason !== null,
        "failed",
      );
    const listed = take(run, "job: dynamodb:Query on table:receipts/newest");
    const kept = take(run, "job: s3:PutObject on bucket:files/exports");
    // The one that names no receipts gets as far as its file.
    const file = await run.ask("/exports", { as: "ann", method: "POST", json: { format: "csv" } });
    const whole = await run.ask("/me/export", { as: "ann", method: "POST" });
    // Given back together: each further failure makes the pause before the next try longer.
    for (const asked of [file, whole]) await fails(asked);
    kept();
    listed();
    for (const asked of [file, whole]) await done(run, asked);
    const { body } = await run.ask("/me/export", { as: "ann" });
    const got = () => fetch(String((body.download as { url: string }).url));
    await without(run, "desk: s3:GetObjectVersion on bucket:files/exports", async () => expect((await got()).status).toBe(403));
    expect(await (await got()).json()).toMatchObject({ dormouse: "export", v: 1, counts: { expenses: 0 } });
  });

  test("of imports: without it no file is taken, looked through or listed; and it is when it is given back, and entered", async () => {
    await using run = await startForTest({ settings: { ...still, wakeOn: "button" } });
    await press(run);
    await run.until({ phase: "awake" });
    const account = await run.ask("/accounts", { as: "ann", method: "POST", json: { name: "Giro", type: "asset", currency: "EUR" } });
    const post = (path = "", method = "POST", json?: unknown) => run.ask(`/imports${path}`, { as: "ann", method, ...(json === undefined ? {} : { json }) });
    const announced = () => post("", "POST", { format: "csv", accountId: account.body.id });
    const [one, other, third] = [await announced(), await announced(), await announced()];
    const at = (made: Answer, path = "") => `/${made.body.id}${path}`;
    const file = new Blob(["Datum;Name;Betrag\r\n30.10.2026;Bäcker;-4,20\r\n30.10.2026;Bäcker;-4,20\r\nbald;Markt;-1,00\r\n"]);
    const send = async (made: Answer) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(formOf(made).fields)) form.append(name, value);
      form.append("file", file, "october.csv");
      return (await fetch(formOf(made).url, { method: "POST", body: form })).status;
    };
    await without(run, "desk: dynamodb:PutItem on table:imports", async () => expect(await announced()).toMatchObject(internal));
    await without(run, "desk: dynamodb:Query on table:imports/newest", async () => expect(await post("", "GET")).toMatchObject(internal));
    await without(run, "desk: dynamodb:GetItem on table:imports", async () => expect(await post(at(one), "GET")).toMatchObject(internal));
    await without(run, "desk: dynamodb:DeleteItem on table:imports", async () => expect(await post(at(third), "DELETE")).toMatchObject(internal));
    await without(run, "desk: s3:PutObject on bucket:files/imports", async () => expect(await send(one)).toBe(403));
    expect([await send(one), await send(other)]).toEqual([204, 204]);
    for (const entry of ["s3:GetObject on bucket:files/imports", "dynamodb:UpdateItem on table:imports"])
      await without(run, `desk: ${entry}`, async () => expect(await post(at(one, "/check"))).toMatchObject(internal));
    // The first fails at its file, the second, which has none to read, at its item. A runner waits for the pause after a failure.
    const giveBack = [take(run, "job: s3:GetObjectVersion on bucket:files/imports"), take(run, "job: dynamodb:UpdateItem on table:imports")];
    expect((await post(at(other, "/check"))).status).toBe(202);
    expect((await post(at(other), "DELETE")).status).toBe(202);
    expect((await post(at(one, "/check"))).status).toBe(202);
    const states = async (made: Answer, state: string) =>
      soon(
        () => post(at(made), "GET"),
        ({ body }) => body.state === state,
        state,
      );
    for (const made of [one, other])
      await soon(
        () => post(at(made), "GET"),
        ({ body }) => String(body.reason).includes("AccessDenied"),
        "failed",
      );
    for (const give of giveBack) give();
    await states(other, "undone");
    expect((await states(one, "checked")).body.counts).toMatchObject({ rows: 3, bad: 1, duplicates: 0, added: 2 });
    const rows = await post(at(one, "/rows?only=bad"), "GET");
    expect(rows.body.items).toMatchObject([{ line: 4, is: "bad", problem: 'has a day that is none: "bald"' }]);
    expect((await post(at(one, "/commit"))).status).toBe(202);
    expect((await states(one, "committed")).body.counts).toMatchObject({ added: 2 });
    expect((await run.ask("/summary?from=2026-10-01&to=2026-10-31", { as: "ann" })).body).toMatchObject({ total: "8.40" });
  });

  test("of migrate: without it nothing is migrated", async () => {
    await using run = await asleep();
    await without(run, "migrate: rds-db:connect on role:dormouse_owner", async () => {
      await run.platform.rds.withDatabaseUp(async () => {
        expect((await run.platform.invoke("migrate", {})).functionError).toBe("Unhandled");
      });
    });
  });
});

test("every entry of `may` was taken away once, and missed", () => {
  expect(entries.filter((entry) => !taken.has(entry))).toEqual([]);
});

test("in the VPC a socket to anything but PostgreSQL, DynamoDB and S3 hangs until the function's timeout", { timeout: 60_000 }, async () => {
  await using home = await makeHome();
  const bundle = join(home.path, "dist", "probe");
  await mkdir(bundle, { recursive: true });
  await writeFile(join(bundle, "index.mjs"), `export const handler = async ({ url }) => (await fetch(url, { method: "POST" })).status;`);
  const probe = system.functions.probe;
  if (!probe) throw new Error("there is no probe");
  const functions = { ...system.functions, probe: { ...probe, timeoutSeconds: 2 } };
  // Besides migrate, which has to run, only what is asked here is built.
  for (const name of Object.keys(functions).filter((name) => name !== "probe")) {
    await mkdir(join(home.path, "dist", name), { recursive: true });
    await writeFile(join(home.path, "dist", name, "index.mjs"), "export const handler = async () => ({ ran: [] });");
  }
  await using run = await startForTest({ system: { ...system, functions }, bundles: join(home.path, "dist") });
  const elsewhere = createServer((_, response) => void response.end()).listen(0, "127.0.0.1");
  await new Promise((resolve) => elsewhere.once("listening", resolve));
  try {
    const { endpoints } = run.platform;
    const reach = (url: string) => run.platform.invoke("probe", { url });
    for (const url of [endpoints.dynamodb, endpoints.s3]) expect(await reach(url)).toMatchObject({ functionError: null, timedOut: false });
    const other = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const walled = [endpoints.rds, endpoints.lambda, endpoints.scheduler, endpoints.sqs, endpoints.sns, endpoints.issuer, other];
    for (const outcome of await Promise.all(walled.map(reach))) expect(outcome).toMatchObject({ functionError: "Unhandled", timedOut: true });
  } finally {
    await new Promise((resolve) => elsewhere.close(resolve));
  }
});
