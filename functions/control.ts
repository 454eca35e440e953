/** Every HTTP route that needs no SQL, and the console. */
import { randomUUID } from "node:crypto";
import { routes } from "virtual:routes";
import { Logger } from "@aws-lambda-powertools/logger";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { callerStore } from "../src/aws/caller-store.ts";
import { dynamodbClient, patience } from "../src/aws/clients.ts";
import { wakeBudget } from "../src/aws/counters.ts";
import { reconciler } from "../src/aws/functions.ts";
import { ledger } from "../src/aws/ledger.ts";
import { profiles } from "../src/aws/profiles.ts";
import { refusals } from "../src/aws/refusals.ts";
import { addressFrom } from "../src/aws/user-info.ts";
import { readConfig } from "../src/config.ts";
import { api } from "../src/http/api.ts";
import { databaseRoutes } from "../src/http/control/database.ts";
import { historyRoutes } from "../src/http/control/history.ts";
import { meRoutes } from "../src/http/control/me.ts";
import { pageRoutes } from "../src/http/control/pages.ts";
import { stayingUpRoutes } from "../src/http/control/staying-up.ts";
import { refusing } from "../src/http/refused.ts";
import { policyOf } from "../src/lifecycle/policy.ts";

export const variables = [
  "DATABASE_ID",
  "STATE_TABLE",
  "LEDGER_TABLE",
  "COUNTERS_TABLE",
  "PROFILES_TABLE",
  "RECONCILE_FUNCTION",
  "AUTH_URL",
  "AUTH_CLIENT_ID",
  "UPLOADS_ORIGIN",
  "PART",
  "IDLE_MINUTES",
  "CHECK_MINUTES",
  "DRAIN_SECONDS",
  "MODE",
  "PROBE",
  "WAKES_PER_USER_PER_DAY",
  "WAKE_TIMEOUT_MINUTES",
  "FORCED_START_GRACE_MINUTES",
  "MAX_BACKUP_AGE_HOURS",
  "PRICE_PER_HOUR",
] as const;

const config = readConfig(process.env, variables);
const logger = new Logger();
const dynamodb = dynamodbClient();
const deps = {
  databaseId: config.databaseId,
  policy: policyOf(config),
  store: callerStore({ dynamodb, table: config.stateTable }),
  reconciler: reconciler(new LambdaClient(patience(25_000, 2)), config.reconcileFunction),
  ledger: ledger({ dynamodb, table: config.ledgerTable }),
  budget: wakeBudget({ dynamodb, table: config.countersTable }),
  wakesPerUserPerDay: config.wakesPerUserPerDay,
  pricePerHour: config.pricePerHour,
  now: Date.now,
  newId: randomUUID,
  logger,
};

const me = {
  profiles: profiles({ dynamodb, table: config.profilesTable }),
  addressOf: addressFrom({ authUrl: config.authUrl, now: Date.now }),
  now: Date.now,
  logger,
};

const { since: refusedSince } = refusals({ databaseId: config.databaseId, dynamodb, table: config.stateTable });
const since = (sub: string) => refusedSince(sub, Date.now());

export const handler = api(
  [...pageRoutes(config), ...databaseRoutes(deps), ...stayingUpRoutes(deps), ...refusing([...historyRoutes(deps), ...meRoutes(me)], since)],
  {
    logger,
    // `$default` ends here: a wrong method on a route of another function is 405, not 404.
    alsoKnown: routes,
  },
);
