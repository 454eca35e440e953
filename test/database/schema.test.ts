import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FinanceDatabase, startFinance } from "./finance.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
let database: FinanceDatabase;
let folder = "";
beforeAll(async () => {
  [database, folder] = await Promise.all([startFinance(), mkdtemp(join(tmpdir(), "dormouse-schema-"))]);
});
afterAll(async () => {
  await database?.close();
  await rm(folder, { recursive: true, force: true });
});

test("src/database/schema.ts is what kysely-codegen makes of the migrated database (npm run schema writes it)", async () => {
  const outFile = join(folder, "schema.ts");
  const { host, port } = database.endpoint;
  const args = [
    "--dialect=postgres",
    `--url=postgres://dormouse_owner@${host}:${port}/app?sslmode=no-verify`,
    "--date-parser=string",
    "--exclude-pattern=kysely_*",
    `--out-file=${outFile}`,
  ];
  await run(process.execPath, [join(root, "node_modules/kysely-codegen/dist/cli/bin.js"), ...args], { cwd: folder });
  await run(process.execPath, [join(root, "node_modules/@biomejs/biome/bin/biome"), "check", "--write", "--vcs-enabled=false", outFile], { cwd: root }).catch(
    () => {},
  );
  const made = (await readFile(outFile, "utf8")).replaceAll("DB", "Tables");
  await expect(made).toMatchFileSnapshot("../../src/database/schema.ts");
});
