/** Counters that expire, in DynamoDB. */
import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import type { WakeBudget } from "../lifecycle/ports.ts";

export function wakeBudget({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }): WakeBudget {
  const update = async (input: Omit<UpdateItemCommandInput, "TableName">): Promise<boolean> => {
    try {
      await dynamodb.send(new UpdateItemCommand({ TableName: table, ...input }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };
  return {
    async take(sub, limit, now, after) {
      const Key = { id: { S: `wakes#${sub}#${new Date(now).toISOString().slice(0, 10)}` } };
      // Seconds, as DynamoDB's TTL wants them: two days, so that the day is over everywhere.
      const values = { ":one": { N: "1" }, ":limit": { N: String(limit) }, ":end": { N: String(Math.floor(now / 1000) + 172_800) } };
      const wake = { ":wake": { S: String(after) } };
      const counted = await update({
        Key,
        UpdateExpression: "ADD #n :one SET expiresAt = :end, #w = :wake",
        ConditionExpression: "attribute_not_exists(#n) OR (#n < :limit AND #w <> :wake)",
        ExpressionAttributeNames: { "#n": "n", "#w": "wake" },
        ExpressionAttributeValues: { ...values, ...wake },
      });
      // Refused: counted already for this very wake, or used up. A write that changes nothing tells which.
      return (
        counted ||
        update({
          Key,
          UpdateExpression: "SET #w = :wake",
          ConditionExpression: "#w = :wake",
          ExpressionAttributeNames: { "#w": "wake" },
          ExpressionAttributeValues: wake,
        })
      );
    },
  };
}
