import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { named } from "../../../src/http/openapi/areas.ts";
import { document, type OpenApi, operations } from "../../../src/http/openapi/index.ts";
import { kinds, problemExample, statusOf } from "../../../src/http/openapi/problems.ts";
import { converter } from "../../../src/http/openapi/schema.ts";
import { readSystem } from "../../../src/system.ts";
import { schemaOf, validatorOf } from "./ajv.ts";

const system = readSystem(JSON.parse(readFileSync(join(import.meta.dirname, "../../../system.json"), "utf8")));
const whole = document(system);
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Every object of the document with where it is. */
function* objects(value: unknown, at = "#"): Generator<[string, Record<string, unknown>]> {
  if (Array.isArray(value)) for (const [index, each] of value.entries()) yield* objects(each, `${at}/${index}`);
  if (!isRecord(value)) return;
  yield [at, value];
  for (const [name, each] of Object.entries(value)) yield* objects(each, `${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
}

const declared = (part: "all" | "lifecycle") =>
  Object.values(system.functions)
    .filter((fn) => part === "all" || fn.part === "lifecycle")
    .flatMap((fn) => fn.http.filter(({ path }) => path.startsWith("/")).map(({ method, path }) => `${method} ${path}`))
    .sort();
const documented = (it: OpenApi) =>
  Object.entries(it.paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    .sort();

describe("the document", () => {
  it("has exactly the routes of system.json, each once", () => {
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(declared("all"));
    expect(documented(whole)).toEqual(declared("all"));
  });

  it("has in a deployment of the lifecycle alone that part's routes and nothing that only others need", () => {
    const part = document(system, { part: "lifecycle" });
    expect(documented(part)).toEqual(declared("lifecycle"));
    expect(Object.keys(part.components.schemas)).not.toContain("TooSlowProblem");
    expect(part.tags.map(({ name }) => name)).not.toContain("Expenses");
  });

  it.each(["all", "lifecycle"] as const)("is valid OpenAPI 3.1 (%s)", async (part) => {
    const text = JSON.stringify(document(system, { part }));
    const { valid, errors } = await new Validator().validate(JSON.parse(text));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it("is the same, byte for byte, whenever it is made", () => {
    expect(JSON.stringify(document(system))).toBe(JSON.stringify(whole));
  });

  it.each(["all", "lifecycle"] as const)("has no reference that leads nowhere (%s)", (part) => {
    const it = document(system, { part });
    const refs = [...objects(it)].filter(([, { $ref }]) => typeof $ref === "string").map(([, { $ref }]) => String($ref));
    expect(refs.length).toBeGreaterThan(50);
    for (const ref of refs) expect(schemaOf(it, ref), ref).toBeDefined();
  });

  it("has an id of its own for each operation, and words for it", () => {
    const ids = operations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, summary } of operations) {
      expect(id).toMatch(/^[a-z]+[A-Z][A-Za-z]+$/);
      expect(summary.length, id).toBeGreaterThan(3);
    }
  });

  it("has schemas that are JSON Schema 2020-12, to a strict reader", () => {
    const validator = validatorOf(whole);
    for (const name of Object.keys(whole.components.schemas)) expect(() => validator(`#/components/schemas/${name}`), name).not.toThrow();
  });

  it("says every rule that code checks with keywords, or is known to say it in words alone", () => {
    const schemas = converter(named);
    schemas.components();
    for (const { query, params, body } of operations) {
      if (query) schemas.members(query);
      if (params) schemas.members(params);
      if (body) schemas.at(body.schema, "input");
    }
    expect(schemas.withoutKeywords()).toEqual([]);
  });
});

describe("the examples", () => {
  it("fit their schemas", () => {
    const validator = validatorOf(whole);
    let seen = 0;
    for (const [at, { schema, example, examples }] of objects(whole)) {
      if (!isRecord(schema) || !at.includes("/content/")) continue;
      const values = [example, ...Object.values(isRecord(examples) ? examples : {}).map((each) => (isRecord(each) ? each.value : each))];
      for (const value of values.filter((each) => each !== undefined)) {
        seen++;
        expect(validator(`${at}/schema`)(value), `${at}: ${JSON.stringify(value)}`).toEqual([]);
      }
    }
    expect(seen).toBeGreaterThan(40);
  });

  it("of parameters fit theirs", () => {
    const validator = validatorOf(whole);
    for (const [at, { in: where, schema, example }] of objects(whole)) {
      if (typeof where !== "string" || !isRecord(schema) || example === undefined) continue;
      expect(validator(`${at}/schema`)(example), `${at}: ${JSON.stringify(example)}`).toEqual([]);
    }
  });

  it("are there for every body, and every JSON answer", () => {
    for (const { id, body, responses } of operations) {
      if (body) expect(body.example, id).toBeDefined();
      for (const [status, { schema, contentType, example }] of Object.entries(responses))
        if (schema && contentType === undefined && id !== "getOpenApi") expect(example, `${id} ${status}`).toBeDefined();
    }
  });

  it("of problems carry their kind's own type and status", () => {
    for (const kind of kinds) expect(problemExample(kind)).toMatchObject({ type: `/problems/${kind}`, status: statusOf(kind) });
  });
});
