/** Work that needs SQL and that nobody waits for. Called when the database begins to serve, and for jobs that wait while it does. */
import { randomBytes } from "node:crypto";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { S3Client } from "@aws-sdk/client-s3";
import type { Context } from "aws-lambda";
import { newestMigration } from "../migrations/index.ts";
import { callerStore } from "../src/aws/caller-store.ts";
import { changes } from "../src/aws/changes.ts";
import { dynamodbClient, patience } from "../src/aws/clients.ts";
import { importStores } from "../src/aws/import-files.ts";
import { invocation } from "../src/aws/invocation.ts";
import { jobReporter } from "../src/aws/job-report.ts";
import { jobs } from "../src/aws/jobs.ts";
import { notifications } from "../src/aws/notifications.ts";
import { profiles } from "../src/aws/profiles.ts";
import { receipts } from "../src/aws/receipts.ts";
import { reportFiles } from "../src/aws/report-files.ts";
import { forgetting } from "../src/aws/user-stores.ts";
import { readConfig } from "../src/config.ts";
import { roleIn } from "../src/database/as-role.ts";
import { outboxFor } from "../src/database/outbox.ts";
import { uuid7 } from "../src/finance/uuid7.ts";
import { RESERVE_MS, runJobs } from "../src/jobs/run.ts";
import { drainWork } from "../src/work/drain.ts";
import { kindsOfWork } from "../src/work/kinds.ts";
import { receiptWork } from "../src/work/receipts.ts";

// biome-ignore format: a line each would be half of this file.
export const variables = [
  "DATABASE_ID", "DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_CA", "STATE_TABLE", "JOBS_TABLE", "NOTIFICATIONS_TABLE", "PROFILES_TABLE",
  "RECEIPTS_TABLE", "FILES_BUCKET", "CHANGES_TABLE", "IMPORTS_TABLE", "SUBSCRIPTIONS_TABLE", "COUNTERS_TABLE", "LEDGER_TABLE", "DRAIN_SECONDS", "CHECK_MINUTES",
] as const;

const config = readConfig(process.env, variables);
const { databaseId } = config;
const logger = new Logger();
const metrics = new Metrics({ namespace: "Dormouse" });
const dynamodb = dynamodbClient();
const store = callerStore({ dynamodb, table: config.stateTable });
const longestMs = config.drainSeconds * 1000;
const report = jobReporter(logger, metrics);

const asRole = roleIn({
  databaseId,
  store,
  endpoint: { host: config.databaseHost, port: config.databasePort, ca: config.databaseCa },
  database: config.databaseName,
  application: "dormouse-job",
  migration: newestMigration,
  longestMs,
  onConnect: () => store.countSession(databaseId).catch((error: unknown) => report({ failed: "count", error })),
});
const app = asRole("dormouse_app");
const users = profiles({ dynamodb, table: config.profilesTable });
const { put } = notifications({ dynamodb, table: config.notificationsTable });
const kept = receipts({ dynamodb, table: config.receiptsTable, now: Date.now });
const receipt = receiptWork({ database: app, receipts: kept, now: Date.now });
const s3 = new S3Client(patience(30_000));
const files = reportFiles({ s3, bucket: config.filesBucket });
const importing = importStores({ dynamodb, table: config.importsTable, s3, bucket: config.filesBucket, now: Date.now });
const parts = jobs({ dynamodb, table: config.jobsTable, onUnreadable: (error) => report({ failed: "job", error }) });
const asJobs = asRole("dormouse_jobs");
const newId = () => uuid7(Date.now(), randomBytes(10));
const stores = forgetting({ config, dynamodb, s3, database: app, statementMs: longestMs, now: Date.now });
const common = { database: app, listing: asJobs, profiles: users, receipts: kept, files, parts, report, now: Date.now, newId, statementMs: longestMs };
const ports = {
  databaseId,
  store,
  jobs: parts,
  kinds: kindsOfWork({ ...common, importing, changes: changes({ dynamodb, table: config.changesTable }), forget: stores }),
  keepUpMs: (config.checkMinutes + 5) * 60_000,
  first: drainWork({ outbox: outboxFor(asJobs), put, profiles: users, carriers: { "receipt-gone": receipt.carry }, now: Date.now, report }),
  report,
};

export async function handler(_event: unknown, context: Context) {
  try {
    const run = invocation(context);
    const last = async () => void (await receipt.sweep(() => run.remainingMs() < RESERVE_MS));
    return await runJobs({ ...ports, last, run });
  } finally {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }
}
