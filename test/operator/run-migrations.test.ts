import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DescribeDBInstancesCommand, ModifyDBInstanceCommand, RDSClient } from "@aws-sdk/client-rds";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { afterEach, describe, expect, it } from "vitest";
import { type MigrateOptions, runMigrations } from "../../scripts/operator/run-migrations.ts";

const lambda = mockClient(LambdaClient);
const rds = mockClient(RDSClient);
const secrets = mockClient(SecretsManagerClient);
const said: string[] = [];
let now = 0;
afterEach(() => {
  for (const mock of [lambda, rds, secrets]) mock.reset();
  said.splice(0);
  now = 0;
});

const region = "eu-central-1";
const options: MigrateOptions = { databaseId: "budget", migrateFunction: "budget-migrate", roles: false, managedSecret: false };
const run = (more: Partial<MigrateOptions> = {}) =>
  runMigrations(
    {
      lambda: new LambdaClient({ region }),
      rds: new RDSClient({ region }),
      secrets: new SecretsManagerClient({ region }),
      sleep: async (ms) => {
        now += ms;
      },
      now: () => now,
      say: (line) => void said.push(line),
    },
    { ...options, ...more },
  );

const payload = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)) as never;
const ran = (...names: string[]) => ({ Payload: payload({ ran: names }) });
const failed = (errorMessage: string) => ({ FunctionError: "Unhandled", Payload: payload({ errorType: "DatabaseUnreachable", errorMessage }) });
const noOwner = failed('the database can\'t be reached: PAM authentication failed for user "dormouse_owner"');
const events = () => lambda.commandCalls(InvokeCommand).map(({ args }) => JSON.parse(String(args[0].input.Payload)));
const instance = (more: object = {}) => ({ DBInstances: [{ DBInstanceStatus: "available", MasterUsername: "postgres", ...more }] });
const passwords = () => rds.commandCalls(ModifyDBInstanceCommand).map(({ args }) => args[0].input.MasterUserPassword ?? "");

/** Nothing that the operator was told, or that was thrown, holds a password. */
const secretsStay = (failure?: unknown) => {
  for (const password of [...passwords(), "kept-by-rds"].filter((value) => value !== ""))
    expect(`${said.join("\n")} ${String(failure)} ${JSON.stringify(failure)}`).not.toContain(password);
};

