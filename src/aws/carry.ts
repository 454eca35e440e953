/** Stream records of the `signals` table, brought to the reconciler. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import type { Reconciler, Signal } from "../lifecycle/ports.ts";

interface CarryDeps {
  reconciler: Reconciler;
  logger: { warn(message: string, extra: Record<string, unknown>): void };
}

/** The signal in an image; null for one that this code cannot read, of whatever form. */
function readSignal(image: Record<string, AttributeValue>): Signal | null {
  try {
    const { v, kind, databaseId, by, ...rest } = unmarshall(image);
    const known = v === 1 && (kind === "wake" || kind === "look") && typeof databaseId === "string" && databaseId !== "" && typeof by === "string";
    return known ? ({ v, kind, databaseId, by, ...rest } as Signal) : null;
  } catch {
    return null;
  }
}

/**
 * One call for each database in a batch, however many signals: each only says "look". A signal of an unknown version or form is left out and logged,
 * never retried for ever; a call that fails gives the batch back from its first record.
 */
export function carrySignals({ reconciler, logger }: CarryDeps) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const newest = new Map<string, { signal: Signal; first: string }>();
    for (const record of Records) {
      const image = record.dynamodb?.NewImage;
      if (record.eventName !== "INSERT" || image === undefined) continue;
      const signal = readSignal(image as Record<string, AttributeValue>);
      if (signal === null) {
        logger.warn("a signal that this code cannot read was left out", { keys: record.dynamodb?.Keys, sequenceNumber: record.dynamodb?.SequenceNumber });
        continue;
      }
      const before = newest.get(signal.databaseId);
      newest.set(signal.databaseId, {
        signal: before?.signal.kind === "wake" ? before.signal : signal,
        first: before?.first ?? record.dynamodb?.SequenceNumber ?? "",
      });
    }
    const batchItemFailures: DynamoDBBatchResponse["batchItemFailures"] = [];
    for (const { signal, first } of newest.values()) {
      try {
        await reconciler.kick({ databaseId: signal.databaseId, cause: { kind: signal.kind === "wake" ? "request" : "look", by: signal.by } });
      } catch (error) {
        logger.warn("reconcile could not be called", { error: error instanceof Error ? error.message : String(error) });
        batchItemFailures.push({ itemIdentifier: first });
      }
    }
    return { batchItemFailures };
  };
}
