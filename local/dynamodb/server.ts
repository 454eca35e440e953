/** DynamoDB on this machine: dynalite behind the gate, with the tables of system.json, and what their streams hold. */
import type { System } from "../../src/system.ts";
import type { Clock } from "../clock.ts";
import { account, authenticate, authorize, Denied, type Keyring, prefix, region } from "../gate.ts";
import { readBody, type Served, sendJson, serve } from "../serve.ts";
import { type Dynalite, openDynalite } from "./dynalite.ts";

export interface DynamoDBOptions {
  /** Its files lie in `<dataDir>/dynamodb`. */
  dataDir: string;
  system: System;
  clock: Clock;
  keyring: Keyring;
  port?: number;
}

export interface DynamoDBService extends Served {
  /** For event source mappings. */
  store: Dynalite;
  /** Calls `run` after each change of a table (its key in system.json) with a stream. */
  onChange(table: string, run: () => void): void;
}

const bodyLimit = 16 * 1024 * 1024;

export const tableName = (key: string) => `${prefix}-${key}`;
export const tableArn = (name: string) => `arn:aws:dynamodb:${region}:${account}:table/${name}`;

export async function startDynamoDB(options: DynamoDBOptions): Promise<DynamoDBService> {
  const { system, keyring, clock } = options;
  const listeners = new Map<string, (() => void)[]>();
  const streamed = Object.entries(system.tables).flatMap(([key, table]) => (table.stream ? [tableName(key)] : []));
  const store = await openDynalite({
    path: `${options.dataDir}/dynamodb`,
    streamed,
    now: () => clock.now(),
    onChange: (table) => {
      for (const run of listeners.get(table) ?? []) run();
    },
  });
  await makeTables(store, system);

  const server = await serve(
    async (request, response) => {
      const body = await readBody(request, bodyLimit);
      const fail = (status: number, type: string, message: string) =>
        sendJson(response, status, { __type: type, message }, { "content-type": "application/x-amz-json-1.0" });
      if (body === null) return fail(413, "com.amazonaws.dynamodb.v20120810#RequestLimitExceeded", "too large");
      const method = request.method ?? "GET";
      try {
        const principal = await authenticate(keyring, { method, path: request.url ?? "/", headers: request.headers, body });
        const action = /^DynamoDB_20120810\.([A-Za-z]+)$/.exec(String(request.headers["x-amz-target"] ?? ""))?.[1];
        if (method !== "POST" || action === undefined) return fail(400, "com.amazon.coral.service#UnknownOperationException", "");
        for (const resource of resourcesOf(body)) authorize(keyring, principal, `dynamodb:${action}`, resource);
      } catch (error) {
        if (!(error instanceof Denied)) throw error;
        const type = {
          "not-allowed": "com.amazon.coral.service#AccessDeniedException",
          "no-signature": "com.amazon.coral.service#MissingAuthenticationTokenException",
          "unknown-key": "com.amazon.coral.service#UnrecognizedClientException",
          "wrong-signature": "com.amazon.coral.service#InvalidSignatureException",
          expired: "com.amazon.coral.service#InvalidSignatureException",
        }[error.because];
        return fail(400, type, error.message);
      }
      const answer = await store.handle({ headers: request.headers, body });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    },
    { port: options.port ?? 0, orAnother: true },
  );
  return {
    ...server,
    store,
    onChange(table, run) {
      const name = tableName(table);
      listeners.set(name, [...(listeners.get(name) ?? []), run]);
    },
    async close() {
      await server.close();
      await store.close();
    },
  };
}

/** The ARN of every table (and index) that a request names; `*` for one that names none, such as ListTables. */
function resourcesOf(body: Buffer): string[] {
  let input: Record<string, unknown>;
  try {
    input = JSON.parse(body.toString("utf8")) as Record<string, unknown>;
  } catch {
    // dynalite answers it with a SerializationException; nobody is let in by it.
    return ["*"];
  }
  if (typeof input !== "object" || input === null) return ["*"];
  const arnOf = (name: string) => (name.startsWith("arn:") ? name : tableArn(name));
  if (typeof input.TableName === "string")
    return [typeof input.IndexName === "string" ? `${arnOf(input.TableName)}/index/${input.IndexName}` : arnOf(input.TableName)];
  if (typeof input.RequestItems === "object" && input.RequestItems !== null) return Object.keys(input.RequestItems).map(arnOf);
  if (typeof input.ResourceArn === "string") return [input.ResourceArn];
  return ["*"];
}

async function makeTables(store: Dynalite, system: System): Promise<void> {
  const call = async (action: string, input: object) => {
    const { status, body } = await store.handle({
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `DynamoDB_20120810.${action}`,
        // dynalite looks at the form of a signature, never at its truth; the gate has done that for everyone else.
        authorization: "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0",
        "x-amz-date": "20260101T000000Z",
      },
      body: Buffer.from(JSON.stringify(input)),
    });
    return { status, value: JSON.parse(body.toString()) as { __type?: string; message?: string; Table?: { TableStatus?: string } } };
  };
  await Promise.all(
    Object.entries(system.tables).map(async ([key, table]) => {
      const TableName = tableName(key);
      const indexes = Object.entries(table.indexes);
      const attributes = Object.entries({ ...table.key, ...Object.assign({}, ...indexes.map(([, index]) => index.key)) });
      const schemaOf = (key: Record<string, string>) =>
        Object.keys(key).map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? "HASH" : "RANGE" }));
      const found = await call("DescribeTable", { TableName });
      if (found.status === 200) return;
      const made = await call("CreateTable", {
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: attributes.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
        KeySchema: schemaOf(table.key),
        ...(indexes.length > 0
          ? { GlobalSecondaryIndexes: indexes.map(([IndexName, { key }]) => ({ IndexName, KeySchema: schemaOf(key), Projection: { ProjectionType: "ALL" } })) }
          : {}),
      });
      if (made.status !== 200) throw new Error(`table ${TableName} could not be made: ${made.value.__type} ${made.value.message ?? ""}`);
      for (let tries = 0; (await call("DescribeTable", { TableName })).value.Table?.TableStatus !== "ACTIVE"; tries += 1) {
        if (tries > 500) throw new Error(`table ${TableName} does not become ACTIVE`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }),
  );
}
