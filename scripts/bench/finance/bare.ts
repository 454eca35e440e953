/**
 * What a request is compared with: a Lambda that does the same transaction over bare `pg`, in the same user's name, and nothing more. No gate, no checks, no
 * router, no query builder: the statements that `data` sends for the same request were recorded, and are sent again as they are.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Signer } from "@aws-sdk/rds-signer";
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from "aws-lambda";
import pg from "pg";
import { dynamodbClient } from "../../../src/aws/clients.ts";
import { readState } from "../../../src/aws/state-store.ts";

/** Beside the bundle, by `METHOD /path`. Where a parameter is `fresh`, each request has an id of its own. */
export type Recorded = Record<string, { fresh: string | null; statements: { sql: string; parameters: unknown[] }[] }>;

const recorded = JSON.parse(readFileSync(new URL("recorded.json", import.meta.url), "utf8")) as Recorded;
const { DATABASE_HOST: host = "", DATABASE_PORT: port = "", DATABASE_NAME: database = "", DATABASE_CA: ca = "" } = process.env;
const state = { dynamodb: dynamodbClient(), table: process.env.STATE_TABLE ?? "" };
const signer = new Signer({ hostname: host, port: Number(port), username: "dormouse_app" });
const pool = new pg.Pool({
  host,
  port: Number(port),
  database,
  user: "dormouse_app",
  password: () => signer.getAuthToken(),
  ssl: { ca },
  application_name: "dormouse-data",
  max: 1,
  idleTimeoutMillis: 0,
});
pool.on("error", () => {});

const renewed = (value: unknown, old: string | null, id: string): unknown =>
  Array.isArray(value) ? value.map((each) => renewed(each, old, id)) : value === old && old !== null ? id : value;

/** Two parts of every request alone: the way through the gateway and back, and the read of the lifecycle's state on top of it. */
const GATEWAY = "/accounts";
const STATE = "/categories";

export const handler = async (event: APIGatewayProxyEventV2WithJWTAuthorizer) => {
  if (event.rawPath === GATEWAY) return { statusCode: 200, headers: { "content-type": "application/json" }, body: "{}" };
  if (event.rawPath === STATE)
    return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(await readState(state, process.env.DATABASE_ID ?? "")) };
  const sub = String(event.requestContext.authorizer.jwt.claims.sub);
  const request = recorded[`${event.requestContext.http.method} ${event.rawPath}`];
  if (request === undefined) return { statusCode: 404 };
  const id = randomUUID();
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query("select set_config('app.user_id', $1, true), set_config('statement_timeout', $2, true)", [sub, "20000"]);
    const answers: unknown[] = [];
    for (const { sql, parameters } of request.statements) answers.push((await client.query(sql, renewed(parameters, request.fresh, id) as unknown[])).rows);
    await client.query("commit");
    return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(answers) };
  } catch (error) {
    await client.query("rollback");
    throw error;
  } finally {
    client.release();
  }
};
