/** Receipts in DynamoDB, one item each: shared by the routes, by what looks at uploads, by expenses that take them and by the sweep. */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { Owned } from "../receipts/place.ts";
import type { ReceiptBook, ReceiptStore } from "../receipts/ports.ts";
import { isThere, parseReceipt, type Receipt, type ReceiptState, UnknownReceipt } from "../receipts/receipt.ts";
import { taken } from "./conditional.ts";
import { queryUpTo } from "./query.ts";

export interface Receipts extends ReceiptBook, ReceiptStore {
  /** An expense takes it: only one that is ready. Kept with the time, so that nobody deletes it under the expense. */
  attach(owned: Owned, now: number): Promise<boolean>;
  /** Everybody's that nothing forgets by itself and that were made before a time. One that this code can't read is left out. */
  pages(before: number): AsyncIterable<readonly Receipt[]>;
  /** Takes the turn to sweep, which is there once in so long (ms). */
  turn(now: number, every: number): Promise<boolean>;
}

/** The item that says when was swept last; no user is called so. */
const SWEEP = { userId: { S: "#sweep" }, id: { S: "last" } };

export interface ReceiptsOptions {
  dynamodb: DynamoDBClient;
  table: string;
  now(): number;
}

const itemOf = ({ expiresAt, ...receipt }: Receipt) =>
  marshall({ v: 1, ...receipt, expiresAt: expiresAt === null ? null : Math.ceil(expiresAt / 1000) }, { removeUndefinedValues: true });

const clause = (verb: string, parts: readonly string[]) => (parts.length > 0 ? `${verb} ${parts.join(", ")}` : "");

/** What is null is left out: an index's key may not be null, and one way to say nothing is enough. */
const withoutNulls = (item: Record<string, AttributeValue>) => Object.fromEntries(Object.entries(item).filter(([, value]) => value.NULL !== true));

function readable(item: Record<string, AttributeValue>): Receipt[] {
  try {
    return [parseReceipt(unmarshall(item))];
  } catch (error) {
    if (error instanceof UnknownReceipt) return [];
    throw error;
  }
}

export function receipts({ dynamodb, table, now }: ReceiptsOptions): Receipts {
  const keyOf = ({ userId, id }: Owned) => ({ userId: { S: userId }, id: { S: id } });

  /** Sets and removes attributes of one that is in one of the states. False: it is not. */
  async function change(
    owned: Owned,
    from: readonly ReceiptState[],
    set: Record<string, string | number>,
    remove: readonly string[] = [],
    unless?: string,
  ): Promise<boolean> {
    const names = [...Object.keys(set), ...remove, "state", ...(unless === undefined ? [] : [unless])];
    const sets = Object.keys(set).map((name) => `#${name} = :${name}`);
    const states = from.map((_, at) => `:from${at}`);
    return taken(
      dynamodb.send(
        new UpdateItemCommand({
          TableName: table,
          Key: keyOf(owned),
          UpdateExpression: [
            clause("SET", sets),
            clause(
              "REMOVE",
              remove.map((name) => `#${name}`),
            ),
          ]
            .join(" ")
            .trim(),
          // An item of another version is never written into.
          ConditionExpression: `#v = :v AND #state IN (${states.join(", ")})${unless === undefined ? "" : ` AND attribute_not_exists(#${unless})`}`,
          ExpressionAttributeNames: { "#v": "v", ...Object.fromEntries(names.map((name) => [`#${name}`, name])) },
          ExpressionAttributeValues: marshall({
            ":v": 1,
            ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
            ...Object.fromEntries(from.map((state, at) => [`:from${at}`, state])),
          }),
        }),
      ),
    );
  }

  const read = async (owned: Owned): Promise<Receipt | null> => {
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: table, Key: keyOf(owned), ConsistentRead: true }));
    return Item === undefined ? null : parseReceipt(unmarshall(Item));
  };

  return {
    read,
    async *pages(before) {
      let from: Record<string, AttributeValue> | undefined;
      do {
        const page = await dynamodb.send(
          new ScanCommand({
            TableName: table,
            FilterExpression: "attribute_exists(#state) AND attribute_not_exists(expiresAt) AND createdAt < :before",
            ExpressionAttributeNames: { "#state": "state" },
            ExpressionAttributeValues: { ":before": { N: String(before) } },
            ...(from === undefined ? {} : { ExclusiveStartKey: from }),
          }),
        );
        yield (page.Items ?? []).flatMap((item) => readable(item));
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
    },
    turn: (at, every) =>
      taken(
        dynamodb.send(
          new UpdateItemCommand({
            TableName: table,
            Key: SWEEP,
            UpdateExpression: "SET sweptAt = :now",
            ConditionExpression: "attribute_not_exists(sweptAt) OR sweptAt < :before",
            ExpressionAttributeValues: { ":now": { N: String(at) }, ":before": { N: String(at - every) } },
          }),
        ),
      ),
    async create(receipt) {
      const made = await taken(
        dynamodb.send(
          new PutItemCommand({
            TableName: table,
            Item: withoutNulls(itemOf(receipt)),
            // DynamoDB forgets what has expired within days, not at once.
            ConditionExpression: "attribute_not_exists(id) OR expiresAt <= :now",
            ExpressionAttributeValues: { ":now": { N: String(Math.floor(now() / 1000)) } },
          }),
        ),
      );
      if (made) return { receipt, made };
      const there = await read(receipt);
      // Whoever asks again makes it.
      if (there === null) throw new Error("a receipt was there, and was forgotten while it was read");
      return { receipt: there, made };
    },
    async list(userId, limit, after) {
      const found = await queryUpTo(
        { dynamodb, table },
        {
          IndexName: "newest",
          KeyConditionExpression: "userId = :userId",
          ExpressionAttributeValues: { ":userId": { S: userId } },
          ScanIndexForward: false,
          Limit: limit + 1,
          ...(after === null ? {} : { ExclusiveStartKey: { ...keyOf({ userId, id: after.id }), createdAt: { N: String(after.createdAt) } } }),
        },
        limit + 1,
        (item) => [parseReceipt(item)].filter((receipt) => isThere(receipt, now())),
      );
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      return { receipts: shown, next: found.length > limit && last !== undefined ? { createdAt: last.createdAt, id: last.id } : null };
    },
    ready: (owned, { key, versionId, size }) => change(owned, ["awaiting", "refused"], { state: "ready", key, versionId, size }, ["expiresAt", "reason"]),
    hold: (owned) => change(owned, ["awaiting", "refused"], {}, ["expiresAt"]),
    refuse: (owned, reason) => change(owned, ["awaiting", "refused"], { state: "refused", reason }),
    leave: (owned, condition?: "unattached") =>
      change(
        owned,
        ["awaiting", "ready", "refused", "leaving"],
        { state: "leaving", leftAt: now() },
        ["expiresAt"],
        condition === undefined ? undefined : "attachedAt",
      ),
    attach: (owned, at) => change(owned, ["ready"], { attachedAt: at }),
    forget: (owned) =>
      taken(
        dynamodb.send(
          new DeleteItemCommand({
            TableName: table,
            Key: keyOf(owned),
            ConditionExpression: "#state = :leaving",
            ExpressionAttributeNames: { "#state": "state" },
            ExpressionAttributeValues: { ":leaving": { S: "leaving" } },
          }),
        ),
      ),
  };
}