describe("the operator's migration", () => {
  it("needs no master where the owner can log in", async () => {
    lambda.on(InvokeCommand).resolves(ran("003-budgets"));
    expect(await run()).toEqual(["003-budgets"]);
    expect(events()).toEqual([{}]);
    expect(rds.calls()).toHaveLength(0);
  });

  it("gives a new instance a fresh master password, uses it for one call, and tells it to nobody", async () => {
    rds.on(DescribeDBInstancesCommand).resolves(instance());
    rds.on(ModifyDBInstanceCommand).resolves({});
    lambda.on(InvokeCommand).resolvesOnce(noOwner).resolvesOnce(ran("001-expenses"));
    expect(await run()).toEqual(["001-expenses"]);
    const [password = ""] = passwords();
    expect(password).toMatch(/^[A-Za-z0-9_-]{40}$/);
    expect(events()).toEqual([{}, { master: { user: "postgres", password } }]);
    expect(rds.commandCalls(ModifyDBInstanceCommand)[0]?.args[0].input).toEqual({
      DBInstanceIdentifier: "budget",
      MasterUserPassword: password,
      ApplyImmediately: true,
    });
    secretsStay();
  });

  it("uses another password each time", async () => {
    rds.on(DescribeDBInstancesCommand).resolves(instance());
    rds.on(ModifyDBInstanceCommand).resolves({});
    lambda.on(InvokeCommand).resolves(ran());
    await run({ roles: true });
    await run({ roles: true });
    expect(new Set(passwords()).size).toBe(2);
  });

  it("waits until RDS has carried out the change, and until PostgreSQL takes the password", async () => {
    rds
      .on(DescribeDBInstancesCommand)
      .resolvesOnce(instance({ DBInstanceStatus: "backing-up" }))
      .resolvesOnce(instance())
      .resolvesOnce(instance({ PendingModifiedValues: { MasterUserPassword: "****" } }))
      .resolvesOnce(instance({ DBInstanceStatus: "resetting-master-credentials" }))
      .resolves(instance());
    rds.on(ModifyDBInstanceCommand).resolves({});
    const early = failed('the database can\'t be reached: password authentication failed for user "postgres"');
    lambda.on(InvokeCommand).resolvesOnce(noOwner).resolvesOnce(early).resolvesOnce(early).resolvesOnce(ran("001-expenses"));
    expect(await run()).toEqual(["001-expenses"]);
    expect(passwords()).toHaveLength(1);
  });

  it("gives up after minutes in which PostgreSQL does not take it", async () => {
    rds.on(DescribeDBInstancesCommand).resolves(instance());
    rds.on(ModifyDBInstanceCommand).resolves({});
    lambda.on(InvokeCommand).resolves(failed('password authentication failed for user "postgres"'));
    const failure = await run({ roles: true }).catch((error: unknown) => error);
    expect(String(failure)).toContain("PostgreSQL refuses the master user postgres");
    secretsStay(failure);
  });

  it("makes the roles again when told to", async () => {
    rds.on(DescribeDBInstancesCommand).resolves(instance());
    rds.on(ModifyDBInstanceCommand).resolves({});
    lambda.on(InvokeCommand).resolves(ran());
    expect(await run({ roles: true })).toEqual([]);
    expect(events()).toEqual([{ master: { user: "postgres", password: passwords()[0] } }]);
  });

  it("reads the managed secret, and changes nothing in RDS", async () => {
    rds.on(DescribeDBInstancesCommand).resolves(instance({ MasterUserSecret: { SecretArn: "arn:secret" } }));
    secrets.on(GetSecretValueCommand).resolves({ SecretString: '{"username":"boss","password":"kept-by-rds"}' });
    lambda.on(InvokeCommand).resolvesOnce(noOwner).resolvesOnce(ran("001-expenses"));
    expect(await run({ managedSecret: true })).toEqual(["001-expenses"]);
    expect(events()[1]).toEqual({ master: { user: "boss", password: "kept-by-rds" } });
    expect(passwords()).toEqual([]);
    secretsStay();
  });

  it("does not change a password that RDS manages, and knows when there is no secret", async () => {
    lambda.on(InvokeCommand).resolves(noOwner);
    rds.on(DescribeDBInstancesCommand).resolves(instance({ MasterUserSecret: { SecretArn: "arn:secret" } }));
    await expect(run()).rejects.toThrow("run this with --managed-secret");
    rds.on(DescribeDBInstancesCommand).resolves(instance());
    await expect(run({ managedSecret: true })).rejects.toThrow("run this without --managed-secret");
    expect(passwords()).toEqual([]);
  });

  it.each(['{"password":5}', "kept-by-rds", "null", ""])("says nothing of a secret that it can't read", async (SecretString) => {
    rds.on(DescribeDBInstancesCommand).resolves(instance({ MasterUserSecret: { SecretArn: "arn:secret" } }));
    secrets.on(GetSecretValueCommand).resolves({ SecretString });
    const failure = await run({ managedSecret: true, roles: true }).catch((error: unknown) => error);
    expect(String(failure)).toContain("does not hold what RDS writes into it");
    secretsStay(failure);
  });

  it("hands on what a migration failed with, and does not reach for the master then", async () => {
    lambda.on(InvokeCommand).resolves(failed("the migration 003-budgets failed: column b of relation expenses already exists"));
    await expect(run()).rejects.toThrow("the migration 003-budgets failed: column b");
    expect(rds.calls()).toHaveLength(0);
  });

  it("takes a password out of whatever the function answers", async () => {
    rds.on(DescribeDBInstancesCommand).resolves(instance());
    rds.on(ModifyDBInstanceCommand).resolves({});
    lambda.on(InvokeCommand).callsFake((input) => {
      const { master } = JSON.parse(String(input.Payload)) as { master: { password: string } };
      return failed(`bad connection string with ${master.password}`);
    });
    const failure = await run({ roles: true }).catch((error: unknown) => error);
    expect(String(failure)).toContain("bad connection string with …");
    secretsStay(failure);
  });

  it("names the IAM login when the owner can't log in although the roles are there", async () => {
    rds.on(DescribeDBInstancesCommand).resolves(instance());
    rds.on(ModifyDBInstanceCommand).resolves({});
    lambda.on(InvokeCommand).resolves(noOwner);
    await expect(run()).rejects.toThrow("rds-db:connect");
  });

  it("waits for a function that Lambda makes ready after weeks without a call", async () => {
    const inactive = Object.assign(new Error("The function is inactive"), { name: "ResourceNotReadyException" });
    const pending = Object.assign(new Error("The operation cannot be performed at this time"), { name: "ResourceConflictException" });
    const preparing = Object.assign(new Error("Lambda is initializing your function"), { name: "CodeArtifactUserPendingException" });
    lambda.on(InvokeCommand).rejectsOnce(inactive).rejectsOnce(pending).rejectsOnce(preparing).resolves(ran());
    expect(await run()).toEqual([]);
    expect(said).toEqual(["budget-migrate is being made ready by Lambda (ResourceNotReadyException); waiting"]);
  });

  it("does not wait for ever, nor for what waiting does not mend", async () => {
    lambda.on(InvokeCommand).rejects(Object.assign(new Error("inactive"), { name: "ResourceNotReadyException" }));
    await expect(run()).rejects.toMatchObject({ name: "ResourceNotReadyException" });
    lambda.on(InvokeCommand).rejects(Object.assign(new Error("no"), { name: "AccessDeniedException" }));
    await expect(run()).rejects.toMatchObject({ name: "AccessDeniedException" });
    lambda.on(InvokeCommand).rejects(Object.assign(new Error("no"), { name: "ResourceNotFoundException" }));
    await expect(run()).rejects.toThrow('part "lifecycle" has no schema');
  });

  it("may run twice: the second time nothing is left to do", async () => {
    rds.on(DescribeDBInstancesCommand).resolves(instance());
    rds.on(ModifyDBInstanceCommand).resolves({});
    lambda.on(InvokeCommand).resolvesOnce(noOwner).resolvesOnce(ran("001-expenses")).resolves(ran());
    await run();
    expect(await run()).toEqual([]);
    expect(passwords()).toHaveLength(1);
  });
});
