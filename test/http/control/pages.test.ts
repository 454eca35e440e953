import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesBeside } from "../../../scripts/build/documents.ts";
import { virtualModules } from "../../../scripts/build/virtual.ts";
import { api, type Route } from "../../../src/http/api.ts";
import { type Answer, send } from "../events.ts";

interface PageOptions {
  authUrl: string;
  authClientId: string;
  uploadsOrigin: string;
  part: "all" | "lifecycle";
}
let folder = "";
let pageRoutes: (options: PageOptions) => Route[];

/** The policy's hashes exist in a bundle only, and the page beside it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dormouse-pages-"));
  const root = join(import.meta.dirname, "..", "..", "..");
  const { outputFiles } = await build({
    entryPoints: [join(root, "src/http/control/pages.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    plugins: [virtualModules()],
    logLevel: "silent",
  });
  const file = join(folder, "pages.mjs");
  await writeFile(file, outputFiles[0]?.contents ?? "");
  for (const [name, content] of Object.entries(await filesBeside("control"))) await writeFile(join(folder, name), content);
  ({ pageRoutes } = (await import(pathToFileURL(file).href)) as { pageRoutes: typeof pageRoutes });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const options: PageOptions = {
  authUrl: "https://auth.example.com/oauth2?x=1",
  authClientId: "client",
  uploadsOrigin: "https://files.example.com",
  part: "all",
};
const get = (path: string, more: Partial<PageOptions> = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  send(api(pageRoutes({ ...options, ...more }), { logger: { info: () => {}, error: () => {} } }), { path, headers });
const html = async (more: Partial<PageOptions> = {}) => String((await get("/", more)).body);
const sha = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policyOf = ({ headers }: Answer) =>
  Object.fromEntries((headers["content-security-policy"] ?? "").split("; ").map((part) => [part.split(" ")[0], part.split(" ").slice(1)]));

describe("the console's page", () => {
  it("is HTML whose one script and one style are exactly those that the policy lets run", async () => {
    const answer = await get("/");
    expect(answer).toMatchObject({ status: 200, headers: { "content-type": "text/html; charset=utf-8", "x-content-type-options": "nosniff" } });
    const page = String(answer.body);
    const policy = policyOf(answer);
    const scripts = [...page.matchAll(/<script(?![^>]*application\/json)[^>]*>([\s\S]*?)<\/script>/g)].map(([, text = ""]) => text);
    const styles = [...page.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map(([, text = ""]) => text);
    expect(scripts).toHaveLength(1);
    expect(styles).toHaveLength(1);
    expect(scripts.join("").length).toBeGreaterThan(1000);
    expect(policy["script-src"]).toEqual(scripts.map(sha));
    expect(policy["style-src"]).toEqual(styles.map(sha));
  });

  it("keeps its policy when it is not sent again: the headers of a 304 take the place of those that the browser has", async () => {
    const first = await get("/");
    const again = await get("/", {}, { "If-None-Match": first.headers.etag ?? "" });
    expect(again).toMatchObject({ status: 304, headers: { "cache-control": "no-cache" } });
    expect(again.headers["content-security-policy"]).toBe(first.headers["content-security-policy"]);
    expect((await get("/", { authClientId: "another" }, { "If-None-Match": first.headers.etag ?? "" })).status).toBe(200);
  });

  it("may load nothing else, talk to the API and the issuer alone, and stand in no frame", async () => {
    expect(policyOf(await get("/"))).toMatchObject({
      "default-src": ["'none'"],
      "connect-src": ["'self'", "https://auth.example.com", "https://files.example.com"],
      "form-action": ["https://auth.example.com"],
      "base-uri": ["'none'"],
      "frame-ancestors": ["'none'"],
    });
    expect((await get("/")).headers["content-security-policy"]).not.toContain("unsafe");
  });

  it("holds no handler, style or address that the policy would stop", async () => {
    const page = (await html()).replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, "");
    expect(page).not.toMatch(/\son\w+=|\sstyle=|<iframe|<object|<embed/i);
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//i);
  });

  const settingsIn = (page: string): unknown => JSON.parse(/<script[^>]*application\/json[^>]*>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "null");

  it("carries its settings as data", async () => {
    expect(settingsIn(await html())).toEqual({ authUrl: options.authUrl, clientId: "client", part: "all" });
    expect(await html()).not.toContain("/*SETTINGS*/");
  });

  it.each(["</script><script>alert(1)</script>", "<!--<script>", "$& $1 $` $$", '"\\\u2028'])(
    "lets no setting end its element or change the page: %j",
    async (authClientId) => {
      const page = await html({ authClientId });
      expect(settingsIn(page)).toMatchObject({ clientId: authClientId });
      expect(page.match(/<script/g)).toHaveLength((await html()).match(/<script/g)?.length ?? 0);
    },
  );

  it("is not made at all for an issuer that is no URL", () => {
    expect(() => pageRoutes({ ...options, authUrl: "issuer" })).toThrow();
  });
});

describe("the other public routes", () => {
  it("hand the button to any page, for an hour", async () => {
    const answer = await get("/dormouse-button.js");
    expect(answer).toMatchObject({
      status: 200,
      headers: {
        "content-type": "text/javascript; charset=utf-8",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "cache-control": "public, max-age=3600",
      },
    });
    expect(String(answer.body)).toContain("dormouse-button");
  });

  it("say that the function is well, and nothing of the database", async () => {
    expect(await get("/health")).toMatchObject({ status: 200, body: { status: "ok" }, headers: { "cache-control": "no-store" } });
  });
});
