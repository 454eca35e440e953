/** `src/client/api.ts`: the document's schemas and operations as TypeScript types. Own and small, because openapi-typescript does not run under TypeScript 7. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { OpenApi } from "../../src/http/openapi/index.ts";
import type { JsonSchema } from "../../src/http/openapi/operation.ts";

const root = join(import.meta.dirname, "..", "..");
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: unknown): JsonSchema[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const records = (value: unknown): [string, JsonSchema][] =>
  Object.entries(isRecord(value) ? value : {}).filter((entry): entry is [string, JsonSchema] => isRecord(entry[1]));
const nameOf = (ref: string): string => ref.split("/").at(-1) ?? ref;

const comment = (text: unknown): string =>
  typeof text === "string" && text !== "" ? `/** ${text.replaceAll("*/", "*\\/").replace(/\s*\n\s*/g, " ")} */\n` : "";
const member = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));
const union = (types: string[]): string => [...new Set(types)].join(" | ");

/** A schema as a type. */
export function typeOf(schema: JsonSchema): string {
  if (typeof schema.$ref === "string") return nameOf(schema.$ref);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return union(schema.enum.map((value) => JSON.stringify(value)));
  const options = [...list(schema.anyOf), ...list(schema.oneOf)];
  if (options.length > 0) return union(options.map(typeOf));
  if (list(schema.allOf).length > 0) return list(schema.allOf).map(typeOf).join(" & ");
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeOf({ ...schema, type })));
  switch (schema.type) {
    case "string":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array": {
      const items = typeOf(isRecord(schema.items) ? schema.items : {});
      return /[ |&]/.test(items) && !items.startsWith("{") ? `(${items})[]` : `${items}[]`;
    }
    case "object":
      return objectOf(schema);
    default:
      return "unknown";
  }
}

function objectOf(schema: JsonSchema): string {
  const properties = records(schema.properties);
  const required = Array.isArray(schema.required) ? schema.required : [];
  if (properties.length === 0)
    return isRecord(schema.additionalProperties) && Object.keys(schema.additionalProperties).length > 0
      ? `Record<string, ${typeOf(schema.additionalProperties)}>`
      : "Record<string, never>";
  const members = properties.map(([name, each]) => `${comment(each.description)}${member(name)}${required.includes(name) ? "" : "?"}: ${typeOf(each)};`);
  return `{\n${members.join("\n")}\n}`;
}

function declaration(name: string, schema: JsonSchema): string {
  const plain = isRecord(schema.properties) && Object.keys(schema.properties).length > 0;
  const description = comment(schema.description);
  return plain ? `${description}export interface ${name} ${objectOf(schema)}` : `${description}export type ${name} = ${typeOf(schema)};`;
}

/** What stands at a reference of the document, or the value itself. */
function resolved(document: OpenApi, value: JsonSchema): JsonSchema {
  if (typeof value.$ref !== "string") return value;
  const [, , kind = "", name = ""] = value.$ref.split("/");
  return document.components[kind as keyof OpenApi["components"]]?.[name] ?? {};
}

function contentOf(response: JsonSchema, type: string): JsonSchema | null {
  const content = isRecord(response.content) ? response.content[type] : undefined;
  return isRecord(content) && isRecord(content.schema) ? content.schema : null;
}

function operationType(document: OpenApi, method: string, path: string, op: JsonSchema): string {
  const parameters = list(op.parameters).map((each) => resolved(document, each));
  const of = (place: string) => parameters.filter((each) => each.in === place);
  const object = (given: JsonSchema[]) =>
    `{\n${given.map((each) => `${comment(each.description)}${member(String(each.name))}${each.required === true ? "" : "?"}: ${typeOf(isRecord(each.schema) ? each.schema : {})};`).join("\n")}\n}`;
  const responses = records(op.responses).map(([status, response]) => [Number(status), resolved(document, response)] as const);
  const results = responses
    .filter(([status]) => status >= 200 && status < 300)
    .map(([, response]) => {
      const json = contentOf(response, "application/json");
      return json === null ? (isRecord(response.content) ? "string" : "undefined") : typeOf(json);
    });
  const body = isRecord(op.requestBody) ? contentOf(op.requestBody, "application/json") : null;
  return [
    `${comment(op.summary)}"${method.toUpperCase()} ${path}": {`,
    of("path").length > 0 ? `path: ${object(of("path"))};` : "",
    of("query").length > 0 ? `query: ${object(of("query"))};` : "",
    body === null ? "" : `${isRecord(op.requestBody) && op.requestBody.required === true ? "body" : "body?"}: ${typeOf(body)};`,
    of("header").some((each) => each.name === "If-Match") ? "ifMatch: true;" : "",
    // One that only leads elsewhere: what comes of it is what stands there.
    `result: ${results.length === 0 ? "unknown" : union(results)};`,
    "};",
  ]
    .filter((line) => line !== "")
    .join("\n");
}

/** The file's text, formatted as the rest of the code. */
export function clientTypes(document: OpenApi): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, op]) => ({ path, method, op })));
  const keyed = operations
    .filter(({ op }) => list(op.parameters).some((each) => resolved(document, each).name === "Idempotency-Key"))
    .map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  const kinds = Object.keys(document.components.schemas).filter((name) => name.endsWith("Problem") && name !== "Problem");
  const text = [
    "/** The API's shapes and operations, made from its OpenAPI document by `npm run generated`; CI checks that it is true. Not to be edited. */\n",
    ...Object.entries(document.components.schemas).map(([name, schema]) => declaration(name, schema)),
    `${comment("Every kind of problem; `type` tells them apart.")}export type AnyProblem = ${kinds.join(" | ")};`,
    `${comment("By method and path: what goes in, what comes out.")}export interface Operations {\n${operations.map(({ method, path, op }) => operationType(document, method, path, op)).join("\n")}\n}`,
    `${comment("Operations that heed an `Idempotency-Key`: they may be sent again after a failure of unknown outcome.")}export const keyed: readonly string[] = ${JSON.stringify(keyed)};`,
  ].join("\n\n");
  const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
  const formatted = spawnSync(process.execPath, [biome, "format", "--stdin-file-path=src/client/api.ts"], { cwd: root, input: text, encoding: "utf8" });
  if (formatted.status !== 0) throw new Error(`the client's types can't be formatted: ${formatted.stderr}`);
  return formatted.stdout;
}
