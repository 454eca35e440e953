/** Brings what was written while nobody was there to where it goes; and by its schedule finds what the streams lost. */
import { Logger } from "@aws-lambda-powertools/logger";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { DynamoDBBatchResponse } from "aws-lambda";
import { callerStore } from "../src/aws/caller-store.ts";
import { changes } from "../src/aws/changes.ts";
import { dynamodbClient, patience } from "../src/aws/clients.ts";
import { wakeBudget } from "../src/aws/counters.ts";
import { reconciler, send } from "../src/aws/functions.ts";
import { jobRecords } from "../src/aws/job-records.ts";
import { jobs } from "../src/aws/jobs.ts";
import { carryNotifications } from "../src/aws/notification-records.ts";
import { notifications } from "../src/aws/notifications.ts";
import { notifyQueue } from "../src/aws/notify-queue.ts";
import { isSchedule, isStreamOf } from "../src/aws/stream.ts";
import { readConfig } from "../src/config.ts";
import { callFor } from "../src/jobs/call.ts";
import { checkJobs } from "../src/jobs/check.ts";
import { callOutside } from "../src/jobs/forget.ts";
import { beginMonthly } from "../src/jobs/monthly.ts";
import { beginSweep } from "../src/jobs/sweep.ts";
import { askForLost } from "../src/notifications/lost.ts";

// biome-ignore format: a line each would be a fifth of this file.
export const variables = [
  "DATABASE_ID", "STATE_TABLE", "JOBS_TABLE", "COUNTERS_TABLE", "RECONCILE_FUNCTION", "JOB_FUNCTION", "FORGET_FUNCTION", "NOTIFICATIONS_TABLE",
  "NOTIFY_QUEUE", "CHANGES_TABLE", "MODE", "CHECK_MINUTES", "WAKES_PER_USER_PER_DAY", "WAKE_TIMEOUT_MINUTES",
] as const;

const config = readConfig(process.env, variables);
const logger = new Logger();
const dynamodb = dynamodbClient();
const lambda = new LambdaClient(patience(5000));
const { kick } = reconciler(lambda, config.reconcileFunction);
const callJob = send(lambda, config.jobFunction);
const callForget = send(lambda, config.forgetFunction);
const outside = callOutside((leaving) => callForget({ v: 1, ...leaving }));
const onUnreadable = (error: unknown) => logger.warn("an item that this code cannot read was left alone", { error: String(error) });
const store = jobs({ dynamodb, table: config.jobsTable, onUnreadable });

const call = {
  databaseId: config.databaseId,
  store: callerStore({ dynamodb, table: config.stateTable }),
  jobs: store,
  budget: wakeBudget({ dynamodb, table: config.countersTable }),
  wakesPerUserPerDay: config.wakesPerUserPerDay,
  reconcile: (by: string) => kick({ databaseId: config.databaseId, cause: { kind: "job", by } }),
  runner: () => callJob({ v: 1, databaseId: config.databaseId, cause: "job" }),
  mode: config.mode,
  keepUpMs: (config.checkMinutes + 5) * 60_000,
  wakeTimeoutMs: config.wakeTimeoutMinutes * 60_000,
  now: Date.now,
};

const told = {
  store: notifications({ dynamodb, table: config.notificationsTable, onUnreadable }),
  enqueue: notifyQueue({ sqs: new SQSClient(patience(5000)), url: config.notifyQueue }),
  onUnreadable,
  now: Date.now,
};

const sweep = { changes: changes({ dynamodb, table: config.changesTable }), jobs: store, now: Date.now };

export async function handler(event: unknown): Promise<DynamoDBBatchResponse> {
  if (isStreamOf(event, config.notificationsTable)) return carryNotifications(told, event);
  if (isStreamOf(event, config.jobsTable)) {
    const waiting = jobRecords(event, onUnreadable);
    await outside(waiting);
    const called = await callFor(call, waiting);
    if (called !== "nothing") logger.info("jobs", { records: event.Records.length, called });
  } else if (isSchedule(event, "check")) {
    const called = await checkJobs(call, store, outside);
    if (called !== "nothing") logger.info("check", { called });
    const lost = await askForLost(told);
    if (lost > 0) logger.warn("notifications that were lost on their way are asked for again", { lost });
  } else if (isSchedule(event, "sweep")) {
    logger.info("sweep", { ...(await beginSweep(sweep)) });
  } else if (isSchedule(event, "monthly")) {
    logger.info("monthly", { ...(await beginMonthly(sweep)) });
  } else {
    logger.warn("an event that this code does not know");
  }
  // What failed has thrown: the batch comes again as a whole, and all of it may be done twice.
  return { batchItemFailures: [] };
}
