/** Counters that expire, in DynamoDB. */
import { type DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import type { WakeBudget } from "../lifecycle/ports.ts";
import { taken } from "./conditional.ts";

export function wakeBudget({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }): WakeBudget {
  const update = (input: Omit<UpdateItemCommandInput, "TableName">): Promise<boolean> =>
    taken(dynamodb.send(new UpdateItemCommand({ TableName: table, ...input })));
  const key = (sub: string, now: number) => ({ id: { S: `wakes#${sub}#${new Date(now).toISOString().slice(0, 10)}` } });
  // Seconds, as DynamoDB's TTL wants them: two days, so that the day is over everywhere.
  const end = (now: number) => ({ N: String(Math.floor(now / 1000) + 172_800) });
  return {
    // A write that counts nothing: its condition is all that is asked.
    allows: (sub, limit, now) =>
      update({
        Key: key(sub, now),
        UpdateExpression: "SET expiresAt = :end",
        ConditionExpression: "attribute_not_exists(#n) OR #n < :limit",
        ExpressionAttributeNames: { "#n": "n" },
        ExpressionAttributeValues: { ":limit": { N: String(limit) }, ":end": end(now) },
      }),
    async charge(sub, wakeId, now) {
      // Refused: counted already, and the client sends it again because its answer was lost.
      await update({
        Key: key(sub, now),
        UpdateExpression: "ADD #n :one SET expiresAt = :end, #w = :wake",
        ConditionExpression: "attribute_not_exists(#w) OR #w <> :wake",
        ExpressionAttributeNames: { "#n": "n", "#w": "wake" },
        ExpressionAttributeValues: { ":one": { N: "1" }, ":end": end(now), ":wake": { S: wakeId } },
      });
    },
  };
}
