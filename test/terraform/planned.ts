/**
 * What Terraform would make, as data: the state that `terraform test -json -verbose` prints for each run of a test file, under a mocked provider.
 * Works with the schema-only provider (`../shared/terraform/offline`) or a Terraform that is installed and initialised; `unavailable` says why not.
 */
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildFunctions, functionNames } from "../../scripts/build.ts";
import { type Module, messages, type Resource, testedRoot, type Values } from "../../scripts/terraform/tested.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
const terraform = join(root, "terraform");
const offline = join(root, "..", "shared", "terraform", "offline");

export class Planned {
  readonly resources: readonly Resource[];
  constructor(resources: readonly Resource[]) {
    this.resources = resources;
  }

  /** Every managed resource of a type. */
  all(type: string): Resource[] {
    return this.resources.filter((resource) => resource.mode === "managed" && resource.type === type);
  }

  /** The one resource of a type whose attribute has this value. Throws when there is none, or more than one. */
  one(type: string, attribute: string, value: unknown): Resource {
    const found = this.all(type).filter((resource) => resource.values[attribute] === value);
    const [first] = found;
    if (first === undefined || found.length > 1) throw new Error(`there are ${found.length} ${type} whose ${attribute} is ${String(value)}`);
    return first;
  }
}

/** null: Terraform can run here; else why not. */
export function unavailable(): string | null {
  if (existsSync(offline)) return null;
  if (spawnSync("terraform", ["version"]).status !== 0) return "no Terraform on this machine";
  return existsSync(join(terraform, ".terraform", "providers")) ? null : "run `npm run terraform` once, so that the provider is there";
}

async function ask(args: string[]): Promise<string> {
  const [command = "", ...rest] = existsSync(offline) ? [offline, "terraform", ...args] : ["terraform", ...args];
  try {
    return (await run(command, rest, { cwd: root, maxBuffer: 512 * 1024 * 1024 })).stdout;
  } catch (error) {
    const printed = typeof error === "object" && error !== null && "stdout" in error ? String(error.stdout) : "";
    const problems = messages(printed).filter(({ type }) => type === "diagnostic");
    throw new Error(`terraform ${args.join(" ")} failed:\n${problems.map((problem) => JSON.stringify(problem.diagnostic)).join("\n") || String(error)}`);
  }
}

const flatten = (module: Module): Resource[] => [...(module.resources ?? []), ...(module.child_modules ?? []).flatMap(flatten)];

/** Runs the root's tests, unless they have just been; what each run would make, by the run's name. Builds the bundles where they are missing. */
export async function planned(): Promise<Map<string, Planned>> {
  const names = await functionNames();
  if (names.some((name) => !existsSync(join(root, "dist", `${name}.zip`)))) await buildFunctions();
  const printed = await testedRoot(async () => {
    if (existsSync(offline)) await ask([`-chdir=${terraform}`, "get"]);
    return ask([`-chdir=${terraform}`, "test", "-json", "-verbose"]);
  });
  const runs = new Map<string, Planned>();
  for (const message of messages(printed)) {
    const module = message.test_state?.root_module;
    if (message.type === "test_state" && module && message["@testrun"] !== undefined) runs.set(message["@testrun"], new Planned(flatten(module)));
  }
  return runs;
}

export const text = (value: unknown): string => {
  if (typeof value !== "string") throw new Error(`expected a text, not ${JSON.stringify(value)}`);
  return value;
};

/** A nested block: Terraform keeps it as a list. */
export const block = (value: unknown): Values => {
  const [first, ...more] = list(value);
  if (typeof first !== "object" || first === null || more.length > 0) throw new Error(`expected one block, not ${JSON.stringify(value)}`);
  return first as Values;
};

export const list = (value: unknown): unknown[] => {
  if (!Array.isArray(value)) throw new Error(`expected a list, not ${JSON.stringify(value)}`);
  return value;
};

export interface Statement {
  Effect: "Allow" | "Deny";
  Action: string | string[];
  Resource: string | string[];
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

/** The statements of a policy that is JSON text. */
export const statements = (policy: unknown): Statement[] => (JSON.parse(text(policy)) as { Statement: Statement[] }).Statement;

/** Each action with each resource that a policy allows, sorted. */
export function allowed(policy: unknown): string[] {
  return statements(policy)
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action, Resource }) => [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} on ${resource}`)))
    .sort();
}
