/** The local HTTP API: routes of system.json, a JWT authorizer, CORS, and a gateway's own answers in AWS's shape `{"message": …}`. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { System } from "../../src/system.ts";
import type { Clock } from "../clock.ts";
import type { Outcome } from "../lambda/instance.ts";
import { readBody, type Served, sendJson, serve } from "../serve.ts";
import { jwtAuthorizer } from "./authorizer.ts";
import { corsOf } from "./cors.ts";
import { toAnswer, toEvent } from "./event.ts";
import { findRoute, type Route } from "./routes.ts";

export interface GatewayOptions {
  system: System;
  /** `lifecycle`: only the routes of functions of that part. */
  part: "all" | "lifecycle";
  clock: Clock;
  issuer: string;
  audience: string;
  /** The setting `allowedOrigins`. */
  allowedOrigins: string;
  invoke(name: string, event: unknown): Promise<Outcome>;
  /** 0: any free port; a port that is taken is an error. */
  port: number;
  /** Why a request got a 500 of the gateway's own: what an access log has in `$context.authorizer.error` and `$context.integrationErrorMessage`. */
  onFailure?(what: { requestId: string; request: string; error: unknown }): void;
  /** Milliseconds after which the gateway gives up waiting; an HTTP API's are 30 s, and can't be more. */
  limitMs?: number;
}

interface Target {
  functionName: string;
  open: boolean;
}

const bodyLimit = 10 * 1024 * 1024;

/** Rejects with EADDRINUSE when the port is taken. */
export async function startGateway(options: GatewayOptions): Promise<Served> {
  const { clock, limitMs = 30_000 } = options;
  const routes = routesOf(options.system, options.part);
  const authorizer = jwtAuthorizer({ issuer: options.issuer, audience: options.audience });
  const cors = corsOf(options.allowedOrigins);

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const method = request.method ?? "GET";
    const url = request.url ?? "/";
    const path = url.split("?")[0] ?? "/";
    const requestId = randomUUID();
    const own = { ...cors.answer(request.headers.origin, path), "apigw-requestid": requestId };
    const fail = (status: number, message: string, headers: Record<string, string> = {}) => sendJson(response, status, { message }, { ...own, ...headers });

    const broken = (error: unknown): undefined => {
      options.onFailure?.({ requestId, request: `${method} ${path}`, error });
      fail(500, "Internal Server Error");
    };

    if (method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined) {
      const preflight = cors.preflight(request.headers.origin);
      if (preflight) return void response.writeHead(204, { ...preflight, "apigw-requestid": requestId }).end();
    }
    const body = await readBody(request, bodyLimit);
    if (body === null) return fail(413, "Request Entity Too Large");
    const match = findRoute(routes, method, path);
    if (!match) return fail(404, "Not Found");

    let claims: Record<string, unknown> | null = null;
    if (!match.route.target.open) {
      const checked = await authorizer.check(request.headers.authorization, clock.now()).catch((error: unknown) => broken(error));
      if (checked === undefined) return;
      if ("refused" in checked) {
        const challenge = checked.refused === null ? "Bearer" : `Bearer scope="" error="invalid_token" error_description="${checked.refused}"`;
        return fail(401, "Unauthorized", { "www-authenticate": challenge });
      }
      claims = checked.claims;
    }
    const event = toEvent({
      method,
      url,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body,
      sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
      routeKey: match.routeKey,
      parameters: match.parameters,
      claims,
      requestId,
      now: clock.now(),
    });
    const outcome = await within(clock, limitMs, options.invoke(match.route.target.functionName, event));
    if (outcome === null || outcome.timedOut) return fail(503, "Service Unavailable");
    const result = outcome.functionError === null ? toAnswer(outcome.payload) : null;
    if (!result) return broken(outcome.functionError === null ? "the function's answer is none that the gateway can use" : outcome.payload);
    const headers = { ...result.headers };
    for (const name of Object.keys(headers)) {
      // A header of the connection is the gateway's business, and CORS is its own too.
      if (/^(connection|content-length|transfer-encoding|access-control-.*)$/.test(name)) delete headers[name];
    }
    response.writeHead(result.status, { ...headers, ...own, "content-length": String(result.body.length) });
    response.end(method === "HEAD" ? undefined : result.body);
  };
  return await serve(answer, { port: options.port });
}

/** Each route of the system's functions, with the function that serves it. */
export function routesOf(system: System, part: "all" | "lifecycle"): Route<Target>[] {
  return Object.entries(system.functions)
    .filter(([, fn]) => part === "all" || fn.part === "lifecycle")
    .flatMap(([functionName, fn]) => fn.http.map(({ method, path, access }) => ({ method, path, target: { functionName, open: access === "public" } })));
}

async function within<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T | null> {
  let timer: { cancel(): void } | undefined;
  const late = new Promise<null>((resolve) => {
    timer = clock.after(ms, () => resolve(null));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer?.cancel();
  }
}
