import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callOf, type Storage, startStorage } from "../../local/fauxqs.ts";
import { Keyring, type Principal } from "../../local/gate.ts";
import type { Served } from "../../local/serve.ts";

// The clients come with fauxqs.
const require = createRequire(import.meta.url);
const { S3Client, CreateBucketCommand, PutObjectCommand, GetObjectCommand } = require("@aws-sdk/client-s3");
const {
  SQSClient,
  CreateQueueCommand,
  SendMessageCommand,
  ReceiveMessageCommand,
  GetQueueUrlCommand,
  ChangeMessageVisibilityCommand,
} = require("@aws-sdk/client-sqs");
const { SNSClient, CreateTopicCommand, PublishCommand } = require("@aws-sdk/client-sns");

const operator: Principal = { name: "operator", accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret", may: "everything" };
const nobody: Principal = { name: "data", accessKeyId: "AKIADATA", secretAccessKey: "data-secret", may: [] };
const keyring = new Keyring();
keyring.add(operator);
keyring.add(nobody);
let dir: string;
let storage: Storage;
const config = (at: Served, who: Principal) => ({
  endpoint: at.url,
  region: "eu-central-1",
  credentials: { accessKeyId: who.accessKeyId, secretAccessKey: who.secretAccessKey },
  maxAttempts: 1,
});

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-storage-"));
  storage = await startStorage({ dataDir: dir, keyring });
});
afterAll(async () => {
  await storage.close();
  await rm(dir, { recursive: true });
});

test("nothing is loaded before the first request, and refused ones load nothing", async () => {
  await expect(new S3Client(config(storage.s3, nobody)).send(new CreateBucketCommand({ Bucket: "b" }))).rejects.toMatchObject({ name: "AccessDenied" });
  await expect(new SQSClient(config(storage.sqs, nobody)).send(new CreateQueueCommand({ QueueName: "q" }))).rejects.toMatchObject({
    name: "AccessDenied",
  });
  await expect(new SNSClient(config(storage.sns, nobody)).send(new CreateTopicCommand({ Name: "t" }))).rejects.toMatchObject({
    name: "AuthorizationErrorException",
  });
  await expect(new S3Client(config(storage.s3, { ...operator, secretAccessKey: "wrong" })).send(new CreateBucketCommand({ Bucket: "b" }))).rejects.toThrow();
  expect(storage.loaded()).toBe(false);
});

test("objects, messages and topics work for one who may, and stay over a restart", async () => {
  const s3 = new S3Client(config(storage.s3, operator));
  await s3.send(new CreateBucketCommand({ Bucket: "receipts" }));
  const bytes = Buffer.from([0, 255, 10, 13]);
  await s3.send(new PutObjectCommand({ Bucket: "receipts", Key: "a b/ü.bin", Body: bytes }));
  const sqs = new SQSClient(config(storage.sqs, operator));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "dormouse-work" }));
  expect(new URL(QueueUrl).port).toBe(String(storage.sqs.port));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
  const sns = new SNSClient(config(storage.sns, operator));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "dormouse-news" }));
  expect((await sns.send(new PublishCommand({ TopicArn, Message: "m" }))).MessageId).toBeDefined();

  const ports = { s3: storage.s3.port, sqs: storage.sqs.port, sns: storage.sns.port };
  await storage.close();
  storage = await startStorage({ dataDir: dir, keyring, ports });
  expect({ s3: storage.s3.port, sqs: storage.sqs.port, sns: storage.sns.port }).toEqual(ports);
  const object = await new S3Client(config(storage.s3, operator)).send(new GetObjectCommand({ Bucket: "receipts", Key: "a b/ü.bin" }));
  expect(Buffer.from(await object.Body.transformToByteArray())).toEqual(bytes);
  const again = new SQSClient(config(storage.sqs, operator));
  const found = await again.send(new GetQueueUrlCommand({ QueueName: "dormouse-work" }));
  const { Messages } = await again.send(new ReceiveMessageCommand({ QueueUrl: found.QueueUrl }));
  expect(Messages[0].Body).toBe("hello");
});

test("what a service of AWS itself puts into a queue makes the queue where it is missing, and is read with its attributes", async () => {
  await storage.put("dormouse-dead-letters", { body: '{"n":1}', attributes: { ERROR_CODE: "Error" } });
  await storage.put("dormouse-dead-letters", { body: '{"n":2}', attributes: {} });
  const sqs = new SQSClient(config(storage.sqs, operator));
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "dormouse-dead-letters" }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] }));
  expect(Messages).toMatchObject([{ Body: '{"n":1}', MessageAttributes: { ERROR_CODE: { StringValue: "Error" } } }, { Body: '{"n":2}' }]);
  await expect(storage.put("dormouse-dead-letters", { body: "", attributes: {} })).rejects.toThrow("SendMessage: 400");
});

test("a message that is given back is there for the next one at once, also over a restart", async () => {
  const sqs = new SQSClient(config(storage.sqs, operator));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "dormouse-returns" }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "again" }));
  const taken = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600 }));
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: taken.Messages[0].ReceiptHandle, VisibilityTimeout: 0 }));
  expect((await storage.peek("dormouse-returns")).map(({ body }) => body)).toEqual(["again"]);
  await storage.close();
  storage = await startStorage({ dataDir: dir, keyring });
  expect((await storage.peek("dormouse-returns")).map(({ body }) => body)).toEqual(["again"]);
});

test("a request is the action that AWS would ask for", () => {
  const call = (service: "sqs" | "sns", method: string, url: string, headers = {}, body = "") => callOf(service, { method, url, headers }, Buffer.from(body));
  expect(call("sqs", "POST", "/", { "x-amz-target": "AmazonSQS.SendMessage" }, '{"QueueUrl":"http://h/0/dormouse-q"}')).toEqual({
    action: "sqs:SendMessage",
    resource: "arn:aws:sqs:eu-central-1:123456789012:dormouse-q",
  });
  expect(call("sns", "POST", "/", {}, "Action=Publish&TopicArn=arn%3Aaws%3Asns%3Aeu-central-1%3A000000000000%3At")).toEqual({
    action: "sns:Publish",
    resource: "arn:aws:sns:eu-central-1:123456789012:t",
  });
  // IAM knows no resource that is a subscription.
  expect(call("sns", "POST", "/", {}, "Action=Unsubscribe&SubscriptionArn=arn%3Aaws%3Asns%3Aeu-central-1%3A000000000000%3At%3Aid")).toEqual({
    action: "sns:Unsubscribe",
    resource: "*",
  });
});
