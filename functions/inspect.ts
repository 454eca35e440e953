/** Looks at what was uploaded: a file that is what it says becomes a receipt, a liar is refused. Clears away what receipts leave behind. */
import { Logger } from "@aws-lambda-powertools/logger";
import { S3Client } from "@aws-sdk/client-s3";
import type { DynamoDBBatchResponse } from "aws-lambda";
import { dynamodbClient, patience } from "../src/aws/clients.ts";
import { files } from "../src/aws/files.ts";
import { clearLeaving } from "../src/aws/receipt-records.ts";
import { receipts } from "../src/aws/receipts.ts";
import { isStreamOf } from "../src/aws/stream.ts";
import { readConfig } from "../src/config.ts";
import { lookOf } from "../src/receipts/events.ts";
import { inspect } from "../src/receipts/inspect.ts";

export const variables = ["RECEIPTS_TABLE", "FILES_BUCKET"] as const;

const config = readConfig(process.env, variables);
const logger = new Logger();
const now = Date.now;
const ports = {
  files: files({ s3: new S3Client(patience(10_000)), bucket: config.filesBucket }),
  receipts: receipts({ dynamodb: dynamodbClient(), table: config.receiptsTable, now }),
  now,
};

/** Throws what failed: Lambda then sends the event again, twice. */
export const handler = async (event: unknown): Promise<DynamoDBBatchResponse | undefined> => {
  if (isStreamOf(event, config.receiptsTable)) return clearLeaving(event, { ...ports, logger });
  const look = lookOf(event);
  if (look === null) {
    logger.error("an event of an unknown form", { event });
    return undefined;
  }
  logger.info("an upload was looked at", { ...look, outcome: await inspect(ports, look.key, look.versionId) });
  return undefined;
};
