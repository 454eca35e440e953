import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commands } from "../../../local/rds/model.ts";
import { serve } from "../../../local/serve.ts";
import { operator, type Platform, startPlatform } from "./platform.ts";

const script = fileURLToPath(new URL("../../../scripts/rds.ts", import.meta.url));
let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
  writeFileSync(join(platform.dir, "local.json"), JSON.stringify({ control: { rds: platform.rds.controlUrl }, operator }));
});
afterAll(() => platform?.end());

function rds(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }));
  });
}

test("a command reaches the running platform, and its answer is printed", async () => {
  expect(await rds("no-capacity", "--data", platform.dir)).toEqual({ code: 0, out: "no-capacity: the instance is stopped\n", err: "" });
  expect(await rds("start", "--data", platform.dir)).toMatchObject({
    code: 1,
    err: expect.stringContaining("not available in the specified Availability Zone"),
  });
  expect(await rds("status", "maintenance", "--data", platform.dir)).toMatchObject({ code: 0, out: "status: the instance is maintenance\n" });
});

test("a wrong command, argument or flag is an error that says what is right", async () => {
  const wrong = await rds("forced-stop", "--data", platform.dir);
  expect(wrong.code).toBe(1);
  for (const name of Object.keys(commands)) expect(wrong.err).toContain(`  ${name}`);
  expect(await rds("throttle", "--data", platform.dir)).toMatchObject({ code: 1, err: "throttle wants a whole number, 0 or more.\n" });
  expect(await rds("fail", "now", "please", "--data", platform.dir)).toMatchObject({ code: 1, err: 'fail takes no argument, not "please".\n' });
  expect(await rds("fail", "--dta", platform.dir)).toMatchObject({ code: 1, err: expect.stringContaining("--dta") });
});

test("help lists every command, on stdout", async () => {
  const { code, out } = await rds("--help");
  expect(code).toBe(0);
  for (const [name, { does }] of Object.entries(commands)) expect(out).toMatch(new RegExp(`  ${name}.*${does}`));
});

test("without a running platform it says so", async () => {
  const dir = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  expect(await rds("normal", "--data", dir)).toMatchObject({ code: 1, err: expect.stringContaining("No running platform in") });
  const gone = await serve(() => {});
  await gone.close();
  writeFileSync(join(dir, "local.json"), JSON.stringify({ control: { rds: `${gone.url}/control` }, operator }));
  expect(await rds("normal", "--data", dir)).toMatchObject({ code: 1, err: expect.stringContaining("does not answer") });
  rmSync(dir, { recursive: true });
});
