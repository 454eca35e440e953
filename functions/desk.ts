/** Every route of finance that needs no SQL: it works while the database sleeps. */
import { randomBytes } from "node:crypto";
import { Logger } from "@aws-lambda-powertools/logger";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { dynamodbClient, patience } from "../src/aws/clients.ts";
import { inspector } from "../src/aws/inspector.ts";
import { jobs } from "../src/aws/jobs.ts";
import { links } from "../src/aws/links.ts";
import { receipts } from "../src/aws/receipts.ts";
import { readConfig } from "../src/config.ts";
import { uuid7 } from "../src/finance/uuid7.ts";
import { api, errorFacts } from "../src/http/api.ts";
import { jobRoutes } from "../src/http/desk/jobs.ts";
import { receiptRoutes } from "../src/http/desk/receipts.ts";

export const variables = ["JOBS_TABLE", "RECEIPTS_TABLE", "FILES_BUCKET", "INSPECT_FUNCTION"] as const;

const config = readConfig(process.env, variables);
const logger = new Logger();
const dynamodb = dynamodbClient();
const now = Date.now;
const newId = () => uuid7(now(), randomBytes(10));

const job = {
  jobs: jobs({ dynamodb, table: config.jobsTable, onUnreadable: (error) => logger.warn("a job was left out", { error: errorFacts(error) }) }),
  now,
  newId,
};

const receipt = {
  receipts: receipts({ dynamodb, table: config.receiptsTable, now }),
  links: links({ s3: new S3Client(patience(5000)), bucket: config.filesBucket, now }),
  inspector: inspector(new LambdaClient(patience(5000)), config.inspectFunction),
  now,
  newId,
  logger,
};

export const handler = api([...jobRoutes(job), ...receiptRoutes(receipt)], { logger });
