/** `/docs`: the OpenAPI document as one page that loads nothing else. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OpenApi } from "../../../src/http/openapi/index.ts";
import type { JsonSchema } from "../../../src/http/openapi/operation.ts";
import { fields, isRecord, nameOf, rows, shape } from "./fields.ts";
import { Html, html, inline, json, markdown, type Part } from "./html.ts";

interface Found {
  method: string;
  path: string;
  op: JsonSchema;
}

const statusWords: Record<string, string> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No content",
  207: "Each its own",
  304: "Not modified",
};

const operationsOf = (document: OpenApi): Found[] =>
  Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, op]) => ({ method: method.toUpperCase(), path, op })));

/** What stands at a reference of the document, or the value itself. */
function resolved(document: OpenApi, value: unknown): JsonSchema {
  if (!isRecord(value)) return {};
  if (typeof value.$ref !== "string") return value;
  const [, , kind = "", name = ""] = value.$ref.split("/");
  return document.components[kind as keyof OpenApi["components"]]?.[name] ?? {};
}

const records = (value: unknown): [string, JsonSchema][] =>
  Object.entries(isRecord(value) ? value : {}).filter((entry): entry is [string, JsonSchema] => isRecord(entry[1]));

function parameters(document: OpenApi, op: JsonSchema) {
  return (Array.isArray(op.parameters) ? op.parameters : []).map((each) => resolved(document, each));
}

/** A command line that could be run, but for the token. */
function curl(document: OpenApi, { method, path, op }: Found): string {
  const given = parameters(document, op);
  const value = (each: JsonSchema) => String(each.example ?? (isRecord(each.schema) && each.schema.format === "uuid" ? "0199…" : "…"));
  const filled = path.replace(/\{([^}]+)\}/g, (_, name: string) => value(given.find((each) => each.in === "path" && each.name === name) ?? {}));
  const query = given.filter((each) => each.in === "query" && (each.required === true || each.example !== undefined));
  const address = `$DORMOUSE${filled}${query.length > 0 ? `?${query.map((each) => `${each.name}=${encodeURIComponent(value(each))}`).join("&")}` : ""}`;
  const body = isRecord(op.requestBody) && op.requestBody.required === true ? records(op.requestBody.content)[0]?.[1].example : undefined;
  return [
    `curl ${method === "GET" ? "" : `-X ${method} `}"${address}"`,
    Array.isArray(op.security) ? "" : '-H "Authorization: Bearer $TOKEN"',
    given.some((each) => each.name === "Idempotency-Key") ? '-H "Idempotency-Key: $(uuidgen)"' : "",
    body === undefined
      ? ""
      : `--json '${(JSON.stringify(body).length > 60 ? JSON.stringify(body, null, 2).replaceAll("\n", "\n  ") : JSON.stringify(body)).replaceAll("'", "'\\''")}'`,
  ]
    .filter((line) => line !== "")
    .join(" \\\n  ");
}

function answer(document: OpenApi, status: string, given: unknown): Html {
  const response = resolved(document, given);
  const contents = records(response.content);
  const headers = Object.keys(isRecord(response.headers) ? response.headers : {});
  const withHeaders =
    headers.length > 0 && html`<p class="soft">With ${headers.map((name, index) => [index > 0 ? ", " : "", html`<code>${name}</code>`])}.</p>`;
  if (Number(status) < 400) {
    return html`<h5><span class="status good">${status}</span> ${statusWords[status]}</h5>
<p>${inline(String(response.description))}</p>${withHeaders}${contents.map(([type, content]) => [
      type !== "application/json" && html`<p class="soft"><code>${type}</code></p>`,
      isRecord(content.schema) && type === "application/json" && shape(content.schema, "got"),
      content.example !== undefined && json(content.example, `Example of a ${status}`),
    ])}`;
  }
  const kinds = contents.flatMap(([type, content]) => (type === "application/problem+json" && isRecord(content.examples) ? Object.keys(content.examples) : []));
  const gateway = contents.some(([type]) => type === "application/json");
  return html`<div class="failure"><dt><span class="status">${status}</span></dt><dd>${kinds.map((kind, index) => [index > 0 ? ", " : "", html`<a href="#problem-${kind}">${kind}</a>`])}${
    gateway && [kinds.length > 0 ? ", " : "", html`<a href="#gateway">the gateway's own</a>`]
  }</dd></div>`;
}

function operation(document: OpenApi, found: Found): Html {
  const { method, path, op } = found;
  const given = parameters(document, op);
  const responses = records(op.responses);
  const body = isRecord(op.requestBody) ? records(op.requestBody.content)[0]?.[1] : undefined;
  const successes = responses.filter(([status]) => Number(status) < 400);
  const failures = responses.filter(([status]) => Number(status) >= 400);
  return html`<details class="op" id="${String(op.operationId)}" data-words="${`${method} ${path} ${String(op.summary)}`.toLowerCase()}">
