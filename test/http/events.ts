import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { ApiHandler } from "../../src/http/api.ts";

export interface Call {
  method?: string;
  path?: string;
  body?: string | undefined;
  base64?: boolean;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  claims?: Record<string, string>;
  params?: Record<string, string>;
}

/** An event as an HTTP API makes it (payload format 2.0), with the JWT authorizer's claims when there are any. */
export function httpEvent(call: Call = {}): APIGatewayProxyEventV2 {
  const { method = "GET", path = "/", claims } = call;
  const query = new URLSearchParams(call.query);
  const event = {
    version: "2.0",
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: query.toString(),
    headers: call.headers ?? (call.body === undefined ? {} : { "Content-Type": "application/json" }),
    ...(call.query ? { queryStringParameters: call.query } : {}),
    ...(call.params ? { pathParameters: call.params } : {}),
    requestContext: {
      accountId: "123456789012",
      apiId: "local",
      domainName: "localhost",
      domainPrefix: "localhost",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" },
      requestId: "gateway-request",
      routeKey: `${method} ${path}`,
      stage: "$default",
      time: "01/Jan/2026:00:00:00 +0000",
      timeEpoch: 0,
      ...(claims ? { authorizer: { jwt: { claims, scopes: null } } } : {}),
    },
    isBase64Encoded: call.base64 ?? false,
    ...(call.body === undefined ? {} : { body: call.base64 ? Buffer.from(call.body).toString("base64") : call.body }),
  };
  return event as unknown as APIGatewayProxyEventV2;
}

/** A call as tests say it: the path with its query, if there is one, and a body as it is. */
export function textCall(method: string, path: string, body?: string, headers: Record<string, string> = {}): Call {
  const [bare = "", query] = path.split("?");
  return {
    method,
    path: bare,
    ...(query === undefined ? {} : { query: Object.fromEntries(new URLSearchParams(query)) }),
    ...(body === undefined ? {} : { body }),
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
  };
}

/** The same with a body that is sent as JSON. */
export const jsonCall = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Call =>
  textCall(method, path, body === undefined ? undefined : JSON.stringify(body), headers);

export const context = { awsRequestId: "request-1", functionName: "dormouse-data", getRemainingTimeInMillis: () => 29_000 } as unknown as Context;

/** As much of the answers' members as tests read one by one. */
export interface Body {
  [member: string]: unknown;
  id?: string;
  type?: string;
  detail?: string;
  errors?: { pointer: string; detail: string }[];
  items?: Record<string, unknown>[];
  next?: string | null;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Body;
}

export async function send(handler: ApiHandler, call: Call): Promise<Answer> {
  const result: APIGatewayProxyStructuredResultV2 = await handler(httpEvent(call), context);
  const headers = (result.headers ?? {}) as Record<string, string>;
  return { status: result.statusCode ?? 0, headers, body: headers["content-type"]?.includes("json") ? JSON.parse(result.body ?? "null") : result.body };
}
