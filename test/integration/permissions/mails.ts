import { randomUUID } from "node:crypto";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { marshall } from "@aws-sdk/util-dynamodb";
import { expect, test } from "vitest";
import { arnOf } from "../../../local/gate.ts";
import { newItem } from "../../../src/notifications/notification.ts";
import { asleep, bySes, failsIn, still, system, without } from "./world.ts";

/** Entries of `may`: what sends mails. */
export function ofMails(): void {
  test("of notify: without it a notification is neither sent nor lost", async () => {
    await using run = await asleep();
    const { endpoints, operator } = run.platform;
    const client = new DynamoDBClient({ endpoint: endpoints.dynamodb, region: "eu-central-1", credentials: operator });
    const put = (table: string, item: Record<string, unknown>) =>
      client.send(new PutItemCommand({ TableName: `dormouse-${table}`, Item: marshall(item, { removeUndefinedValues: true }) }));
    const sns = new SNSClient({ endpoint: endpoints.sns, region: "eu-central-1", credentials: operator });
    const { SubscriptionArn: arn } = await sns.send(
      new SubscribeCommand({
        TopicArn: arnOf("topic:mail"),
        Protocol: "email",
        Endpoint: "ann@example.com",
        Attributes: { FilterPolicy: '{"userId":["ann"]}' },
        ReturnSubscriptionArn: true,
      }),
    );
    const box = endpoints.mailbox.replace(/mailbox$/, "");
    const mails = async () => (await (await fetch(`${box}mailbox.json`)).json()) as { text: string }[];
    await fetch(/http\S+/.exec((await mails())[0]?.text.split("in error")[1] ?? "")?.[0] ?? "");
    await put("subscriptions", {
      id: "user#ann",
      v: 1,
      userId: "ann",
      method: "sns",
      address: "ann@example.com",
      state: "pending",
      arn,
      nonce: "n",
      origin: "",
      since: 1,
    });
    const data = { v: 1, reportId: "r", name: "November", from: "2026-11-01", to: "2026-11-30" };
    // Not by its stream: what is asked here is all that happens.
    const item = {
      ...newItem({ userId: "ann", id: randomUUID(), kind: "report-ready", data, language: "en" }, Date.now(), Date.now()),
      state: "sending",
      claimedAt: 1,
    };
    await put("notifications", item);
    const body = JSON.stringify({ v: 1, userId: "ann", id: item.id });
    const notify = async () => JSON.parse((await run.platform.invoke("notify", { Records: [{ messageId: "m", body }] })).payload).batchItemFailures;
    for (const { action, on, when } of system.functions.notify?.may ?? [])
      if (when?.mailSender !== "ses") await without(run, `notify: ${action} on ${on}`, async () => expect(await notify()).toEqual([{ itemIdentifier: "m" }]));
    expect(await mails()).toHaveLength(1);
    expect(await notify()).toEqual([]);
    expect(await mails()).toHaveLength(2);
    client.destroy();
    sns.destroy();
  });

  test("of mails by SES: without it nobody is asked, nothing is sent, and no address is left alone", async () => {
    await using run = await asleep({ settings: { ...still, mailSender: "ses", mailFrom: String(bySes.mailFrom) } });
    const { endpoints, operator } = run.platform;
    const box = endpoints.mailbox.replace(/mailbox$/, "mailbox.json");
    const mails = async () => (await (await fetch(box)).json()) as { to: string; text: string; headers: Record<string, string> }[];
    const ask = () => run.ask("/notifications/subscription", { as: "ann", method: "POST" });
    for (const on of ["mail:identity", "mail:configurationSet"])
      await without(run, `desk: ses:SendEmail on ${on}`, async () =>
        expect(await ask()).toMatchObject({ status: 503, body: { type: "/problems/unavailable" } }),
      );
    expect(await ask()).toMatchObject({ status: 202, body: { state: "pending", deliveryMethod: "ses" } });
    const confirm = /http\S+/.exec((await mails()).at(-1)?.text ?? "")?.[0] ?? "";
    expect(await (await fetch(confirm)).text()).toContain('<form method="post">');
    expect((await fetch(confirm, { method: "POST" })).status).toBe(200);
    const state = async () => (await run.ask("/notifications/subscription", { as: "ann" })).body.state;
    expect(await state()).toBe("confirmed");

    const client = new DynamoDBClient({ endpoint: endpoints.dynamodb, region: "eu-central-1", credentials: operator });
    const data = { v: 1, reportId: "r", name: "November", from: "2026-11-01", to: "2026-11-30" };
    const sub = String((await run.ask("/me", { as: "ann" })).body.sub);
    const item = {
      ...newItem({ userId: sub, id: randomUUID(), kind: "report-ready", data, language: "en" }, Date.now(), Date.now()),
      state: "sending",
      claimedAt: 1,
    };
    await client.send(new PutItemCommand({ TableName: "dormouse-notifications", Item: marshall(item, { removeUndefinedValues: true }) }));
    client.destroy();
    const body = JSON.stringify({ v: 1, userId: sub, id: item.id });
    const notify = async () => JSON.parse((await run.platform.invoke("notify", { Records: [{ messageId: "m", body }] })).payload).batchItemFailures;
    for (const on of ["mail:identity", "mail:configurationSet"])
      await without(run, `notify: ses:SendEmail on ${on}`, async () => expect(await notify()).toEqual([{ itemIdentifier: "m" }]));
    expect(await notify()).toEqual([]);
    const { to = "", headers = {} } = (await mails()).at(-1) ?? {};
    const bounced = {
      source: "aws.ses",
      detail: { eventType: "Bounce", bounce: { bounceType: "Permanent", bouncedRecipients: [{ emailAddress: to }] }, mail: { tags: { user: [sub] } } },
    };
    const returned = () => run.platform.invoke("notify", bounced);
    await without(run, "notify: dynamodb:PutItem on table:subscriptions", () => failsIn(returned()));
    expect(await state()).toBe("confirmed");
    expect((await returned()).functionError).toBeNull();
    expect(await state()).toBe("suppressed");
    // One press in the reader's program.
    const stop = /<(\S+)>/.exec(headers["List-Unsubscribe"] ?? "")?.[1] ?? "";
    const oneClick = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
    expect((await fetch(stop, { method: "POST", body: oneClick })).status).toBe(200);
    expect(await state()).toBe("none");
  });
}
