/** Sends notifications: the queue says which, their items what. */

import { randomBytes, randomUUID } from "node:crypto";
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { SESv2Client } from "@aws-sdk/client-sesv2";
import { SNSClient } from "@aws-sdk/client-sns";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { dynamodbClient, patience } from "../src/aws/clients.ts";
import { linkTokens } from "../src/aws/link-tokens.ts";
import { mailSender } from "../src/aws/mail.ts";
import { notifications } from "../src/aws/notifications.ts";
import { notifyReporter } from "../src/aws/notify-report.ts";
import { profiles } from "../src/aws/profiles.ts";
import { subscriptions } from "../src/aws/subscriptions.ts";
import { readConfig } from "../src/config.ts";
import { isSesEvent, readBounced, suppress } from "../src/notifications/bounced.ts";
import { NotSent, readMessage, sendNotification } from "../src/notifications/send.ts";

// biome-ignore format: a line each would be much of this file.
export const variables = [
  "NOTIFICATIONS_TABLE", "SUBSCRIPTIONS_TABLE", "PROFILES_TABLE", "MAIL_SENDER", "MAIL_FROM", "MAIL_TOPIC", "MAIL_CONFIGURATION_SET",
] as const;

const config = readConfig(process.env, variables);
const logger = new Logger();
const metrics = new Metrics({ namespace: "Dormouse" });
const dynamodb = dynamodbClient();
const report = notifyReporter(logger, metrics);
const subscribed = subscriptions({ dynamodb, table: config.subscriptionsTable, random: () => randomBytes(32) });
const users = profiles({ dynamodb, table: config.profilesTable });

const ports = {
  store: notifications({ dynamodb, table: config.notificationsTable, onUnreadable: (error) => report({ failed: "read", error }) }),
  preferences: async (userId: string) => (await users.read(userId)).notifications,
  sender: mailSender({
    config,
    // One attempt: whether a second one is right is for the claim to say.
    once: { sns: new SNSClient(patience(5000, 1)), ses: new SESv2Client(patience(5000, 1)) },
    sns: new SNSClient(patience(3000, 3)),
    ses: new SESv2Client(patience(3000, 3)),
    tokens: linkTokens({ key: subscribed.linkKey, now: Date.now }),
    subscription: (userId) => subscribed.read(userId),
  }),
  now: Date.now,
  newToken: randomUUID,
  report,
};

async function one({ body }: SQSRecord): Promise<void> {
  const message = readMessage(JSON.parse(body));
  if (message === null) throw new NotSent("a message that this code cannot read");
  if ((await sendNotification(ports, message)) === "again") throw new NotSent("not yet");
}

const processor = new BatchProcessor(EventType.SQS);

/** An event of SES: a mail came back, or was not wanted. */
async function returned(event: unknown): Promise<SQSBatchResponse> {
  const bounced = readBounced(event);
  if (bounced !== null && (await suppress(subscribed, bounced))) logger.info("an address gets no more mails", { user: bounced.userId, why: bounced.why });
  return { batchItemFailures: [] };
}

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  if (isSesEvent(event)) return returned(event);
  try {
    return await processPartialResponse(event, one, processor, { throwOnFullBatchFailure: false });
  } finally {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }
}
