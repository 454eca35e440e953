/** JSON Schemas in words: types, rules and fields. */
import type { JsonSchema } from "../../../src/http/openapi/operation.ts";
import { type Html, html, inline, type Part } from "./html.ts";

export const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: unknown): JsonSchema[] => (Array.isArray(value) ? value.filter(isRecord) : []);
export const nameOf = (ref: unknown): string | null => (typeof ref === "string" ? (ref.split("/").at(-1) ?? null) : null);

const formats: Record<string, string> = { uuid: "UUID", date: "day, 2026-01-31", "date-time": "time in UTC, 2026-01-31T18:00:00Z" };
const code = (value: unknown): Html => html`<code>${JSON.stringify(value)}</code>`;

function bounds(schema: JsonSchema, low: string, high: string, unit: string): string {
  const min = schema[low];
  const max = schema[high];
  if (min === undefined && max === undefined) return "";
  if (min === undefined || (min === 0 && unit !== "")) return `, at most ${Number(max).toLocaleString("en")}${unit}`;
  if (max === undefined) return `, at least ${Number(min).toLocaleString("en")}${unit}`;
  return `, ${Number(min).toLocaleString("en")} to ${Number(max).toLocaleString("en")}${unit}`;
}

function textType(schema: JsonSchema): Part {
  const known = typeof schema.format === "string" ? formats[schema.format] : undefined;
  if (known !== undefined) return known;
  const rules = bounds(schema, "minLength", "maxLength", " characters");
  // Patterns that only keep NUL out say nothing to a reader.
  const pattern =
    typeof schema.pattern === "string" && !schema.pattern.includes("\\x00") && schema.description === undefined ? html`, <code>${schema.pattern}</code>` : "";
  return ["text", rules, pattern];
}

/** A schema in a few words; a named one as a link to its fields. */
export function typeOf(schema: JsonSchema): Part {
  const ref = nameOf(schema.$ref);
  if (ref !== null) return html`<a href="#schema-${ref}">${ref}</a>`;
  if ("const" in schema) return html`always ${code(schema.const)}`;
  if (Array.isArray(schema.enum)) {
    const values = schema.enum.map((value, index) => [index > 0 ? ", " : "", code(value)]);
    return ["one of ", values];
  }
  const options = [...list(schema.anyOf), ...list(schema.oneOf)];
  if (options.length > 0) {
    const nullable = options.some((each) => each.type === "null");
    const others = options.filter((each) => each.type !== "null").map((each, index) => [index > 0 ? " or " : "", typeOf(each)]);
    return [others, nullable ? ", or null" : ""];
  }
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => type !== "null").map((type, index) => [index > 0 ? " or " : "", typeOf({ ...schema, type })]);
    return [types, schema.type.includes("null") ? ", or null" : ""];
  }
  switch (schema.type) {
    case "string":
      return textType(schema);
    case "integer":
    case "number":
      return [schema.type === "integer" ? "whole number" : "number", bounds(schema, "minimum", "maximum", "")];
    case "array":
      return ["list of ", typeOf(isRecord(schema.items) ? schema.items : {}), bounds(schema, "minItems", "maxItems", "")];
    case "object":
      return isRecord(schema.properties) ? "object" : isRecord(schema.additionalProperties) ? ["object of ", typeOf(schema.additionalProperties)] : "object";
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    default:
      return "anything";
  }
}

/** The object inside of lists and nulls, when it has fields of its own to show. */
function inside(schema: JsonSchema): JsonSchema | null {
  if (isRecord(schema.properties)) return schema;
  if (isRecord(schema.items)) return inside(schema.items);
  if (isRecord(schema.additionalProperties)) return inside(schema.additionalProperties);
  const objects = [...list(schema.anyOf), ...list(schema.oneOf)].map(inside).filter((each) => each !== null);
  return objects.length === 1 ? (objects[0] ?? null) : null;
}

export interface Row {
  name: string;
  schema: JsonSchema;
  required: boolean;
  /** Where it travels: `query`, `path`, `header`. */
  place?: string;
}

const said = (schema: JsonSchema) => typeof schema.description === "string" && html`<span class="say">${inline(schema.description)}</span>`;

/** What is worth a word: in what one sends, that it is required; in what one gets, that it may be missing. */
export type Side = "sent" | "got";

/** Rows of names, types and rules; nested objects nest. */
export function rows(all: readonly Row[], side: Side = "sent"): Html {
  return html`<dl class="fields">${all.map(({ name, schema, required, place }) => {
    const nested = schema.$ref === undefined ? inside(schema) : null;
    const fallback = schema.default === undefined ? "" : html`, else ${code(schema.default)}`;
    return html`<div><dt><code>${name}</code>${place && html` <span class="soft">${place}</span>`}${mark(required, side)}</dt><dd>${typeOf(schema)}${fallback}${said(schema)}${nested && fields(nested, side)}</dd></div>`;
  })}</dl>`;
}

const mark = (required: boolean, side: Side) =>
  required ? side === "sent" && html` <span class="must">required</span>` : side === "got" && html` <span class="soft">may be missing</span>`;

export function fields(schema: JsonSchema, side: Side): Html {
  const required = Array.isArray(schema.required) ? schema.required : [];
  return rows(
    Object.entries(isRecord(schema.properties) ? schema.properties : {})
      .filter((entry): entry is [string, JsonSchema] => isRecord(entry[1]))
      .map(([name, each]) => ({ name, schema: each, required: required.includes(name) })),
    side,
  );
}

/** A body: its fields when it is an object, else its type. */
export function shape(schema: JsonSchema, side: Side): Html {
  if (schema.$ref === undefined && isRecord(schema.properties))
    return Object.keys(schema.properties).length === 0 ? html`<p>An empty object.</p>` : fields(schema, side);
  const nested = schema.$ref === undefined ? inside(schema) : null;
  return html`<p>${typeOf(schema)}${said(schema)}</p>${nested && fields(nested, side)}`;
}
