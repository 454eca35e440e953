import { beforeAll, describe, expect, it } from "vitest";
import { permissionsOf } from "../../local/gate.ts";
import { corsOf } from "../../local/http/cors.ts";
import { readSystem } from "../../src/system.ts";
import systemJson from "../../system.json" with { type: "json" };
import { allowed, block, list, Planned, planned, statements, text, unavailable } from "./planned.ts";

const system = readSystem(systemJson);
const reason = unavailable();
if (reason !== null) console.log(`skipped: what Terraform plans for an existing database (${reason})`);

describe.skipIf(reason !== null)("Terraform around a database that exists", () => {
  let outside = new Planned([]);
  let inside = new Planned([]);

  beforeAll(async () => {
    const runs = await planned();
    outside = runs.get("from_outside_watching") ?? outside;
    inside = runs.get("from_inside_with_the_longest_name") ?? inside;
  }, 600_000);

  const environment = (plan: Planned, name: string) =>
    block(plan.one("aws_lambda_function", "function_name", name).values.environment).variables as Record<string, string>;
  const keys = (plan: Planned, prefix: string) => plan.all("aws_lambda_function").map(({ values }) => text(values.function_name).slice(prefix.length));
  const longest = "a-name-of-24-characters0";

  it("makes no database, no network and nothing of the finance app", () => {
    for (const plan of [outside, inside])
      for (const type of ["aws_db_instance", "aws_db_subnet_group", "aws_vpc", "aws_subnet", "aws_security_group", "aws_vpc_endpoint", "aws_nat_gateway"])
        expect(plan.all(type), type).toEqual([]);
    const lifecycle = Object.entries(system.functions).flatMap(([name, fn]) => (fn.part === "lifecycle" ? [name] : []));
    expect(keys(outside, "sleepy-").sort()).toEqual(lifecycle.filter((name) => name !== "probe").sort());
    expect(keys(inside, `${longest}-`).sort()).toEqual(lifecycle.filter((name) => name !== "metrics").sort());
    expect(outside.all("aws_apigatewayv2_route").filter(({ values }) => /expenses|categories/.test(text(values.route_key)))).toEqual([]);
    expect(environment(outside, "sleepy-control").PART).toBe("lifecycle");
  });

  it("may start and stop that instance alone, found by its name and looked up by AWS", () => {
    const { policy } = outside.all("aws_iam_role_policy").find(({ address }) => address.includes('["reconcile"].aws_iam_role_policy.may'))?.values ?? {};
    expect(allowed(policy).filter((it) => /rds:St/.test(it))).toEqual([
      "rds:StartDBInstance on arn:aws:rds:eu-central-1:123456789012:db:ledger",
      "rds:StopDBInstance on arn:aws:rds:eu-central-1:123456789012:db:ledger",
    ]);
    expect(environment(outside, "sleepy-reconcile").DATABASE_ID).toBe("ledger");
    const [rule] = outside.all("aws_cloudwatch_event_rule").flatMap(({ values }) => (values.event_pattern ? [JSON.parse(text(values.event_pattern))] : []));
    expect(rule).toMatchObject({ detail: { SourceIdentifier: ["ledger"] } });
    expect(outside.one("aws_cloudwatch_metric_alarm", "alarm_name", "sleepy-awake-too-long").values.dimensions).toEqual({ DBInstanceIdentifier: "ledger" });
  });

  it("without subnets goes by metrics, by a function that may read them and nothing else", () => {
    expect(environment(outside, "sleepy-reconcile")).toMatchObject({ PROBE: "metrics", PROBE_FUNCTION: "sleepy-metrics" });
    expect(environment(outside, "sleepy-control").PROBE).toBe("metrics");
    const policies = outside.all("aws_iam_role_policy").filter(({ values }) => values.name === "may");
    const metrics = policies.find(({ address }) => address.includes('["metrics"]'));
    expect(allowed(metrics?.values.policy)).toEqual(permissionsOf(system, "metrics").map(({ action, resource }) => `${action} on ${resource}`));
    const reconcile = policies.find(({ address }) => address.includes('["reconcile"]'));
    expect(allowed(reconcile?.values.policy).filter((it) => it.startsWith("lambda:"))).toEqual([
      "lambda:InvokeFunction on arn:aws:lambda:eu-central-1:123456789012:function:sleepy-metrics",
    ]);
    for (const { values } of outside.all("aws_lambda_function")) expect(values.vpc_config, text(values.function_name)).toEqual([]);
  });

  it("with subnets looks inside from there, and the probe alone stands there", () => {
    expect(environment(inside, `${longest}-reconcile`)).toMatchObject({ PROBE: "inside", PROBE_FUNCTION: `${longest}-probe` });
    expect(environment(inside, `${longest}-probe`)).toMatchObject({ DATABASE_HOST: "ledger.example.eu-central-1.rds.amazonaws.com", DATABASE_PORT: "5432" });
    const placed = inside.all("aws_lambda_function").filter(({ values }) => list(values.vpc_config).length > 0);
    expect(placed.map(({ values }) => values.function_name)).toEqual([`${longest}-probe`]);
    expect(block(placed[0]?.values.vpc_config)).toMatchObject({ subnet_ids: ["subnet-1", "subnet-2"], security_group_ids: ["sg-1"] });
  });

  it("in watch mode tells the functions so, and manages unless it is told", () => {
    for (const name of ["control", "reconcile"]) {
      expect(environment(outside, `sleepy-${name}`).MODE, name).toBe("watch");
      expect(environment(inside, `${longest}-${name}`).MODE, name).toBe("manage");
    }
  });

  it("keeps every name within AWS's limits, with the longest name and region that there are", () => {
    const limits: Record<string, [attribute: string, longest: number]> = {
      aws_lambda_function: ["function_name", 64],
      aws_iam_role: ["name", 64],
      aws_cloudwatch_event_rule: ["name", 64],
      aws_cloudwatch_event_target: ["target_id", 64],
      aws_scheduler_schedule_group: ["name", 64],
      aws_sqs_queue: ["name", 80],
      aws_dynamodb_table: ["name", 255],
      aws_sns_topic: ["name", 256],
      aws_cloudwatch_metric_alarm: ["alarm_name", 255],
      aws_cognito_user_pool_domain: ["domain", 63],
      aws_cognito_user_pool: ["name", 128],
      aws_lambda_permission: ["statement_id", 100],
      aws_apigatewayv2_api: ["name", 128],
      aws_budgets_budget: ["name", 100],
    };
    for (const [type, [attribute, limit]] of Object.entries(limits)) {
      expect(inside.all(type).length, type).toBeGreaterThan(0);
      for (const { values } of inside.all(type)) expect(text(values[attribute]).length, text(values[attribute])).toBeLessThanOrEqual(limit);
    }
    const roles = inside.all("aws_iam_role").map(({ values }) => text(values.name));
    expect(roles.filter((name) => !name.endsWith("-ap-southeast-1"))).toEqual([]);
  });

  it("with a key of one's own lets each function use it by way of the services whose data it reads, and RDS for who starts the database", () => {
    const uses = (plan: Planned, name: string) =>
      statements(plan.all("aws_iam_role_policy").find(({ address }) => address.includes(`["${name}"].aws_iam_role_policy.runtime`))?.values.policy).flatMap(
        ({ Action, Resource, Condition }) => {
          if (![Action].flat().some((action) => action.startsWith("kms:"))) return [];
          expect(Resource).toEqual(["arn:aws:kms:eu-central-1:123456789012:key/mocked"]);
          expect([Action].flat().includes("kms:CreateGrant")).toBe(Condition?.Bool?.["kms:GrantIsForAWSResource"] === "true");
          return [[[Action].flat().join(" "), Condition?.StringEquals?.["kms:ViaService"]]];
        },
      );
    const via = (...services: string[]) => services.map((service) => `${service}.eu-central-1.amazonaws.com`);
    const deadLetters = ["kms:Decrypt kms:GenerateDataKey", via("sqs")];
    const tables = ["kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey", via("dynamodb")];
    expect(uses(inside, "probe")).toEqual([deadLetters]);
    expect(uses(inside, "carry")).toEqual([deadLetters, ["kms:Decrypt kms:DescribeKey", via("dynamodb")]]);
    expect(uses(inside, "control")).toEqual([deadLetters, tables]);
    expect(uses(inside, "reconcile")).toEqual([deadLetters, tables, ["kms:DescribeKey", via("rds")], ["kms:CreateGrant", via("rds")]]);
    for (const name of ["control", "reconcile", "carry"]) expect(uses(outside, name), name).toEqual([]);
    for (const { values } of [
      ...inside.all("aws_lambda_function"),
      ...inside.all("aws_cloudwatch_log_group"),
      ...inside.all("aws_sqs_queue"),
      ...inside.all("aws_sns_topic"),
    ])
      expect(values.kms_key_arn ?? values.kms_key_id ?? values.kms_master_key_id).toBe("arn:aws:kms:eu-central-1:123456789012:key/mocked");
    for (const { values } of inside.all("aws_dynamodb_table"))
      expect(block(values.server_side_encryption), text(values.name)).toEqual({
        enabled: true,
        kms_key_arn: "arn:aws:kms:eu-central-1:123456789012:key/mocked",
      });
  });

  it("answers other pages as the local gateway does, without credentials", () => {
    const cors = block(inside.all("aws_apigatewayv2_api")[0]?.values.cors_configuration);
    const local = corsOf("https://app.example.com").preflight("https://app.example.com") ?? {};
    const named = (value: unknown) => list(value).map(String).sort();
    const split = (value: string | undefined) => (value ?? "").split(",").sort();
    expect(cors).toMatchObject({ allow_credentials: false, max_age: Number(local["access-control-max-age"]) });
    expect(named(cors.allow_origins)).toEqual(["https://app.example.com"]);
    expect(named(cors.allow_methods)).toEqual(split(local["access-control-allow-methods"]));
    expect(named(cors.allow_headers)).toEqual(split(local["access-control-allow-headers"]));
    expect(named(cors.expose_headers)).toEqual(
      split(corsOf("https://app.example.com").answer("https://app.example.com", "/")["access-control-expose-headers"]),
    );
  });

  it("with a host name of one's own leaves AWS's closed, and sends people back there after signing in", () => {
    expect(inside.all("aws_apigatewayv2_api")[0]?.values.disable_execute_api_endpoint).toBe(true);
    expect(inside.all("aws_cognito_user_pool_client")[0]?.values.callback_urls).toEqual(["https://sleep.example.com/"]);
    expect(inside.all("aws_apigatewayv2_api_mapping").length).toBe(1);
    const told = inside.all("aws_sns_topic_subscription").map(({ values }) => [values.protocol, values.endpoint]);
    expect(told.sort()).toEqual([
      ["email", "oncall@example.com"],
      ["email", "ops@example.com"],
    ]);
    expect(inside.all("aws_budgets_budget").map(({ values }) => values.limit_amount)).toEqual(["40"]);
  });
});
