/** How a function in the VPC calls for a reconcile: an item in a table with a stream, because DynamoDB is all of AWS that it reaches. */
import { type DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Signal } from "../lifecycle/ports.ts";

export function signals({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }): { signal(signal: Signal): Promise<void> } {
  return {
    async signal(signal) {
      await dynamodb.send(new PutItemCommand({ TableName: table, Item: marshall(signal) }));
    },
  };
}
