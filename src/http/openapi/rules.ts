/**
 * The rules that a schema checks by code, as JSON Schema keywords. A refinement can't be looked into, but each has its sentence ("must be text of 1 to 100
 * characters"), which is what callers get: it is read here, so that the document says what the code says. A sentence without keywords stays a sentence.
 */
import { z } from "zod";
import type { JsonSchema } from "./operation.ts";

const uuidPattern = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";
const nothing: JsonSchema = {};

/** Sentences whose keywords are known; `null` in a value takes the keyword away. */
const sentences: readonly [RegExp, (...groups: string[]) => JsonSchema][] = [
  [
    /^must be text of (\d+) to (\d+) characters$/,
    (_, min = "0", max = "0") => ({
      ...(Number(min) > 0 ? { minLength: Number(min), pattern: "^[^\\x00]*[^\\s\\x00][^\\x00]*$" } : {}),
      maxLength: Number(max),
    }),
  ],
  // zod says the keywords of both.
  [/^must be the name of a column, its place from 1 to 1000, or null for none$/, () => ({})],
  [/^must not hold NUL or half of a surrogate pair$/, () => ({ pattern: "^[^\\x00]*$" })],
  [/^must be a UUID$/, () => ({ format: "uuid", pattern: uuidPattern })],
  [/^must be a time in UTC such as /, () => ({ format: "date-time" })],
  [
    /^must be a whole number from (-?\d+) to (-?\d+)$/,
    (_, min = "0", max = "0") => ({ type: "integer", minimum: Number(min), maximum: Number(max), pattern: null }),
  ],
  [/^must be a currency of ISO 4217 such as /, () => ({ pattern: "^[A-Z]{3}$", description: "A currency of ISO 4217." })],
  [/^must be a day of the calendar such as /, () => ({ format: "date" })],
  [/^must be a month such as /, () => ({ pattern: "^[0-9]{4}-(0[1-9]|1[0-2])$" })],
  [
    /^must be a day of the calendar from (\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d) such as /,
    (_, first = "", last = "") => ({ format: "date", description: `From ${first} to ${last}.` }),
  ],
  // The last day moves with the clock; the document does not.
  [/^must be a day from (\d{4}-\d\d-\d\d) to /, (_, first = "") => ({ format: "date", description: `From ${first} to five years ahead.` })],
  [
    /^must be a decimal string, with or without a minus sign, such as /,
    () => ({
      type: "string",
      pattern: "^-?(0|[1-9][0-9]{0,11})(\\.[0-9]{1,3})?$",
      description: "A decimal string, which may be zero or below, with at most 12 digits before the point and as many decimals as its currency has.",
    }),
  ],
  [
    /^must be a rate as a decimal string such as /,
    () => ({
      type: "string",
      pattern: "^(0|[1-9][0-9]{0,11})(\\.[0-9]{1,12})?$",
      description: "A decimal string above zero, with at most 12 digits before the point and 12 after.",
    }),
  ],
  [
    /^must be a decimal string such as /,
    () => ({
      type: "string",
      pattern: "^(0|[1-9][0-9]{0,11})(\\.[0-9]{1,3})?$",
      description: "A decimal string above zero, with at most 12 digits before the point and as many decimals as its currency has.",
    }),
  ],
  [/^must be a time zone of the IANA database such as /, () => ({ description: "A time zone of the IANA database, such as Europe/Berlin." })],
  [/^must be a language tag of BCP 47 such as /, () => ({ description: "A language tag of BCP 47, such as de-AT." })],
  [/^must be a colour such as #/, () => ({ pattern: "^#[0-9a-fA-F]{6}$" })],
  [/^must be a whole number from 1 \(Monday\) to 7 \(Sunday\)$/, () => ({ description: "1 Monday to 7 Sunday." })],
  [/^must be a whole number from 1 to 31, or null for none$/, () => nothing],
  [/^must be a list of (?:at most )?\d+ /, () => nothing],
  [/^must be at most \d+ tags$/, () => nothing],
  // Its length has been said before, and that has a pattern of its own.
  [/^must not hold a comma$/, () => ({ pattern: "^[^\\x00,]*[^\\s\\x00,][^\\x00,]*$" })],
  [
    /^must be the name of a file/,
    () => ({
      minLength: 1,
      maxLength: 150,
      pattern: "^[^/\\\\\\x00]*\\.([jJ][pP][eE]?[gG]|[pP][nN][gG]|[pP][dD][fF]|[gG][iI][fF])$",
      description: "Ends in .jpg, .jpeg, .png, .pdf or .gif, without folders.",
    }),
  ],
  [/^must be a whole number of bytes from (\d+) to (\d+)$/, (_, min = "0", max = "0") => ({ minimum: Number(min), maximum: Number(max) })],
  [/^must be true or false$/, () => nothing],
  [/^must be one of /, () => nothing],
  [/^must be an? (?:string|text|object|array|list|number|boolean)$/, () => nothing],
];

const asSentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`.replace(/\.\.$/, ".");

/** What a check says of a value that it refuses. */
function messageOf(error: unknown, input: unknown): string | null {
  if (typeof error !== "function") return null;
  const said: unknown = error({ code: "custom", input, path: [] });
  if (typeof said === "string") return said;
  return typeof said === "object" && said !== null && "message" in said && typeof said.message === "string" ? said.message : null;
}

interface Check {
  _zod: { def: { check?: string; error?: unknown } };
}

/** The sentences of a schema's own checks, in order, each once. */
export function sentencesOf(schema: z.core.$ZodType): string[] {
  const def = schema._zod.def as { type: string; checks?: Check[]; error?: unknown };
  const found: (string | null)[] = (def.checks ?? []).map((check) => messageOf(check._zod.def.error, ""));
  // A check written out as a function has no sentence of its own until it meets a value: something that fits nothing is shown to it.
  if (
    (def.checks ?? []).some((check) => check._zod.def.check === undefined || check._zod.def.error === undefined) &&
    (def.type === "unknown" || def.type === "any")
  ) {
    const refused = z.safeParse(schema, {});
    if (!refused.success) found.push(refused.error.issues[0]?.message ?? null);
  }
  if (!found.some((each) => each !== null) && def.type === "string") found.push(messageOf(def.error, 1));
  return [...new Set(found.filter((each) => each !== null))];
}

/** Adds what the sentences of a schema say to its JSON Schema. Returns those that have no keywords. */
export function applyRules(schema: z.core.$ZodType, json: JsonSchema): string[] {
  const unknown: string[] = [];
  for (const sentence of sentencesOf(schema)) {
    const rule = sentences.find(([pattern]) => pattern.test(sentence));
    if (rule === undefined) {
      unknown.push(sentence);
      json.description = json.description === undefined ? asSentence(sentence) : `${String(json.description)} ${asSentence(sentence)}`;
      continue;
    }
    const [pattern, keywords] = rule;
    for (const [keyword, value] of Object.entries(keywords(...(pattern.exec(sentence) ?? [])))) {
      if (value === null) delete json[keyword];
      else json[keyword] = value;
    }
  }
  return unknown;
}
