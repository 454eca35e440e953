/** Every place where something of a user lies, in the order in which it goes. The sign-in and the subscription to mails are outside of the runner's network. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import { type RowsDeps, userRows } from "../database/forget.ts";
import type { UserStore } from "../work/forget.ts";
import { ledgerNames } from "./ledger-names.ts";
import { refusals } from "./refusals.ts";
import { filesIn, itemsAt, itemsOf } from "./user-items.ts";

export interface UserStoresOptions extends RowsDeps {
  dynamodb: DynamoDBClient;
  s3: S3Client;
  bucket: string;
  tables: {
    jobs: string;
    notifications: string;
    receipts: string;
    imports: string;
    subscriptions: string;
    changes: string;
    counters: string;
    profiles: string;
  };
  now(): number;
}

/** Folders of the bucket, each with one of its own for each user. */
export const USER_FOLDERS = ["uploads", "receipts", "reports", "exports", "imports"] as const;

const DAY_MS = 86_400_000;
/** A counter of wakes is kept for two days after its own. */
const COUNTED_DAYS = 3;

export function userStores({ dynamodb, s3, bucket, tables, now, ...rows }: UserStoresOptions): UserStore[] {
  const days = () => Array.from({ length: COUNTED_DAYS }, (_, n) => new Date(now() - n * DAY_MS).toISOString().slice(0, 10));
  return [
    itemsOf({ dynamodb, table: tables.jobs, name: "jobs", user: "owner" }),
    ...userRows(rows),
    itemsOf({ dynamodb, table: tables.receipts, name: "receipts", user: "userId" }),
    itemsOf({ dynamodb, table: tables.imports, name: "imports", user: "userId" }),
    ...USER_FOLDERS.map((folder) => filesIn({ s3, bucket, folder })),
    itemsOf({ dynamodb, table: tables.notifications, name: "notifications", user: "userId" }),
    itemsAt({ dynamodb, table: tables.changes, name: "changes", keys: (sub) => [{ sub: { S: sub } }] }),
    itemsAt({ dynamodb, table: tables.counters, name: "counters", keys: (sub) => days().map((day) => ({ id: { S: `wakes#${sub}#${day}` } })) }),
    itemsAt({ dynamodb, table: tables.profiles, name: "profile", keys: (sub) => [{ sub: { S: sub } }] }),
  ];
}

/** Looked up from outside while the rest is deleted, so it goes last. */
export const subscriptionOf = ({ dynamodb, tables }: Pick<UserStoresOptions, "dynamodb" | "tables">): UserStore =>
  itemsAt({ dynamodb, table: tables.subscriptions, name: "subscription", keys: (sub) => [{ id: { S: `user#${sub}` } }] });

type Names =
  | "stateTable"
  | "jobsTable"
  | "notificationsTable"
  | "receiptsTable"
  | "importsTable"
  | "subscriptionsTable"
  | "changesTable"
  | "countersTable"
  | "profilesTable"
  | "ledgerTable";

export interface ForgettingOptions extends Pick<UserStoresOptions, "dynamodb" | "s3" | "database" | "statementMs" | "now"> {
  config: Readonly<Record<Names | "databaseId" | "filesBucket", string>>;
}

/** What the work of deleting a user needs of AWS. */
export function forgetting({ config, dynamodb, ...rest }: ForgettingOptions) {
  const tables = {
    jobs: config.jobsTable,
    notifications: config.notificationsTable,
    receipts: config.receiptsTable,
    imports: config.importsTable,
    subscriptions: config.subscriptionsTable,
    changes: config.changesTable,
    counters: config.countersTable,
    profiles: config.profilesTable,
  };
  return {
    refuse: refusals({ databaseId: config.databaseId, dynamodb, table: config.stateTable }).refuse,
    stores: userStores({ dynamodb, bucket: config.filesBucket, tables, ...rest }),
    named: (username: string) => [ledgerNames({ dynamodb, table: config.ledgerTable, databaseId: config.databaseId }, username)],
    last: [subscriptionOf({ dynamodb, tables })],
  };
}
