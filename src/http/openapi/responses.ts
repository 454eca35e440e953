/** The answers of an operation by status: its own, its problems, and what the gateway says by itself. */

import type { ProblemKind } from "../problem.ts";
import { headerComponent } from "./headers.ts";
import type { Answer, JsonSchema, Operation, ResponseHeader } from "./operation.ts";
import { componentOf, problemExample, problemText, statusOf } from "./problems.ts";
import type { converter } from "./schema.ts";

/** Of `system.json`. */
export interface Served {
  access: "public" | "user" | "operator";
  /** It needs the database awake. */
  sql: boolean;
}

/** Every kind of problem that an operation may answer: its own, and those that follow from what it is. In the table's order. */
export function problemsOf(it: Operation, { access, sql }: Served): ProblemKind[] {
  const kinds = new Set<ProblemKind>(it.problems ?? []);
  if (it.query) kinds.add("bad-query");
  if (it.body) for (const kind of ["bad-json", "body-too-large", "not-json", "bad-fields"] as const) kinds.add(kind);
  if (it.params) kinds.add("bad-path");
  if (it.headers?.includes("Idempotency-Key")) for (const kind of ["bad-header", "idempotency-key-busy", "idempotency-key-reused"] as const) kinds.add(kind);
  if (it.headers?.includes("If-Match")) for (const kind of ["bad-header", "changed-meanwhile"] as const) kinds.add(kind);
  if (access !== "public") for (const kind of ["not-signed-in", "account-deleted"] as const) kinds.add(kind);
  if (access === "operator") kinds.add("not-allowed");
  if (sql)
    for (const kind of ["database-asleep", "database-unreachable", "schema-older", "database-busy", "too-slow", "state-unreadable", "too-many-wakes"] as const)
      kinds.add(kind);
  kinds.add("internal");
  return [...kinds].sort((a, b) => statusOf(a) - statusOf(b));
}

/** What an HTTP API of API Gateway answers by itself, with its words. */
const gatewaySays: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

function gatewayStatuses(it: Operation, { access }: Served): number[] {
  return [...(access === "public" ? [] : [401, 403]), ...(it.body ? [413] : []), 429, 500, 503];
}

const headersOf = (names: readonly ResponseHeader[]): JsonSchema =>
  names.length === 0 ? {} : { headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${headerComponent(name)}` }])) };

/** What was answered under a key may be that same answer again. */
const replayable = (answer: Answer): Answer => ({ ...answer, headers: [...(answer.headers ?? []), "Idempotency-Replayed"] });

function success(answer: Answer, schemas: ReturnType<typeof converter>): JsonSchema {
  const body = answer.schema && {
    content: {
      [answer.contentType ?? "application/json"]: {
        schema: schemas.at(answer.schema, "output"),
        ...(answer.example === undefined ? {} : { example: answer.example }),
      },
    },
  };
  return { description: answer.description, ...headersOf(answer.headers ?? []), ...body };
}

function failure(status: number, kinds: readonly ProblemKind[], gateway: boolean): JsonSchema {
  const refs = kinds.map((kind) => ({ $ref: `#/components/schemas/${componentOf(kind)}` }));
  const said = kinds.map((kind) => `\`${kind}\`: ${problemText(kind).when}`);
  const message = gatewaySays[status];
  if (gateway && message !== undefined) said.push(`Or the gateway by itself: ${message}.`);
  const problem = kinds.length > 0 && {
    "application/problem+json": {
      schema: refs.length === 1 ? refs[0] : { oneOf: refs },
      examples: Object.fromEntries(kinds.map((kind) => [kind, { value: problemExample(kind) }])),
    },
  };
  const own = gateway && { "application/json": { schema: { $ref: "#/components/schemas/GatewayError" }, examples: { gateway: { value: { message } } } } };
  return {
    description: said.join("\n\n"),
    ...headersOf([...new Set(kinds.flatMap((kind) => [...(problemText(kind).always ?? []), ...(problemText(kind).maybe ?? [])]))]),
    content: { ...problem, ...own },
  };
}

/** Every answer, by status in order. */
export function responsesOf(it: Operation, served: Served, schemas: ReturnType<typeof converter>): Record<string, JsonSchema> {
  const kinds = problemsOf(it, served);
  const gateway = gatewayStatuses(it, served);
  const failures = [...new Set([...kinds.map(statusOf), ...gateway])].sort((a, b) => a - b);
  return Object.fromEntries([
    ...Object.entries(it.responses).map(
      ([status, answer]) => [status, success(it.headers?.includes("Idempotency-Key") ? replayable(answer) : answer, schemas)] as const,
    ),
    ...failures.map(
      (status) =>
        [
          String(status),
          failure(
            status,
            kinds.filter((kind) => statusOf(kind) === status),
            gateway.includes(status),
          ),
        ] as const,
    ),
  ]);
}
