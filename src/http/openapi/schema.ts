/** From the routes' zod schemas to the document's JSON Schemas (2020-12), those with a name once, under `components`. */
import { z } from "zod";
import type { JsonSchema } from "./operation.ts";
import { applyRules } from "./rules.ts";

/** Which side of a transformation callers see: what they send, or what they get. */
export type Side = "input" | "output";

export interface Named {
  /** PascalCase; unique. */
  readonly [name: string]: z.core.$ZodType;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** zod's own additions that say nothing here, and anonymous wrappings, taken away. */
function tidy(value: unknown, side: Side): unknown {
  if (Array.isArray(value)) return value.map((each) => tidy(each, side));
  if (!isRecord(value)) return value;
  const out: JsonSchema = {};
  for (const [keyword, inner] of Object.entries(value)) {
    if (keyword === "$schema" || keyword === "id" || keyword === "$id") {
      if (typeof inner === "string") continue;
    }
    // Numbers that only say "what JavaScript can hold".
    if ((keyword === "maximum" && inner === Number.MAX_SAFE_INTEGER) || (keyword === "minimum" && inner === Number.MIN_SAFE_INTEGER)) continue;
    // An answer may gain members; a request's unknown ones are refused, and the document says so.
    if (keyword === "additionalProperties" && inner === false && side === "output") continue;
    out[keyword] = tidy(inner, side);
  }
  return out;
}

/** Collects named schemas and turns any schema into JSON Schema that refers to them. */
export function converter(named: Record<Side, Named>) {
  const names = new Map<z.core.$ZodType, string>();
  for (const side of ["input", "output"] as const) for (const [name, schema] of Object.entries(named[side])) names.set(schema, name);
  const withoutKeywords: string[] = [];

  function convert(schema: z.core.$ZodType, side: Side): JsonSchema {
    const registry = z.registry<{ id: string }>();
    for (const [name, each] of Object.entries(named[side])) if (each !== schema) registry.add(each, { id: name });
    const json = z.toJSONSchema(schema, {
      io: side,
      metadata: registry,
      unrepresentable: "any",
      override: ({ zodSchema, jsonSchema }) => void withoutKeywords.push(...applyRules(zodSchema, jsonSchema as JsonSchema)),
    });
    const { $defs: _, ...rest } = JSON.parse(JSON.stringify(json).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/')) as JsonSchema;
    return tidy(rest, side) as JsonSchema;
  }

  return {
    /** A schema in place: a reference when it has a name. */
    at(schema: z.core.$ZodType, side: Side): JsonSchema {
      const name = names.get(schema);
      return name === undefined ? convert(schema, side) : { $ref: `#/components/schemas/${name}` };
    },
    /** The members of an object schema, for parameters. */
    members(schema: z.core.$ZodType): { name: string; required: boolean; schema: JsonSchema }[] {
      const { properties = {}, required = [] } = convert(schema, "input") as { properties?: Record<string, JsonSchema>; required?: string[] };
      return Object.entries(properties).map(([name, inner]) => ({ name, required: required.includes(name), schema: inner }));
    },
    /** Every named schema. */
    components(): Record<string, JsonSchema> {
      return Object.fromEntries(
        (["input", "output"] as const).flatMap((side) => Object.entries(named[side]).map(([name, schema]) => [name, convert(schema, side)])),
      );
    },
    /** Sentences that no keyword says: for a test, and for whoever adds a rule. */
    withoutKeywords: () => [...new Set(withoutKeywords)].sort(),
  };
}
