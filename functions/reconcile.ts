/** Observes, decides, acts and records: the only function that may start or stop the database. */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient } from "@aws-sdk/client-rds";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import type { Context } from "aws-lambda";
import { dynamodbClient, patience } from "../src/aws/clients.ts";
import { awakeHook, prober } from "../src/aws/functions.ts";
import { instance } from "../src/aws/instance.ts";
import { invocation } from "../src/aws/invocation.ts";
import { ledger } from "../src/aws/ledger.ts";
import { countsFrom, metricsProber } from "../src/aws/metrics-prober.ts";
import { reporter } from "../src/aws/report.ts";
import { reconcilerStore } from "../src/aws/state-store.ts";
import { timer } from "../src/aws/timer.ts";
import { readConfig } from "../src/config.ts";
import { reconcileEvent } from "../src/lifecycle/events.ts";
import { policyOf } from "../src/lifecycle/policy.ts";
import { reconcile } from "../src/lifecycle/reconcile.ts";

export const variables = [
  "DATABASE_ID",
  "STATE_TABLE",
  "LEDGER_TABLE",
  "PROBE_FUNCTION",
  "AWAKE_HOOK",
  "TIMER_GROUP",
  "TIMER_ROLE_ARN",
  "TIMER_TARGET_ARN",
  "TIMER_DEAD_LETTERS_ARN",
  "IDLE_MINUTES",
  "CHECK_MINUTES",
  "DRAIN_SECONDS",
  "MODE",
  "PROBE",
  "WAKE_TIMEOUT_MINUTES",
  "FORCED_START_GRACE_MINUTES",
  "MAX_BACKUP_AGE_HOURS",
] as const;

const config = readConfig(process.env, variables);
const policy = policyOf(config);
const metrics = new Metrics({ namespace: "Dormouse" });
const dynamodb = dynamodbClient();
const looks = new LambdaClient(patience(58_000, 1));
const ports = {
  store: reconcilerStore({ dynamodb, table: config.stateTable }),
  instance: instance({ rds: new RDSClient(patience(4000)), rdsOnce: new RDSClient(patience(policy.stopTimeoutMs, 1)), stopTimeoutMs: policy.stopTimeoutMs }),
  prober:
    config.probe === "inside" ? prober(looks, config.probeFunction) : metricsProber({ counts: countsFrom(looks, config.probeFunction), now: () => Date.now() }),
  timer: timer({
    scheduler: new SchedulerClient(patience(3000, 3)),
    group: config.timerGroup,
    roleArn: config.timerRoleArn,
    targetArn: config.timerTargetArn,
    deadLettersArn: config.timerDeadLettersArn,
  }),
  ledger: ledger({ dynamodb, table: config.ledgerTable }),
  hook: config.awakeHook === "" ? null : awakeHook(new LambdaClient(patience(3000, 2)), config.awakeHook),
  report: reporter(new Logger(), metrics),
};

export async function handler(event: unknown, context: Context) {
  try {
    return await reconcile({ ...ports, run: invocation(context) }, policy, reconcileEvent(event, config.databaseId));
  } finally {
    // Publishing none is a warning in the log of every quiet run.
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }
}
