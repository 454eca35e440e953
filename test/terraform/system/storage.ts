/** Queues, topics and buckets: encrypted, closed, over TLS, and nothing kept for ever. */
import { expect, it } from "vitest";
import { block, list, type Planned, statements, text } from "../planned.ts";
import { account, bucketName, functions, only, region, system } from "./common.ts";

export function storage(planned: () => Planned): void {
  const ids = (type: string) => planned().all(type);
  const keys = (type: string) => ids(type).map(({ index }) => index);

  it("lets into the queue of dead letters the rules and the functions, over TLS", () => {
    const [policy] = ids("aws_sqs_queue_policy").filter(({ address }) => address === "module.lifecycle.aws_sqs_queue_policy.dead_letters");
    const [rules, tls] = statements(policy?.values.policy);
    expect(rules).toMatchObject({ Principal: { Service: "events.amazonaws.com" }, Action: "sqs:SendMessage" });
    expect(rules?.Condition).toMatchObject({ ArnLike: { "aws:SourceArn": `arn:aws:events:${region}:${account}:rule/dormouse-*` } });
    expect(tls).toMatchObject({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } });
    for (const { values } of ids("aws_cloudwatch_event_rule")) expect(text(values.name)).toMatch(/^dormouse-/);
  });

  it("makes every queue, topic and bucket that system.json declares, beside dead letters and alarms, and no other", () => {
    const queues = Object.keys(system.queues).flatMap((key) => [`dormouse-${key}`, `dormouse-${key}-dead-letters`]);
    const named = (type: string) => ids(type).map(({ values }) => text(values.name ?? values.bucket));
    expect(named("aws_sqs_queue").sort()).toEqual([...queues, "dormouse-dead-letters"].sort());
    expect(named("aws_sns_topic").sort()).toEqual([...Object.keys(system.topics).map((key) => `dormouse-${key}`), "dormouse-alarms"].sort());
    expect(named("aws_s3_bucket").sort()).toEqual(Object.keys(system.buckets).map(bucketName).sort());
  });

  it("encrypts every queue and every topic that functions publish to, and takes nothing that was sent without TLS", () => {
    for (const { values } of ids("aws_sqs_queue")) expect(values.sqs_managed_sse_enabled, text(values.name)).toBe(true);
    for (const { index, values } of ids("aws_sns_topic")) if (index !== undefined) expect(values.kms_master_key_id, text(values.name)).toBe("alias/aws/sns");
    const closed = [...ids("aws_sqs_queue_policy"), ...ids("aws_sns_topic_policy"), ...ids("aws_s3_bucket_policy")];
    for (const { index, address, values } of closed)
      if (index !== undefined)
        expect(statements(values.policy)[0], address).toMatchObject({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } });
    expect(ids("aws_sqs_queue_policy").length).toBe(ids("aws_sqs_queue").length);
    expect(ids("aws_sns_topic_policy").length).toBe(ids("aws_sns_topic").length);
  });

  it("lets of the deployment's roles only those send to a queue or publish to a topic whose `may` says so", () => {
    const role = (name: string) => `arn:aws:iam::${account}:role/dormouse-${name}`;
    const senders = (action: string, on: string) =>
      functions.flatMap(([name, { may }]) => (may.some((it) => it.action === action && it.on === on) ? [role(`${name}-${region}`)] : []));
    const policies = (type: string) => ids(type).filter(({ address }) => address.includes(".this["));
    const wanted: Record<string, string[]> = {};
    for (const key of Object.keys(system.queues)) {
      wanted[key] = senders("sqs:SendMessage", `queue:${key}`);
      wanted[`${key}-dead-letters`] = [];
    }
    for (const key of Object.keys(system.topics)) wanted[`topic ${key}`] = senders("sns:Publish", `topic:${key}`);
    const made = [...policies("aws_sqs_queue_policy"), ...policies("aws_sns_topic_policy")].map(({ type, index, values }) => {
      const [, statement] = statements(values.policy);
      expect(statement).toMatchObject({ Effect: "Deny", Condition: { ArnLike: { "aws:PrincipalArn": role("*") } } });
      const [, ...allowed] = list(statement?.Condition?.ArnNotEquals?.["aws:PrincipalArn"]);
      return [type === "aws_sns_topic_policy" ? `topic ${index}` : index, allowed];
    });
    expect(Object.fromEntries(made)).toEqual(wanted);
  });

  it("puts aside what a queue's function could not handle, for longer than the queue itself keeps it", () => {
    for (const [key, { visibilitySeconds, receives }] of Object.entries(system.queues)) {
      const { values } = planned().one("aws_sqs_queue", "name", `dormouse-${key}`);
      const dead = planned().one("aws_sqs_queue", "name", `dormouse-${key}-dead-letters`).values;
      expect(values.visibility_timeout_seconds, key).toBe(visibilitySeconds);
      expect(JSON.parse(text(values.redrive_policy)), key).toMatchObject({ maxReceiveCount: receives });
      expect(Number(dead.message_retention_seconds), key).toBeGreaterThan(Number(values.message_retention_seconds));
    }
    expect(keys("aws_sqs_queue_redrive_allow_policy").sort()).toEqual(Object.keys(system.queues).sort());
    expect(planned().one("aws_sqs_queue", "name", "dormouse-dead-letters").values.message_retention_seconds).toBe(1_209_600);
  });

  it("keeps buckets private, versioned and encrypted, and lets what is done with go", () => {
    const buckets = Object.keys(system.buckets).sort();
    for (const type of ["public_access_block", "ownership_controls", "versioning", "server_side_encryption_configuration", "policy", "notification"])
      expect(keys(`aws_s3_bucket_${type}`).sort(), type).toEqual(buckets);
    for (const type of ["acl", "website_configuration"]) expect(ids(`aws_s3_bucket_${type}`), type).toEqual([]);
    for (const [key, { expire, uploads }] of Object.entries(system.buckets)) {
      const of = (type: string) => only(ids(`aws_s3_bucket_${type}`).filter(({ index }) => index === key)).values;
      expect(of("public_access_block")).toMatchObject({
        block_public_acls: true,
        block_public_policy: true,
        ignore_public_acls: true,
        restrict_public_buckets: true,
      });
      expect(block(of("ownership_controls").rule).object_ownership).toBe("BucketOwnerEnforced");
      expect(block(of("versioning").versioning_configuration).status).toBe("Enabled");
      expect(block(block(of("server_side_encryption_configuration").rule).apply_server_side_encryption_by_default).sse_algorithm).toBe("AES256");
      expect(of("notification").eventbridge, "rules hear of new objects").toBe(true);
      expect(planned().one("aws_s3_bucket", "bucket", bucketName(key)).values.force_destroy, "protected").toBe(false);
      const [tidy, ...folders] = list(of("lifecycle_configuration").rule).map((it) => it as Record<string, unknown>);
      expect(block(tidy?.abort_incomplete_multipart_upload).days_after_initiation).toBe(1);
      expect(block(tidy?.noncurrent_version_expiration).noncurrent_days).toBe(30);
      const gone = folders.map((rule) => [block(rule.filter).prefix, block(rule.expiration).days, block(rule.noncurrent_version_expiration).noncurrent_days]);
      expect(gone.sort()).toEqual(
        Object.entries(expire)
          .map(([folder, days]) => [`${folder}/`, days, 1])
          .sort(),
      );
      const cors = ids("aws_s3_bucket_cors_configuration").filter(({ index }) => index === key);
      expect(
        cors.flatMap(({ values }) => list(values.cors_rule)),
        key,
      ).toMatchObject(uploads === undefined ? [] : [{ allowed_methods: ["POST"], allowed_origins: ["https://mocked.execute-api.eu-central-1.amazonaws.com"] }]);
    }
  });
}
