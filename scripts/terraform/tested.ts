/**
 * What `terraform test -json -verbose` prints for the root: each run's state, which the tests of `test/terraform` read. It takes half a minute, so what was
 * printed for the same configuration, bundles and provider is kept and printed again.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const file = join(root, "terraform", ".terraform", "tested.jsonl");

/** An attribute's value as JSON; read with the helpers below. */
export type Values = Record<string, unknown>;

export interface Resource {
  address: string;
  mode: "managed" | "data";
  type: string;
  name: string;
  /** Key of `for_each`, number of `count`. */
  index?: string | number;
  values: Values;
}

export interface Module {
  resources?: Resource[];
  child_modules?: Module[];
}

/** A line of what is printed. */
export interface Message {
  "@level": string;
  "@message": string;
  type?: string;
  "@testrun"?: string;
  diagnostic?: unknown;
  test_state?: { root_module?: Module };
}

export const messages = (text: string): Message[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Message);

/** What the result depends on: everything that Terraform reads. */
function inputs(): string {
  const paths = globSync(["terraform/**/*.{tf,hcl,json}", "system.json", "dist/*.zip"], { cwd: root, exclude: ["terraform/**/.terraform"] }).sort();
  const hash = createHash("sha256");
  for (const path of paths)
    hash
      .update(`${path}\n`)
      .update(readFileSync(join(root, path)))
      .update("\n");
  return hash.digest("hex");
}

/** `run` runs `terraform -chdir=terraform test -json -verbose` and gives what it printed; it throws when a run fails. */
export async function testedRoot(run: () => Promise<string>): Promise<string> {
  const key = inputs();
  const kept = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (kept.startsWith(`${key}\n`)) return kept;
  const printed = await run();
  mkdirSync(dirname(file), { recursive: true });
  // Somebody may read it at this moment: what they find is whole.
  writeFileSync(`${file}.${process.pid}`, `${key}\n${printed}`);
  renameSync(`${file}.${process.pid}`, file);
  return printed;
}
