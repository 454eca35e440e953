/** Every HTTP route with SQL. */
import { randomBytes, randomUUID } from "node:crypto";
import { Logger } from "@aws-lambda-powertools/logger";
import { newestMigration } from "../migrations/index.ts";
import { callerStore } from "../src/aws/caller-store.ts";
import { changes } from "../src/aws/changes.ts";
import { dynamodbClient } from "../src/aws/clients.ts";
import { wakeBudget } from "../src/aws/counters.ts";
import { notifications } from "../src/aws/notifications.ts";
import { profiles } from "../src/aws/profiles.ts";
import { quickGets } from "../src/aws/quick-get.ts";
import { receipts } from "../src/aws/receipts.ts";
import { signals } from "../src/aws/signals.ts";
import { readConfig } from "../src/config.ts";
import { iamPassword } from "../src/database/connect.ts";
import { databases } from "../src/database/kysely.ts";
import { requireMigration } from "../src/database/schema-version.ts";
import { uuid7 } from "../src/finance/uuid7.ts";
import { admission } from "../src/http/admission.ts";
import { api, errorFacts } from "../src/http/api.ts";
import { financeRoutes } from "../src/http/finance/routes.ts";
import { session } from "../src/http/finance/session.ts";
import { keepingWrite } from "../src/http/finance/telling.ts";
import { write } from "../src/http/finance/write.ts";

export const variables = [
  "DATABASE_ID",
  "DATABASE_HOST",
  "DATABASE_PORT",
  "DATABASE_NAME",
  "DATABASE_CA",
  "STATE_TABLE",
  "SIGNALS_TABLE",
  "COUNTERS_TABLE",
  "NOTIFICATIONS_TABLE",
  "CHANGES_TABLE",
  "PROFILES_TABLE",
  "RECEIPTS_TABLE",
  "IDLE_MINUTES",
  "DRAIN_SECONDS",
  "WAKE_ON",
  "WAKES_PER_USER_PER_DAY",
  "WAKE_TIMEOUT_MINUTES",
  "MODE",
] as const;

const config = readConfig(process.env, variables);
const logger = new Logger();
const now = Date.now;
const dynamodb = quickGets(dynamodbClient());
const store = callerStore({ dynamodb, table: config.stateTable });
const endpoint = { host: config.databaseHost, port: config.databasePort, ca: config.databaseCa };
const user = "dormouse_app";

const pools = databases({
  endpoint,
  database: config.databaseName,
  user,
  password: iamPassword(endpoint, user),
  application: "dormouse-data",
  statementMs: config.drainSeconds * 1000,
  // A connection that is not counted looks like somebody else's, which keeps the database up: no reason to fail the request.
  onConnect: () =>
    store.countSession(config.databaseId).catch((error: unknown) => logger.error("a session could not be counted", { error: errorFacts(error) })),
  onOpen: (query) => requireMigration(query, newestMigration),
});
const budget = wakeBudget({ dynamodb, table: config.countersTable });
const gate = admission({ ...config, store, budget, ...signals({ dynamodb, table: config.signalsTable }), now, newId: randomUUID, logger });

const open = session({ admission: gate, databases: pools, now });
const users = profiles({ dynamodb, table: config.profilesTable });
const deps = {
  session: open,
  write: keepingWrite(write(open), {
    session: open,
    changes: changes({ dynamodb, table: config.changesTable }),
    put: notifications({ dynamodb, table: config.notificationsTable }).put,
    profiles: users,
    now,
    logger,
  }),
  profiles: users,
  receipts: receipts({ dynamodb, table: config.receiptsTable, now }),
  now,
  newId: () => uuid7(now(), randomBytes(10)),
};

export const handler = api(financeRoutes(deps), { logger });
