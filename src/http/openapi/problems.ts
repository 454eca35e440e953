/** Problem details (RFC 9457) in the document: a schema for each kind, with the members that it adds, and an example. */
import { Problem, type ProblemKind } from "../problem.ts";
import type { JsonSchema, ResponseHeader } from "./operation.ts";

export interface ProblemText {
  /** When it is answered. */
  when: string;
  /** Members of its own, beside type, title, status and detail. */
  extra?: Record<string, JsonSchema>;
  required?: readonly string[];
  /** It names fields: `errors`. */
  fields?: boolean;
  /** Headers that always come with it. */
  always?: readonly ResponseHeader[];
  /** Headers that may come with it. */
  maybe?: readonly ResponseHeader[];
  example: { detail: string; [member: string]: unknown };
}

const text: JsonSchema = { type: "string" };
const time: JsonSchema = { type: "string", format: "date-time" };
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: "null" }] });
const requestId: JsonSchema = { ...text, description: "The request's id in the log." };
export const phase: JsonSchema = { type: "string", enum: ["asleep", "waking", "awake", "falling-asleep"] };
const estimate: JsonSchema = { $ref: "#/components/schemas/Estimate" };
const serverFault = { extra: { requestId }, required: ["requestId"] } as const;
const example = { requestId: "8f2c1a0e-5b7d-4c3e-9a61-2d4f6b8c0e13" };
const oneField = (pointer: string, detail: string) => ({ detail: `${pointer} ${detail}.`, errors: [{ pointer, detail }] });

export const PROBLEMS = {
  "bad-json": {
    when: "The body is not JSON, or is nested too deeply. `position` says where.",
    extra: { position: { type: "integer", minimum: 0, description: "Characters from the beginning." } },
    example: { detail: "The body is not JSON. It goes wrong at line 1, column 12 (position 11).", position: 11 },
  },
  "bad-query": {
    when: "A query parameter is unknown or does not fit.",
    fields: true,
    example: oneField("/limit", "must be a whole number from 1 to 100"),
  },
  "bad-cursor": {
    when: "The cursor is not one that this list gave with these filters.",
    fields: true,
    example: {
      detail: "The cursor is not one that this list gave: leave it out to begin at the top.",
      errors: [{ pointer: "/cursor", detail: "must be the `next` of this list" }],
    },
  },
  "bad-path": {
    when: "A part of the path does not fit: a day or a currency that is none.",
    fields: true,
    example: oneField("/day", "must be a day of the calendar such as 2026-01-31"),
  },
  "bad-header": {
    when: "A header does not fit; `header` names it.",
    extra: { header: { type: "string" } },
    required: ["header"],
    example: { detail: "Idempotency-Key must be 1 to 255 printable ASCII characters, such as a UUID.", header: "Idempotency-Key" },
  },
  "not-signed-in": { when: "The token names nobody.", example: { detail: "This needs an access token that names its user." } },
  "not-allowed": { when: "The caller is not in the group `operators`.", example: { detail: "Only members of the group operators may do this." } },
  "account-deleted": {
    when: "The token's user has deleted their account. It holds until it ends by itself, within the hour.",
    example: { detail: "This account was deleted with everything in it. The token still holds for a while, and lets nobody in." },
  },
  "not-found": {
    when: "There is nothing of that id, or it is somebody else's: the answer is the same.",
    example: { detail: "There is nothing at this path." },
  },
  "wrong-method": { when: "The path is known, the method is another.", example: { detail: "PATCH does not work here; GET and POST would." } },
  conflict: {
    when: "What is there stands against it; `detail` says what.",
    fields: true,
    extra: { phase },
    maybe: ["Retry-After"],
    example: { detail: "You have a category of that name already.", errors: [{ pointer: "/name", detail: "is taken" }] },
  },
  "in-use": {
    when: "Other things name it, so it can't go: `uses` says what, and how many.",
    extra: {
      uses: { type: "array", items: { type: "object", properties: { what: text, count: { type: "integer", minimum: 1 } }, required: ["what", "count"] } },
    },
    required: ["uses"],
    example: {
      detail: "The category is in use (expenses: 12). Give those another category first.",
      uses: [{ what: "expenses", count: 12 }],
    },
  },
  "idempotency-key-busy": {
    when: "A request with this `Idempotency-Key` is at work. Ask again for its answer.",
    always: ["Retry-After"],
    example: { detail: "A request with this Idempotency-Key is at work. Ask again in a moment for its answer." },
  },
  "stop-refused": {
    when: "Something needs the database: `blockers` lists what. An operator may force it.",
    extra: {
      blockers: {
        type: "array",
        items: {
          type: "object",
          properties: { kind: { type: "string", enum: ["status", "hold", "lease", "outside-session"] }, what: text },
          required: ["kind", "what"],
        },
      },
    },
    required: ["blockers"],
    example: {
      detail: "olga asked for sleep; refused: kept awake until 18:00 by ann: demo.",
      blockers: [{ kind: "hold", what: "kept awake until 18:00 by ann: demo" }],
    },
  },
  "watch-mode": {
    when: "Dormouse only watches this database (setting `mode`).",
    example: { detail: 'Dormouse only watches this database (mode "watch"), so it does not start it. Set the mode to "manage" to let it act.' },
  },
  "lease-gone": {
    when: "The lease ended, or the database stopped serving: the work that it protects has to stop.",
    example: { detail: "The lease has ended, or the database no longer serves: the work that it protects has to stop." },
  },
  "not-serving": { when: "The database does not serve.", example: { detail: "The database does not serve." } },
  "changed-meanwhile": {
    when: "Its version is not the one of `If-Match`. Read it again, then decide.",
    extra: { version: { type: "integer", minimum: 0 } },
    required: ["version"],
    always: ["ETag"],
    example: { detail: "It has changed meanwhile: its version is 4 now. Read it again, then decide.", version: 4 },
  },
  "body-too-large": {
    when: "The body has too many bytes.",
    extra: { maximumBytes: { type: "integer", minimum: 1 } },
    example: { detail: "A body may have 262144 bytes at most.", maximumBytes: 262_144 },
  },
  "not-json": { when: "The body's type is not JSON.", example: { detail: "A body has to be JSON, and say so: content-type: application/json." } },
  "bad-fields": {
    when: "Fields of the body do not fit, or name something that is not the caller's: `errors` has each with its JSON pointer.",
    fields: true,
    example: oneField("/amount", "must be above zero"),
  },
  "idempotency-key-reused": {
    when: "This `Idempotency-Key` was used for another request within 7 days.",
    example: { detail: "This Idempotency-Key was used for another request within 7 days. A new request needs a new key." },
  },
  "too-many-wakes": {
    when: "This person has woken the database as often today (UTC) as one may.",
    always: ["Retry-After"],
    example: { detail: "You have woken the database 30 times today (UTC), which is as often as one person may. Ask an operator, or wait until tomorrow." },
  },
  internal: {
    when: "A fault of the service.",
    ...serverFault,
    example: { detail: "This is our fault, not yours. It is in the log under this request's id.", ...example },
  },
  "database-asleep": {
    when: "The database does not serve now. `POST /database/start` wakes it; `estimate` says how long this instance's own wakes took.",
    extra: { phase, serving: { const: false }, since: orNull(time), estimate: orNull(estimate), requestId },
    required: ["phase", "requestId"],
    always: ["Retry-After"],
    example: {
      detail: "The database is asleep. Wake it with POST /database/start.",
      phase: "asleep",
      serving: false,
      since: "2026-11-20T18:02:11.000Z",
      estimate: { p50Seconds: 252, p90Seconds: 341, samples: 20, readyAt: null },
      ...example,
    },
  },
  "database-unreachable": {
    when: "It should serve and does not answer. The transaction either happened or did not: send it again with the same `Idempotency-Key`.",
    ...serverFault,
    always: ["Retry-After"],
    example: { detail: "The database should be there but does not answer. Somebody has been sent to look.", ...example },
  },
  "schema-older": {
    when: "A migration has not run yet.",
    ...serverFault,
    always: ["Retry-After"],
    example: { detail: "This version needs a newer schema than the database has. An operator has to run: npm run migrate -- --name DEPLOYMENT.", ...example },
  },
  "database-busy": {
    when: "It has no connection left for this.",
    ...serverFault,
    always: ["Retry-After"],
    example: { detail: "The database has no connection left for this. Try again in a moment.", ...example },
  },
  "too-slow": {
    when: "The request took longer than one may; nothing was kept.",
    ...serverFault,
    always: ["Retry-After"],
    example: { detail: "The database took longer than a request may. Nothing was kept.", ...example },
  },
  "state-unreadable": {
    when: "Whether the database serves can't be told.",
    ...serverFault,
    example: { detail: "The state of the database can't be read now, so nobody is let in.", ...example },
  },
  unavailable: {
    when: "A part of the service did not answer.",
    ...serverFault,
    always: ["Retry-After"],
    example: { detail: "The reconciler did not answer. The stop stands for two minutes and may still be carried out.", ...example },
  },
} as const satisfies Record<ProblemKind, ProblemText>;

