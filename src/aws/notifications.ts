/** Notifications in DynamoDB: one item each, and a sparse index of those that are not settled. */
import { type DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { type Notification, type NotificationItem, parseNotification, type Step } from "../notifications/notification.ts";
import { taken } from "./conditional.ts";
import { updateParameters } from "./expression.ts";
import { parsedOr, type QueryInput, queryUpTo } from "./query.ts";

export interface Notifications {
  /** Puts it if there is none of that user and id; whether it did. */
  put(item: NotificationItem): Promise<boolean>;
  /** Null: there is none. Throws `UnknownNotification`. */
  read(userId: string, id: string): Promise<Notification | null>;
  /** false: refused by its condition. */
  write(notification: Pick<Notification, "userId" | "id">, write: Step["write"]): Promise<boolean>;
  /** Not settled, and last touched before `before` (milliseconds). */
  waiting(before: number, limit: number): Promise<Notification[]>;
  /** A user's, newest first; `before`: those with a smaller id only. */
  list(userId: string, limit: number, before: string | null): Promise<Notification[]>;
  /** How many of a user's newest `of` are unread. */
  unread(userId: string, of: number): Promise<number>;
}

export interface NotificationsOptions {
  dynamodb: DynamoDBClient;
  table: string;
  /** An item that this code can't read is left alone, and said. */
  onUnreadable?(error: unknown): void;
}

export function notifications({ dynamodb, table, onUnreadable = () => {} }: NotificationsOptions): Notifications {
  const query = (input: QueryInput, limit: number) =>
    queryUpTo({ dynamodb, table }, { ...input, Limit: limit }, limit, parsedOr(parseNotification, onUnreadable));
  const key = ({ userId, id }: Pick<Notification, "userId" | "id">) => ({ userId: { S: userId }, id: { S: id } });
  const ofUser = (userId: string) => ({ ScanIndexForward: false, ConsistentRead: true, ExpressionAttributeValues: { ":user": { S: userId } } });

  return {
    put: (item) =>
      taken(
        dynamodb.send(
          new PutItemCommand({ TableName: table, Item: marshall(item, { removeUndefinedValues: true }), ConditionExpression: "attribute_not_exists(id)" }),
        ),
      ),
    async read(userId, id) {
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: table, Key: key({ userId, id }), ConsistentRead: true }));
      return Item === undefined ? null : parseNotification(unmarshall(Item));
    },
    write: (notification, write) => taken(dynamodb.send(new UpdateItemCommand({ TableName: table, Key: key(notification), ...updateParameters(write, "id") }))),
    waiting: (before, limit) =>
      query(
        {
          IndexName: "queued",
          KeyConditionExpression: "queued = :one AND #at < :before",
          ExpressionAttributeNames: { "#at": "at" },
          ExpressionAttributeValues: { ":one": { S: "1" }, ":before": { N: String(before) } },
        },
        limit,
      ),
    list(userId, limit, before) {
      const of = ofUser(userId);
      if (before === null) return query({ ...of, KeyConditionExpression: "userId = :user" }, limit);
      const values = { ...of.ExpressionAttributeValues, ":before": { S: before } };
      return query({ ...of, KeyConditionExpression: "userId = :user AND id < :before", ExpressionAttributeValues: values }, limit);
    },
    async unread(userId, of) {
      const { ExpressionAttributeValues, ...newest } = ofUser(userId);
      const { Count } = await dynamodb.send(
        new QueryCommand({
          TableName: table,
          ...newest,
          KeyConditionExpression: "userId = :user",
          FilterExpression: "attribute_not_exists(readAt) OR attribute_type(readAt, :null)",
          ExpressionAttributeValues: { ...ExpressionAttributeValues, ":null": { S: "NULL" } },
          Select: "COUNT",
          Limit: of,
        }),
      );
      return Count ?? 0;
    },
  };
}
