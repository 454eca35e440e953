/**
 * `npm run migrate -- --deployment budget`: brings the schema of a deployment up to date, without a way into its network. Wakes and holds the database, makes
 * the roles if they are not there (with the master user, for one moment), invokes `<name>-migrate`, and gives the hold back.
 */
import { parseArgs } from "node:util";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient } from "@aws-sdk/client-rds";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { patience } from "../../src/aws/clients.ts";
import { awakePorts, operatorName, run } from "./cli.ts";
import { findDeployment } from "./deployment.ts";
import { deploymentName, terraformName } from "./deployment-name.ts";
import { keepAwake } from "./keep-awake.ts";
import { runMigrations } from "./run-migrations.ts";

const usage = "npm run migrate -- [--deployment NAME] [--managed-secret] [--roles]";
/** Longer than the longest run: setting a password, then the function's own five minutes. */
const HOLD_MS = 45 * 60_000;

await run(usage, async (terminal) => {
  const { values } = parseArgs({
    options: {
      deployment: { type: "string" },
      name: { type: "string" },
      "managed-secret": { type: "boolean", default: false },
      roles: { type: "boolean", default: false },
    },
  });
  const lambda = new LambdaClient(patience(10_000));
  const deployment = await findDeployment(lambda, await deploymentName(values, { ...terminal, terraformName }));
  const { databaseId, mode, migrateFunction, wakeTimeoutMinutes } = deployment;
  const wanted = { databaseId, mode, holdMs: HOLD_MS, wakeMs: wakeTimeoutMinutes * 60_000, by: operatorName(), reason: "npm run migrate" };
  const kept = await keepAwake(awakePorts(deployment, lambda, terminal), wanted);
  try {
    const ran = await runMigrations(
      {
        ...terminal,
        // One attempt, as long as the function may run: a second one beside it would only wait for its lock.
        lambda: new LambdaClient(patience(310_000, 1)),
        rds: new RDSClient(patience(10_000)),
        secrets: new SecretsManagerClient(patience(10_000)),
        now: () => Date.now(),
      },
      { databaseId, migrateFunction, roles: values.roles, managedSecret: values["managed-secret"] },
    );
    terminal.say(ran.length === 0 ? "The schema is up to date; nothing had to be done." : `These migrations ran: ${ran.join(", ")}.`);
  } finally {
    await kept.release();
  }
});
