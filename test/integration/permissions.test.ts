import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeHome, startForTest } from "./harness.ts";
import { ofFiles } from "./permissions/files.ts";
import { ofJobs } from "./permissions/jobs.ts";
import { ofALife } from "./permissions/life.ts";
import { ofTheLifecycle } from "./permissions/lifecycle.ts";
import { ofMails } from "./permissions/mails.ts";
import { entries, system, taken } from "./permissions/world.ts";

describe.concurrent("each entry of `may`", { timeout: 90_000 }, () => {
  // The longest first: they run side by side.
  ofALife();
  ofJobs();
  ofFiles();
  ofTheLifecycle();
  ofMails();
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
