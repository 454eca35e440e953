/** Subscriptions in DynamoDB, one item for each user; and beside them the key that signs links in mails, made at its first use. */
import { DeleteItemCommand, type DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { parseSubscription, type Subscription } from "../notifications/subscription.ts";
import { taken } from "./conditional.ts";

export interface Subscriptions {
  /** Null: there is none. Throws `UnknownSubscription`. */
  read(userId: string): Promise<Subscription | null>;
  /** Puts `next` in the place of the one whose nonce is `seen` (null: where there is none); false: that is not the one that is there any more. */
  replace(next: Subscription, seen: string | null): Promise<boolean>;
  /** Takes away the one with this nonce; false: that is not the one that is there. */
  remove(userId: string, nonce: string): Promise<boolean>;
  /** 32 random bytes, the same for everybody and for ever. */
  linkKey(): Promise<Uint8Array>;
}

const idOf = (userId: string) => ({ id: { S: `user#${userId}` } });
const KEY = { id: { S: "key#links" } };

export function subscriptions({ dynamodb, table, random }: { dynamodb: DynamoDBClient; table: string; random: () => Uint8Array }): Subscriptions {
  const readKey = async () => (await dynamodb.send(new GetItemCommand({ TableName: table, Key: KEY, ConsistentRead: true }))).Item?.bytes?.B;
  let key: Uint8Array | undefined;
  return {
    async read(userId) {
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: table, Key: idOf(userId), ConsistentRead: true }));
      return Item === undefined ? null : parseSubscription(unmarshall(Item));
    },
    replace: (next, seen) =>
      taken(
        dynamodb.send(
          new PutItemCommand({
            TableName: table,
            Item: { ...idOf(next.userId), ...marshall(next) },
            ...(seen === null
              ? { ConditionExpression: "attribute_not_exists(id)" }
              : { ConditionExpression: "nonce = :seen AND v = :one", ExpressionAttributeValues: { ":seen": { S: seen }, ":one": { N: "1" } } }),
          }),
        ),
      ),
    remove: (userId, nonce) =>
      taken(
        dynamodb.send(
          new DeleteItemCommand({
            TableName: table,
            Key: idOf(userId),
            ConditionExpression: "nonce = :nonce",
            ExpressionAttributeValues: { ":nonce": { S: nonce } },
          }),
        ),
      ),
    async linkKey() {
      key ??= await readKey();
      if (key !== undefined) return key;
      const made = random();
      await taken(
        dynamodb.send(
          new PutItemCommand({ TableName: table, Item: { ...KEY, v: { N: "1" }, bytes: { B: made } }, ConditionExpression: "attribute_not_exists(id)" }),
        ),
      );
      // Whoever was first has made it.
      key = (await readKey()) ?? made;
      return key;
    },
  };
}
