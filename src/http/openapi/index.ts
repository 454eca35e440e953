/**
 * The OpenAPI 3.1 document, made from the zod schemas that the routes use, from the problems' table and from `system.json`. Read when building and
 * testing; no bundle holds any of it.
 *
 * To add a route:
 * 1. Declare it in `system.json`; the module of its routes exports the schemas that it parses with (query, body) and, where it can, the one of its answer.
 * 2. In this folder's module of the area, add `operation({ id, method, path, tag, summary, query, body, responses, problems })` to `operations`. List only
 *    the problems of its own: those that follow from a query, a body, a token or SQL are added (`responses.ts`). Give body and answer an `example`.
 * 3. Put schemas that deserve a name (and a type in the client) into the area's `requests` and `answers`. A new area goes into `areas.ts`.
 * 4. A new kind of problem needs its row in `problems.ts`; a rule that zod checks by code (`z.refine`) needs its sentence in `rules.ts`, where the document
 *    is to say it with keywords. A request or answer header that is new: `headers.ts`.
 * 5. `npm run generated` writes the client's types; `npx vitest run test/http/openapi` says what is missing or does not fit.
 */
import type { System } from "../../system.ts";
import { named, operations } from "./areas.ts";
import { headerComponent, requestHeaders, responseHeaders } from "./headers.ts";
import { type JsonSchema, type Operation, TAGS } from "./operation.ts";
import { componentOf, kinds, problemSchema, sharedSchemas } from "./problems.ts";
import { responsesOf, type Served } from "./responses.ts";
import { converter } from "./schema.ts";

export { operations } from "./areas.ts";

