/** A real dynalite behind the gate, with the tables of system.json, for the adapters' tests. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { systemClock } from "../../local/clock.ts";
import { startDynamoDB } from "../../local/dynamodb/server.ts";
import { Keyring, permissionsOf } from "../../local/gate.ts";
import { type Jobs, jobs } from "../../src/aws/jobs.ts";
import { readSystem } from "../../src/system.ts";
import systemJson from "../../system.json" with { type: "json" };

const system = readSystem(systemJson);
export const credentials = { accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret" };

/** Of the function whose permissions are enforced. */
export const functionKey = { AWS_ACCESS_KEY_ID: "AKIAFUNCTION", AWS_SECRET_ACCESS_KEY: "function-secret", AWS_REGION: "eu-central-1" };

export interface TestDynamoDB {
  client: DynamoDBClient;
  url: string;
  /** A client that loses the answers of its next `replies` calls, after the table has done what they asked, and then sends them again as the SDK does. */
  losing(replies: number): DynamoDBClient;
  /** Puts an item as it is, whatever it holds. */
  put(table: string, item: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

/** With a function's name: its key may do what system.json allows it, and no more. */
export async function testDynamoDB(functionName?: string): Promise<TestDynamoDB> {
  const dataDir = await mkdtemp(join(tmpdir(), "dormouse-aws-"));
  const keyring = new Keyring();
  keyring.add({ name: "operator", ...credentials, may: "everything" });
  if (functionName !== undefined)
    keyring.add({
      name: functionName,
      accessKeyId: functionKey.AWS_ACCESS_KEY_ID,
      secretAccessKey: functionKey.AWS_SECRET_ACCESS_KEY,
      may: permissionsOf(system, functionName),
    });
  const service = await startDynamoDB({ dataDir, system, clock: systemClock, keyring });
  const client = new DynamoDBClient({ endpoint: service.url, region: "eu-central-1", credentials, maxAttempts: 1 });
  const others: DynamoDBClient[] = [];
  return {
    losing(replies) {
      let left = replies;
      const other = new DynamoDBClient({ endpoint: service.url, region: "eu-central-1", credentials, maxAttempts: 3 });
      other.middlewareStack.add(
        (next) => async (args) => {
          const answer = await next(args);
          if (left-- > 0) throw Object.assign(new Error("socket hang up"), { name: "TimeoutError" });
          return answer;
        },
        { step: "deserialize", priority: "high" },
      );
      others.push(other);
      return other;
    },
    client,
    url: service.url,
    async put(table, item) {
      await client.send(new PutItemCommand({ TableName: table, Item: marshall(item) }));
    },
    async close() {
      for (const one of [client, ...others]) one.destroy();
      await service.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The jobs of a table in which each is to be readable: one that is not fails the test. */
export const strictJobs = (dynamodb: DynamoDBClient): Jobs =>
  jobs({
    dynamodb,
    table: "dormouse-jobs",
    onUnreadable: (error) => {
      throw error;
    },
  });
