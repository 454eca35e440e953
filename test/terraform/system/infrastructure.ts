/** Network, database, sign-in, alarms: what hurts when it is wrong. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { permissionsOf } from "../../../local/gate.ts";
import { ASSUMED } from "../../../scripts/operator/bill.ts";
import { allowed, block, list, type Planned, statements, text } from "../planned.ts";
import { account, functions, here, names, only, region, system } from "./common.ts";

export function infrastructure(planned: () => Planned): void {
  const ids = (type: string) => planned().all(type);

  it("has no way out of the network, and nothing in it that costs money while everyone sleeps", () => {
    const never = [
      "aws_nat_gateway",
      "aws_eip",
      "aws_internet_gateway",
      "aws_egress_only_internet_gateway",
      "aws_route",
      "aws_lb",
      "aws_db_proxy",
      "aws_secretsmanager_secret",
    ];
    for (const type of [...never, "aws_kms_key", "aws_lambda_function_url", "aws_lambda_provisioned_concurrency_config"]) expect(ids(type), type).toEqual([]);
    expect(
      ids("aws_vpc_endpoint")
        .map(({ index, values }) => [index, values.vpc_endpoint_type])
        .sort(),
    ).toEqual([
      ["dynamodb", "Gateway"],
      ["s3", "Gateway"],
    ]);
    expect(new Set(ids("aws_subnet").map(({ values }) => values.availability_zone)).size).toBe(2);
    for (const { values } of ids("aws_subnet")) expect(values.map_public_ip_on_launch).toBe(false);
  });

  it("opens no security group to an address: they name each other and the gateway endpoints", () => {
    const rules = [...ids("aws_vpc_security_group_egress_rule"), ...ids("aws_vpc_security_group_ingress_rule")];
    expect(rules.length).toBe(4);
    for (const { values } of rules) {
      expect(values).toMatchObject({ cidr_ipv4: null, cidr_ipv6: null, ip_protocol: "tcp" });
      expect(values.referenced_security_group_id ?? values.prefix_list_id).not.toBeNull();
    }
    for (const { values } of ids("aws_security_group")) expect(values.tags).toHaveProperty("dormouse");
    const [functionsGroup, databaseGroup] = ["functions", "database"].map((name) => planned().one("aws_security_group", "name", `dormouse-${name}`).values.id);
    const inward = only(ids("aws_vpc_security_group_ingress_rule")).values;
    expect(inward).toMatchObject({ security_group_id: databaseGroup, referenced_security_group_id: functionsGroup, from_port: 5432, to_port: 5432 });
    expect(ids("aws_vpc_security_group_egress_rule").filter(({ values }) => values.security_group_id === databaseGroup)).toEqual([]);
  });

  it("lets through the gateway endpoints what the functions in the VPC may do and no more, from this account", () => {
    const inside = functions.flatMap(([name, fn]) => (fn.vpc ? permissionsOf(system, name, { probe: "inside" }) : []));
    for (const service of ["dynamodb", "s3"]) {
      const wanted = inside.filter(({ action }) => action.startsWith(`${service}:`)).map(({ action, resource }) => `${action} on ${here(resource)}`);
      const policy = ids("aws_vpc_endpoint").find(({ index }) => index === service)?.values.policy;
      expect(allowed(policy), service).toEqual([...new Set(wanted)].sort());
      if (wanted.length === 0) expect(statements(policy), service).toEqual([{ Effect: "Deny", Principal: "*", Action: "*", Resource: "*" }]);
      else for (const { Condition } of statements(policy)) expect(Condition, service).toEqual({ StringEquals: { "aws:PrincipalAccount": account } });
    }
  });

  it("makes a private, encrypted database with forced TLS and login by IAM, protected, whose password nobody keeps", () => {
    const { values } = only(ids("aws_db_instance"));
    expect(values).toMatchObject({
      identifier: "dormouse",
      engine: "postgres",
      engine_version: "18",
      instance_class: "db.t4g.micro",
      storage_type: "gp3",
      storage_encrypted: true,
      publicly_accessible: false,
      iam_database_authentication_enabled: true,
      deletion_protection: true,
      skip_final_snapshot: false,
      auto_minor_version_upgrade: true,
      allow_major_version_upgrade: false,
      apply_immediately: true,
      backup_retention_period: 7,
      performance_insights_enabled: true,
      db_name: "app",
      username: "postgres",
    });
    expect([values.password, values.password_wo, values.manage_master_user_password]).toEqual([null, null, null]);
    expect(text(values.final_snapshot_identifier)).toMatch(/^dormouse-final-\d{14}$/);
    const parameters = only(ids("aws_db_parameter_group")).values;
    expect(parameters.family).toBe("postgres18");
    expect(list(parameters.parameter)).toContainEqual(expect.objectContaining({ name: "rds.force_ssl", value: "1" }));
  });

  it("has people sign in with strong passwords and PKCE, and lets nobody sign up or find out who is there", () => {
    const pool = only(ids("aws_cognito_user_pool")).values;
    expect(block(pool.password_policy)).toMatchObject({
      minimum_length: 12,
      require_lowercase: true,
      require_uppercase: true,
      require_numbers: true,
      require_symbols: true,
    });
    expect(block(pool.admin_create_user_config).allow_admin_create_user_only).toBe(true);
    expect(pool).toMatchObject({ mfa_configuration: "OPTIONAL", alias_attributes: ["email"], username_attributes: null, deletion_protection: "ACTIVE" });
    const client = only(ids("aws_cognito_user_pool_client")).values;
    expect(client).toMatchObject({
      generate_secret: false,
      allowed_oauth_flows: ["code"],
      allowed_oauth_scopes: ["openid"],
      prevent_user_existence_errors: "ENABLED",
    });
    expect(client.callback_urls).toEqual(["https://mocked.execute-api.eu-central-1.amazonaws.com/"]);
    expect(block(only(ids("aws_apigatewayv2_authorizer")).values.jwt_configuration)).toEqual({
      audience: [client.id],
      issuer: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Mocked",
    });
  });

  it("limits every route, and those that wake the database, make work for it or send mail more", () => {
    const stage = only(ids("aws_apigatewayv2_stage")).values;
    expect(block(stage.default_route_settings)).toMatchObject({ throttling_rate_limit: 50, throttling_burst_limit: 100 });
    const limits = list(stage.route_settings).map((it) => it as Record<string, unknown>);
    for (const limit of limits) expect(limit, String(limit.route_key)).toMatchObject({ throttling_rate_limit: 5, throttling_burst_limit: 20 });
    const costly = [
      "POST /database/start",
      "PUT /database/hold",
      "POST /expenses/bulk",
      "POST /jobs",
      "POST /reports",
      "POST /exports",
      "POST /me/export",
      "POST /me/restore/{id}",
      "POST /receipts",
      "POST /runs/monthly",
    ];
    const there = ids("aws_apigatewayv2_route").map(({ values }) => values.route_key);
    const wanted = [...costly, "POST /notifications/subscription"].filter((route) => there.includes(route));
    expect(limits.map(({ route_key }) => route_key).sort()).toEqual(wanted.sort());
    const line = JSON.parse(text(block(stage.access_log_settings).format)) as Record<string, string>;
    expect(
      Object.values(line).filter((value) => /path|header|querystring|claims/i.test(value)),
      "nothing personal in the access log",
    ).toEqual([]);
  });

  it("has few alarms, each of which says what to do and tells somebody, and costs what docs/cost.md says", () => {
    const alarms = ids("aws_cloudwatch_metric_alarm");
    const watched = alarms.map(({ index, values }) => [
      index,
      values.comparison_operator,
      values.threshold,
      values.evaluation_periods,
      values.treat_missing_data,
    ]);
    // What a queue's function could not handle is one more each; what two functions report is watched where they are.
    const reporting = Object.entries({ job: "failed_jobs", notify: "mail_refused" }).flatMap(([fn, key]) => (names.includes(fn) ? [key] : []));
    const theirs = [...Object.keys(system.queues).map((key) => `${key}_dead_letters`), ...reporting];
    expect(watched.filter(([index]) => theirs.includes(String(index))).sort()).toEqual(
      theirs.map((key) => [key, "GreaterThanThreshold", 0, 1, "notBreaching"]).sort(),
    );
    expect(watched.filter(([index]) => !theirs.includes(String(index))).sort()).toEqual([
      ["attention", "GreaterThanThreshold", 0, 1, "notBreaching"],
      ["awake_too_long", "GreaterThanThreshold", 44, 24, "notBreaching"],
      ["dead_letters", "GreaterThanThreshold", 0, 1, "notBreaching"],
      ["reconciler_failing", "GreaterThanThreshold", 0, 3, "notBreaching"],
      ["reconciler_silent", "LessThanThreshold", 1, 1, "breaching"],
    ]);
    for (const { index, values } of alarms) {
      expect(text(values.alarm_description).length, String(index)).toBeGreaterThan(80);
      expect(list(values.alarm_actions).length, String(index)).toBe(1);
    }
    expect(alarms.length).toBe(ASSUMED.alarms);
    expect(alarms.length, "CloudWatch's free ones").toBeLessThanOrEqual(10);
    expect(ids("aws_cloudwatch_dashboard").length).toBe(ASSUMED.dashboards);
    expect(planned().one("aws_cloudwatch_metric_alarm", "alarm_name", "dormouse-attention").values.dimensions).toEqual({ service: "dormouse" });
    const topic = planned().one("aws_sns_topic", "name", "dormouse-alarms");
    expect(topic.values.kms_master_key_id, "CloudWatch may not use the key that AWS manages").toBeNull();
  });

  it("watches metrics that there are: those that the reconciler reports, and AWS's own", () => {
    const adapters = join(import.meta.dirname, "..", "..", "..", "src", "aws");
    const sources = readdirSync(adapters).map((file) => readFileSync(join(adapters, file), "utf8"));
    const reported = sources.flatMap((source) => [...source.matchAll(/addMetric\("([A-Za-z]+)"/g)].map(([, name]) => name));
    const body = JSON.parse(text(only(ids("aws_cloudwatch_dashboard")).values.dashboard_body)) as { widgets: { properties: { metrics?: unknown[][] } }[] };
    const shown = body.widgets.flatMap(({ properties }) => properties.metrics ?? []).filter(([namespace]) => namespace === "Dormouse");
    const alarmed = ids("aws_cloudwatch_metric_alarm").filter(({ values }) => values.namespace === "Dormouse");
    const watched = [...shown.map(([, name]) => name), ...alarmed.map(({ values }) => values.metric_name)];
    const theirs = Object.entries({ job: "JobFailed", notify: "MailRefused" }).flatMap(([fn, metric]) => (names.includes(fn) ? [metric] : []));
    expect([...new Set(watched)].sort()).toEqual(["Attention", "Stop", "WakeSeconds", ...theirs].sort());
    for (const name of watched) expect(reported).toContain(name);
    for (const [, , dimension, value] of shown) expect([dimension, value]).toEqual(["service", "dormouse"]);
  });

  it("takes a function that Lambda has put to sleep for no failure: no alarm counts calls that Lambda refuses", () => {
    const lambda = ids("aws_cloudwatch_metric_alarm").filter(({ values }) => values.namespace === "AWS/Lambda");
    // `Errors` counts what a function has thrown, `Invocations` what has run: a call of an `Inactive` function is neither. Nothing watches the functions in the VPC.
    expect(lambda.map(({ values }) => [values.metric_name, (values.dimensions as Record<string, string>).FunctionName]).sort()).toEqual([
      ["Errors", planned().one("aws_lambda_function", "function_name", "dormouse-reconcile").values.function_name],
      ["Invocations", planned().one("aws_lambda_function", "function_name", "dormouse-reconcile").values.function_name],
    ]);
    // What calls them without waiting tries again for longer than Lambda needs to make one ready.
    for (const { values } of ids("aws_lambda_function_event_invoke_config")) {
      expect(values.maximum_retry_attempts).toBe(2);
      expect(values.maximum_event_age_in_seconds).toBe(3600);
    }
  });

  it("makes no role that the optional role for deployments could not make: of the deployment's prefix, for the services that it may pass one to", () => {
    const deploy = readFileSync(join(import.meta.dirname, "..", "..", "..", "terraform", "modules", "deploy", "main.tf"), "utf8");
    const passed = [...(/"iam:PassedToService" = \[([^\]]*)\]/.exec(deploy)?.[1] ?? "").matchAll(/"([^"]+)"/g)].map(([, service]) => service);
    for (const { values } of ids("aws_iam_role")) {
      expect(text(values.name)).toMatch(new RegExp(`^dormouse-.*${region}$`));
      const trusted = statements(values.assume_role_policy).map(({ Principal }) => (Principal as { Service: string }).Service);
      for (const service of trusted) expect(passed).toContain(service);
    }
  });

  it("tags everything that can be tagged", () => {
    const untagged = planned().resources.filter(
      ({ mode, values }) => mode === "managed" && "tags" in values && (values.tags as Record<string, string> | null)?.dormouse !== "dormouse",
    );
    expect(untagged.map(({ address }) => address)).toEqual([]);
    expect(names.length).toBeGreaterThan(0);
  });
}
