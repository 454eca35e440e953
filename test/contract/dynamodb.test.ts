import { randomUUID } from "node:crypto";
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contractEndpoint, type Endpoint, until } from "./endpoint.ts";

let endpoint: Endpoint;
let dynamodb: DynamoDBClient;
const TableName = `contract-${randomUUID()}`;
beforeAll(async () => {
  endpoint = await contractEndpoint("dynamodb");
  dynamodb = new DynamoDBClient(endpoint.config);
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "id", AttributeType: "S" },
        { AttributeName: "seq", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "id", KeyType: "HASH" },
        { AttributeName: "seq", KeyType: "RANGE" },
      ],
    }),
  );
  await until(endpoint, async () => (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus, "ACTIVE");
}, 120_000);
afterAll(async () => {
  await dynamodb?.send(new DeleteTableCommand({ TableName })).catch(() => {});
  dynamodb?.destroy();
  await endpoint?.close();
});

let count = 0;
const key = (seq = 1) => ({ id: { S: `item-${count}` }, seq: { N: String(seq) } });
const put = (more: Record<string, AttributeValue> = {}, seq = 1) => dynamodb.send(new PutItemCommand({ TableName, Item: { ...key(seq), ...more } }));
const update = (input: Omit<UpdateItemCommandInput, "TableName" | "Key">) => dynamodb.send(new UpdateItemCommand({ TableName, Key: key(), ...input }));
const get = async () => (await dynamodb.send(new GetItemCommand({ TableName, Key: key(), ConsistentRead: true }))).Item;

