/**
 * The golden reports as one sees them, drawn by PDF.js in a browser and held against pictures of their pages: `golden/<name>-<page>.png`. After a change that
 * is meant, take the pictures away, run this, and look at the new ones. Letters' edges may differ a little from machine to machine; what is missing, moved or
 * of another colour does not pass.
 */
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium, openBrowser } from "../browser/page.ts";
import { folder, reports } from "./golden.ts";
import { drawn } from "./read.ts";

const chromium = findChromium();
if (!chromium) console.log("The pictures of reports are not compared: no Chromium was found on this machine.");

/** So many pages of each. */
const PAGES = 2;
/** The side of a block of pixels whose mean grey is compared. */
const BLOCK = 8;
/** The most that a block, and all of them on average, may differ by, of 255. */
const MOST = 40;
const MOST_MEAN = 1;

const PAGE = `<!doctype html><script type="module">
import * as pdfjs from "/pdf.mjs";
pdfjs.GlobalWorkerOptions.workerSrc = "/pdf.worker.mjs";
globalThis.pdfjs = pdfjs;
</script>`;

/** In the page: draws one page of a PDF, and returns it as a PNG; with a picture to compare also by how much they differ. */
async function render({ pdf, number, kept, block }: { pdf: string; number: number; kept: string | null; block: number }) {
  const pdfjs = Reflect.get(globalThis, "pdfjs") as typeof import("pdfjs-dist");
  const page = await (await pdfjs.getDocument({ data: Uint8Array.from(atob(pdf), (char) => char.charCodeAt(0)) }).promise).getPage(number);
  const viewport = page.getViewport({ scale: 1 });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.floor(viewport.width), Math.floor(viewport.height)];
  await page.render({ canvas, viewport, background: "white" }).promise;
  const png = canvas.toDataURL("image/png").split(",")[1] ?? "";
  if (kept === null) return { png, size: "", most: 0, mean: 0 };
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${kept}`)).blob());
  const other = new OffscreenCanvas(image.width, image.height);
  other.getContext("2d")?.drawImage(image, 0, 0);
  const size = `${image.width}x${image.height}`;
  if (size !== `${canvas.width}x${canvas.height}`) return { png, size, most: 255, mean: 255 };
  const greys = (from: HTMLCanvasElement | OffscreenCanvas) => {
    const context = from.getContext("2d") as CanvasRenderingContext2D | null;
    const { data } = context?.getImageData(0, 0, image.width, image.height) ?? { data: new Uint8ClampedArray() };
    const wide = Math.ceil(image.width / block);
    const sums = new Float64Array(wide * Math.ceil(image.height / block) * 3);
    for (let at = 0; at < data.length; at += 4) {
      const x = (at / 4) % image.width;
      const y = Math.floor(at / 4 / image.width);
      const cell = (Math.floor(y / block) * wide + Math.floor(x / block)) * 3;
      for (let colour = 0; colour < 3; colour++) sums[cell + colour] = (sums[cell + colour] ?? 0) + (data[at + colour] ?? 0) / (block * block);
    }
    return sums;
  };
  const [mine, theirs] = [greys(canvas), greys(other)];
  const differences = [...mine].map((value, i) => Math.abs(value - (theirs[i] ?? 0)));
  return { png, size, most: Math.max(...differences), mean: differences.reduce((sum, value) => sum + value, 0) / differences.length };
}

describe.skipIf(!chromium)("a report as one sees it", () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await openBrowser(chromium ?? "");
    page = await browser.newPage();
    const resolve = createRequire(import.meta.url).resolve;
    await page.route("https://reports.test/**", async (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === "/") return route.fulfill({ contentType: "text/html", body: PAGE });
      return route.fulfill({ contentType: "text/javascript", body: await readFile(resolve(`pdfjs-dist/legacy/build${pathname}`), "utf8") });
    });
    await page.goto("https://reports.test/");
    await page.waitForFunction(() => "pdfjs" in globalThis);
  });
  afterAll(() => browser?.close());

  for (const { name, it, options = {} } of reports)
    test(`looks as it did: ${name}`, async () => {
      const { bytes, result } = await drawn(it, options);
      for (let number = 1; number <= Math.min(PAGES, result.pages); number++) {
        const file = join(folder, `${name}-${number}.png`);
        const kept = await readFile(file, "base64").catch(() => null);
        const found = await page.evaluate(render, { pdf: bytes.toString("base64"), number, kept, block: BLOCK });
        if (kept === null) {
          if (process.env.CI) throw new Error(`there is no ${file}`);
          await writeFile(file, Buffer.from(found.png, "base64"));
          continue;
        }
        expect(found.most, `page ${number}, the block that differs most`).toBeLessThan(MOST);
        expect(found.mean, `page ${number}, all blocks`).toBeLessThan(MOST_MEAN);
      }
    });
});
