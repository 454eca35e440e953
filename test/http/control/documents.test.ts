import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesBeside } from "../../../scripts/build/documents.ts";
import { api } from "../../../src/http/api.ts";
import { documentRoutes } from "../../../src/http/control/documents.ts";
import { send } from "../events.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dormouse-documents-"));
  for (const [name, content] of Object.entries(await filesBeside("control"))) await writeFile(join(folder, name), content);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const logger = { info: () => {}, error: () => {} };
const get = (path: string, part: "all" | "lifecycle" = "all", headers: Record<string, string> = {}, from = folder) =>
  send(api(documentRoutes({ part, folder: from }), { logger }), { path, headers });

describe("GET /openapi.json", () => {
  it("is the document, and may be kept", async () => {
    const { status, headers, body } = await get("/openapi.json");
    expect(status).toBe(200);
    expect(headers).toMatchObject({ "content-type": "application/json", "cache-control": "public, max-age=300", etag: expect.stringMatching(/^"[^"]{22}"$/) });
    expect(body).toMatchObject({ openapi: "3.1.1", info: { title: "Dormouse" } });
    expect(body.paths).toHaveProperty(["/database/start", "post"]);
  });

  it.each(["/openapi.json", "/docs"])("is not sent again to who has it (%s)", async (path) => {
    const { etag = "" } = (await get(path)).headers;
    for (const value of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await get(path, "all", { "If-None-Match": value });
      expect(answer, value).toMatchObject({ status: 304, headers: { etag } });
      expect(answer.body, value).toBeUndefined();
    }
    expect((await get(path, "all", { "If-None-Match": '"other"' })).status).toBe(200);
  });

  it("has in a deployment of the lifecycle alone that part's routes only", async () => {
    const { body } = await get("/openapi.json", "lifecycle");
    expect(body.paths).toHaveProperty(["/database/start"]);
    expect(body.paths).not.toHaveProperty(["/summary"]);
    const page = String((await get("/docs", "lifecycle")).body);
    expect(page).toContain('id="startDatabase"');
    expect(page.includes('id="getSummary"')).toBe(false);
  });

  it("is a fault of the service when the build left it out, and is found once it is there", async () => {
    const empty = await mkdtemp(join(tmpdir(), "dormouse-no-documents-"));
    const handler = api(documentRoutes({ part: "all", folder: empty }), { logger });
    expect((await send(handler, { path: "/openapi.json" })).status).toBe(500);
    await writeFile(join(empty, "openapi.json"), "{}");
    expect((await send(handler, { path: "/openapi.json" })).status).toBe(200);
    await rm(empty, { recursive: true });
  });
});

describe("GET /docs", () => {
  it("is a page that may run its own script and style, and load nothing", async () => {
    const { status, headers, body } = await get("/docs");
    const page = String(body);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    const sha = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const one = (pattern: RegExp) => {
      const found = [...page.matchAll(pattern)];
      expect(found).toHaveLength(1);
      return sha(found[0]?.[1] ?? "");
    };
    expect(headers["content-security-policy"]?.split("; ")).toEqual([
      "default-src 'none'",
      `script-src ${one(/<script[^>]*>([\s\S]*?)<\/script>/g)}`,
      `style-src ${one(/<style[^>]*>([\s\S]*?)<\/style>/g)}`,
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(page.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, "")).not.toMatch(/\son\w+=|\sstyle=|(?:src|href)="(?:https?:)?\/\//i);
  });

  it("has every operation, and no link within it leads nowhere", async () => {
    const page = String((await get("/docs")).body);
    const { body } = await get("/openapi.json");
    const ids = new Set([...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));
    const operations = Object.values(body.paths as Record<string, Record<string, { operationId: string }>>).flatMap((methods) => Object.values(methods));
    expect(operations.length).toBeGreaterThan(15);
    for (const { operationId } of operations) expect(ids).toContain(operationId);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
    expect(/undefined|\[object|NaN/.exec(page)).toBeNull();
  });
});