export const kinds = Object.keys(PROBLEMS) as ProblemKind[];
export const problemText = (kind: ProblemKind): ProblemText => PROBLEMS[kind];
export const statusOf = (kind: ProblemKind): number => new Problem(kind, "").status;

/** `BadFieldsProblem`. */
export const componentOf = (kind: ProblemKind): string => `${kind.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())}Problem`;

/** The schema of one kind. Its title never changes; its detail does. */
export function problemSchema(kind: ProblemKind): JsonSchema {
  const { type, title, status } = new Problem(kind, "");
  const { when, extra = {}, required = [], fields } = problemText(kind);
  return {
    type: "object",
    description: when,
    properties: {
      type: { const: type },
      title: { const: title },
      status: { const: status },
      detail: { type: "string", description: "A sentence for people." },
      ...(fields ? { errors: { type: "array", items: { $ref: "#/components/schemas/FieldError" } } } : {}),
      ...extra,
    },
    required: ["type", "title", "status", "detail", ...required],
  };
}

export function problemExample(kind: ProblemKind): Record<string, unknown> {
  const { type, title, status } = new Problem(kind, "");
  const { detail, ...more } = problemText(kind).example;
  return { ...more, type, title, status, detail };
}

/** Shared by every problem. */
export const sharedSchemas: Readonly<Record<string, JsonSchema>> = {
  FieldError: {
    type: "object",
    description: "One field that does not fit.",
    properties: {
      pointer: { type: "string", description: "JSON pointer (RFC 6901) into the body; into the query, its first segment is the parameter." },
      detail: { type: "string", description: "What is allowed." },
    },
    required: ["pointer", "detail"],
  },
  Problem: {
    type: "object",
    description: "Problem details (RFC 9457). `type` is stable and says the kind; kinds may add members.",
    properties: { type: text, title: text, status: { type: "integer" }, detail: text },
    required: ["type", "title", "status", "detail"],
  },
  GatewayError: {
    type: "object",
    description: "What the gateway answers by itself, before or instead of the service.",
    properties: { message: { type: "string" } },
    required: ["message"],
  },
};
