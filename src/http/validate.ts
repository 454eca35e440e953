/**
 * From what a caller sent to a value of a schema, or to a problem that names each field by JSON pointer (RFC 6901) and says what is allowed.
 * Schemas are of `zod/mini`, objects `z.strictObject`: an unknown field is refused, because it is a misspelt one.
 */
import * as z from "zod/mini";
import { type FieldError, problem } from "./problem.ts";

/** PostgreSQL can't store NUL, and a lone surrogate is no text: both are refused here rather than failing (or changing) further in. */
const storable = (value: string) => !value.includes("\0") && value.isWellFormed();

/** Text of `min` to `max` characters (Unicode code points), white space at both ends cut off first. */
export const text = (bounds: { min?: number; max: number }) => {
  const min = bounds.min ?? 0;
  const allowed = `must be text of ${min} to ${bounds.max} characters`;
  return z.string(allowed).check(
    z.refine(storable, { error: "must not hold NUL or half of a surrogate pair", abort: true }),
    z.trim(),
    z.refine((value) => {
      const length = [...value].length;
      return length >= min && length <= bounds.max;
    }, allowed),
  );
};

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** A UUID in its usual form, any version; handed on in lower case. */
export const uuid = () => z.string("must be a UUID").check(z.regex(uuidPattern, "must be a UUID"), z.toLowerCase());

/** An instant as ISO 8601 in UTC, to milliseconds at most: `2026-01-31T18:00:00Z`; handed on as milliseconds since the epoch. */
export const instant = () => {
  const allowed = "must be a time in UTC such as 2026-01-31T18:00:00Z";
  return z.pipe(
    z.string(allowed).check(
      z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/, { error: allowed, abort: true }),
      z.refine((value) => {
        const at = Date.parse(value);
        // Date.parse turns 30 February into 2 March: only what comes back the same is a real day.
        return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === value.slice(0, 10);
      }, allowed),
    ),
    z.transform((value: string) => Date.parse(value)),
  );
};

/** A whole number from `min` to `max`, as a query carries it: text. */
export const wholeNumber = (min: number, max: number) => {
  const allowed = `must be a whole number from ${min} to ${max}`;
  return z.pipe(
    z.string(allowed).check(
      z.regex(/^\d{1,9}$/, { error: allowed, abort: true }),
      z.refine((value) => Number(value) >= min && Number(value) <= max, allowed),
    ),
    z.transform((value: string) => Number(value)),
  );
};

const pointerOf = (path: readonly PropertyKey[]) => path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** The names that an object schema knows, for the sentence about an unknown one. */
function knownNames(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.core.$ZodType | undefined = schema;
  for (const step of [...path, null]) {
    for (;;) {
      const def: unknown = at?._zod.def;
      if (typeof def === "object" && def !== null && "innerType" in def) at = def.innerType as z.core.$ZodType;
      else break;
    }
    const def = at?._zod.def as { shape?: Record<string, z.core.$ZodType>; element?: z.core.$ZodType } | undefined;
    if (step === null) return Object.keys(def?.shape ?? {});
    at = def?.shape?.[String(step)] ?? def?.element;
  }
  return [];
}

const countable = (issue: { origin: string }) => (issue.origin === "string" ? " characters" : issue.origin === "array" ? " items" : "");

/** What is allowed, as the end of a sentence that begins with the field. Our own messages win; zod/mini brings none. */
function allowed(issue: z.core.$ZodIssue, missing: boolean): string {
  if (missing) return "is required";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return `must be at least ${issue.minimum}${countable(issue)}`;
    case "too_big":
      return `must be at most ${issue.maximum}${countable(issue)}`;
    case "invalid_format":
      return `must have the form ${issue.format === "regex" ? (issue.pattern ?? issue.format) : issue.format}`;
    default:
      return "does not fit";
  }
}

const hasOwnMessage = (message: string) => message !== "Invalid input" && message !== "";

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = Object.hasOwn(here, step) ? (here as Record<PropertyKey, unknown>)[step] : undefined;
  }
  return here;
}

/** What zod found, as fields. The document itself has the pointer "". */
export function fieldErrors(schema: z.core.$ZodType, value: unknown, error: z.core.$ZodError): FieldError[] {
  const errors: FieldError[] = [];
  for (const issue of error.issues) {
    if (issue.code === "unrecognized_keys") {
      const known = knownNames(schema, issue.path);
      const others = known.length > 0 ? `; known are ${known.join(", ")}` : "";
      for (const key of issue.keys.slice(0, 20)) errors.push({ pointer: pointerOf([...issue.path, key]).slice(0, 200), detail: `is not known${others}` });
      continue;
    }
    const missing = issue.path.length > 0 && at(value, issue.path) === undefined;
    const detail = hasOwnMessage(issue.message) && !missing ? issue.message : allowed(issue, missing);
    errors.push({ pointer: pointerOf(issue.path), detail });
  }
  return errors;
}

const summary = (errors: readonly FieldError[], root: string) =>
  errors.map((error) => `${error.pointer === "" ? root : error.pointer} ${error.detail}`).join("; ");

/** The body as the schema's value. Throws the problem `bad-fields` (422). */
export function parseBody<Schema extends z.core.$ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  if (body === undefined) throw problem("bad-fields", "A JSON body is required.", { errors: [{ pointer: "", detail: "is required" }] });
  const parsed = z.safeParse(schema, body);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(schema, body, parsed.error);
  throw problem("bad-fields", `${summary(errors, "The body")}.`, { errors });
}

/** The query as the schema's value; its parameters are text. Throws the problem `bad-query` (400). */
export function parseQuery<Schema extends z.core.$ZodType>(schema: Schema, query: Record<string, string | undefined> | undefined): z.output<Schema> {
  const value = query ?? {};
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(schema, value, parsed.error);
  throw problem("bad-query", `${summary(errors, "The query")}.`, { errors });
}
