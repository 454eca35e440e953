/** A user of whom something lies in every place there is. */
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { jobs } from "../../src/aws/jobs.ts";
import { USER_FOLDERS } from "../../src/aws/user-stores.ts";
import { newJob } from "../../src/jobs/job.ts";
import { partsOf } from "../../src/jobs/monthly.ts";
import type { TestDynamoDB } from "../aws/dynamodb.ts";
import type { FinanceDatabase } from "../database/finance.ts";

export interface Places {
  finance: FinanceDatabase;
  dynamodb: TestDynamoDB;
  s3: S3Client;
  bucket: string;
  now: number;
  newId(): string;
}

/** Something of a user in every place there is. */
export async function fillUser(sub: string, { finance, dynamodb, s3, bucket, now, newId }: Places): Promise<void> {
  const expense = newId();
  const [category, account, budget, bill] = [newId(), newId(), newId(), newId()];
  const rows: [string, unknown[]][] = [
    ["insert into users (id) values ($1)", [sub]],
    ["insert into categories (user_id, id, name) values ($1, $2, 'Food')", [sub, category]],
    ["insert into categories (user_id, id, name, parent_id) values ($1, $2, 'Fruit', $3)", [sub, newId(), category]],
    ["insert into accounts (user_id, id, name, type, currency) values ($1, $2, 'Giro', 'asset', 'EUR')", [sub, account]],
    ["insert into balances (user_id, account_id, day, amount_minor) values ($1, $2, '2026-11-01', 5)", [sub, account]],
    ["insert into rates (user_id, base, quote, day, rate) values ($1, 'USD', 'EUR', '2026-11-01', 0.9)", [sub]],
    [
      "insert into expenses (user_id, id, category_id, account_id, amount_minor, currency, occurred_on) values ($1, $2, $3, $4, 100, 'EUR', '2026-11-01')",
      [sub, expense, category, account],
    ],
    [
      "insert into expenses (user_id, id, kind, refund_of, amount_minor, currency, occurred_on) select $1, gen_random_uuid(), 'refund', $2, n, 'EUR', '2026-11-02' from generate_series(1, 1500) n",
      [sub, expense],
    ],
    ["insert into expense_tags (user_id, expense_id, tag) values ($1, $2, 'work')", [sub, expense]],
    [
      "insert into budgets (user_id, id, name, amount_minor, currency, period, starts_on, carry_from) values ($1, $2, 'All', 1, 'EUR', 'month', '2026-11-01', '2026-11-01')",
      [sub, budget],
    ],
    ["insert into budget_amounts (user_id, budget_id, from_day, amount_minor) values ($1, $2, '2026-11-01', 1)", [sub, budget]],
    [
      "insert into alerts (user_id, budget_id, period_start, threshold, spent_minor, effective_minor, quiet, fired_at) values ($1, $2, '2026-11-01', 80, 1, 1, false, now())",
      [sub, budget],
    ],
    ["insert into outbox (user_id, id, kind, payload, created_at) values ($1, $2, 'x', '{}', now())", [sub, newId()]],
    ["insert into idempotency_keys (user_id, key, request_hash, created_at) values ($1, 'k', '', now())", [sub]],
    ["insert into imports (user_id, id, account_id, run, state, updated_at) values ($1, $2, $3, 1, 'read', now())", [sub, bill, account]],
    ["insert into import_rows (user_id, import_id, n, line, problem) values ($1, $2, 1, 1, 'odd')", [sub, bill]],
  ];
  for (const [text, values] of rows) await finance.ask(text, values);
  for (const folder of USER_FOLDERS)
    for (let version = 0; version < 2; version++)
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${folder}/${sub}/${folder}.pdf`, Body: `version ${version}` }));
  const store = jobs({ dynamodb: dynamodb.client, table: "dormouse-jobs", onUnreadable: () => {} });
  await store.create(newJob({ owner: sub, id: newId(), kind: "recap", userId: sub, by: sub, parameters: {} }, now));
  await store.create(newJob({ owner: partsOf("2026-10"), id: sub, kind: "monthly", userId: sub, by: sub, parameters: {} }, now));
  await dynamodb.put("dormouse-notifications", { userId: sub, id: newId(), v: 1 });
  for (const table of ["receipts", "imports"]) await dynamodb.put(`dormouse-${table}`, { userId: sub, id: newId(), v: 1 });
  await dynamodb.put("dormouse-subscriptions", { id: `user#${sub}`, v: 1 });
  await dynamodb.put("dormouse-changes", { sub, count: 1 });
  await dynamodb.put("dormouse-counters", { id: `wakes#${sub}#${new Date(now).toISOString().slice(0, 10)}`, n: 1 });
  await dynamodb.put("dormouse-profiles", { sub, v: 1, name: sub });
}
