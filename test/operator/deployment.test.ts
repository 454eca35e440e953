import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { mockClient } from "aws-sdk-client-mock";
import { afterEach, describe, expect, it } from "vitest";
import { findDeployment } from "../../scripts/operator/deployment.ts";
import system from "../../system.json" with { type: "json" };

const lambda = mockClient(LambdaClient);
afterEach(() => lambda.reset());
const find = (name: string) => findDeployment(new LambdaClient({ region: "eu-central-1" }), name);
const variables = {
  DATABASE_ID: "budget",
  STATE_TABLE: "budget-state",
  RECONCILE_FUNCTION: "budget-reconcile",
  MODE: "manage",
  WAKE_TIMEOUT_MINUTES: "60",
  AUTH_URL: "https://budget-1a2b.auth.eu-central-1.amazoncognito.com",
};

describe("a deployment", () => {
  it("is what the environment of its function control says", async () => {
    lambda.on(GetFunctionConfigurationCommand).resolves({ Environment: { Variables: variables } });
    expect(await find("budget")).toEqual({
      name: "budget",
      databaseId: "budget",
      stateTable: "budget-state",
      reconcileFunction: "budget-reconcile",
      migrateFunction: "budget-migrate",
      mode: "manage",
      wakeTimeoutMinutes: 60,
      authUrl: "https://budget-1a2b.auth.eu-central-1.amazoncognito.com",
    });
    expect(lambda.commandCalls(GetFunctionConfigurationCommand)[0]?.args[0].input).toEqual({ FunctionName: "budget-control" });
  });

  it("reads only what system.json gives that function", () => {
    expect(Object.keys(system.functions.control.environment)).toEqual(expect.arrayContaining(Object.keys(variables)));
  });

  it("that is not there is told with its name and the region", async () => {
    lambda.on(GetFunctionConfigurationCommand).rejects(Object.assign(new Error("Function not found"), { name: "ResourceNotFoundException" }));
    await expect(find("budget")).rejects.toThrow("there is no function budget-control in eu-central-1");
  });

  it("whose function is somebody else's is no deployment", async () => {
    lambda.on(GetFunctionConfigurationCommand).resolves({ Environment: { Variables: { DATABASE_ID: "x" } } });
    await expect(find("budget")).rejects.toThrow("budget-control has no STATE_TABLE");
    lambda.on(GetFunctionConfigurationCommand).resolves({});
    await expect(find("budget")).rejects.toThrow("budget-control has no DATABASE_ID");
  });

  it.each(["", "Budget", "budget/x", "1st", "a b"])("is never asked for by the name %j", async (name) => {
    await expect(find(name)).rejects.toThrow("is no name of a deployment");
    expect(lambda.calls()).toHaveLength(0);
  });

  it("that may not be read fails with AWS's own error", async () => {
    lambda.on(GetFunctionConfigurationCommand).rejects(Object.assign(new Error("no"), { name: "AccessDeniedException" }));
    await expect(find("budget")).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});
