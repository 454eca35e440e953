import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock, VirtualClock } from "../../local/clock.ts";
import { type DynamoDBService, startDynamoDB } from "../../local/dynamodb/server.ts";
import { type StreamsOptions, startStreams } from "../../local/dynamodb/streams.ts";
import { Keyring, type Principal } from "../../local/gate.ts";
import type { Outcome } from "../../local/lambda/instance.ts";
import { readSystem } from "../../src/system.ts";
import systemJson from "../../system.json" with { type: "json" };

const system = readSystem(systemJson);
const operator: Principal = { name: "operator", accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret", may: "everything" };
const data: Principal = {
  name: "data",
  accessKeyId: "AKIADATA",
  secretAccessKey: "data-secret",
  may: [{ action: "dynamodb:PutItem", resource: "arn:aws:dynamodb:eu-central-1:123456789012:table/dormouse-signals" }],
};
const keyring = new Keyring();
keyring.add(operator);
keyring.add(data);

interface Record_ {
  eventName: string;
  dynamodb: { SequenceNumber: string; NewImage?: { id: { S: string } }; Keys: object };
}
let dir: string;
let dynamodb: DynamoDBService;
let closing: (() => Promise<void>)[] = [];
const open = () => startDynamoDB({ dataDir: dir, system, clock: systemClock, keyring });
const client = (who: Principal) =>
  new DynamoDBClient({
    endpoint: dynamodb.url,
    region: "eu-central-1",
    credentials: { accessKeyId: who.accessKeyId, secretAccessKey: who.secretAccessKey },
    maxAttempts: 1,
  });
const put = (id: string, more: Record<string, { S: string }> = {}) =>
  client(operator).send(new PutItemCommand({ TableName: "dormouse-signals", Item: { id: { S: id }, ...more } }));
const good: Outcome = { requestId: "r", payload: "null", functionError: null, timedOut: false };
const bad: Outcome = { requestId: "r", payload: '{"errorMessage":"no"}', functionError: "Unhandled", timedOut: false };
const ids = (records: Record_[]) => records.map((record) => record.dynamodb.NewImage?.id.S ?? "");

/** Streams whose function answers as `behave` says; `seen` holds each batch's ids. */
function consume(behave: (records: Record_[], attempt: number) => Outcome, more: Partial<StreamsOptions> = {}) {
  const seen: string[][] = [];
  const records: Record_[] = [];
  const streams = startStreams({
    system,
    part: "all",
    clock: systemClock,
    dynamodb,
    retryMs: 1,
    invoke: async (name, event) => {
      expect(name).toBe("carry");
      const batch = (event as { Records: Record_[] }).Records;
      seen.push(ids(batch));
      records.push(...batch);
      return behave(batch, seen.length);
    },
    ...more,
  });
  closing.push(() => streams.close());
  return { seen, records, streams };
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-dynamodb-"));
  dynamodb = await open();
});
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
  await dynamodb.close();
  await rm(dir, { recursive: true });
});

test("the tables of system.json are there, with their keys", async () => {
  const { Table } = await client(operator).send(new DescribeTableCommand({ TableName: "dormouse-ledger" }));
  expect(Table).toMatchObject({
    TableStatus: "ACTIVE",
    TableArn: "arn:aws:dynamodb:eu-central-1:123456789012:table/dormouse-ledger",
    KeySchema: [
      { AttributeName: "databaseId", KeyType: "HASH" },
      { AttributeName: "seq", KeyType: "RANGE" },
    ],
  });
});

test("a function whose mapping has patterns is given the records that match one of them, and the stream goes on behind the others", async () => {
  const carry = system.functions.carry;
  const [stream] = carry?.streams ?? [];
  if (carry === undefined || stream === undefined) throw new Error("carry reads no stream");
  const filters = [{ eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: ["a", "b"] } } } }];
  const filtered = { ...system, functions: { ...system.functions, carry: { ...carry, streams: [{ ...stream, batchSize: 2, filters }] } } };
  await put("1", { kind: { S: "c" } });
  await put("2");
  await put("3", { kind: { S: "a" } });
  await put("4", { kind: { S: "c" } });
  await put("3", { kind: { S: "b" } });
  await put("5", { kind: { S: "b" } });
  const { seen, streams } = consume(() => good, { system: filtered });
  await streams.settled();
  expect(seen).toEqual([["3"], ["5"]]);
});

