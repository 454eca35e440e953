/** Tables, streams, schedules, events and routes. */
import { expect, it } from "vitest";
import { allowed, block, list, type Planned, text } from "../planned.ts";
import { bucketName, functions, only, system } from "./common.ts";

export function triggers(planned: () => Planned): void {
  it("has the declared tables and no other, with their keys, expiry, streams and recovery", () => {
    const made = planned()
      .all("aws_dynamodb_table")
      .map(({ values }) => ({
        name: values.name,
        keys: [values.hash_key, values.range_key].filter((key) => key !== null),
        types: Object.fromEntries(list(values.attribute).map((it) => [(it as Record<string, string>).name, (it as Record<string, string>).type])),
        indexes: list(values.global_secondary_index)
          .map((it) => it as Record<string, string | null>)
          .map(({ name, hash_key, range_key, projection_type }) => [name, [hash_key, range_key].filter((key) => key !== null), projection_type])
          .sort(),
        stream: values.stream_enabled ? values.stream_view_type : null,
        expires: list(values.ttl).map((it) => (it as Record<string, unknown>).attribute_name),
        recovery: block(values.point_in_time_recovery).enabled,
        billing: values.billing_mode,
        kept: values.deletion_protection_enabled,
      }));
    const wanted = Object.entries(system.tables).map(([name, table]) => ({
      name: `dormouse-${name}`,
      keys: Object.keys(table.key).sort((a, b) => Number(a === table.range) - Number(b === table.range)),
      types: Object.assign({}, table.key, ...Object.values(table.indexes).map(({ key }) => key)),
      indexes: Object.entries(table.indexes)
        .map(([index, { key, range }]) => [index, Object.keys(key).sort((a, b) => Number(a === range) - Number(b === range)), "ALL"])
        .sort(),
      stream: table.stream ?? null,
      expires: table.expires === undefined ? [] : [table.expires],
      recovery: table.pointInTimeRecovery,
      billing: "PAY_PER_REQUEST",
      kept: table.pointInTimeRecovery,
    }));
    const byName = (a: { name: unknown }, b: { name: unknown }) => (String(a.name) < String(b.name) ? -1 : 1);
    expect(made.sort(byName)).toEqual(wanted.sort(byName));
  });

  it("reads each declared stream with bounded retries, halves a bad batch, and keeps what failed", () => {
    const made = planned()
      .all("aws_lambda_event_source_mapping")
      .filter(({ name }) => name === "stream")
      .map(({ index, values }) => {
        expect(values).toMatchObject({
          bisect_batch_on_function_error: true,
          function_response_types: ["ReportBatchItemFailures"],
          starting_position: "TRIM_HORIZON",
        });
        expect(block(block(values.destination_config).on_failure).destination_arn).toMatch(/^arn:aws:sqs:/);
        const criteria = (values.filter_criteria ?? []) as { filter: { pattern: string }[] }[];
        const patterns = criteria.flatMap(({ filter }) => filter.map(({ pattern }) => JSON.parse(pattern) as unknown));
        return [index, values.batch_size, values.maximum_retry_attempts, values.maximum_record_age_in_seconds, patterns];
      });
    const wanted = functions.flatMap(([name, { streams }]) =>
      streams.map((it) => [`${name}/${it.table}`, it.batchSize, it.retries, it.maxAgeSeconds, it.filters ?? []]),
    );
    expect(made.sort()).toEqual(wanted.sort());
  });

  it("takes from each declared queue in batches of which single messages may fail, and shows none again before the function can have ended with it", () => {
    const made = planned()
      .all("aws_lambda_event_source_mapping")
      .filter(({ name }) => name === "queue")
      .map(({ index, values }) => {
        expect(values.function_response_types).toEqual(["ReportBatchItemFailures"]);
        expect(block(values.scaling_config).maximum_concurrency).toBe(2);
        return [index, values.batch_size];
      });
    const wanted = functions.flatMap(([name, { queues }]) => queues.map((it) => [`${name}/${it.queue}`, it.batchSize]));
    expect(made.sort()).toEqual(wanted.sort());
    for (const [name, { queues, timeoutSeconds }] of functions)
      for (const { queue } of queues) expect(system.queues[queue]?.visibilitySeconds, `${name}/${queue}`).toBeGreaterThanOrEqual(6 * timeoutSeconds);
  });

  it("runs by the clock what is declared so, in UTC, by a role that may call that function alone and keep what failed", () => {
    const clocked = functions.flatMap(([name, { schedules }]) =>
      schedules.flatMap((key) => {
        const schedule = system.schedules[key];
        return schedule && "cron" in schedule ? [{ name, key, cron: schedule.cron }] : [];
      }),
    );
    const made = planned()
      .all("aws_scheduler_schedule")
      .map(({ values }) => {
        expect(values).toMatchObject({ schedule_expression_timezone: "UTC", flexible_time_window: [{ mode: "OFF" }] });
        const target = block(values.target);
        expect(text(block(target.dead_letter_config).arn)).toMatch(/^arn:aws:sqs:/);
        expect(JSON.parse(text(target.input))).toMatchObject({ "detail-type": "Scheduled Event", resources: ["<aws.scheduler.schedule-arn>"] });
        return [values.name, values.group_name, values.schedule_expression];
      });
    expect(made.sort()).toEqual(clocked.map(({ name, key, cron }) => [`dormouse-${name}-${key}`, `dormouse-${name}`, `cron(${cron})`]).sort());
    const policies = planned()
      .all("aws_iam_role_policy")
      .filter(({ values }) => values.name === "clock");
    expect(policies.length).toBe(new Set(clocked.map(({ name }) => name)).size);
    for (const { values } of policies) expect(allowed(values.policy).map((it) => it.split(" ")[0])).toEqual(["lambda:InvokeFunction", "sqs:SendMessage"]);
  });

  it("calls functions on the declared schedules and events, and Lambda lets those rules in", () => {
    const rules = planned()
      .all("aws_cloudwatch_event_rule")
      .map(({ index, values }) => [index, values.schedule_expression ?? JSON.parse(text(values.event_pattern))]);
    const rates = (key: string) => "everyMinutes" in (system.schedules[key] ?? {});
    const schedules = functions.flatMap(([name, it]) => it.schedules.filter(rates).map((key) => [`${name}/${key}`, "rate(15 minutes)"]));
    const named = (pattern: unknown) =>
      JSON.parse(
        JSON.stringify(pattern)
          .replaceAll('"database:id"', '"dormouse"')
          .replaceAll('"mail:configurationSet"', '"dormouse-mail"')
          .replace(/"bucket:(\w+)"/g, (_, key) => `"${bucketName(String(key))}"`),
      );
    const events = functions.flatMap(([name, it]) => it.events.map((key) => [`${name}/${key}`, named(system.events[key]?.pattern)]));
    expect(rules.sort()).toEqual([...schedules, ...events].sort());
    const targets = planned().all("aws_cloudwatch_event_target");
    expect(targets.map(({ index }) => index).sort()).toEqual(
      planned()
        .all("aws_lambda_permission")
        .flatMap(({ index, values }) => (values.principal === "events.amazonaws.com" ? [index] : []))
        .sort(),
    );
    expect(targets.length).toBe(rules.length);
    for (const { values } of targets) expect(text(block(values.dead_letter_config).arn)).toMatch(/^arn:aws:sqs:/);
  });

  it("has the declared routes and no other; all but the public ones want an access token of this pool", () => {
    const made = planned()
      .all("aws_apigatewayv2_route")
      .map(({ values }) => [values.route_key, values.authorization_type, values.authorization_scopes, values.authorizer_id !== null]);
    const wanted = functions.flatMap(([, { http }]) =>
      http.map(({ method, path, access }) => {
        const key = method === "$default" ? method : `${method} ${path}`;
        return access === "public" ? [key, "NONE", null, false] : [key, "JWT", ["openid"], true];
      }),
    );
    expect(made.sort()).toEqual(wanted.sort());
    const open = made.flatMap(([key, type]) => (type === "NONE" ? [key] : []));
    // Written out: a route that becomes public by mistake is noticed here.
    const links = ["GET", "POST"].flatMap((method) => [`${method} /notifications/confirm`, `${method} /notifications/unsubscribe`]);
    expect(open.sort()).toEqual(["$default", "GET /", "GET /docs", "GET /dormouse-button.js", "GET /health", "GET /openapi.json", ...links].sort());
    const behind = functions.flatMap(([name, { http }]) => (http.length > 0 ? [name] : []));
    expect(
      planned()
        .all("aws_apigatewayv2_integration")
        .map(({ index }) => index)
        .sort(),
    ).toEqual(behind.sort());
    expect(
      planned()
        .all("aws_lambda_permission")
        .flatMap(({ index, values }) => (values.principal === "apigateway.amazonaws.com" ? [index] : []))
        .sort(),
    ).toEqual(behind.sort());
    expect(only(planned().all("aws_apigatewayv2_api")).values.cors_configuration, "no CORS without origins").toEqual([]);
  });
}
