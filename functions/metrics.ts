/** Counts from outside who was connected, for a database that nobody may log in to (`--probe metrics`). Invoked by `reconcile`; the only one that asks CloudWatch. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { patience } from "../src/aws/clients.ts";
import { connectionCounts } from "../src/aws/connection-counts.ts";
import type { Counts, CountsEvent } from "../src/aws/metrics-prober.ts";
import { readConfig } from "../src/config.ts";

export const variables = ["DATABASE_ID"] as const;

const config = readConfig(process.env, variables);
const counts = connectionCounts(new CloudWatchClient(patience(5000, 3)));

export const handler = async (event: CountsEvent): Promise<Counts> => {
  if (event.databaseId !== config.databaseId) throw new Error(`this function counts for ${config.databaseId}, not for ${event.databaseId}`);
  return counts(event);
};
