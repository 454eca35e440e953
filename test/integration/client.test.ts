import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createClient } from "../../src/client/index.ts";
import { example } from "../client/example.ts";
import { checkAnswer } from "../http/openapi/answers.ts";
import { startForTest } from "./harness.ts";

const root = join(import.meta.dirname, "..", "..");

test("the example of docs/client.md is the one that is run here", async () => {
  const [page, code] = await Promise.all([readFile(join(root, "docs/client.md"), "utf8"), readFile(join(root, "test/client/example.ts"), "utf8")]);
  expect(/```ts\n([\s\S]*?)```/.exec(page)?.[1]).toBe(code);
});

test("the client wakes a sleeping database, works on it, and what it gets is what the document declares", { timeout: 90_000 }, async () => {
  await using run = await startForTest({ settings: { idleMinutes: 5 } });
  await run.until({ rdsStatus: "stopped" });
  const lines: string[] = [];
  await example(
    run.platform.url,
    () => run.token("ann"),
    (line) => void lines.push(line),
  );
  expect(lines[0]).toMatch(/^waking after \d+ s$/);
  expect(lines).toContain("it has version 2 now");
  expect(lines.at(-1)).toBe("Diner: 13.00 EUR");
  expect(lines.some((line) => line.startsWith("awake after "))).toBe(true);
  expect(run.sent("StartDBInstance")).toBe(1);

  const client = createClient({ baseUrl: run.platform.url, token: () => run.token("ann") });
  expect((await client.get("/me")).email).toBe("ann@example.com");
  for (const path of [
    "/database",
    "/database/history",
    "/database/savings",
    "/me",
    "/summary",
    "/expenses",
    "/health",
    "/openapi.json",
    "/insights/weekly-recap",
  ]) {
    const { status, headers, body } = await run.ask(path, { as: "ann" });
    expect(status, path).toBe(200);
    checkAnswer("GET", path, { status, headers, body });
  }
  for (const [path, as] of [
    ["/summary", undefined],
    ["/me", undefined],
    ["/summary?period=decade", "ann"],
  ] as const) {
    const { status, headers, body } = await run.ask(path, as === undefined ? {} : { as });
    expect(status, path).toBeGreaterThanOrEqual(400);
    checkAnswer("GET", path, { status, headers, body });
  }
});

test("a deployment of the lifecycle alone documents its own routes", { timeout: 60_000 }, async () => {
  await using run = await startForTest({ part: "lifecycle" });
  const { status, headers, body } = await run.ask("/openapi.json");
  expect([status, headers.get("content-type")]).toEqual([200, "application/json"]);
  expect(Object.keys(body.paths as object)).toContain("/database/start");
  expect(Object.keys(body.paths as object)).not.toContain("/expenses");
  const again = await run.ask("/openapi.json", { headers: { "if-none-match": headers.get("etag") ?? "" } });
  expect(again.status).toBe(304);
  const page = await run.ask("/docs");
  expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'sha256-/);
});
