/**
 * `npm run terraform`: format, README tables, validate and test, for the root, each module and each example.
 * `-- --docs` writes the README tables, `-- --check` only checks them. `-- modules/network` looks at one folder alone.
 * Folders are made ready by `terraform init -backend=false`; under TERRAFORM_OFFLINE=1 (a provider that knows only its schema) by `terraform get`.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { documentModule } from "./terraform/docs.ts";
import { messages, testedRoot } from "./terraform/tested.ts";

const root = join(import.meta.dirname, "..", "terraform");
const offline = process.env.TERRAFORM_OFFLINE === "1";

/** One copy of the provider (700 MB) for all folders, unless the user's own settings name another place. */
const cache = process.env.TF_PLUGIN_CACHE_DIR ?? join(root, ".terraform", "plugin-cache");
const environment = {
  TF_IN_AUTOMATION: "1",
  ...(offline ? {} : { TF_PLUGIN_CACHE_DIR: cache, TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "1" }),
};

interface Ran {
  ok: boolean;
  /** What it printed, both streams. */
  text: string;
}

/** Every folder that holds a configuration of its own: the root, modules, examples. */
export function terraformFolders(): string[] {
  const within = (folder: string) =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map((entry) => join(root, folder, entry.name))
      : [];
  return [root, ...within("modules"), ...within("examples")].sort();
}

/** Under development overrides Terraform warns each time; nobody can do anything about it. */
const quiet = (text: string) => text.replace(/\n?.*Warning: Provider development overrides are in effect[\s\S]*?published\s+releases\.\n?/g, "").trim();

function run(args: string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn("terraform", args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } });
    let text = "";
    child.stdout.on("data", (chunk) => (text += chunk));
    child.stderr.on("data", (chunk) => (text += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ ok: code === 0, text }));
  });
}

/** Modules, and the provider where it is a real one. What went wrong, or null. */
async function prepare(dir: string): Promise<string | null> {
  const [command = "", ...rest] = offline ? ["get", "-no-color"] : ["init", "-backend=false", "-input=false", "-no-color"];
  const ran = await run([`-chdir=${dir}`, command, ...rest]);
  return ran.ok ? null : `terraform ${command}:\n${quiet(ran.text)}`;
}

/** Runs the tests of one folder. Those of the root print what they would make, for the tests of `test/terraform`. */
async function test(dir: string): Promise<Ran> {
  if (dir !== root) return run([`-chdir=${dir}`, "test", "-no-color"]);
  try {
    const printed = await testedRoot(async () => {
      const ran = await run([`-chdir=${dir}`, "test", "-json", "-verbose"]);
      if (!ran.ok) throw new TestsFailed(ran.text);
      return ran.text;
    });
    return { ok: true, text: told(printed) };
  } catch (error) {
    if (!(error instanceof TestsFailed)) throw error;
    return { ok: false, text: told(error.message) };
  }
}

class TestsFailed extends Error {}

/** What a person reads of it. */
const told = (printed: string) =>
  messages(printed)
    .flatMap((message) => {
      if (message.diagnostic !== undefined) return [JSON.stringify(message.diagnostic, null, 2)];
      const over = message.type === "test_run" && !/(in progress|tearing down)$/.test(message["@message"]);
      return over || message.type === "test_summary" ? [message["@message"].trim()] : [];
    })
    .join("\n");

/** Validates and tests one folder. `terraform test` validates before each of its runs (tried with 1.11), and each look at the provider's schema takes seconds. */
async function look(dir: string): Promise<{ failed: string | null; tests: number }> {
  if (!existsSync(join(dir, "tests"))) {
    const validated = await run([`-chdir=${dir}`, "validate", "-no-color"]);
    return { failed: validated.ok ? null : `terraform validate:\n${quiet(validated.text)}`, tests: 0 };
  }
  const tested = await test(dir);
  const tests = Number(/(\d+) passed/.exec(tested.text)?.[1] ?? 0);
  return { failed: tested.ok ? null : `terraform test:\n${quiet(tested.text)}`, tests };
}

/** At most `width` at once: each Terraform starts a provider of its own. */
async function each<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

function documentation(folders: readonly string[], check: boolean): string[] {
  return folders.flatMap((dir) => {
    const result = documentModule(dir, check);
    if (result === "written") console.log(`${relative(root, join(dir, "README.md"))} written`);
    return result === "differs" ? [`${relative(root, dir) || "."}/README.md is not up to date: npm run terraform -- --docs`] : [];
  });
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { docs: { type: "boolean" }, check: { type: "boolean" } }, allowPositionals: true });
  const all = terraformFolders();
  const unknown = positionals.filter((folder) => !all.includes(join(root, folder)));
  if (unknown.length > 0) throw new Error(`There is no ${unknown.join(", ")} in terraform/.`);
  const folders = positionals.length > 0 ? positionals.map((folder) => join(root, folder)) : all;

  const problems = documentation(folders, values.docs !== true);
  if (values.docs !== true && values.check !== true) {
    const formatted = await run([`-chdir=${root}`, "fmt", "-check", "-recursive", "-diff", "-no-color"]);
    if (!formatted.ok) problems.push(`not as terraform fmt writes it:\n${formatted.text}`);
    if (!offline) mkdirSync(cache, { recursive: true });
    const unready = new Map<string, string>();
    // One after the other: two at once would write the same copy of the provider.
    for (const dir of folders) {
      const wrong = await prepare(dir);
      if (wrong !== null) unready.set(dir, wrong);
    }
    await each(folders, availableParallelism(), async (dir) => {
      const name = relative(root, dir) || ".";
      const wrong = unready.get(dir);
      const { failed, tests } = wrong === undefined ? await look(dir) : { failed: wrong, tests: 0 };
      if (failed !== null) problems.push(`${name}: ${failed}`);
      console.log(`${failed === null ? "ok  " : "BAD "} ${name}${tests > 0 ? ` (${tests} tests)` : ""}`);
    });
  }
  if (problems.length > 0) throw new Error(problems.join("\n\n"));
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT" && String(error.message).includes("terraform");
    console.error(missing ? "There is no terraform on this machine: install Terraform 1.11 or newer." : error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
