/** Whose event it is: a table's stream, or a schedule. */
import type { DynamoDBStreamEvent } from "aws-lambda";

/** An event of this table's stream. One event has records of one table. */
export function isStreamOf(event: unknown, table: string): event is DynamoDBStreamEvent {
  if (typeof event !== "object" || event === null || !("Records" in event) || !Array.isArray(event.Records)) return false;
  const [first] = (event as DynamoDBStreamEvent).Records;
  return first?.eventSourceARN?.split(":table/")[1]?.split("/")[0] === table;
}

/** An event of this schedule: EventBridge's rule or Scheduler's own, which is named `…-<key>`. */
export function isSchedule(event: unknown, key: string): boolean {
  if (typeof event !== "object" || event === null || !("resources" in event) || !Array.isArray(event.resources)) return false;
  return typeof event.resources[0] === "string" && event.resources[0].endsWith(`-${key}`);
}
