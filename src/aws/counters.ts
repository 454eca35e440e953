/** Counters that expire, in DynamoDB. */
import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { WakeBudget } from "../lifecycle/ports.ts";

export function wakeBudget({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }): WakeBudget {
  return {
    async take(sub, limit, now) {
      try {
        await dynamodb.send(
          new UpdateItemCommand({
            TableName: table,
            Key: { id: { S: `wakes#${sub}#${new Date(now).toISOString().slice(0, 10)}` } },
            UpdateExpression: "ADD #n :one SET expiresAt = :end",
            ConditionExpression: "attribute_not_exists(#n) OR #n < :limit",
            ExpressionAttributeNames: { "#n": "n" },
            // Seconds, as DynamoDB's TTL wants them: two days, so that the day is over everywhere.
            ExpressionAttributeValues: { ":one": { N: "1" }, ":limit": { N: String(limit) }, ":end": { N: String(Math.floor(now / 1000) + 172_800) } },
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}
