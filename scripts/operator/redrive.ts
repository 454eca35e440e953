/**
 * `npm run redrive -- --deployment budget`: what failed for good, with its reason. Changes nothing unless told to: `--send` sends it again, `--delete` deletes it,
 * each for all messages or for the one that `--message` names.
 */
import { parseArgs } from "node:util";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SQSClient } from "@aws-sdk/client-sqs";
import { patience } from "../../src/aws/clients.ts";
import system from "../../system.json" with { type: "json" };
import { run } from "./cli.ts";
import { deploymentName, terraformName } from "./deployment-name.ts";
import { redrive } from "./redriving.ts";
import { UsageError } from "./usage.ts";

const usage = "npm run redrive -- [--deployment NAME] [--show] [--message ID] [--send | --delete]";

await run(usage, async (terminal) => {
  const { values } = parseArgs({
    options: {
      deployment: { type: "string" },
      name: { type: "string" },
      message: { type: "string" },
      show: { type: "boolean", default: false },
      send: { type: "boolean", default: false },
      delete: { type: "boolean", default: false },
    },
  });
  if (values.send && values.delete) throw new UsageError("--send or --delete, not both: what was sent again is deleted by itself");
  const deployment = await deploymentName(values, { ...terminal, terraformName });
  const ports = { sqs: new SQSClient(patience(10_000)), lambda: new LambdaClient(patience(10_000)), now: () => Date.now(), ...terminal };
  const { failed } = await redrive(ports, {
    deployment,
    functions: Object.keys(system.functions).map((key) => `${deployment}-${key}`),
    queues: Object.keys(system.queues),
    message: values.message ?? null,
    show: values.show,
    act: values.send ? "send" : values.delete ? "delete" : null,
  });
  if (failed > 0) throw new Error(`${failed} could not be ${values.send ? "sent again" : "deleted"}; they lie where they were`);
});
