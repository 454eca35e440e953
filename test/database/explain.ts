/** What the finance routes ask of PostgreSQL, statement by statement, and how PostgreSQL answers: the plans under the application's role and row-level security. */
import { CompiledQuery, type Kysely } from "kysely";
import pg from "pg";
import { type ConnectionOptions, type Connections, connections } from "../../src/database/connect.ts";
import { asUser, kyselyOver } from "../../src/database/kysely.ts";
import type { Tables } from "../../src/database/schema.ts";

export interface Statement {
  sql: string;
  parameters: readonly unknown[];
}

/** As much of EXPLAIN's JSON as is looked at. */
interface Node {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Heap Fetches"?: number;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Shared Hit Blocks": number;
  "Shared Read Blocks": number;
  Plans?: Node[];
}

export interface Plan {
  /** Each way to a table: `expenses: Index Only Scan expenses_by_period`. */
  scans: string[];
  /** Pages touched, in memory or not. */
  buffers: number;
  /** Rows read from tables and indexes, those thrown away included. */
  looked: number;
  /** Rows of which an index-only scan had to look into the table. */
  heapFetches: number;
  /** Milliseconds; planning is none once it is prepared. */
  planning: number;
  execution: number;
}

export interface Listened {
  db: Kysely<Tables>;
  /** Runs something on `db` and gives the statements that it sent, without those of the transaction itself. */
  during(run: () => Promise<unknown>): Promise<Statement[]>;
  close(): void;
}

const OF_THE_TRANSACTION = /^(begin|commit|rollback|start transaction|set )|^select set_config\(/i;

/** The database as the application sees it, with an ear on what is sent. */
export function listenTo(options: ConnectionOptions): Listened {
  const pool: Connections = connections({ ...options, planOnce: true });
  let heard: Statement[] = [];
  const db = kyselyOver(pool, ({ query }) => void heard.push({ sql: query.sql, parameters: query.parameters }));
  return {
    db,
    async during(run) {
      heard = [];
      await run();
      return heard.filter((statement) => !OF_THE_TRANSACTION.test(statement.sql));
    },
    close: () => pool.abandon(),
  };
}

/** Reads only: what EXPLAIN ANALYZE runs again would write again. */
export const isRead = ({ sql: text }: Statement): boolean => /^\s*(select|with)\b/i.test(text) && !/\b(insert into|update|delete from)\b/i.test(text);

/** A parameter as PostgreSQL's EXECUTE takes it. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return "null";
  const quoted = (each: unknown) => (each === null ? "NULL" : `"${text(each).replace(/["\\]/g, "\\$&")}"`);
  return pg.escapeLiteral(Array.isArray(value) ? `{${value.map(quoted).join(",")}}` : text(value));
}
const text = (value: unknown) => (value instanceof Date ? value.toISOString() : Buffer.isBuffer(value) ? `\\x${value.toString("hex")}` : String(value));

let prepared = 0;

/** The plan of a statement, prepared as the application's connection does it, and run in the name of a user. The first run warms up: only the last one counts. */
export async function planOf(db: Kysely<Tables>, sub: string, statement: Statement, runs = 2): Promise<Plan> {
  const name = `looked_at_${++prepared}`;
  const given = statement.parameters.length === 0 ? "" : `(${statement.parameters.map(literal).join(", ")})`;
  return asUser(db, sub, 60_000, async (tx) => {
    let explained: { "QUERY PLAN": [{ Plan: Node; "Planning Time": number; "Execution Time": number }] } | undefined;
    await tx.executeQuery(CompiledQuery.raw(`prepare ${name} as ${statement.sql}`));
    for (let run = 0; run < runs; run++) {
      const explain = `explain (analyze, buffers, timing off, format json) execute ${name}${given}`;
      const { rows } = await tx.executeQuery<NonNullable<typeof explained>>(CompiledQuery.raw(explain));
      explained = rows[0];
    }
    await tx.executeQuery(CompiledQuery.raw(`deallocate ${name}`));
    const found = explained?.["QUERY PLAN"][0];
    if (found === undefined) throw new Error("EXPLAIN gave nothing");
    const plan: Plan = {
      scans: [],
      buffers: found.Plan["Shared Hit Blocks"] + found.Plan["Shared Read Blocks"],
      looked: 0,
      heapFetches: 0,
      planning: found["Planning Time"],
      execution: found["Execution Time"],
    };
    walk(found.Plan, null, plan);
    return plan;
  });
}

function walk(node: Node, above: string | null, plan: Plan): void {
  const relation = node["Relation Name"] ?? above;
  const index = node["Index Name"];
  if (/Scan$/.test(node["Node Type"]) && (node["Relation Name"] !== undefined || index !== undefined)) {
    plan.looked += (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"];
    if (node["Node Type"] !== "Bitmap Heap Scan") plan.scans.push(`${relation}: ${node["Node Type"]}${index === undefined ? "" : ` ${index}`}`);
  }
  plan.heapFetches += node["Heap Fetches"] ?? 0;
  for (const below of node.Plans ?? []) walk(below, relation, plan);
}
