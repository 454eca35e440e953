/** Sends notifications: the queue says which, their items what. */

import { randomBytes } from "node:crypto";
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { SNSClient } from "@aws-sdk/client-sns";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { dynamodbClient, patience } from "../src/aws/clients.ts";
import { notifications } from "../src/aws/notifications.ts";
import { notifyReporter } from "../src/aws/notify-report.ts";
import { profiles } from "../src/aws/profiles.ts";
import { snsSender, snsTopic } from "../src/aws/sns-mail.ts";
import { subscriptions } from "../src/aws/subscriptions.ts";
import { readConfig } from "../src/config.ts";
import { NotSent, readMessage, sendNotification } from "../src/notifications/send.ts";

export const variables = ["NOTIFICATIONS_TABLE", "SUBSCRIPTIONS_TABLE", "PROFILES_TABLE", "MAIL_TOPIC"] as const;

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
  sender: snsSender({
    // One attempt: whether a second one is right is for the claim to say.
    publisher: new SNSClient(patience(5000, 1)),
    topic: config.mailTopic,
    state: snsTopic({ sns: new SNSClient(patience(3000, 3)), topic: config.mailTopic }).state,
    subscription: (userId) => subscribed.read(userId),
  }),
  now: Date.now,
  report,
};

async function one({ body }: SQSRecord): Promise<void> {
  const message = readMessage(JSON.parse(body));
  if (message === null) throw new NotSent("a message that this code cannot read");
  if ((await sendNotification(ports, message)) === "again") throw new NotSent("not yet");
}

const processor = new BatchProcessor(EventType.SQS);

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  try {
    return await processPartialResponse(event, one, processor, { throwOnFullBatchFailure: false });
  } finally {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }
}
