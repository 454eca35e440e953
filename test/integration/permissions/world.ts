import { randomUUID } from "node:crypto";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { expect } from "vitest";
import { arnOf } from "../../../local/gate.ts";
import { defaultSettings, type Settings } from "../../../local/settings.ts";
import { type NewJob, newJob } from "../../../src/jobs/job.ts";
import { readSystem } from "../../../src/system.ts";
import systemJson from "../../../system.json" with { type: "json" };
import { beginningOf } from "../../receipts/files.ts";
import { type Answer, eventually } from "../client.ts";
import { type Running, startForTest } from "../harness.ts";

// `may` in system.json is what Terraform makes roles from: each entry has to be needed, and to be enough.
export const system = readSystem(systemJson);
export const defaults: Settings = defaultSettings(system);
/** The functions that stand here: some are there for a setting's other value only. */
export const names = Object.entries(system.functions).flatMap(([name, fn]) =>
  Object.entries((Reflect.get(fn, "when") ?? {}) as Settings).every(([setting, value]) => defaults[setting] === value) ? [name] : [],
);
export const entries = names.flatMap((name) => (system.functions[name]?.may ?? []).map(({ action, on }) => `${name}: ${action} on ${on}`));
export const bySes: Settings = { ...defaults, mailSender: "ses", mailFrom: "money@dormouse.example" };

export const taken = new Set<string>();
/**
 * Takes one entry (`entry` is its beginning) from the function. What it returns gives it back, and expects that the gate has refused it meanwhile.
 */
export function take(run: Running, entry: string): () => void {
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
export async function without(run: Running, entry: string, look: () => Promise<unknown>): Promise<void> {
  const giveBack = take(run, entry);
  await look();
  giveBack();
}

/** Nothing happens by itself here: what is asked for is what is seen. */
export const still = { idleMinutes: 10, checkMinutes: 10, drainSeconds: 3, wakeOn: "request" } as const;
export const press = (run: Running, as = "ann") => run.ask("/database/start", { as, method: "POST" });
export const sleepNow = (run: Running) => run.ask("/database/stop", { as: "olga", operator: true, method: "POST" });
export const reconcile = (run: Running) => run.platform.invoke("reconcile", { databaseId: "dormouse", cause: { kind: "look", by: "test" }, once: true });
export const internal = { status: 500, body: { type: "/problems/internal" } };

export async function asleep(...[options]: Parameters<typeof startForTest>): Promise<Running> {
  const run = await startForTest({ settings: still, ...options });
  await run.until({ rdsStatus: "stopped" });
  return run;
}

/** Looks until it fits: tests that run at once have no `expect.poll`, which wants to know in which of them it is. */
export const soon = <T>(look: () => T | Promise<T>, fits: (found: T) => boolean, what: string, seconds = 30) =>
  eventually(
    async () => look(),
    fits,
    seconds,
    () => what,
  );

export const addJob = (run: Running) => run.ask("/jobs", { as: "ann", method: "POST", json: { kind: "recap" } });
export const jobState = async (run: Running, asked: Answer) => (await run.ask(asked.headers.get("location") ?? "", { as: "ann" })).body;
export const done = (run: Running, asked: Answer) =>
  soon(
    () => jobState(run, asked),
    ({ state }) => state === "done",
    "done",
  );
/** What a schedule sends. */
export const scheduled = (run: Running, key: string) =>
  run.platform.invoke("courier", { source: "aws.events", resources: [`arn:aws:events:eu-central-1:123456789012:rule/dormouse-${key}`] });
export const check = (run: Running) => scheduled(run, "check");

export const png = beginningOf("image/png");
export const announce = (run: Running) =>
  run.ask("/receipts", { as: "ann", method: "POST", json: { fileName: "a.png", contentType: "image/png", size: png.length } });
export const receiptState = async (run: Running, made: Answer) => (await run.ask(`/receipts/${made.body.id}`, { as: "ann" })).body;
export const removeReceipt = (run: Running, made: Answer) => run.ask(`/receipts/${made.body.id}`, { as: "ann", method: "DELETE" });
export const formOf = (made: Answer) => made.body.upload as { url: string; fields: Record<string, string> };
export async function upload(made: Answer): Promise<number> {
  const { url, fields } = formOf(made);
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new Blob([new Uint8Array(png)]), "a.png");
  return (await fetch(url, { method: "POST", body: form })).status;
}
export const ready = (run: Running, made: Answer) =>
  soon(
    () => receiptState(run, made),
    ({ state }) => state === "ready",
    "ready",
  );
export const linkOf = async (run: Running, made: Answer) => ((await receiptState(run, made)).download as { url: string }).url;
/** What the routes ask `inspect` for. */
export const look = (run: Running, made: Answer) => {
  const [, userId = "", id = ""] = String(formOf(made).fields.key).split("/");
  return run.platform.invoke("inspect", { v: 1, look: { userId, id } });
};
/** Whether S3 has forgotten the file. */
export const isCleared = (url: string) =>
  soon(
    async () => (await fetch(url)).status,
    (status) => status === 404,
    "cleared",
  );
export const itemOf = async (run: Running, made: Answer) => {
  const [, userId = "", id = ""] = String(formOf(made).fields.key).split("/");
  const Key = { userId: { S: userId }, id: { S: id } };
  return (await tables(run).send(new GetItemCommand({ TableName: "dormouse-receipts", Key }))).Item;
};
export async function touchReceipt(run: Running, made: Answer): Promise<void> {
  const item = await itemOf(run, made);
  if (item === undefined) return;
  await tables(run).send(new PutItemCommand({ TableName: "dormouse-receipts", Item: { ...item, leftAt: { N: String(Date.now()) } } }));
}
/** An upload that was looked at in vain, and long enough ago to be asked for again. */
export async function lostUpload(run: Running): Promise<Answer> {
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
export const failsIn = async (invoked: Promise<{ functionError: string | null }>) => expect((await invoked).functionError).toBe("Unhandled");
export const jobItem = (more: Partial<NewJob> = {}) => {
  const now = Date.now();
  const job = newJob({ owner: "system", id: randomUUID(), kind: "recap", userId: "ann", by: "ann", parameters: {}, ...more }, now);
  // Old enough for the check, and newer than the database's sleep.
  return { ...marshall({ ...job, updatedAt: now - 120_000 }), open: { S: "1" } };
};
export const tables = (run: Running) =>
  new DynamoDBClient({ endpoint: run.platform.endpoints.dynamodb, region: run.platform.region, credentials: run.platform.operator });
export const putJob = (run: Running) => tables(run).send(new PutItemCommand({ TableName: "dormouse-jobs", Item: jobItem() }));
/** A record of a job that is no more. */
export const lateRecord = {
  Records: [
    {
      eventName: "INSERT",
      eventSourceARN: "arn:aws:dynamodb:eu-central-1:123456789012:table/dormouse-jobs/stream/2026-01-01T00:00:00.000",
      dynamodb: { NewImage: jobItem({ userId: null }) },
    },
  ],
};
/** Runners that want the same jobs, until one of them comes too late and looks whose it is. */
export async function racing(run: Running): Promise<void> {
  const before = run.calls.length;
  await run.until(async () => {
    for (let i = 0; i < 5; i++) await addJob(run);
    for (let i = 0; i < 3; i++) void run.platform.invoke("job", {});
    return run.calls.slice(before).some(({ by, action, resource }) => by === "job" && action === "dynamodb:GetItem" && resource.endsWith("-jobs"));
  });
}
