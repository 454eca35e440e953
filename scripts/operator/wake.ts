/** `npm run wake -- --deployment budget --hold 1h`: wakes the database and keeps it awake, e.g. before `terraform apply`: a stopped instance can't be modified. */
import { parseArgs } from "node:util";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { patience } from "../../src/aws/clients.ts";
import { awakePorts, operatorName, run } from "./cli.ts";
import { findDeployment } from "./deployment.ts";
import { deploymentName, terraformName } from "./deployment-name.ts";
import { parseDuration } from "./duration.ts";
import { keepAwake } from "./keep-awake.ts";

const usage = "npm run wake -- [--deployment NAME] [--hold 1h] [--reason TEXT]";

await run(usage, async (terminal) => {
  const { values } = parseArgs({
    options: {
      deployment: { type: "string" },
      name: { type: "string" },
      hold: { type: "string", default: "1h" },
      reason: { type: "string", default: "npm run wake" },
    },
  });
  const holdMs = parseDuration(values.hold);
  const lambda = new LambdaClient(patience(10_000));
  const deployment = await findDeployment(lambda, await deploymentName(values, { ...terminal, terraformName }));
  const { databaseId, mode, wakeTimeoutMinutes } = deployment;
  const wanted = { databaseId, mode, holdMs, wakeMs: wakeTimeoutMinutes * 60_000, by: operatorName(), reason: values.reason };
  const kept = await keepAwake(awakePorts(deployment, lambda, terminal), wanted);
  terminal.say(`${databaseId} is awake, and held until ${new Date(kept.until).toISOString()}. DELETE /database/hold, or the console, ends that earlier.`);
});
