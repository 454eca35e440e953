/**
 * An HTTP API inside one Lambda: Middy around a table of routes, for API Gateway's HTTP API (payload format 2.0).
 * Every failure leaves as RFC 9457 problem details; what nobody expected is logged with the request's id and leaves as a bare 500.
 */
import middy from "@middy/core";
import httpHeaderNormalizer from "@middy/http-header-normalizer";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import httpRouter from "@middy/http-router";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { jsonErrorAt, lineAndColumn } from "./json.ts";
import { Problem, problem } from "./problem.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What a handler gets. `event` has lower-case header names and is what `callerOf` wants. */
export interface ApiRequest {
  method: string;
  path: string;
  /** The `{name}` parts of the route's path. */
  params: Record<string, string>;
  /** Query parameters; one given twice has its values joined by a comma, as the gateway does. */
  query: Record<string, string | undefined>;
  /** The parsed JSON body; undefined when there was none. */
  body: unknown;
  event: APIGatewayProxyEventV2;
  /** The Lambda's request id, as in the logs. */
  requestId: string;
}

/** `body` is sent as JSON; a string with a `content-type` of its own goes out as it is. Durations and times follow the API's conventions. */
export interface Reply {
  status: number;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

export interface Route {
  method: Method;
  /** Such as `/database/leases/{id}`. */
  path: string;
  handler: (request: ApiRequest) => Promise<Reply> | Reply;
  /** The largest body that it takes, in bytes after decoding; `MAX_BODY_BYTES` unless told. */
  maxBodyBytes?: number;
  /** A body of whatever kind may come with it, and is not looked at. */
  anyBody?: boolean;
}

/** As much of a Powertools Logger as is used here. */
export interface ApiLogger {
  info(message: string, extra: Record<string, unknown>): void;
  error(message: string, extra: Record<string, unknown>): void;
}

export interface ApiOptions {
  logger: ApiLogger;
  /** Routes of other functions behind the same gateway: so that a wrong method on them is 405 with `Allow`, not 404. For the function of `$default`. */
  alsoKnown?: readonly { method: string; path: string }[];
}

export type ApiHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/** The largest body that a route takes unless it says otherwise, in bytes after decoding. */
export const MAX_BODY_BYTES = 256 * 1024;

const standardHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

function answer(reply: Reply): APIGatewayProxyStructuredResultV2 {
  const headers: Record<string, string> = { ...standardHeaders, ...reply.headers };
  if (reply.body === undefined) return { statusCode: reply.status, headers };
  if (typeof reply.body === "string" && headers["content-type"]) return { statusCode: reply.status, headers, body: reply.body };
  headers["content-type"] ??= "application/json";
  return { statusCode: reply.status, headers, body: JSON.stringify(reply.body) };
}

const answerProblem = (failure: Problem) =>
  answer({ status: failure.status, body: failure.body(), headers: { ...failure.headers, "content-type": "application/problem+json" } });

/** The body as the gateway handed it, decoded; null when there is none. */
function rawBody(event: APIGatewayProxyEventV2): string | null {
  const { body } = event;
  if (body === undefined || body === null || body === "") return null;
  return event.isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
}

/** What the body parser refuses, in our words: never with a piece of the body, which may hold anything. */
function bodyProblem(error: unknown, event: APIGatewayProxyEventV2): Problem | null {
  if (!(error instanceof Error) || typeof error.cause !== "object" || error.cause === null) return null;
  if (!("package" in error.cause) || error.cause.package !== "@middy/http-json-body-parser") return null;
  if ("statusCode" in error && error.statusCode === 415) return problem("not-json", "A body has to be JSON, and say so: content-type: application/json.");
  const text = rawBody(event) ?? "";
  const index = jsonErrorAt(text);
  if (error.message === "Forbidden key in JSON body")
    return problem("bad-json", "The body has a member that is not allowed: __proto__, or a constructor with a prototype.");
  if (index === null) return problem("bad-json", "The body is nested too deeply.");
  const where = index >= text.length ? "It breaks off at the end" : `It goes wrong at ${lineAndColumn(text, index)}`;
  return problem("bad-json", `The body is not JSON. ${where} (position ${index}).`, { extra: { position: index } });
}

const parser = httpJsonBodyParser<APIGatewayProxyEventV2>();

/** One route behind Middy: its own body parser, so that a wrong path or method is said before a wrong body. */
function routeHandler(route: Route) {
  const { maxBodyBytes: maximumBytes = MAX_BODY_BYTES } = route;
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .before((request) => {
      const body = rawBody(request.event);
      if (body === null || route.anyBody) {
        delete request.event.body;
        return undefined;
      }
      if (Buffer.byteLength(body) > maximumBytes)
        throw problem("body-too-large", `A body may have ${maximumBytes} bytes at most.`, { extra: { maximumBytes } });
      const original = { ...request.event };
      try {
        parser.before?.(request);
      } catch (error) {
        throw bodyProblem(error, original) ?? error;
      }
      return undefined;
    })
    .handler(async (event: APIGatewayProxyEventV2, context: Context) => {
      const reply = await route.handler({
        method: event.requestContext.http.method,
        path: event.requestContext.http.path,
        params: Object.fromEntries(Object.entries(event.pathParameters ?? {}).map(([name, value]) => [name, value ?? ""])),
        query: event.queryStringParameters ?? {},
        body: event.body,
        event,
        requestId: context.awsRequestId,
      });
      return answer(reply);
    });
}

const patternOf = (path: string) => new RegExp(`^${path.replace(/[.+?^$()|[\]\\]/g, "\\$&").replace(/\{[^/}]+\}/g, "[^/]+")}/?$`);

/** Unknown path: 404. Known path, another method: 405 with the methods that it has. */
function nothingThere(routes: readonly { method: string; path: string }[]) {
  const known = routes.filter((route) => route.path.startsWith("/")).map((route) => ({ method: route.method, pattern: patternOf(route.path) }));
  return ({ method, path }: { method: string; path: string }): never => {
    const methods = [...new Set(known.filter((route) => route.pattern.test(path)).map((route) => route.method))].sort();
    if (methods.length === 0) throw problem("not-found", "There is nothing at this path.");
    throw problem("wrong-method", `${/^[A-Z]{1,10}$/.test(method) ? method : "This method"} does not work here; ${methods.join(" and ")} would.`, {
      headers: { allow: methods.join(", ") },
    });
  };
}

/** An error's own facts for the log. Drivers put pieces of rows into other members of their errors, so none but these are taken. */
export function errorFacts(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const cause = error.cause !== undefined && depth < 3 ? { cause: errorFacts(error.cause, depth + 1) } : {};
  return { name: error.name, message: error.message, ...code, stack: error.stack, ...cause };
}

/** The handler of a Lambda that answers these routes. Logs one line for each request: method, path, status; never a query, a body or a header. */
export function api(routes: readonly Route[], options: ApiOptions): ApiHandler {
  const router = httpRouter<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({
    routes: routes.map((route) => ({ method: route.method, path: route.path, handler: routeHandler(route) })),
    notFoundResponse: nothingThere([...routes, ...(options.alsoKnown ?? [])]),
  });
  const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(httpHeaderNormalizer())
    .after(({ event, context, response }) => {
      const { method, path } = event.requestContext.http;
      options.logger.info("request", { requestId: context.awsRequestId, method, path, status: response?.statusCode });
    })
    .onError((request) => {
      const { method, path } = request.event.requestContext?.http ?? { method: "?", path: "?" };
      const facts = { requestId: request.context.awsRequestId, method, path };
      const failure = request.error instanceof Problem ? request.error : null;
      if (failure === null || failure.cause !== undefined || failure.status === 500)
        options.logger.error("request failed", { ...facts, error: errorFacts(request.error) });
      const said = failure ?? problem("internal", "This is our fault, not yours. It is in the log under this request's id.");
      const withId =
        said.status >= 500
          ? new Problem(said.kind, said.detail, {
              errors: said.errors,
              extra: { ...said.extra, requestId: request.context.awsRequestId },
              headers: said.headers,
            })
          : said;
      request.response = answerProblem(withId);
      options.logger.info("request", { ...facts, status: withId.status, problem: withId.kind });
      return request.response;
    })
    .handler(router);
  return async (event, context) => handler(event, context);
}
