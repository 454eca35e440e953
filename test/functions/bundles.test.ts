import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { liveMigrations, migrations } from "../../migrations/index.ts";
import { importMs, measureBundles } from "../../scripts/bench/bundles.ts";
import { buildFunctions, functionNames } from "../../scripts/build.ts";
import { environment, startPostgres, type TestPostgres } from "../database/postgres.ts";

const run = promisify(execFile);
let postgres: TestPostgres;
let folder = "";

/** What a built bundle answers to an event, in a process of its own with nothing but a Lambda's environment. */
async function invoke(name: string, event: unknown): Promise<unknown> {
  const file = join(folder, name, "index.mjs");
  const script = `const { handler } = await import(${JSON.stringify(file)}); process.stdout.write(JSON.stringify(await handler(${JSON.stringify(event)})), () => process.exit(0))`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { env: environment(postgres.endpoint), cwd: folder });
  return JSON.parse(stdout);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dormouse-bundles-"));
  [postgres] = await Promise.all([startPostgres(), buildFunctions({ outDir: folder, names: ["migrate", "probe"] })]);
});
afterAll(async () => {
  await postgres?.close();
  await rm(folder, { recursive: true, force: true });
});

describe("the built bundles", () => {
  it("make the roles, migrate, look and tidy, over TLS with a real database", async () => {
    expect(await invoke("migrate", { master: { user: "postgres", password: "unused" } })).toEqual({
      ran: [...Object.keys(migrations), ...Object.keys(liveMigrations).map((name) => `live/${name}`)],
    });
    expect(await invoke("probe", { databaseId: "dormouse", tidySeconds: 10 })).toMatchObject({ answered: true, tidied: { ok: true } });
  });

  it("can each be imported with the variables that they ask for, and have a handler", async () => {
    // Those that `npm test` has built.
    for (const name of await functionNames()) expect(await importMs(join(import.meta.dirname, "..", "..", "dist", name, "index.mjs")), name).toBeGreaterThan(0);
  });

  it("are measured against their packages left outside", async () => {
    const figures = await measureBundles({ runs: 1, names: ["carry"] });
    expect(figures.map(({ name }) => name)).toEqual(["carry"]);
    for (const { bytes, bundledMs, unbundledMs } of figures) expect(Math.min(bytes, bundledMs, unbundledMs)).toBeGreaterThan(0);
  });
});
