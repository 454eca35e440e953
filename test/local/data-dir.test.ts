import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDataDir, readKeys, writeJson } from "../../local/data-dir.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-data-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

test("an empty directory is new once, and ours afterwards", async () => {
  const first = await openDataDir(dir);
  expect(first.isNew).toBe(true);
  first.release();
  const second = await openDataDir(dir);
  expect(second.isNew).toBe(false);
  second.release();
});

test("two at once is a clear error, and the second may go on when the first has let go", async () => {
  const first = await openDataDir(dir);
  await expect(openDataDir(dir)).rejects.toThrow(/already runs on .* \(process \d+\)/);
  await expect(openDataDir(dir, { fresh: true })).rejects.toThrow(/already runs/);
  first.release();
  (await openDataDir(dir)).release();
});

test("the lock of a process that was killed is free at once", async () => {
  const holder = spawn(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    "--input-type=module",
    "--eval",
    `import { openDataDir } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "../../local/data-dir.ts")).href)};
     await openDataDir(${JSON.stringify(dir)}); console.log("held"); setInterval(() => {}, 1000);`,
  ]);
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  await expect(openDataDir(dir)).rejects.toThrow(`already runs on ${dir} (process ${holder.pid})`);
  const gone = new Promise((resolve) => holder.once("exit", resolve));
  holder.kill("SIGKILL");
  await gone;
  (await openDataDir(dir)).release();
});

test("another format is an error that names --fresh, which forgets everything", async () => {
  (await openDataDir(dir)).release();
  await writeFile(join(dir, "version"), "99\n");
  await writeFile(join(dir, "something"), "old");
  await expect(openDataDir(dir)).rejects.toThrow(/format 99.*--fresh/);
  const fresh = await openDataDir(dir, { fresh: true });
  expect(fresh.isNew).toBe(true);
  expect(await readdir(dir)).not.toContain("something");
  fresh.release();
});

test("a directory with files of someone else is never touched, not even with --fresh", async () => {
  await writeFile(join(dir, "thesis.txt"), "years of work");
  await expect(openDataDir(dir, { fresh: true })).rejects.toThrow(/not Dormouse's/);
  expect(await readdir(dir)).toEqual(["thesis.txt"]);
});

test("access keys stay the same, new names get one of their own, and nobody else can read them", async () => {
  const first = await readKeys(dir, ["operator", "control"]);
  const second = await readKeys(dir, ["operator", "control", "data"]);
  expect(second).toMatchObject(first);
  expect(new Set(Object.values(second).map((key) => key.accessKeyId)).size).toBe(3);
  expect(second.data?.accessKeyId).toMatch(/^AKIA[0-9A-F]{16}$/);
  expect((await stat(join(dir, "keys.json"))).mode & 0o777).toBe(0o600);
});

test("a JSON file is replaced as a whole", async () => {
  const file = join(dir, "x.json");
  await writeJson(file, { a: 1 });
  await writeJson(file, { a: 2 });
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ a: 2 });
  expect(await readdir(dir)).toEqual(["x.json"]);
});
