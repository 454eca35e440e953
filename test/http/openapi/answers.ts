/**
 * Real answers against the document. `checkAnswer("POST", "/expenses", answer)` throws when the document does not declare that answer: its status, its
 * type, a header that is missing or unknown, a body that does not fit, or a member of the body that no schema names.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { document, type OpenApi, operations } from "../../../src/http/openapi/index.ts";
import type { Operation, Tag } from "../../../src/http/openapi/operation.ts";
import { kinds, problemText } from "../../../src/http/openapi/problems.ts";
import { readSystem } from "../../../src/system.ts";
import { type Fault, schemaOf, validatorOf } from "./ajv.ts";

export interface AnyAnswer {
  status: number;
  headers: Headers | Readonly<Record<string, string | undefined>>;
  /** Parsed where it is JSON; text or undefined else. */
  body: unknown;
}

export const openApi: OpenApi = document(readSystem(JSON.parse(readFileSync(join(import.meta.dirname, "../../../system.json"), "utf8"))));
const validator = validatorOf(openApi, { closed: true });
const ownHeaders = ["etag", "location", "retry-after", "idempotency-replayed"];
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const escaped = (step: string) => step.replaceAll("~", "~0").replaceAll("/", "~1");

/** The operations of these groups, group by group. */
export const operationsOfTags = (...tags: Tag[]): Operation[] => tags.flatMap((each) => operations.filter(({ tag }) => tag === each));

/** The operation of a method and a real path (its query is left aside); undefined when the document has none. */
export function operationAt(method: string, path: string): Operation | undefined {
  const bare = path.split("?")[0] ?? "";
  const fits = (template: string) => new RegExp(`^${template.replace(/[.$]/g, "\\$&").replace(/\{[^/}]+\}/g, "[^/]+")}$`).test(bare);
  const found = operations.filter((each) => each.method === method && fits(each.path));
  // `/expenses/bulk` before `/expenses/{id}`.
  return found.sort((a, b) => (a.path.match(/\{/g)?.length ?? 0) - (b.path.match(/\{/g)?.length ?? 0))[0];
}

function headerReader(headers: AnyAnswer["headers"]): (name: string) => string | null {
  if (headers instanceof Headers) return (name) => headers.get(name);
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => lower.get(name.toLowerCase()) ?? null;
}

function headerFaults(declared: Record<string, unknown>, success: boolean, body: unknown, header: (name: string) => string | null): Fault[] {
  const faults: Fault[] = [];
  const kind = kinds.find((each) => isRecord(body) && body.type === `/problems/${each}`);
  for (const [name, ref] of Object.entries(declared)) {
    const value = header(name);
    const needed = success ? name !== "Idempotency-Replayed" : kind !== undefined && (problemText(kind).always?.some((each) => each === name) ?? false);
    if (value === null) {
      if (needed) faults.push(`the header ${name} is missing`);
      continue;
    }
    const pointer = isRecord(ref) && typeof ref.$ref === "string" ? ref.$ref : "";
    const numeric = isRecord(schemaOf(openApi, `${pointer}/schema`)) && (schemaOf(openApi, `${pointer}/schema`) as { type?: string }).type === "integer";
    for (const fault of validator(`${pointer}/schema`)(numeric && /^\d+$/.test(value) ? Number(value) : value))
      faults.push(`the header ${name} (${value})${fault}`);
  }
  for (const name of ownHeaders)
    if (header(name) !== null && !Object.keys(declared).some((each) => each.toLowerCase() === name)) faults.push(`the header ${name} is not declared`);
  return faults;
}

/** What the document says against an answer; empty when it declares it. `path` is the real one. */
export function faultsOf(method: string, path: string, answer: AnyAnswer): Fault[] {
  const it = operationAt(method, path);
  if (it === undefined) return ["there is no such operation"];
  const at = `#/paths/${escaped(it.path)}/${method.toLowerCase()}/responses/${answer.status}`;
  const given = schemaOf(openApi, at);
  if (!isRecord(given)) return [`the status ${answer.status} is not declared`];
  const pointer = typeof given.$ref === "string" ? given.$ref : at;
  const response = schemaOf(openApi, pointer);
  if (!isRecord(response)) return [`${pointer} leads nowhere`];
  const header = headerReader(answer.headers);
  const faults = headerFaults(isRecord(response.headers) ? response.headers : {}, answer.status < 400, answer.body, header);
  const contents = isRecord(response.content) ? response.content : {};
  const type = header("content-type");
  if (Object.keys(contents).length === 0) {
    if (answer.body !== undefined && answer.body !== "") faults.push("there is a body, and none is declared");
    return faults;
  }
  const declared = Object.keys(contents).find((each) => each === type);
  if (declared === undefined) return [...faults, `the type ${type} is not declared; ${Object.keys(contents).join(", ")} would be`];
  return [...faults, ...validator(`${pointer}/content/${escaped(declared)}/schema`)(answer.body)];
}

/** Throws an Error that says what the document does not declare of this answer. */
export function checkAnswer(method: string, path: string, answer: AnyAnswer): void {
  const faults = faultsOf(method, path, answer);
  if (faults.length > 0)
    throw new Error(
      `${method} ${path} answered ${answer.status}, and the document does not say so:\n${faults.join("\n")}\n${JSON.stringify(answer.body)?.slice(0, 2000)}`,
    );
}
