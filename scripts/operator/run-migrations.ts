/** The operator's migration: with the owner's IAM login where the roles are there already, else with the master user for one moment. */
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { NOT_READY } from "../../src/aws/functions.ts";
import { freshMaster, type Master, type MasterPorts, managedMaster } from "./master.ts";

export interface MigratePorts extends MasterPorts {
  lambda: LambdaClient;
  /** Ends the wait for the function; the function itself goes on. */
  signal?: AbortSignal;
  say(line: string): void;
}

export interface MigrateOptions {
  databaseId: string;
  migrateFunction: string;
  /** Make the roles again although the owner can log in: after a change of `roles` in system.json. */
  roles: boolean;
  managedSecret: boolean;
}

type Answer = { ran: string[] } | { failed: string };

const RETRY_MS = 5000;
const PATIENCE_MS = 5 * 60_000;
/** What passes within minutes: a function that nobody has called for weeks is made ready, or AWS has too much to do. */
const NOT_YET = new Set([...NOT_READY, "TooManyRequestsException", "ENILimitReachedException", "EC2ThrottledException"]);

/** What PostgreSQL says when the roles, or the database, are still to be made. */
const needsRoles = (why: string) =>
  /authentication failed for user|role "[^"]*" does not exist|database "[^"]*" does not exist|is not permitted to log in/.test(why);
/** What it says to a master whose new password does not hold yet. */
const tooEarly = (why: string, user: string) => why.includes(`authentication failed for user "${user}"`);

/** Names of the migrations that ran. May run twice. Throws an Error with a sentence for the operator, in which no password is. */
export async function runMigrations(ports: MigratePorts, options: MigrateOptions): Promise<string[]> {
  if (!options.roles) {
    const answer = await migrate(ports, options, null);
    if ("ran" in answer) return answer.ran;
    if (!needsRoles(answer.failed)) throw new Error(`the migration failed: ${answer.failed}`);
    ports.say("the owner of the schema can't log in yet: the roles are made first");
  }
  const master = options.managedSecret ? await managedMaster(ports, options.databaseId) : await freshMaster(ports, options.databaseId);
  ports.say(options.managedSecret ? "the managed secret is used for this one call" : "the instance has a fresh master password, which nobody keeps");
  const end = ports.now() + PATIENCE_MS;
  for (;;) {
    const answer = await migrate(ports, options, master);
    if ("ran" in answer) return answer.ran;
    const why = answer.failed.replaceAll(master.password, "…");
    if (tooEarly(why, master.user) && ports.now() < end) {
      await ports.sleep(RETRY_MS);
      continue;
    }
    if (tooEarly(why, master.user))
      throw new Error(`PostgreSQL refuses the master user ${master.user} with its ${options.managedSecret ? "managed" : "fresh"} password`);
    if (needsRoles(why))
      throw new Error(
        `the roles were made, and still: ${why}. May ${options.migrateFunction} log in by IAM (rds-db:connect), and is IAM login on for the instance?`,
      );
    throw new Error(`the migration failed: ${why}`);
  }
}

async function migrate({ lambda, signal, now, sleep, say }: MigratePorts, { migrateFunction }: MigrateOptions, master: Master | null): Promise<Answer> {
  const end = now() + PATIENCE_MS;
  for (let said = false; ; said = true) {
    try {
      const Payload = JSON.stringify(master === null ? {} : { master });
      const answer = await lambda.send(new InvokeCommand({ FunctionName: migrateFunction, InvocationType: "RequestResponse", Payload }), {
        ...(signal ? { abortSignal: signal } : {}),
      });
      const value = JSON.parse(new TextDecoder().decode(answer.Payload)) as { ran?: unknown; errorMessage?: unknown };
      if (answer.FunctionError !== undefined) return { failed: String(value.errorMessage ?? answer.FunctionError) };
      return { ran: Array.isArray(value.ran) ? value.ran.map(String) : [] };
    } catch (error) {
      const name = error instanceof Error ? error.name : "";
      if (name === "ResourceNotFoundException")
        throw new Error(`there is no function ${migrateFunction}: part "lifecycle" has no schema of its own`, { cause: error });
      if (!NOT_YET.has(name) || now() >= end) throw error;
      if (!said) say(`${migrateFunction} is being made ready by Lambda (${name}); waiting`);
      await sleep(RETRY_MS);
    }
  }
}