test("items and tables are still there after a restart", async () => {
  await put("kept");
  await dynamodb.close();
  dynamodb = await open();
  const { Item } = await client(operator).send(new GetItemCommand({ TableName: "dormouse-signals", Key: { id: { S: "kept" } } }));
  expect(Item).toEqual({ id: { S: "kept" } });
});

test("of many conditional writes at once one wins, also on a table with a stream", async () => {
  const sdk = client(operator);
  const write = (owner: number) =>
    sdk.send(
      new UpdateItemCommand({
        TableName: "dormouse-signals",
        Key: { id: { S: "one" } },
        UpdateExpression: "SET #o = :o",
        ConditionExpression: "attribute_not_exists(#o)",
        ExpressionAttributeNames: { "#o": "owner" },
        ExpressionAttributeValues: { ":o": { N: String(owner) } },
      }),
    );
  const results = await Promise.allSettled(Array.from({ length: 50 }, (_, owner) => write(owner)));
  expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  const refused = results.find((result) => result.status === "rejected");
  expect(refused?.reason).toMatchObject({ name: "ConditionalCheckFailedException" });
  expect(await dynamodb.store.changes("dormouse-signals", 0, 100)).toHaveLength(1);
});

test("a query reads a range backwards, page by page", async () => {
  const sdk = client(operator);
  for (let seq = 1; seq <= 5; seq += 1)
    await sdk.send(new PutItemCommand({ TableName: "dormouse-ledger", Item: { databaseId: { S: "d" }, seq: { N: String(seq) } } }));
  const page = await sdk.send(
    new QueryCommand({
      TableName: "dormouse-ledger",
      KeyConditionExpression: "databaseId = :d",
      ExpressionAttributeValues: { ":d": { S: "d" } },
      ScanIndexForward: false,
      Limit: 2,
    }),
  );
  expect(page.Items?.map((item) => item.seq?.N)).toEqual(["5", "4"]);
  expect(page.LastEvaluatedKey).toBeDefined();
});

test("the gate refuses what `may` does not name, and a wrong signature", async () => {
  const signal = { TableName: "dormouse-signals", Item: { id: { S: "x" } } };
  await expect(client(data).send(new PutItemCommand(signal))).resolves.toBeDefined();
  await expect(client(data).send(new GetItemCommand({ TableName: "dormouse-signals", Key: { id: { S: "x" } } }))).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining("dynamodb:GetItem on resource: arn:aws:dynamodb:eu-central-1:123456789012:table/dormouse-signals"),
  });
  await expect(client(data).send(new PutItemCommand({ TableName: "dormouse-state", Item: { databaseId: { S: "x" } } }))).rejects.toMatchObject({
    name: "AccessDeniedException",
  });
  await expect(client({ ...operator, secretAccessKey: "wrong" }).send(new PutItemCommand(signal))).rejects.toMatchObject({ name: "InvalidSignatureException" });
  await expect(client({ ...operator, accessKeyId: "AKIANOBODY" }).send(new PutItemCommand(signal))).rejects.toMatchObject({
    name: "UnrecognizedClientException",
  });
});

