import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Served, sendJson, serve } from "../../local/serve.ts";
import { addressFrom } from "../../src/aws/user-info.ts";

let server: Served;
let now = 0;
let seen: IncomingMessage[] = [];
let answer: (response: ServerResponse) => void;
const says = (claims: unknown, status = 200) => {
  answer = (response) => sendJson(response, status, claims as object);
};
const ann = { sub: "s-ann", username: "ann", email: "ann@example.com", email_verified: "true" };
const lookUp = () => addressFrom({ authUrl: server.url, now: () => now });

beforeAll(async () => {
  server = await serve((request, response) => {
    seen.push(request);
    answer(response);
  });
});
afterAll(() => server.close());
beforeEach(() => {
  seen = [];
  now = 0;
  says(ann);
});

describe("the address at userInfo", () => {
  it("is asked for with the caller's own token", async () => {
    expect(await addressFrom({ authUrl: `${server.url}/`, now: () => now })("token", "s-ann")).toBe("ann@example.com");
    expect(seen.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([["GET", "/oauth2/userInfo", "Bearer token"]]);
  });

  it.each([
    ["not verified", { ...ann, email_verified: "false" }],
    ["not said to be verified", { sub: "s-ann", email: "ann@example.com" }],
    ["missing", { sub: "s-ann", email_verified: true }],
    ["no address", { ...ann, email: "ann" }],
    ["two lines", { ...ann, email: "ann@example.com\nbcc: eve@example.com" }],
    ["half a surrogate pair", { ...ann, email: "\ud83d@example.com" }],
    ["endless", { ...ann, email: `${"a".repeat(250)}@example.com` }],
    ["a list", { ...ann, email: ["ann@example.com"] }],
  ])("is none when it is %s", async (_, claims) => {
    says(claims);
    expect(await lookUp()("token", "s-ann")).toBeNull();
  });

  it("of another user is refused", async () => {
    await expect(lookUp()("token", "s-bob")).rejects.toThrow("another user");
    says(null);
    await expect(lookUp()("token", "s-bob")).rejects.toThrow("another user");
  });

  it("is an error when the token does not do, and the next one is asked for at once", async () => {
    says({ error: "invalid_token" }, 401);
    const find = lookUp();
    await expect(find("token", "s-ann")).rejects.toThrow("401");
    says(ann);
    expect(await find("token", "s-ann")).toBe("ann@example.com");
  });

  it("keeps nobody waiting for half a minute after the endpoint has failed", async () => {
    says({}, 503);
    const find = lookUp();
    await expect(find("token", "s-ann")).rejects.toThrow("503");
    says(ann);
    now = 29_999;
    await expect(find("token", "s-ann")).rejects.toThrow("a moment ago");
    expect(seen).toHaveLength(1);
    now = 30_000;
    expect(await find("token", "s-ann")).toBe("ann@example.com");
  });

  it("is not fetched from where a redirect leads", async () => {
    answer = (response) => void response.writeHead(302, { location: `${server.url}/elsewhere` }).end();
    await expect(lookUp()("token", "s-ann")).rejects.toThrow();
    expect(seen).toHaveLength(1);
  });

  it("is an error when nobody answers, in time or at all", async () => {
    answer = () => {};
    await expect(lookUp()("token", "s-ann")).rejects.toMatchObject({ name: "TimeoutError" });
    await expect(addressFrom({ authUrl: "http://127.0.0.1:1", now: () => now })("token", "s-ann")).rejects.toThrow();
  });

  it("is an error when the answer is no JSON", async () => {
    answer = (response) => void response.end("<html>");
    await expect(lookUp()("token", "s-ann")).rejects.toThrow();
  });
});
