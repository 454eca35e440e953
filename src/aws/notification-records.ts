/** Stream records of the table of notifications, brought to the queue. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { messageOf } from "../notifications/lost.ts";
import { parseNotification } from "../notifications/notification.ts";
import type { NotifyMessage } from "../notifications/send.ts";

export interface CarryNotifications {
  /** Gives back those that it did not take. */
  enqueue(messages: readonly NotifyMessage[]): Promise<readonly NotifyMessage[]>;
  /** An item that this code can't read is left alone, and said. */
  onUnreadable(error: unknown): void;
}

/** New ones only: every later write to an item is its sender's, or its reader's. */
function messageIn({ eventName, dynamodb }: DynamoDBRecord, onUnreadable: (error: unknown) => void): NotifyMessage | null {
  if (eventName !== "INSERT" || dynamodb?.NewImage === undefined) return null;
  try {
    const notification = parseNotification(unmarshall(dynamodb.NewImage as Record<string, AttributeValue>));
    return notification.state === "queued" ? messageOf(notification) : null;
  } catch (error) {
    onUnreadable(error);
    return null;
  }
}

/** What the queue did not take comes again, from the first such record on: what is doubled by that is found to be done. Throws when the queue can't be asked. */
export async function carryNotifications({ enqueue, onUnreadable }: CarryNotifications, { Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const found = Records.flatMap((record) => {
    const message = messageIn(record, onUnreadable);
    return message === null ? [] : [{ message, at: record.dynamodb?.SequenceNumber ?? "" }];
  });
  const refused = new Set((await enqueue(found.map(({ message }) => message))).map(({ id }) => id));
  const first = found.find(({ message }) => refused.has(message.id));
  return { batchItemFailures: first === undefined ? [] : [{ itemIdentifier: first.at }] };
}
