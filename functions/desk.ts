/** Every route of finance that needs no SQL: it works while the database sleeps. */
import { randomBytes, randomUUID } from "node:crypto";
import { Logger } from "@aws-lambda-powertools/logger";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SESv2Client } from "@aws-sdk/client-sesv2";
import { SNSClient } from "@aws-sdk/client-sns";
import { dynamodbClient, patience } from "../src/aws/clients.ts";
import { importStores } from "../src/aws/import-files.ts";
import { inspector } from "../src/aws/inspector.ts";
import { jobs } from "../src/aws/jobs.ts";
import { linkTokens } from "../src/aws/link-tokens.ts";
import { links } from "../src/aws/links.ts";
import { mailWay } from "../src/aws/mail.ts";
import { notifications } from "../src/aws/notifications.ts";
import { profiles } from "../src/aws/profiles.ts";
import { receipts } from "../src/aws/receipts.ts";
import { refusals } from "../src/aws/refusals.ts";
import { reportLinks } from "../src/aws/report-files.ts";
import { subscriptions } from "../src/aws/subscriptions.ts";
import { addressFrom } from "../src/aws/user-info.ts";
import { readConfig } from "../src/config.ts";
import { uuid7 } from "../src/finance/uuid7.ts";
import { api, errorFacts } from "../src/http/api.ts";
import { exportRoutes } from "../src/http/desk/exports.ts";
import { importRoutes } from "../src/http/desk/imports.ts";
import { jobRoutes } from "../src/http/desk/jobs.ts";
import { leavingRoutes } from "../src/http/desk/leaving.ts";
import { mailLinkRoutes } from "../src/http/desk/mail-links.ts";
import { notificationRoutes } from "../src/http/desk/notifications.ts";
import { receiptRoutes } from "../src/http/desk/receipts.ts";
import { reportRoutes } from "../src/http/desk/reports.ts";
import { runRoutes } from "../src/http/desk/runs.ts";
import { refusing } from "../src/http/refused.ts";

// biome-ignore format: a line each would be a fifth of this file.
export const variables = [
  "AUTH_URL", "DATABASE_ID", "STATE_TABLE", "NOTIFICATIONS_TABLE", "SUBSCRIPTIONS_TABLE", "PROFILES_TABLE", "MAIL_SENDER", "MAIL_FROM",
  "MAIL_TOPIC", "MAIL_CONFIGURATION_SET", "JOBS_TABLE", "RECEIPTS_TABLE", "IMPORTS_TABLE", "FILES_BUCKET", "INSPECT_FUNCTION",
] as const;

const config = readConfig(process.env, variables);
const logger = new Logger();
const dynamodb = dynamodbClient();
const now = Date.now;
const newId = () => uuid7(now(), randomBytes(10));

const onUnreadable = (error: unknown) => logger.warn("an item was left out", { error: errorFacts(error) });
const store = subscriptions({ dynamodb, table: config.subscriptionsTable, random: () => randomBytes(32) });
const tokens = linkTokens({ key: store.linkKey, now });
const notification = {
  notifications: notifications({ dynamodb, table: config.notificationsTable, onUnreadable }),
  store,
  way: mailWay({ config, sns: new SNSClient(patience(5000)), ses: new SESv2Client(patience(5000)), tokens, now }),
  profiles: profiles({ dynamodb, table: config.profilesTable }),
  addressOf: addressFrom({ authUrl: config.authUrl, now }),
  newNonce: randomUUID,
  now,
  logger,
};

const job = { jobs: jobs({ dynamodb, table: config.jobsTable, onUnreadable }), now, newId };

const s3 = new S3Client(patience(5000));
const receipt = {
  receipts: receipts({ dynamodb, table: config.receiptsTable, now }),
  links: links({ s3, bucket: config.filesBucket, now }),
  inspector: inspector(new LambdaClient(patience(5000)), config.inspectFunction),
  now,
  newId,
  logger,
};

const imported = { ...job, ...importStores({ dynamodb, table: config.importsTable, s3, bucket: config.filesBucket, now }) };
const files = { ...job, uploads: imported.uploads, links: reportLinks({ s3, bucket: config.filesBucket, now }) };

const { since, refuse } = refusals({ databaseId: config.databaseId, dynamodb, table: config.stateTable });
const routes = [
  ...notificationRoutes(notification),
  ...jobRoutes(job),
  ...runRoutes(job),
  ...receiptRoutes(receipt),
  ...reportRoutes(files),
  ...exportRoutes(files),
  ...importRoutes(imported),
];

const pages = mailLinkRoutes({ store, tokens, now });
export const handler = api([...pages, ...leavingRoutes({ ...job, refuse }), ...refusing(routes, (sub) => since(sub, now()))], { logger });
