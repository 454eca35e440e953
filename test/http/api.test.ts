import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { api, MAX_BODY_BYTES, type Route } from "../../src/http/api.ts";
import { problem, retryAfter } from "../../src/http/problem.ts";
import { parseBody, text } from "../../src/http/validate.ts";
import { context, httpEvent, send } from "./events.ts";

const thing = z.strictObject({ name: text({ min: 1, max: 10 }) });

function setUp(more: Route[] = []) {
  const logged: { level: string; message: string; extra: Record<string, unknown> }[] = [];
  const log = (level: string) => (message: string, extra: Record<string, unknown>) => void logged.push({ level, message, extra });
  const handler = api(
    [
      { method: "GET", path: "/things", handler: () => ({ status: 200, body: { items: [], next: null } }) },
      { method: "POST", path: "/things", handler: ({ body }) => ({ status: 201, body: parseBody(thing, body) }) },
      { method: "PUT", path: "/things/{id}", handler: ({ params, body }) => ({ status: 200, body: { params, body: body ?? null } }) },
      {
        method: "GET",
        path: "/",
        handler: () => ({
          status: 200,
          body: "<p>hello",
          headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": "default-src 'self'" },
        }),
      },
      ...more,
    ],
    { logger: { info: log("info"), error: log("error") }, alsoKnown: [{ method: "GET", path: "/expenses" }] },
  );
  return { handler, logged };
}

describe("an API", () => {
  it("answers JSON with headers that keep it out of caches and frames", async () => {
    const answer = await send(setUp().handler, { path: "/things" });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ items: [], next: null });
    expect(answer.headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "content-type": "application/json",
    });
  });

  it("sends text with a type of its own as it is, and lets a route set its own policy", async () => {
    const answer = await send(setUp().handler, { path: "/" });
    expect(answer.body).toBe("<p>hello");
    expect(answer.headers["content-security-policy"]).toBe("default-src 'self'");
  });

  it("hands path parameters and a body to the route, also a body in base64", async () => {
    const answer = await send(setUp().handler, { method: "PUT", path: "/things/7", body: '{"a":"ä"}', base64: true });
    expect(answer.body).toEqual({ params: { id: "7" }, body: { a: "ä" } });
  });

  it("needs no body, and no content type then", async () => {
    const answer = await send(setUp().handler, { method: "PUT", path: "/things/7" });
    expect(answer.body).toEqual({ params: { id: "7" }, body: null });
  });

  it("says where JSON is broken, and repeats nothing of it", async () => {
    const { handler, logged } = setUp();
    const answer = await send(handler, { method: "POST", path: "/things", body: '{\n "password": hunter2}' });
    expect(answer.status).toBe(400);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.body).toEqual({
      type: "/problems/bad-json",
      title: "The body is not JSON",
      status: 400,
      detail: "The body is not JSON. It goes wrong at line 2, column 14 (position 15).",
      position: 15,
    });
    expect(JSON.stringify(logged)).not.toContain("hunter2");
  });

  it("refuses prototype members and bottomless nesting", async () => {
    const { handler } = setUp();
    expect((await send(handler, { method: "POST", path: "/things", body: '{"__proto__": {}}' })).body.detail).toContain("__proto__");
    expect((await send(handler, { method: "POST", path: "/things", body: "[".repeat(100_000) + "]".repeat(100_000) })).status).toBeLessThan(500);
  });

  it("takes a body of 256 KB and refuses one more byte", async () => {
    const { handler } = setUp();
    const body = (bytes: number) => JSON.stringify({ name: "x".repeat(bytes - 11) });
    expect((await send(handler, { method: "PUT", path: "/things/1", body: body(MAX_BODY_BYTES) })).status).toBe(200);
    const refused = await send(handler, { method: "PUT", path: "/things/1", body: body(MAX_BODY_BYTES + 1) });
    expect(refused.status).toBe(413);
    expect(refused.body).toMatchObject({ type: "/problems/body-too-large", maximumBytes: 262_144 });
  });

  it("wants a body to say that it is JSON", async () => {
    const answer = await send(setUp().handler, { method: "POST", path: "/things", body: "{}", headers: { "content-type": "text/plain" } });
    expect(answer.status).toBe(415);
    expect((await send(setUp().handler, { method: "POST", path: "/things", body: "{}", headers: {} })).status).toBe(415);
  });

  it("answers an unknown path with 404 and a wrong method with 405 and the right ones, before it looks at the body", async () => {
    const { handler } = setUp();
    expect((await send(handler, { method: "POST", path: "/nowhere", body: "{" })).body.type).toBe("/problems/not-found");
    const wrong = await send(handler, { method: "DELETE", path: "/things", body: "{" });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.allow).toBe("GET, POST");
    expect((await send(handler, { method: "GET", path: "/things/9" })).headers.allow).toBe("PUT");
  });

  it("knows the routes of its neighbours when a wrong method comes to it", async () => {
    const answer = await send(setUp().handler, { method: "DELETE", path: "/expenses" });
    expect(answer.headers.allow).toBe("GET");
  });

  it("names each field that does not fit by JSON pointer", async () => {
    const answer = await send(setUp().handler, { method: "POST", path: "/things", body: '{"nam/e": 1}' });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([
      { pointer: "/name", detail: "is required" },
      { pointer: "/nam~1e", detail: "is not known; known are name" },
    ]);
  });

  it("lets nothing internal out of an unexpected error, and logs it with the request's id", async () => {
    const { handler, logged } = setUp([
      {
        method: "GET",
        path: "/broken",
        handler: () => {
          throw Object.assign(new Error("connect to 10.0.0.7 failed"), { code: "ECONNREFUSED", detail: "Key (name)=(secret)" });
        },
      },
    ]);
    const answer = await send(handler, { path: "/broken", query: { token: "secret" }, headers: { Authorization: "Bearer secret" } });
    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({
      type: "/problems/internal",
      title: "Something failed here",
      status: 500,
      detail: "This is our fault, not yours. It is in the log under this request's id.",
      requestId: "request-1",
    });
    const error = logged.find((line) => line.level === "error");
    expect(error?.extra).toMatchObject({ requestId: "request-1", path: "/broken", error: { message: "connect to 10.0.0.7 failed", code: "ECONNREFUSED" } });
    expect(JSON.stringify(logged)).not.toContain("secret");
  });

  it("answers a problem with its headers and members", async () => {
    const { handler } = setUp([
      {
        method: "GET",
        path: "/asleep",
        handler: () => {
          throw problem("database-asleep", "The database is asleep.", { extra: { phase: "asleep", estimate: null }, headers: retryAfter(12.2) });
        },
      },
    ]);
    const answer = await send(handler, { path: "/asleep" });
    expect(answer.status).toBe(503);
    expect(answer.headers["retry-after"]).toBe("13");
    expect(answer.body).toMatchObject({ type: "/problems/database-asleep", phase: "asleep", estimate: null });
  });

  it("keeps its own members from being overwritten by a problem's extra ones", () => {
    expect(problem("conflict", "x", { extra: { status: 200, type: "y" } }).body()).toMatchObject({ status: 409, type: "/problems/conflict" });
  });

  it("logs a line for each request, without its query", async () => {
    const { handler, logged } = setUp();
    await handler(httpEvent({ path: "/things", query: { q: "private" } }), context);
    expect(logged).toEqual([{ level: "info", message: "request", extra: { requestId: "request-1", method: "GET", path: "/things", status: 200 } }]);
  });
});
