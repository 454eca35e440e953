/** Imports in DynamoDB, one item each: shared by the routes and by the work. */
import { DeleteItemCommand, type DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { type Import, isThere, parseImport } from "../imports/import.ts";
import type { StateWrite } from "../lifecycle/writes.ts";
import { taken } from "./conditional.ts";
import { updateParameters } from "./expression.ts";
import { queryUpTo } from "./query.ts";

export interface OwnedImport {
  userId: string;
  id: string;
}

export interface Place {
  createdAt: number;
  id: string;
}

export interface Imports {
  /** Puts it where there is none of its id, or one that has expired: the import that is there now, and whether this call made it. */
  create(one: Import): Promise<{ there: Import; made: boolean }>;
  /** Consistent. Throws `UnknownImport`. */
  read(owned: OwnedImport): Promise<Import | null>;
  /** A user's own, the newest first, from behind a place. */
  list(userId: string, limit: number, after: Place | null): Promise<Import[]>;
  /** false: refused by its condition. */
  write(owned: OwnedImport, write: StateWrite): Promise<boolean>;
  /** Forgets one to which nothing was uploaded that anybody looked at. */
  forget(owned: OwnedImport): Promise<boolean>;
}

export function imports({ dynamodb, table, now }: { dynamodb: DynamoDBClient; table: string; now(): number }): Imports {
  const keyOf = ({ userId, id }: OwnedImport) => ({ userId: { S: userId }, id: { S: id } });
  const read = async (owned: OwnedImport): Promise<Import | null> => {
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: table, Key: keyOf(owned), ConsistentRead: true }));
    return Item === undefined ? null : parseImport(unmarshall(Item));
  };
  return {
    read,
    async create(one) {
      const { expiresAt, ...rest } = one;
      const Item = marshall({ ...rest, ...(expiresAt === null ? {} : { expiresAt: Math.ceil(expiresAt / 1000) }) }, { removeUndefinedValues: true });
      const made = await taken(
        dynamodb.send(
          new PutItemCommand({
            TableName: table,
            Item,
            ConditionExpression: "attribute_not_exists(id) OR expiresAt <= :now",
            ExpressionAttributeValues: { ":now": { N: String(Math.floor(now() / 1000)) } },
          }),
        ),
      );
      if (made) return { there: one, made };
      const there = await read(one);
      // Whoever asks again makes it.
      if (there === null) throw new Error("an import was there, and was forgotten while it was read");
      return { there, made };
    },
    list: (userId, limit, after) =>
      queryUpTo(
        { dynamodb, table },
        {
          IndexName: "newest",
          KeyConditionExpression: "userId = :userId",
          ExpressionAttributeValues: { ":userId": { S: userId } },
          ScanIndexForward: false,
          Limit: limit,
          ...(after === null ? {} : { ExclusiveStartKey: { ...keyOf({ userId, id: after.id }), createdAt: { N: String(after.createdAt) } } }),
        },
        limit,
        (item) => [parseImport(item)].filter((one) => isThere(one, now())),
      ),
    write: (owned, write) => taken(dynamodb.send(new UpdateItemCommand({ TableName: table, Key: keyOf(owned), ...updateParameters(write, "id") }))),
    forget: (owned) =>
      taken(
        dynamodb.send(
          new DeleteItemCommand({
            TableName: table,
            Key: keyOf(owned),
            ConditionExpression: "#state = :awaiting",
            ExpressionAttributeNames: { "#state": "state" },
            ExpressionAttributeValues: { ":awaiting": { S: "awaiting" } },
          }),
        ),
      ),
  };
}
