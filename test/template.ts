/**
 * Directories that take a second to make and are alike for every test, such as a migrated database: made once for what they depend on, kept beside the
 * packages, and copied. Two that make the same at once make it twice, and one of them is kept.
 */
import { execFile, spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const cache = join(root, "node_modules", ".cache", "dormouse");
/** Only root may give files to another: to PostgreSQL's user, as whom the server runs then. */
const isRoot = process.getuid?.() === 0;

export interface Template {
  name: string;
  /** Files of the project, as globs: another content of any makes another template. */
  inputs: string[];
  /** Makes the directory, which is not there yet; PostgreSQL's user gets through to it. */
  make(directory: string): Promise<void>;
}

const kept = new Map<string, Promise<string>>();

function keyOf({ name, inputs }: Template): string {
  const hash = createHash("sha256").update(isRoot ? spawnSync("id", ["-u", "postgres"]).stdout : "");
  for (const path of globSync([...inputs, "package-lock.json"], { cwd: root }).sort())
    if (statSync(join(root, path)).isFile()) hash.update(`\n${path}\n`).update(readFileSync(join(root, path)));
  return `${name}-${hash.digest("hex").slice(0, 16)}`;
}

/** Modes and owners as they are, which Node's own does not keep; and by a process of its own, because platforms run in this one meanwhile. */
async function copy(from: string, to: string): Promise<void> {
  if (process.platform === "win32") await cp(from, to, { recursive: true });
  else await run("cp", ["-a", from, to]);
}

async function keep(template: Template): Promise<string> {
  const there = join(cache, keyOf(template));
  if (existsSync(there)) return there;
  await mkdir(cache, { recursive: true });
  const home = await mkdtemp(join(tmpdir(), "dormouse-template-"));
  const fresh = join(cache, randomUUID());
  try {
    await chmod(home, 0o755);
    await template.make(join(home, "made"));
    await copy(join(home, "made"), fresh);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
  // Again: PostgreSQL's user may have been made with it. Only what is whole gets the name.
  const key = keyOf(template);
  await rename(fresh, join(cache, key)).catch(() => rm(fresh, { recursive: true, force: true }));
  const old = (await readdir(cache)).filter((name) => name.startsWith(`${template.name}-`) && name !== key);
  for (const name of old) await rm(join(cache, name), { recursive: true, force: true });
  return join(cache, key);
}

/** Puts a copy of the template to a path where nothing is yet. */
export async function copyTemplate(template: Template, to: string): Promise<void> {
  const path = kept.get(template.name) ?? keep(template);
  kept.set(template.name, path);
  await copy(await path, to);
}
