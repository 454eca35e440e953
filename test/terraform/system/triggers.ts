/** Tables, streams, schedules, events and routes. */
import { expect, it } from "vitest";
import { block, list, type Planned, text } from "../planned.ts";
import { functions, only, system } from "./common.ts";

export function triggers(planned: () => Planned): void {
  it("has the declared tables and no other, with their keys, expiry, streams and recovery", () => {
    const made = planned()
      .all("aws_dynamodb_table")
      .map(({ values }) => ({
        name: values.name,
        keys: [values.hash_key, values.range_key].filter((key) => key !== null),
        types: Object.fromEntries(list(values.attribute).map((it) => [(it as Record<string, string>).name, (it as Record<string, string>).type])),
        stream: values.stream_enabled ? values.stream_view_type : null,
        expires: list(values.ttl).map((it) => (it as Record<string, unknown>).attribute_name),
        recovery: block(values.point_in_time_recovery).enabled,
        billing: values.billing_mode,
        kept: values.deletion_protection_enabled,
      }));
    const wanted = Object.entries(system.tables).map(([name, table]) => ({
      name: `dormouse-${name}`,
      keys: Object.keys(table.key),
      types: table.key,
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
      .map(({ index, values }) => {
        expect(values).toMatchObject({
          bisect_batch_on_function_error: true,
          function_response_types: ["ReportBatchItemFailures"],
          starting_position: "TRIM_HORIZON",
        });
        expect(block(block(values.destination_config).on_failure).destination_arn).toMatch(/^arn:aws:sqs:/);
        return [index, values.batch_size, values.maximum_retry_attempts, values.maximum_record_age_in_seconds];
      });
    expect(made).toEqual(functions.flatMap(([name, { streams }]) => streams.map((it) => [`${name}/${it.table}`, it.batchSize, it.retries, it.maxAgeSeconds])));
  });

  it("calls functions on the declared schedules and events, and Lambda lets those rules in", () => {
    const rules = planned()
      .all("aws_cloudwatch_event_rule")
      .map(({ index, values }) => [index, values.schedule_expression ?? JSON.parse(text(values.event_pattern))]);
    const schedules = functions.flatMap(([name, it]) => it.schedules.map((key) => [`${name}/${key}`, "rate(15 minutes)"]));
    const events = functions.flatMap(([name, it]) =>
      it.events.map((key) => [`${name}/${key}`, JSON.parse(JSON.stringify(system.events[key]?.pattern).replaceAll("database:id", "dormouse"))]),
    );
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
    expect(open.sort()).toEqual(["$default", "GET /", "GET /docs", "GET /dormouse-button.js", "GET /health", "GET /openapi.json"]);
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
