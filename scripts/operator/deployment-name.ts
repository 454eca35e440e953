/**
 * Which deployment a command is for: `--deployment`, else what `terraform output` says in this checkout. Where a command has no other name to give,
 * `--name` means the same.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { UsageError } from "./usage.ts";

/** The output `name` of terraform/ here; null when there is no Terraform, no state, or no such output in it. */
export async function terraformName(folder = join(import.meta.dirname, "../../terraform")): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)("terraform", [`-chdir=${folder}`, "output", "-raw", "-no-color", "name"], { timeout: 30_000 });
    // An empty state is a warning on stdout and exit code 0 in some versions: only a name is a name.
    return /^[a-z][a-z0-9-]*$/.test(stdout.trim()) ? stdout.trim() : null;
  } catch {
    return null;
  }
}

export interface NamePorts {
  terraformName(): Promise<string | null>;
  say(line: string): void;
}

/** The deployment's name. Throws `UsageError` when it is not given and nobody knows it, or when it is given twice and differs. */
export async function deploymentName(given: { deployment?: string | undefined; name?: string | undefined }, ports: NamePorts): Promise<string> {
  const { deployment, name } = given;
  if (deployment !== undefined && name !== undefined && deployment !== name)
    throw new UsageError(`--deployment says ${deployment} and --name says ${name}: here both are the deployment's name, and one is enough`);
  const told = deployment ?? name;
  if (told !== undefined) {
    if (told === "") throw new UsageError("the deployment's name is empty");
    return told;
  }
  const found = await ports.terraformName();
  if (found === null) throw new UsageError("which deployment? --deployment NAME says it (terraform/ has no state here that would tell)");
  ports.say(`deployment: ${found} (from terraform output)`);
  return found;
}
