/** `<dormouse-button>` in a page of another origin that has a strict policy of its own. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundleConsole, type ConsoleBundle } from "./bundle.ts";
import { findChromium, type OpenPage, openBrowser, openPage } from "./page.ts";
import { type Stub, startStub } from "./stub.ts";

const chromium = findChromium();
if (!chromium) console.log("The tests of the button are skipped: no Chromium was found on this machine.");

interface Told {
  name: string;
  detail: { phase?: string; serving?: boolean; status?: number; detail?: string; retryAfterSeconds?: number };
}

describe.skipIf(!chromium)("the drop-in button", { timeout: 60_000 }, () => {
  let browser: Browser;
  let bundle: ConsoleBundle;
  let stub: Stub;
  let opened: OpenPage;
  let page: Page;

  beforeAll(async () => {
    [browser, bundle] = await Promise.all([openBrowser(chromium ?? ""), bundleConsole()]);
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    stub = await startStub(bundle);
    opened = await openPage(browser);
    page = opened.page;
  });
  afterEach(async () => {
    await opened.close();
    await stub.close();
    expect(opened.complaints).toEqual([]);
  });
  const told = () => page.evaluate(() => Reflect.get(window, "events") as Told[]);

  it("shows the phase under the host's own policy, in its own style, and does not wake by itself", async () => {
    await page.goto(stub.hostUrl);
    const button = page.getByRole("button", { name: "Restart database" });
    await button.waitFor();
    await page.getByText("Asleep. Waking usually takes about 25 s.").waitFor();
    expect(await button.evaluate((element) => getComputedStyle(element).borderRadius)).not.toBe("0px");
    expect(stub.seen.every(({ method, background }) => method === "GET" && background)).toBe(true);
    expect(await page.locator("dormouse-button").getAttribute("phase")).toBe("asleep");
  });

  it("wakes when pressed, counts down, and tells the page each phase and once that it is awake", async () => {
    await page.goto(stub.hostUrl);
    await page.getByText("Asleep.").waitFor();
    await page.getByRole("button").click();
    await page.getByText(/Usually ready in about/).waitFor();
    await page.getByRole("button", { name: "Database: waking up" }).waitFor();
    stub.become("awake");
    await page.getByRole("button", { name: "Database: awake" }).waitFor();
    const events = await told();
    expect(events.map(({ name, detail }) => `${name} ${detail.phase}`)).toEqual([
      "dormouse-phase asleep",
      "dormouse-phase waking",
      "dormouse-phase awake",
      "dormouse-awake awake",
    ]);
    expect(stub.seen.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it("says why a press was refused, and takes no further press before the time that the API named", async () => {
    stub.answers.set("POST /database/start", {
      times: 9,
      status: 429,
      headers: { "retry-after": "600" },
      body: { title: "Woken too often", detail: "You have woken it 30 times today." },
    });
    await page.goto(stub.hostUrl);
    await page.getByText("Asleep.").waitFor();
    await page.getByRole("button").click();
    await page.getByText("You have woken it 30 times today.").waitFor();
    await page.getByRole("button").click({ force: true });
    expect(stub.seen.filter(({ method }) => method === "POST")).toHaveLength(1);
    expect((await told()).at(-1)).toMatchObject({ name: "dormouse-error", detail: { status: 429, retryAfterSeconds: 600 } });
    expect(await page.getByRole("button").getAttribute("aria-disabled")).toBe("true");
  });

  it("cannot be pressed in watch mode", async () => {
    stub.state.mode = "watch";
    await page.goto(stub.hostUrl);
    await page.getByText("Dormouse only watches it.").waitFor();
    await page.getByRole("button").click({ force: true });
    expect(stub.seen.filter(({ method }) => method === "POST")).toEqual([]);
  });
});
