/** Brings the database's schema up to date with the `migrate` bundle, while the simulated instance sleeps on. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StartError } from "./data-dir.ts";
import type { LambdaService } from "./lambda/service.ts";
import type { Rds } from "./rds/server.ts";

/**
 * Does nothing when the files in `migrations` are those of the last time. Throws `StartError` with what the function said;
 * the next start tries again.
 */
export async function migrate(options: { dataDir: string; migrations: string; lambda: LambdaService; rds: Rds }): Promise<void> {
  const { lambda, rds } = options;
  const hash = createHash("sha256");
  for (const name of readdirSync(options.migrations).sort())
    hash
      .update(name)
      .update("\0")
      .update(readFileSync(join(options.migrations, name)))
      .update("\0");
  const wanted = hash.digest("hex");
  const file = join(options.dataDir, "migrated");
  if ((await readFile(file, "utf8").catch(() => "")) === wanted) return;
  const { masterUser: user, masterPassword: password } = rds.postgres;
  const outcome = await rds.withDatabaseUp(() => lambda.invoke("migrate", { master: { user, password } }));
  if (outcome.functionError !== null) {
    const { errorMessage } = JSON.parse(outcome.payload) as { errorMessage?: string };
    const log = join(options.dataDir, "logs", "migrate.log");
    throw new StartError(`the database could not be brought up to date: ${errorMessage ?? outcome.payload} (more in ${log})`);
  }
  await writeFile(file, wanted);
}
