/** Headers of requests and answers, as components. */
import type { JsonSchema, RequestHeader, ResponseHeader } from "./operation.ts";

const text: JsonSchema = { type: "string" };

export const requestHeaders: Readonly<Record<RequestHeader, JsonSchema>> = {
  "If-Match": {
    name: "If-Match",
    in: "header",
    description: 'The version that the change is meant for: `"3"`, `3` or `*`. Another one meanwhile: 412. Left out: no condition.',
    schema: text,
    example: '"3"',
  },
  "If-None-Match": { name: "If-None-Match", in: "header", description: "The `ETag` that you have: 304 when it still holds.", schema: text },
  "Idempotency-Key": {
    name: "Idempotency-Key",
    in: "header",
    description:
      "Any text of your own, new for each change: sent again with the same payload it gives the same answer, and nothing happens twice. Kept for 7 days. With another payload: 422.",
    schema: { ...text, pattern: "^[\\x20-\\x7e]{1,255}$" },
    example: "0b9d4c1e-6a55-4c0e-8d0f-2f6f3f0e9a11",
  },
  "Dormouse-Background": {
    name: "Dormouse-Background",
    in: "header",
    description: "`?1`: nobody waits for this request, so it neither wakes the database nor keeps it awake.",
    schema: { ...text, enum: ["?1", "?0"] },
  },
  "Accept-Language": {
    name: "Accept-Language",
    in: "header",
    description: "Chooses the locale of somebody who has not chosen one.",
    schema: text,
    example: "de-AT, de;q=0.8",
  },
};

export const responseHeaders: Readonly<Record<ResponseHeader, JsonSchema>> = {
  // Optional in the document; whoever lists it for a success always sends it, but for `Idempotency-Replayed`.
  ETag: { description: "The version, in quotes.", schema: { ...text, pattern: '^"[^"]+"$' } },
  Location: { description: "The path of what was made.", schema: { ...text, pattern: "^/" } },
  "Retry-After": { description: "Whole seconds after which it is worth asking again.", schema: { type: "integer", minimum: 1 } },
  "Cache-Control": { description: "How long it may be kept.", schema: text },
  "Idempotency-Replayed": { description: "`true`: this is the answer of the first time; nothing was done again.", schema: { ...text, const: "true" } },
};

/** `IfMatch`: the name among the components. */
export const headerComponent = (name: string): string => name.replaceAll("-", "");
