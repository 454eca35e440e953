/** What the runner of jobs can't reach of a user who leaves: their sign-in, and their subscription to mails. Called as often as the job waits for it. */
import { randomBytes } from "node:crypto";
import { Logger } from "@aws-lambda-powertools/logger";
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { SNSClient } from "@aws-sdk/client-sns";
import { dynamodbClient, patience } from "../src/aws/clients.ts";
import { jobs } from "../src/aws/jobs.ts";
import { deleteUser } from "../src/aws/sign-in.ts";
import { snsTopic } from "../src/aws/sns-mail.ts";
import { subscriptions } from "../src/aws/subscriptions.ts";
import { readConfig } from "../src/config.ts";
import { forgetOutside, readForgetEvent } from "../src/work/forget-outside.ts";

export const variables = ["JOBS_TABLE", "SUBSCRIPTIONS_TABLE", "MAIL_TOPIC", "USER_POOL"] as const;

const config = readConfig(process.env, variables);
const logger = new Logger();
const dynamodb = dynamodbClient();
const forget = forgetOutside({
  jobs: jobs({ dynamodb, table: config.jobsTable, onUnreadable: () => {} }),
  subscriptions: subscriptions({ dynamodb, table: config.subscriptionsTable, random: () => randomBytes(32) }),
  unsubscribe: snsTopic({ sns: new SNSClient(patience(5000)), topic: config.mailTopic }).unsubscribe,
  deleteUser: deleteUser({ cognito: new CognitoIdentityProviderClient(patience(5000)), pool: config.userPool }),
  now: Date.now,
});

/** Throws what failed: Lambda then sends the event again, twice. */
export async function handler(event: unknown): Promise<void> {
  const leaving = readForgetEvent(event);
  if (leaving === null) return logger.error("an event of an unknown form");
  logger.info("a user leaves", { job: leaving.id, signIn: await forget(leaving) });
}
