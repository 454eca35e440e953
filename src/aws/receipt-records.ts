/** Receipts that leave, as the table's stream tells of them. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { clear, type InspectPorts } from "../receipts/inspect.ts";
import { parseReceipt } from "../receipts/receipt.ts";

interface ClearDeps extends Pick<InspectPorts, "files" | "receipts"> {
  logger: { warn(message: string, extra: Record<string, unknown>): void };
}

/** Clears away what each has left. One that this code can't read is left out, never tried for ever; one that fails gives the batch back from there. */
export async function clearLeaving({ Records }: DynamoDBStreamEvent, { logger, ...ports }: ClearDeps): Promise<DynamoDBBatchResponse> {
  for (const { dynamodb } of Records) {
    const image = dynamodb?.NewImage as Record<string, AttributeValue> | undefined;
    if (image?.state?.S !== "leaving") continue;
    const itemIdentifier = dynamodb?.SequenceNumber ?? "";
    try {
      const receipt = readable(image);
      if (receipt === null) logger.warn("a receipt that this code cannot read was left out", { keys: dynamodb?.Keys });
      else await clear(ports, receipt);
    } catch (error) {
      logger.warn("a receipt could not be cleared away", {
        keys: dynamodb?.Keys,
        error: error instanceof Error ? `${error.name}: ${error.message}` : "unknown",
      });
      return { batchItemFailures: [{ itemIdentifier }] };
    }
  }
  return { batchItemFailures: [] };
}

function readable(image: Record<string, AttributeValue>) {
  try {
    return parseReceipt(unmarshall(image));
  } catch {
    return null;
  }
}
