/** `npm run create-user -- --name ann --email ann@example.com [--operator]`: makes a user of a deployment. `--name` is the user's; the deployment's is `--deployment`. */
import { parseArgs } from "node:util";
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { patience } from "../../src/aws/clients.ts";
import { run } from "./cli.ts";
import { findDeployment } from "./deployment.ts";
import { deploymentName, terraformName } from "./deployment-name.ts";
import { UsageError } from "./usage.ts";
import { createUser, problemsOf, userPoolOf } from "./users.ts";

const usage = "npm run create-user -- --name USER --email ADDRESS [--operator] [--deployment NAME]";

await run(usage, async (terminal) => {
  const { values } = parseArgs({
    options: {
      name: { type: "string", default: "" },
      email: { type: "string", default: "" },
      operator: { type: "boolean", default: false },
      deployment: { type: "string" },
    },
  });
  const { name, email, operator } = values;
  const problems = problemsOf({ name, email });
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  const deployment = await deploymentName({ deployment: values.deployment }, { ...terminal, terraformName });
  const { authUrl } = await findDeployment(new LambdaClient(patience(10_000)), deployment);
  const cognito = new CognitoIdentityProviderClient(patience(10_000));
  for (const line of await createUser(cognito, await userPoolOf(cognito, authUrl), { name, email, operator })) terminal.say(line);
});
