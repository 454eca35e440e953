import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Served, serve } from "../../local/serve.ts";
import { html, inline } from "../../scripts/build/docs/html.ts";
import { filesBeside } from "../../scripts/build/documents.ts";
import { zip } from "../../scripts/build/zip.ts";
import { findChromium, openBrowser, openPage } from "../browser/page.ts";

const chromium = findChromium();

describe("the files beside the control function", () => {
  it("are the same, byte for byte, whenever they are made, and so is the archive", async () => {
    const [first, second] = await Promise.all([filesBeside("control"), filesBeside("control")]);
    expect(Object.keys(first).sort()).toEqual([
      "console.html",
      "docs.html",
      "docs.lifecycle.html",
      "dormouse-button.js",
      "openapi.json",
      "openapi.lifecycle.json",
    ]);
    expect(zip(first).equals(zip(second))).toBe(true);
  });

  it("are with no other function", async () => {
    expect(await filesBeside("data")).toEqual({});
  });
});

describe("the page's text", () => {
  it("lets no value be markup", () => {
    expect(html`<p>${"<b>&\"'"}</p>`.text).toBe("<p>&lt;b&gt;&amp;&quot;&#39;</p>");
    expect(inline("`<x>` **<y>**").text).toBe("<code>&lt;x&gt;</code> <strong>&lt;y&gt;</strong>");
  });
});

describe.skipIf(chromium === undefined)("the page in a browser", () => {
  let browser: Browser;
  let server: Served;
  beforeAll(async () => {
    const page = (await filesBeside("control"))["docs.html"];
    server = await serve(async (_request, response) => void response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page), { port: 0 });
    browser = await openBrowser(chromium ?? "");
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it.each([320, 1280])("fits a screen of %i pixels, with everything open", async (width) => {
    const { page, complaints, close } = await openPage(browser, { viewport: { width, height: 800 } });
    await page.goto(`${server.url}/docs`);
    await page.evaluate(() => {
      for (const each of document.querySelectorAll("details")) each.open = true;
    });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(complaints).toEqual([]);
    await close();
  });

  it("finds operations by words, and says how many", async () => {
    const { page, close } = await openPage(browser);
    await page.goto(`${server.url}/docs`);
    await page.getByRole("searchbox", { name: "Find" }).fill("post start");
    const shown = page.locator("main details.op:visible");
    expect(await shown.count()).toBe(1);
    expect(await shown.getAttribute("id")).toBe("startDatabase");
    expect(await page.getByRole("status").innerText()).toMatch(/^1 of \d+ operations$/);
    await close();
  });

  it("opens the operation that the address names, and that the keyboard chooses", async () => {
    const { page, close } = await openPage(browser);
    await page.goto(`${server.url}/docs#stopDatabase`);
    await expect.poll(() => page.locator("#stopDatabase[open]").count()).toBe(1);
    await page.locator("#startDatabase > summary").focus();
    await page.keyboard.press("Enter");
    expect(await page.locator("#startDatabase[open]").count()).toBe(1);
    await close();
  });

  it.each(["light", "dark"] as const)("has enough contrast for small text (%s)", async (colorScheme) => {
    const { page, close } = await openPage(browser, { colorScheme });
    await page.goto(`${server.url}/docs`);
    const ratios = await page.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      const light = (name: string) => {
        const hex = style.getPropertyValue(name).trim().slice(1);
        const [r = 0, g = 0, b = 0] = [0, 2, 4]
          .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
          .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      return ["--ink", "--soft", "--link", "--good", "--bad", "--get", "--post", "--put", "--patch", "--delete"].flatMap((front) =>
        ["--paper", "--card", "--back"].map((back) => {
          const [a, b] = [light(front), light(back)];
          return { front, back, ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) };
        }),
      );
    });
    // WCAG 2.2, 1.4.3.
    expect(ratios.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
    await close();
  });
});