describe("DynamoDB", { timeout: 120_000 }, () => {
  test("keeps an item as it was put: nested maps, lists, nulls, empty text, numbers to their last digit", async () => {
    count++;
    const more: Record<string, AttributeValue> = {
      map: { M: { "a b": { M: { "#n0": { NULL: true } } }, empty: { M: {} } } },
      list: { L: [{ N: "0.30000000000000004" }, { S: "" }, { BOOL: false }] },
      big: { N: "8640000000000000" },
      text: { S: "ä 💤\n" },
    };
    await put(more);
    expect(await get()).toEqual({ ...key(), ...more });
  });

  test("updates what is there and makes what is not, in one call with its condition", async () => {
    count++;
    await update({ UpdateExpression: "SET a = :a ADD n :one", ExpressionAttributeValues: { ":a": { S: "x" }, ":one": { N: "1" } } });
    await update({ UpdateExpression: "ADD n :one REMOVE a", ConditionExpression: "n = :one", ExpressionAttributeValues: { ":one": { N: "1" } } });
    expect(await get()).toEqual({ ...key(), n: { N: "2" } });
  });

  test.each<[string, string, Record<string, AttributeValue>, boolean]>([
    ["a missing attribute is not there", "attribute_not_exists(gone)", {}, true],
    ["nor what lies under null", "attribute_not_exists(nil.x)", {}, true],
    ["null is there", "attribute_exists(nil)", {}, true],
    ["null has its own type", "attribute_type(nil, :t)", { ":t": { S: "NULL" } }, true],
    ["null is smaller than no number", "nil < :v", { ":v": { N: "1" } }, false],
    ["nor larger", "nil > :v", { ":v": { N: "-1" } }, false],
    ["a missing one is equal to nothing", "gone = :v", { ":v": { NULL: true } }, false],
    ["a missing one differs from everything", "gone <> :v", { ":v": { S: "x" } }, true],
    ["text is no number", "letters < :v", { ":v": { N: "9" } }, false],
    ["equal is not smaller", "n < :v", { ":v": { N: "5" } }, false],
    ["nor larger", "n > :v", { ":v": { N: "5" } }, false],
    ["a map has as many entries as it has", "size(m) < :v", { ":v": { N: "2" } }, false],
    ["and fewer than one more", "size(m) < :v", { ":v": { N: "3" } }, true],
    ["what is missing has no size", "size(gone) < :v", { ":v": { N: "3" } }, false],
    ["an entry of a map has a path", "m.a.x = :v", { ":v": { N: "7" } }, true],
    ["numbers are compared as numbers", "n < :v", { ":v": { N: "10" } }, true],
  ])("in conditions, %s: %s", async (_, ConditionExpression, values, holds) => {
    count++;
    await put({ nil: { NULL: true }, letters: { S: "1" }, n: { N: "5" }, m: { M: { a: { M: { x: { N: "7" } } }, b: { NULL: true } } } });
    const written = update({ UpdateExpression: "SET seen = :seen", ConditionExpression, ExpressionAttributeValues: { ...values, ":seen": { BOOL: true } } });
    if (holds) await expect(written).resolves.toBeDefined();
    else await expect(written).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    expect((await get())?.seen).toEqual(holds ? { BOOL: true } : undefined);
  });

  test("looks at the condition before it says that a path leads nowhere", async () => {
    count++;
    await put({ leases: { M: {} } });
    const renewed = update({
      UpdateExpression: "SET leases.#id.#e = :e",
      ConditionExpression: "leases.#id.#e > :now",
      ExpressionAttributeNames: { "#id": "gone", "#e": "expiresAt" },
      ExpressionAttributeValues: { ":e": { N: "2" }, ":now": { N: "1" } },
    });
    await expect(renewed).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    const unguarded = update({
      UpdateExpression: "SET leases.#id.#e = :e",
      ExpressionAttributeNames: { "#id": "gone", "#e": "expiresAt" },
      ExpressionAttributeValues: { ":e": { N: "2" } },
    });
    await expect(unguarded).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("makes and removes an entry of a map by a name that is no path", async () => {
    count++;
    await put({ leases: { M: {} } });
    const names = { ExpressionAttributeNames: { "#id": "a.b [0] #n" } };
    await update({ UpdateExpression: "SET leases.#id = :l", ...names, ExpressionAttributeValues: { ":l": { S: "x" } } });
    expect((await get())?.leases).toEqual({ M: { "a.b [0] #n": { S: "x" } } });
    await update({ UpdateExpression: "REMOVE leases.#id", ConditionExpression: "attribute_exists(leases.#id)", ...names });
    expect((await get())?.leases).toEqual({ M: {} });
  });

  test("lets one of many conditional writes at once win, and adds up all that have none", async () => {
    count++;
    const claims = Array.from({ length: 30 }, (_, who) =>
      update({ UpdateExpression: "SET who = :w", ConditionExpression: "attribute_not_exists(who)", ExpressionAttributeValues: { ":w": { N: String(who) } } }),
    );
    const claimed = await Promise.allSettled(claims);
    expect(claimed.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await Promise.all(Array.from({ length: 30 }, () => update({ UpdateExpression: "ADD n :one", ExpressionAttributeValues: { ":one": { N: "1" } } })));
    expect((await get())?.n).toEqual({ N: "30" });
  });

  test("puts an item once under a condition", async () => {
    count++;
    const once = () => dynamodb.send(new PutItemCommand({ TableName, Item: key(), ConditionExpression: "attribute_not_exists(id)" }));
    await once();
    await expect(once()).rejects.toBeInstanceOf(ConditionalCheckFailedException);
  });

  test("reads a range backwards, from below a number, by pages", async () => {
    count++;
    for (const seq of [1, 2, 3, 9, 10]) await put({}, seq);
    const page = await dynamodb.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: "id = :id AND seq < :before",
        ExpressionAttributeValues: { ":id": key().id, ":before": { N: "10" } },
        ScanIndexForward: false,
        Limit: 3,
      }),
    );
    expect(page.Items?.map(({ seq }) => seq?.N)).toEqual(["9", "3", "2"]);
    expect(page.LastEvaluatedKey).toEqual(key(2));
  });

  test("refuses what has no meaning: a placeholder without a value, a value without a use, an empty map of values", async () => {
    count++;
    const invalid = { name: "ValidationException" };
    await expect(update({ UpdateExpression: "SET a = :gone", ExpressionAttributeValues: { ":a": { S: "" } } })).rejects.toMatchObject(invalid);
    await expect(update({ UpdateExpression: "SET a = :a", ExpressionAttributeValues: { ":a": { S: "" }, ":b": { S: "" } } })).rejects.toMatchObject(invalid);
    await expect(update({ UpdateExpression: "REMOVE a", ExpressionAttributeValues: {} })).rejects.toMatchObject(invalid);
    await expect(put({ n: { N: "1e300" } })).rejects.toMatchObject(invalid);
  });

  test("knows no table of another name", async () => {
    await expect(dynamodb.send(new GetItemCommand({ TableName: "nobody-has-this-name", Key: key() }))).rejects.toBeInstanceOf(ResourceNotFoundException);
  });
});
