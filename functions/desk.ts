/** Every route of finance that needs no SQL: it works while the database sleeps. */
import { randomBytes } from "node:crypto";
import { Logger } from "@aws-lambda-powertools/logger";
import { dynamodbClient } from "../src/aws/clients.ts";
import { jobs } from "../src/aws/jobs.ts";
import { readConfig } from "../src/config.ts";
import { uuid7 } from "../src/finance/uuid7.ts";
import { api, errorFacts } from "../src/http/api.ts";
import { jobRoutes } from "../src/http/desk/jobs.ts";

export const variables = ["JOBS_TABLE"] as const;

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

export const handler = api([...jobRoutes(job)], { logger });
