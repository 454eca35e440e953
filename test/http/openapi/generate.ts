/** Requests made from the document's own schemas, and such that a mutation has spoilt: what a stranger who has read the document, or has not, may send. */
import fc from "fast-check";
import type { Operation } from "../../../src/http/openapi/operation.ts";
import { schemaOf } from "./ajv.ts";
import { openApi } from "./answers.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Schema = Record<string, unknown>;

export interface Request {
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  /** JSON text; undefined: none. */
  body: string | undefined;
}

const isRecord = (value: unknown): value is Schema => typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: unknown): Schema[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const resolved = (schema: Schema): Schema => (typeof schema.$ref === "string" ? (schemaOf(openApi, schema.$ref) as Schema) : schema);

const junk: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  null,
  true,
  0,
  -1,
  1e300,
  0.1,
  "",
  " ",
  "\u0000",
  "\ud800",
  "\u202e\u2066",
  "x".repeat(10_000),
  "1e5",
  "-1",
  "0",
  "2026-02-31",
  "0000-01-01",
  "9999-12-31",
  "XXX",
  "00000000-0000-0000-0000-000000000000",
  "' OR 1=1 --",
  "__proto__",
  [],
  {},
  [[]],
  ["x"],
);

const day = fc
  .date({ min: new Date("2024-01-01T00:00:00Z"), max: new Date("2027-12-31T00:00:00Z"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const text = (min: number, max: number) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("Groceries", "Bäckerei", "שלום", "🍞🥖", "a%_\\b", "Rent 2026") },
    {
      weight: 1,
      arbitrary: fc.string({ unit: "grapheme", minLength: Math.max(min, 1), maxLength: Math.min(max, 30) }).map((each) => each.replaceAll("\u0000", "0")),
    },
  );

/** Values of a schema, none of which is made to be refused by it. `ids`: what there is to be named. */
export function valueFor(given: Schema, ids: () => readonly string[]): fc.Arbitrary<Json> {
  const schema = resolved(given);
  if ("const" in schema) return fc.constant(schema.const as Json);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as Json[]));
  const options = [...list(schema.anyOf), ...list(schema.oneOf)];
  if (options.length > 0) return fc.oneof(...options.map((each) => valueFor(each, ids)));
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => valueFor({ ...schema, type }, ids)));
  const number = (name: string, otherwise: number) => (typeof schema[name] === "number" ? schema[name] : otherwise);
  switch (schema.type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: number("minimum", -5), max: Math.min(number("maximum", 500), 2 ** 31 - 1) });
    case "number":
      return fc.integer({ min: number("minimum", 0), max: number("maximum", 100) });
    case "array":
      return fc.array(valueFor(isRecord(schema.items) ? schema.items : {}, ids), {
        minLength: number("minItems", 0),
        maxLength: Math.min(number("maxItems", 4), 4),
      });
    case "object": {
      const properties = Object.entries(isRecord(schema.properties) ? schema.properties : {}).filter((entry): entry is [string, Schema] => isRecord(entry[1]));
      const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
      return fc.record(Object.fromEntries(properties.map(([name, each]) => [name, valueFor(each, ids)])), { requiredKeys: required });
    }
    case "string":
      return stringOf(schema, ids);
    default:
      return junk;
  }
}

function stringOf(schema: Schema, ids: () => readonly string[]): fc.Arbitrary<string> {
  const min = typeof schema.minLength === "number" ? schema.minLength : 0;
  const max = typeof schema.maxLength === "number" ? schema.maxLength : 100;
  if (schema.format === "uuid")
    return fc.oneof(
      { weight: 6, arbitrary: fc.nat().map((n) => ids()[n % Math.max(1, ids().length)] ?? "0193e0f6-0000-7000-8000-000000000000") },
      { weight: 1, arbitrary: fc.uuid() },
    );
  if (schema.format === "date") return day;
  if (schema.format === "date-time") return day.map((each) => `${each}T10:00:00Z`);
  const pattern = typeof schema.pattern === "string" ? schema.pattern : "";
  if (pattern === "^[A-Z]{3}$") return fc.constantFrom("EUR", "EUR", "EUR", "USD", "JPY", "KWD", "ZZZ");
  if (pattern.startsWith("^(0|[1-9]"))
    return fc.oneof(
      fc.integer({ min: 1, max: 999_999 }).map((n) => `${Math.floor(n / 100)}.${String(n % 100).padStart(2, "0")}`),
      fc.integer({ min: 1, max: 99 }).map(String),
    );
  if (pattern.startsWith("^-?(0|")) return fc.integer({ min: -99_999, max: 99_999 }).map((n) => `${n}.50`);
  if (pattern !== "" && !pattern.includes("\\x00")) return fc.stringMatching(new RegExp(pattern));
  return text(min, max);
}

