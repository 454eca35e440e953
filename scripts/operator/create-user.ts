/** `npm run create-user -- --name ann --email ann@example.com [--operator]`: makes a user of a deployment. Its name is `--deployment`, or what `terraform output` says. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { patience } from "../../src/aws/clients.ts";
import { run, UsageError } from "./cli.ts";
import { findDeployment } from "./deployment.ts";
import { createUser, problemsOf, userPoolOf } from "./users.ts";

const usage = "npm run create-user -- --name NAME --email ADDRESS [--operator] [--deployment DEPLOYMENT]";

async function deploymentInTerraform(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("terraform", [`-chdir=${join(import.meta.dirname, "../../terraform")}`, "output", "-raw", "name"]);
    return stdout.trim();
  } catch {
    throw new UsageError("--deployment is needed: the deployment's name (terraform/ has no state here that would tell it)");
  }
}

await run(usage, async ({ say }) => {
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
  const { authUrl } = await findDeployment(new LambdaClient(patience(10_000)), values.deployment ?? (await deploymentInTerraform()));
  const cognito = new CognitoIdentityProviderClient(patience(10_000));
  for (const line of await createUser(cognito, await userPoolOf(cognito, authUrl), { name, email, operator })) say(line);
});