test("each change reaches the function once, in order, in the shape of DynamoDB Streams", async () => {
  const { records, streams } = consume(() => good);
  await put("a", { v: { S: "1" } });
  await put("a", { v: { S: "2" } });
  await put("a", { v: { S: "2" } });
  await client(operator).send(new DeleteItemCommand({ TableName: "dormouse-signals", Key: { id: { S: "a" } } }));
  await streams.settled();
  expect(records.map((record) => record.eventName)).toEqual(["INSERT", "MODIFY", "REMOVE"]);
  expect(records[0]).toMatchObject({
    eventSource: "aws:dynamodb",
    eventSourceARN: expect.stringMatching(/^arn:aws:dynamodb:eu-central-1:123456789012:table\/dormouse-signals\/stream\//),
    dynamodb: { Keys: { id: { S: "a" } }, NewImage: { id: { S: "a" }, v: { S: "1" } }, StreamViewType: "NEW_IMAGE", SequenceNumber: "000000000000000000001" },
  });
  expect(records[0]?.dynamodb).not.toHaveProperty("OldImage");
});

test("many concurrent writes give as many records, with numbers that rise", async () => {
  const { records, streams } = consume(() => good);
  await Promise.all(Array.from({ length: 200 }, (_, index) => put(`id-${index}`)));
  await streams.settled();
  expect(new Set(ids(records)).size).toBe(200);
  const numbers = records.map((record) => record.dynamodb.SequenceNumber);
  expect(numbers).toEqual([...numbers].sort());
});

test("what was not handed over before a stop is handed over after it, and what was is not again", async () => {
  const first = consume(() => good);
  await put("before");
  await first.streams.settled();
  await first.streams.close();
  await put("while nobody listened");
  await dynamodb.close();
  dynamodb = await open();
  const second = consume(() => good);
  await second.streams.settled();
  expect(second.seen).toEqual([["while nobody listened"]]);
  await put("after");
  await second.streams.settled();
  expect(second.records.at(-1)?.dynamodb.SequenceNumber).toBe("000000000000000000003");
});

test("a failed batch is tried again, and given up after its retries, so that the next one goes on", async () => {
  const givenUp: object[] = [];
  const { seen, streams } = consume((records) => (ids(records).includes("poison") ? bad : good), { onGivenUp: (what) => givenUp.push(what) });
  await put("poison");
  await streams.settled();
  await put("fine");
  await streams.settled();
  expect(seen).toEqual([["poison"], ["poison"], ["poison"], ["poison"], ["fine"]]);
  expect(givenUp).toMatchObject([{ functionName: "carry", table: "signals", from: 1, to: 1, why: "failed 4 times" }]);
});

test("a batch that failed in part is tried again from the first record that failed", async () => {
  for (const id of ["a", "b", "c"]) await put(id);
  const { seen, streams } = consume((records, attempt) =>
    attempt > 1 ? good : { ...good, payload: JSON.stringify({ batchItemFailures: [{ itemIdentifier: records[1]?.dynamodb.SequenceNumber }] }) },
  );
  await streams.settled();
  expect(seen).toEqual([
    ["a", "b", "c"],
    ["b", "c"],
  ]);
});

test("an identifier that is none of the batch's fails the whole batch", async () => {
  for (const id of ["a", "b"]) await put(id);
  const { seen, streams } = consume((_, attempt) => (attempt > 1 ? good : { ...good, payload: '{"batchItemFailures":[{"itemIdentifier":"?"}]}' }));
  await streams.settled();
  expect(seen).toEqual([
    ["a", "b"],
    ["a", "b"],
  ]);
});

test("a record older than the mapping allows is given up without a call", async () => {
  await put("old");
  const clock = new VirtualClock(Date.now() + 3_601_000);
  const givenUp: object[] = [];
  const { seen, streams } = consume(() => good, { clock, onGivenUp: (what) => givenUp.push(what) });
  await streams.settled();
  expect(seen).toEqual([]);
  expect(givenUp).toMatchObject([{ from: 1, to: 1, why: "older than the mapping's maximum age" }]);
});

test("closing in the midst of requests ends them, and nothing is thrown behind everyone's back", async () => {
  const update = (n: number) =>
    client(operator).send(
      new UpdateItemCommand({
        TableName: "dormouse-state",
        Key: { databaseId: { S: String(n) } },
        UpdateExpression: "ADD n :one",
        ExpressionAttributeValues: { ":one": { N: "1" } },
      }),
    );
  const asked = Array.from({ length: 200 }, (_, n) => update(n % 10));
  const settled = Promise.allSettled(asked);
  await asked[0];
  // vitest fails the run for an exception that nobody caught.
  await dynamodb.close();
  expect((await settled).filter(({ status }) => status === "rejected").length).toBeGreaterThan(0);
  dynamodb = await open();
  const { Item } = await client(operator).send(new GetItemCommand({ TableName: "dormouse-state", Key: { databaseId: { S: "0" } } }));
  expect(Number(Item?.n?.N)).toBeGreaterThanOrEqual(1);
});
