/** Requests and answers in API Gateway's payload format 2.0 (developer guide, "Working with AWS Lambda proxy integrations for HTTP APIs"). */
import type { IncomingHttpHeaders } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { account } from "../gate.ts";

export interface Incoming {
  method: string;
  /** As it came, with the query. */
  url: string;
  headers: IncomingHttpHeaders;
  /** Names and values as they came, for those that may stand more than once. */
  rawHeaders: string[];
  body: Buffer;
  sourceIp: string;
  routeKey: string;
  parameters: Record<string, string>;
  /** Of a verified token. */
  claims: Record<string, unknown> | null;
  requestId: string;
  /** Milliseconds since the epoch. */
  now: number;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function toEvent(incoming: Incoming): APIGatewayProxyEventV2 & { requestContext: { authorizer?: unknown } } {
  const [rawPath = "/", ...rest] = incoming.url.split("?");
  const rawQueryString = rest.join("?");
  const headers = joinHeaders(incoming.rawHeaders);
  const cookies = headers.cookie?.split(";").map((cookie) => cookie.trim());
  delete headers.cookie;
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) query[name] = Object.hasOwn(query, name) ? `${query[name]},${value}` : value;
  const text = isText(headers["content-type"]);
  const day = new Date(incoming.now);
  const two = (value: number) => String(value).padStart(2, "0");
  const domainName = headers.host ?? "127.0.0.1";
  return {
    version: "2.0",
    routeKey: incoming.routeKey,
    rawPath,
    rawQueryString,
    ...(cookies ? { cookies } : {}),
    headers,
    ...(rawQueryString === "" ? {} : { queryStringParameters: query }),
    ...(Object.keys(incoming.parameters).length > 0 ? { pathParameters: incoming.parameters } : {}),
    requestContext: {
      accountId: account,
      apiId: "local",
      ...(incoming.claims ? { authorizer: { jwt: { claims: claimStrings(incoming.claims), scopes: null } } } : {}),
      domainName,
      domainPrefix: domainName.split(".")[0] ?? "",
      http: { method: incoming.method, path: rawPath, protocol: "HTTP/1.1", sourceIp: incoming.sourceIp, userAgent: headers["user-agent"] ?? "" },
      requestId: incoming.requestId,
      routeKey: incoming.routeKey,
      stage: "$default",
      time: `${two(day.getUTCDate())}/${months[day.getUTCMonth()]}/${day.getUTCFullYear()}:${two(day.getUTCHours())}:${two(day.getUTCMinutes())}:${two(day.getUTCSeconds())} +0000`,
      timeEpoch: incoming.now,
    },
    ...(incoming.body.length > 0 ? { body: incoming.body.toString(text ? "utf8" : "base64") } : {}),
    isBase64Encoded: incoming.body.length > 0 && !text,
  };
}

/** Every claim is handed on as a string; a list as `[a b]`, its commas gone: that is how the HTTP API prints it. */
export function claimStrings(claims: Record<string, unknown>): Record<string, string> {
  const print = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(print).join(" ")}]`;
    return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
  };
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, print(value)]));
}

/** Header names in lower case, several of one name joined with a comma; cookies with a semicolon, as HTTP has it. */
function joinHeaders(raw: string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    const value = raw[index + 1] ?? "";
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}${name === "cookie" ? "; " : ","}${value}` : value;
  }
  return headers;
}

/** What the HTTP API hands on as text; anything else is base64, forms included. */
function isText(type: string | undefined): boolean {
  return type === undefined || /^(text\/|application\/(json|javascript|xml|[a-z0-9.+-]+\+(json|xml))\s*(;|$))/i.test(type);
}

export interface Outgoing {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer;
}

/** A Lambda's result (JSON text) as an answer; null when it is not one that the gateway can use. */
export function toAnswer(payload: string): Outgoing | null {
  const result: unknown = JSON.parse(payload);
  // Without a statusCode the whole result is the body of a 200: format 2.0 infers the rest.
  if (typeof result !== "object" || result === null || !("statusCode" in result)) {
    const body = typeof result === "string" ? result : payload;
    return { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(body) };
  }
  const { statusCode, headers = {}, cookies = [], body = "", isBase64Encoded = false } = result as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return null;
  if (typeof headers !== "object" || headers === null || !Array.isArray(cookies)) return null;
  const out: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== null && value !== undefined) out[name.toLowerCase()] = String(value);
  }
  if (cookies.length > 0) out["set-cookie"] = cookies.map(String);
  const text = typeof body === "string" ? body : JSON.stringify(body ?? "");
  if (out["content-type"] === undefined) out["content-type"] = "text/plain;charset=UTF-8";
  return { status, headers: out, body: Buffer.from(text, isBase64Encoded === true ? "base64" : "utf8") };
}