<summary><h3><span class="verb ${method.toLowerCase()}">${method}</span> <span class="path">${breakable(path)}</span> <span class="what">${String(op.summary)}</span></h3></summary>
<div class="inside">
${typeof op.description === "string" && markdown(op.description)}
${Array.isArray(op.security) && html`<p class="soft">Needs no token.</p>`}
${
  given.length > 0 && [
    html`<h4>Parameters</h4>`,
    rows(
      given.map((each) => ({
        name: String(each.name),
        place: String(each.in),
        required: each.required === true,
        schema: { ...(isRecord(each.schema) ? each.schema : {}), ...(typeof each.description === "string" ? { description: each.description } : {}) },
      })),
    ),
  ]
}
${
  body && [
    html`<h4>Body</h4>`,
    isRecord(op.requestBody) && op.requestBody.required === false && html`<p class="soft">May be left out.</p>`,
    shape(resolved(document, body.schema), "sent"),
  ]
}
<h4>Try it</h4>
<pre tabindex="0" role="region" aria-label="Command line for ${method} ${path}"><code>${curl(document, found)}</code></pre>
<h4>Answers</h4>
${successes.map(([status, response]) => answer(document, status, response))}
<dl class="failures">${failures.map(([status, response]) => answer(document, status, response))}</dl>
</div></details>`;
}

/** A long path may break after a slash. */
const breakable = (path: string): Part => path.split(/(?<=\/)/).map((part) => [part, new Html("<wbr>")]);

const anchor = (tag: string) => `tag-${tag.toLowerCase()}`;

function contents(document: OpenApi, all: readonly Found[]): Html {
  return html`<ul>${document.tags.map(
    ({ name }) =>
      html`<li><a href="#${anchor(name)}">${name}</a><ul>${all
        .filter(({ op }) => Array.isArray(op.tags) && op.tags.includes(name))
        .map(
          ({ method, op, path }) =>
            html`<li data-for="${String(op.operationId)}"><a href="#${String(op.operationId)}"><span class="verb ${method.toLowerCase()}">${method}</span> <span class="path">${breakable(path)}</span></a></li>`,
        )}</ul></li>`,
  )}<li><a href="#shapes">Shapes</a></li><li><a href="#problems">Problems</a></li></ul>`;
}

function shapes(document: OpenApi): Html {
  const bodies = operationsOf(document).flatMap(({ op }) => (isRecord(op.requestBody) ? records(op.requestBody.content) : []));
  const sent = new Set(bodies.map(([, { schema }]) => (isRecord(schema) ? nameOf(schema.$ref) : null)));
  const named = Object.entries(document.components.schemas).filter(([name]) => !name.endsWith("Problem") && name !== "GatewayError");
  return html`<section id="shapes"><h2>Shapes</h2>${named.map(
    ([name, schema]) =>
      html`<section class="shape" id="schema-${name}"><h3>${name}</h3>${typeof schema.description === "string" && isRecord(schema.properties) && markdown(schema.description)}${shape(schema, sent.has(name) ? "sent" : "got")}</section>`,
  )}</section>`;
}

function problems(document: OpenApi): Html {
  const kinds = Object.entries(document.components.schemas).filter(([name]) => name.endsWith("Problem") && name !== "Problem");
  const properties = (schema: JsonSchema) => (isRecord(schema.properties) ? schema.properties : {});
  const constant = (schema: JsonSchema, name: string): string => {
    const each = properties(schema)[name];
    return isRecord(each) ? String(each.const) : "";
  };
  const own = (schema: JsonSchema): JsonSchema => ({
    ...schema,
    properties: Object.fromEntries(Object.entries(properties(schema)).filter(([name]) => !["type", "title", "status", "detail"].includes(name))),
  });
  return html`<section id="problems"><h2>Problems</h2>
<p>Every failure of the service itself has the type <code>application/problem+json</code> with <code>type</code>, <code>title</code>, <code>status</code> and <code>detail</code>. Compare the type; show the detail.</p>
<section class="shape" id="gateway"><h3>The gateway's own</h3><p>What the gateway in front answers by itself has <code>{"message": "…"}</code>: a missing or bad token (401), too many requests (429), a body that is too large (413), or a part that does not answer (500, 503).</p></section>
${kinds.map(([, schema]) => {
  const kind = constant(schema, "type").replace("/problems/", "");
  return html`<section class="shape" id="problem-${kind}"><h3><span class="status">${constant(schema, "status")}</span> ${kind}</h3><p>${inline(String(schema.description))}</p>${Object.keys(properties(own(schema))).length > 0 && fields(own(schema), "got")}</section>`;
})}</section>`;
}

/** The page. Style and script stand in it, for the hashes of its content security policy. */
export async function docsPage(document: OpenApi): Promise<string> {
  const [style, script] = await Promise.all(["page.css", "page.js"].map((file) => readFile(join(import.meta.dirname, file), "utf8")));
  const all = operationsOf(document);
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${document.info.title}: the API</title>
<link rel="icon" href="data:,">
<style>${new Html(style ?? "")}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the operations</a>
<header><p class="home"><a href="/">${document.info.title}</a></p><p class="soft">Version ${document.info.version}, <a href="/openapi.json">openapi.json</a></p></header>
<div class="columns">
<nav aria-label="Operations"><details open><summary>Contents</summary>
<p class="filter"><label for="filter">Find</label> <input id="filter" type="search" autocomplete="off" placeholder="expenses, PATCH, wake…"></p>
<p id="found" class="soft" role="status"></p>
${contents(document, all)}</details></nav>
<main id="main" tabindex="-1">
<h1>${document.info.title}: the API</h1>
${markdown(document.info.description)}
${document.tags.map(
  ({ name, description }) =>
    html`<section id="${anchor(name)}" class="tag"><h2>${name}</h2><p>${inline(description)}</p>${all
      .filter(({ op }) => Array.isArray(op.tags) && op.tags.includes(name))
      .map((found) => operation(document, found))}</section>`,
)}
${shapes(document)}
${problems(document)}
</main>
</div>
<script>${new Html(script ?? "")}</script>
</body>
</html>`.text
  }\n`;
}
