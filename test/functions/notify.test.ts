import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GetSubscriptionAttributesCommand, PublishCommand, SNSClient, ThrottledException } from "@aws-sdk/client-sns";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { SQSEvent } from "aws-lambda";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { newItem } from "../../src/notifications/notification.ts";
import system from "../../system.json" with { type: "json" };
import { functionKey, type TestDynamoDB, testDynamoDB } from "../aws/dynamodb.ts";
import { threshold } from "../notifications/world.ts";

const sns = mockClient(SNSClient);
let dynamodb: TestDynamoDB;
let notify: typeof import("../../functions/notify.ts");
let count = 0;
let userId = "";

const event = (...bodies: unknown[]) =>
  ({
    Records: bodies.map((body, i) => ({ messageId: `m${i}`, body: typeof body === "string" ? body : JSON.stringify(body), eventSource: "aws:sqs" })),
  }) as unknown as SQSEvent;
const message = (id: string) => ({ v: 1, userId, id });
const item = async (id: string) => {
  const { Item } = await dynamodb.client.send(
    new GetItemCommand({ TableName: "dormouse-notifications", Key: { userId: { S: userId }, id: { S: id } }, ConsistentRead: true }),
  );
  return unmarshall(Item ?? {});
};
const queue = (id: string) =>
  dynamodb.put("dormouse-notifications", { ...newItem({ userId, id, kind: "budget-threshold", data: threshold, language: "de" }, Date.now(), Date.now()) });
const subscribe = () =>
  dynamodb.put("dormouse-subscriptions", {
    id: `user#${userId}`,
    v: 1,
    userId,
    method: "sns",
    address: "ann@example.com",
    state: "pending",
    arn: "arn:sub",
    nonce: "n",
    origin: "https://x.example",
    since: 1,
    reason: null,
  });

beforeAll(async () => {
  dynamodb = await testDynamoDB("notify");
  const environment = {
    ...functionKey,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    NOTIFICATIONS_TABLE: "dormouse-notifications",
    SUBSCRIPTIONS_TABLE: "dormouse-subscriptions",
    PROFILES_TABLE: "dormouse-profiles",
    MAIL_SENDER: "sns",
    MAIL_FROM: "",
    MAIL_CONFIGURATION_SET: "dormouse-mail",
    MAIL_TOPIC: "arn:aws:sns:eu-central-1:123456789012:dormouse-mail",
    POWERTOOLS_LOG_LEVEL: "SILENT",
    POWERTOOLS_METRICS_DISABLED: "true",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  notify = await import("../../functions/notify.ts");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await dynamodb.close();
});
beforeEach(() => {
  sns.reset();
  sns.on(GetSubscriptionAttributesCommand).resolves({ Attributes: { PendingConfirmation: "false" } });
  sns.on(PublishCommand).resolves({ MessageId: "1" });
  userId = `user-${count++}`;
});

describe("the function notify", () => {
  it("asks for the variables that system.json gives it, and holds its message longer than it lives", () => {
    expect([...notify.variables].sort()).toEqual(Object.keys(system.functions.notify.environment).sort());
    expect(system.queues.notify.visibilitySeconds).toBeGreaterThanOrEqual(6 * system.functions.notify.timeoutSeconds);
  });

  it("publishes for this user alone, in their language, and says so in the item", async () => {
    await subscribe();
    await queue("n1");
    expect(await notify.handler(event(message("n1"), message("n1")))).toEqual({ batchItemFailures: expect.any(Array) });
    const [published, ...more] = sns.commandCalls(PublishCommand).map(({ args }) => args[0].input);
    expect(more).toEqual([]);
    expect(published).toMatchObject({
      Subject: expect.stringContaining("Groceries: 80"),
      Message: expect.stringContaining("Du hast 249,00"),
      MessageAttributes: { userId: { DataType: "String", StringValue: userId } },
    });
    expect(await item("n1")).toMatchObject({ state: "sent", deliveryMethod: "sns", to: "ann@example.com" });
  });

  it("gives back what has to come again, and none of the others: poison, refusals that pass, answers that never came", async () => {
    await subscribe();
    for (const id of ["good", "refused", "lost"]) await queue(id);
    await dynamodb.put("dormouse-notifications", { userId, id: "poison", v: 2 });
    sns
      .on(PublishCommand)
      .resolvesOnce({})
      .rejectsOnce(new ThrottledException({ message: "slow down", $metadata: { httpStatusCode: 429 } }))
      .rejectsOnce(new Error("socket hang up"));
    const failed: string[] = [];
    for (const body of [message("good"), message("refused"), message("lost"), message("poison"), "no JSON", { v: 9 }, message("gone")])
      failed.push(JSON.stringify((await notify.handler(event(body))).batchItemFailures));
    const given = '[{"itemIdentifier":"m0"}]';
    expect(failed).toEqual(["[]", given, given, given, given, given, "[]"]);
    expect(await item("good")).toMatchObject({ state: "sent" });
    expect(await item("refused")).toMatchObject({ state: "queued", reason: "ThrottledException: slow down", lost: 0, attempt: 1 });
    expect(await item("lost")).toMatchObject({ state: "sending", attempt: 1 });
    expect(await item("poison")).toEqual({ userId, id: "poison", v: 2 });
  });

  it("skips whoever has not confirmed, has no subscription, or has switched the kind off, and sends nothing then", async () => {
    await queue("none");
    await notify.handler(event(message("none")));
    expect(await item("none")).toMatchObject({ state: "skipped", reason: "there is no subscription" });
    await subscribe();
    sns.on(GetSubscriptionAttributesCommand).resolves({ Attributes: { PendingConfirmation: "true" } });
    await queue("pending");
    await notify.handler(event(message("pending")));
    expect(await item("pending")).toMatchObject({ state: "skipped", reason: "the subscription is not confirmed" });
    sns.on(GetSubscriptionAttributesCommand).resolves({ Attributes: { PendingConfirmation: "false" } });
    await dynamodb.put("dormouse-profiles", { v: 1, sub: userId, notifications: { "budget-threshold": false } });
    await queue("off");
    await notify.handler(event(message("off")));
    expect(await item("off")).toMatchObject({ state: "skipped", reason: "mails of this kind are switched off" });
    expect(sns.commandCalls(PublishCommand)).toEqual([]);
  });
});
