/** The document's schemas, ready to check values with. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { OpenApi } from "../../../src/http/openapi/index.ts";

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** What a reference (`#/components/schemas/Expense`) leads to; undefined when nothing is there. */
export function schemaOf(document: unknown, ref: string): unknown {
  let here: unknown = document;
  for (const step of ref.slice(2).split("/")) {
    const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(here)) here = here[Number(name)];
    else if (isRecord(here) && Object.hasOwn(here, name)) here = here[name];
    else return undefined;
  }
  return here;
}

/** A copy in which no object has members beyond those that it names: what an answer holds and the document does not is found. */
export function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (!isRecord(value)) return value;
  const out = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, closed(each)]));
  if (value.type === "object" && isRecord(value.properties) && value.additionalProperties === undefined) out.additionalProperties = false;
  return out;
}

/** Where and what, for people. */
export type Fault = string;

/**
 * Checks of values against what stands at a JSON pointer of the document. Throws for a schema that is none. `strict`: a keyword that is unknown, and one
 * that its type makes idle, is an error.
 */
export function validatorOf(document: OpenApi, options: { closed?: boolean } = {}): (pointer: string) => (value: unknown) => Fault[] {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true, validateFormats: true });
  (formats as unknown as (ajv: Ajv2020) => void)(ajv);
  // Everything that is no schema, for a strict reader of the whole.
  for (const keyword of ["components", "paths", "info", "openapi", "servers", "security", "tags"]) ajv.addKeyword(keyword);
  ajv.addSchema({ $id: "document:", ...(options.closed ? (closed(document) as OpenApi) : document) });
  const known = new Map<string, ValidateFunction>();
  return (pointer) => {
    const ref = `document:${pointer
      .split("/")
      .map((step, index) => (index === 0 ? step : encodeURIComponent(step)))
      .join("/")}`;
    const validate = known.get(pointer) ?? ajv.compile({ $ref: ref });
    known.set(pointer, validate);
    return (value) => {
      if (validate(value)) return [];
      return (validate.errors ?? []).map(({ instancePath, message = "does not fit", params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
    };
  };
}