/** As much of an OpenAPI document as its readers here need by name. */
export interface OpenApi {
  openapi: "3.1.1";
  info: { title: string; version: string; summary: string; description: string; license: { name: string; identifier: string } };
  servers: { url: string; description: string }[];
  security: JsonSchema[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, JsonSchema>>;
  components: Record<"schemas" | "responses" | "headers" | "parameters" | "securitySchemes", Record<string, JsonSchema>>;
}

const description = `Dormouse puts a PostgreSQL database to sleep when nobody needs it and wakes it when somebody does.

**Tokens.** Everything but the console and this document needs an access token: \`Authorization: Bearer …\`.

**Asleep.** While the database does not serve, every route that needs it answers 503 with the phase, an estimate and \`Retry-After\`. \`POST /database/start\` wakes it.

**Failures** are problem details (RFC 9457) with a stable \`type\`. What the gateway answers by itself has \`{"message": …}\` instead.

**Money** is a decimal string with its currency, days are \`2026-01-31\` and belong to no time zone, instants are ISO 8601 in UTC.

**Lists** answer \`{"items": […], "next": …}\`; \`next\` is the cursor of the next page, or null.

**Versions.** What can be changed has a \`version\`, which is also its \`ETag\`. With \`If-Match\` a change is refused (412) when somebody else came first.

**Again.** With an \`Idempotency-Key\` a change that is sent twice happens once.`;

const uuid: JsonSchema = { type: "string", format: "uuid" };

function parametersOf(it: Operation, { sql }: Served, schemas: ReturnType<typeof converter>): JsonSchema[] {
  const inPath = it.params === undefined ? [] : schemas.members(it.params);
  const names = [...it.path.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name);
  return [
    ...names.map((name) => ({
      name,
      in: "path",
      required: true,
      schema: inPath.find((each) => each.name === name)?.schema ?? uuid,
      ...(it.paramsExample?.[name] === undefined ? {} : { example: it.paramsExample[name] }),
    })),
    ...(it.query === undefined ? [] : schemas.members(it.query)).map(({ name, required, schema: { description, ...schema } }) => {
      const said = it.queryExample?.[name];
      const example = said !== undefined && schema.type === "integer" ? Number(said) : said;
      return {
        name,
        in: "query",
        ...(required ? { required } : {}),
        ...(description === undefined ? {} : { description }),
        schema,
        ...(example === undefined ? {} : { example }),
      };
    }),
    // Whatever needs the database keeps it awake, unless it says that nobody waits.
    ...[...(it.headers ?? []), ...(sql ? ["Dormouse-Background"] : [])].map((name) => ({ $ref: `#/components/parameters/${headerComponent(name)}` })),
  ];
}

function describe(it: Operation, served: Served, schemas: ReturnType<typeof converter>): JsonSchema {
  const parameters = parametersOf(it, served, schemas);
  return {
    operationId: it.id,
    tags: [it.tag],
    summary: it.summary,
    ...(it.description === undefined && served.access !== "operator"
      ? {}
      : { description: [it.description, served.access === "operator" ? "For members of the group `operators`." : undefined].filter(Boolean).join("\n\n") }),
    ...(served.access === "public" ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(it.body === undefined
      ? {}
      : {
          requestBody: {
            required: it.body.optional !== true,
            content: { "application/json": { schema: schemas.at(it.body.schema, "input"), example: it.body.example } },
          },
        }),
    responses: responsesOf(it, served, schemas),
  };
}

/** Answers that several operations share word for word, once: by reference into `into`. */
function shareResponses(paths: OpenApi["paths"], into: Record<string, JsonSchema>): void {
  const all = Object.values(paths).flatMap((item) => Object.values(item).map((op) => op.responses as Record<string, JsonSchema>));
  const uses = new Map<string, number>();
  for (const responses of all)
    for (const [status, response] of Object.entries(responses)) {
      const key = `${status} ${JSON.stringify(response)}`;
      uses.set(key, (uses.get(key) ?? 0) + 1);
    }
  const names = new Map<string, string>();
  for (const responses of all) {
    for (const [status, response] of Object.entries(responses)) {
      const key = `${status} ${JSON.stringify(response)}`;
      if (Number(status) < 400 || (uses.get(key) ?? 0) < 2) continue;
      const name =
        names.get(key) ??
        `Failure${status}${["", "B", "C", "D", "E", "F", "G", "H"][[...names.keys()].filter((each) => each.startsWith(`${status} `)).length] ?? names.size}`;
      names.set(key, name);
      into[name] = response;
      responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
}

/** Components that something refers to, and what those refer to. */
function prune(document: OpenApi): OpenApi {
  const text = (value: unknown) => JSON.stringify(value);
  const used = new Set<string>();
  const visit = (value: unknown): void => {
    for (const [, kind = "", name = ""] of text(value).matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)) {
      if (used.has(`${kind}/${name}`)) continue;
      used.add(`${kind}/${name}`);
      visit(document.components[kind as keyof OpenApi["components"]]?.[name] ?? {});
    }
  };
  visit(document.paths);
  const keep = (kind: keyof OpenApi["components"]) =>
    Object.fromEntries(Object.entries(document.components[kind]).filter(([name]) => used.has(`${kind}/${name}`)));
  const { securitySchemes } = document.components;
  return {
    ...document,
    components: {
      schemas: { ...keep("schemas"), Problem: sharedSchemas.Problem ?? {} },
      responses: keep("responses"),
      headers: keep("headers"),
      parameters: keep("parameters"),
      securitySchemes,
    },
  };
}

/**
 * The document of a system's routes, in `system.json`'s order; with `lifecycle` those of that part alone. Routes without an operation are left out (a test
 * asks for both to be the same).
 */
export function document(system: System, { part = "all", version = "0.0.0" }: { part?: "all" | "lifecycle"; version?: string } = {}): OpenApi {
  const schemas = converter(named);
  const paths: OpenApi["paths"] = {};
  const tags = new Set<string>();
  for (const fn of Object.values(system.functions)) {
    if (part === "lifecycle" && fn.part !== "lifecycle") continue;
    for (const { method, path, access } of fn.http) {
      const it = operations.find((each) => each.method === method && each.path === path);
      if (it === undefined) continue;
      tags.add(it.tag);
      paths[path] = { ...paths[path], [method.toLowerCase()]: describe(it, { access, sql: fn.vpc }, schemas) };
    }
  }
  const components: OpenApi["components"] = {
    schemas: { ...schemas.components(), ...sharedSchemas, ...Object.fromEntries(kinds.map((kind) => [componentOf(kind), problemSchema(kind)])) },
    responses: {},
    headers: Object.fromEntries(Object.entries(responseHeaders).map(([name, header]) => [headerComponent(name), header])),
    parameters: Object.fromEntries(Object.entries(requestHeaders).map(([name, header]) => [headerComponent(name), header])),
    securitySchemes: {
      token: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "An access token of the user pool (OAuth 2.0, scope `openid`)." },
    },
  };
  shareResponses(paths, components.responses);
  return prune({
    openapi: "3.1.1",
    info: {
      title: part === "all" ? "Dormouse" : "Dormouse, lifecycle only",
      version,
      summary: "A database that sleeps when nobody needs it, and the finances in it.",
      description,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "Where this document is." }],
    security: [{ token: [] }],
    tags: Object.entries(TAGS)
      .filter(([name]) => tags.has(name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components,
  });
}
