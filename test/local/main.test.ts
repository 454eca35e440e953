import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

// The command itself, with the built bundles (`npm test` builds them first).
const root = join(import.meta.dirname, "../..");
let dir: string;
let children: ChildProcess[] = [];

interface Run {
  child: ChildProcess;
  /** stdout and stderr so far. */
  output(): string;
  line(pattern: RegExp): Promise<string>;
  ended: Promise<number | null>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "local/main.ts"), ...args], { cwd: dir });
  children.push(child);
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  return {
    child,
    output: () => output,
    ended,
    async line(pattern) {
      await expect.poll(() => output, { timeout: 25_000 }).toMatch(pattern);
      return pattern.exec(output)?.[0] ?? "";
    },
  };
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-main-"));
  await chmod(dir, 0o755);
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
});

test("a wrong flag is an error that names it, and starts nothing", async () => {
  const wrong = run("--idle-minuts", "1", "--port", "x");
  expect(await wrong.ended).toBe(2);
  expect(wrong.output()).toContain("there is no flag --idle-minuts");
  expect(wrong.output()).toContain("--port needs a number");
  expect(existsSync(join(dir, ".dormouse"))).toBe(false);
});

test("it says when it is ready, refuses a second one, stops on SIGINT while the database starts, and goes on after a kill", async () => {
  const first = run("--port", "0", "--start-seconds", "30");
  const url = (await first.line(/^Dormouse is ready: (http:\S+)$/m)).split(": ")[1] ?? "";
  const local = JSON.parse(await readFile(join(dir, ".dormouse/local.json"), "utf8"));
  expect(local.pid).toBe(first.child.pid);

  const second = run("--port", "0");
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(`Dormouse already runs on .dormouse (process ${first.child.pid})`);

  const issued = await fetch(`${local.endpoints.issuer}/token`, { method: "POST", body: new URLSearchParams({ name: "ann" }) });
  const { access_token } = (await issued.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}` };
  expect((await fetch(`${url}/database/start`, { method: "POST", headers })).status).toBe(202);
  const status = async () => ((await (await fetch(`${url}/database`, { headers })).json()) as { rdsStatus: string }).rdsStatus;
  await expect.poll(status, { timeout: 10_000 }).toBe("starting");

  const asked = Date.now();
  first.child.kill("SIGINT");
  first.child.kill("SIGINT");
  expect(await first.ended).toBe(0);
  expect(Date.now() - asked).toBeLessThan(5_000);
  expect(existsSync(join(dir, ".dormouse/local.json"))).toBe(false);

  const third = run("--port", "0", "--start-seconds", "1");
  await third.line(/Dormouse is ready/);
  third.child.kill("SIGKILL");
  await third.ended;
  const fourth = run("--port", "0", "--start-seconds", "1");
  await fourth.line(/Dormouse is ready/);
  fourth.child.kill("SIGTERM");
  expect(await fourth.ended).toBe(0);
});

test("a start that is broken off ends within five seconds, and the next one works", async () => {
  const first = run("--port", "0");
  await expect.poll(() => existsSync(join(dir, ".dormouse/version")), { timeout: 10_000 }).toBe(true);
  const asked = Date.now();
  first.child.kill("SIGINT");
  expect(await first.ended).toBe(0);
  expect(Date.now() - asked).toBeLessThan(5_000);
  const second = run("--port", "0");
  await second.line(/Dormouse is ready/);
  second.child.kill("SIGINT");
  expect(await second.ended).toBe(0);
});