/** A value with one place spoilt: replaced, taken away, or with a neighbour that nobody knows. */
export const spoilt = (value: Json): fc.Arbitrary<Json> =>
  fc.tuple(fc.nat(), junk, fc.constantFrom("replace", "remove", "add")).map(([where, instead, how]) => {
    const copy = structuredClone(value);
    const places: [Record<string, Json> | Json[], string][] = [];
    const visit = (at: Json) => {
      if (typeof at !== "object" || at === null) return;
      for (const [name, each] of Object.entries(at)) {
        places.push([at, name]);
        visit(each);
      }
    };
    visit(copy);
    const [holder, name] = places[where % Math.max(1, places.length)] ?? [];
    if (holder === undefined || name === undefined) return instead;
    if (how === "replace") Reflect.set(holder, name, instead);
    else if (how === "remove" && !Array.isArray(holder)) delete holder[name];
    else if (!Array.isArray(holder)) holder.unknown = instead;
    return copy;
  });

const schemaIn = (parameter: Schema): Schema => (isRecord(parameter.schema) ? parameter.schema : {});

/** As the header of a request can carry it: visible ASCII. */
const headerSafe = (value: string) => value.replace(/[^\x20-\x7e]/g, "").trim();

/** Requests of an operation: most of them as documented, some spoilt somewhere. */
export function requestOf(it: Operation, ids: () => readonly string[]): fc.Arbitrary<Request> {
  const described = openApi.paths[it.path]?.[it.method.toLowerCase()] ?? {};
  const parameters = list(described.parameters).map(resolved);
  const of = (place: string) =>
    parameters.filter((each) => each.in === place).map((each) => [String(each.name), valueFor(schemaIn(each), ids), each.required === true] as const);
  const values = (place: string) =>
    fc.record(Object.fromEntries(of(place).map(([name, value]) => [name, value])), {
      requiredKeys: of(place)
        .filter(([, , required]) => required)
        .map(([name]) => name),
    });
  const tag = fc.constantFrom('"1"', '"1"', "1", "*", '"2", "1"', 'W/"1"', "x y", "");
  const maybeSpoilt = <T extends Json>(value: T) => fc.oneof({ weight: 3, arbitrary: fc.constant<Json>(value) }, { weight: 1, arbitrary: spoilt(value) });
  const content = isRecord(described.requestBody) && isRecord(described.requestBody.content) ? described.requestBody.content["application/json"] : undefined;
  const body: fc.Arbitrary<string | undefined> =
    isRecord(content) && isRecord(content.schema)
      ? fc.oneof(
          {
            weight: 20,
            arbitrary: valueFor(content.schema, ids)
              .chain(maybeSpoilt)
              .map((value) => JSON.stringify(value)),
          },
          { weight: 1, arbitrary: fc.constantFrom("{", "", "null", '{"a":1}x', `{"a":${"[".repeat(200)}`) },
        )
      : fc.constant(undefined);
  return fc
    .tuple(values("path").chain(maybeSpoilt), values("query").chain(maybeSpoilt), values("header"), body, tag)
    .map(([inPath, inQuery, headers, text, version]) => {
      const path = it.path.replace(/\{([^}]+)\}/g, (_, name: string) => {
        const value = isRecord(inPath) ? inPath[name] : undefined;
        return encodeURIComponent(
          String(value ?? "x")
            .slice(0, 100)
            .replaceAll("\ud800", "?")
            .replaceAll("/", "") || "x",
        );
      });
      const query = new URLSearchParams(
        Object.entries(isRecord(inQuery) ? inQuery : {}).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
      );
      return {
        method: it.method,
        path: query.size > 0 ? `${path}?${query}` : path,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name.toLowerCase(), name === "If-Match" ? version : headerSafe(String(value))]),
        ),
        body: text,
      };
    });
}
