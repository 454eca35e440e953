/**
 * Where a deployment's parts are. One rule: the function `x` of the deployment `budget` is named `budget-x`; everything else (instance, table, where people
 * sign in) is read from the environment of that function, so that it is what the running code uses.
 */
import { GetFunctionConfigurationCommand, type LambdaClient } from "@aws-sdk/client-lambda";

export interface Deployment {
  name: string;
  databaseId: string;
  stateTable: string;
  reconcileFunction: string;
  migrateFunction: string;
  mode: string;
  /** Minutes after which a wake is given up. */
  wakeTimeoutMinutes: number;
  /** Base URL of the sign-in pages. */
  authUrl: string;
}

/** As Terraform allows it (`var.name`). */
const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** Throws an Error with a sentence for the operator. */
export async function findDeployment(lambda: LambdaClient, name: string): Promise<Deployment> {
  if (!NAME.test(name)) throw new Error(`"${name}" is no name of a deployment: lower-case letters, digits and hyphens, as in terraform's -var name=…`);
  const control = `${name}-control`;
  const environment = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: control })).then(
    ({ Environment }) => Environment?.Variables ?? {},
    async (error: unknown) => {
      if (!(error instanceof Error) || error.name !== "ResourceNotFoundException") throw error;
      throw new Error(`there is no function ${control} in ${await lambda.config.region()}: is the name right, the region (AWS_REGION), the account?`, {
        cause: error,
      });
    },
  );
  const value = (variable: string): string => {
    const found = environment[variable];
    if (!found) throw new Error(`the function ${control} has no ${variable} in its environment: is it Dormouse's?`);
    return found;
  };
  return {
    name,
    databaseId: value("DATABASE_ID"),
    stateTable: value("STATE_TABLE"),
    reconcileFunction: value("RECONCILE_FUNCTION"),
    migrateFunction: `${name}-migrate`,
    mode: value("MODE"),
    wakeTimeoutMinutes: Number(value("WAKE_TIMEOUT_MINUTES")),
    authUrl: value("AUTH_URL"),
  };
}
