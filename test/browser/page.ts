/** Helpers for a browser and the console's page: used by the tests against the stub, and against the real platform. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { bundleConsole, type ConsoleBundle } from "./bundle.ts";
import { type Seen, type Stub, startStub } from "./stub.ts";

/** The machine's Chromium: on PATH, or in a usual place; undefined where there is none. */
export function findChromium(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const onPath = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const usual = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/snap/bin/chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
  return [...onPath, ...usual].find((path) => existsSync(path));
}

export function openBrowser(executablePath: string): Promise<Browser> {
  const flags = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath, headless: true, args: flags });
}

export interface OpenPage {
  page: Page;
  /** What the page's policy refused, and what its scripts threw. */
  complaints: string[];
  close(): Promise<void>;
}

/** A page of its own, with its own storage. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", timezoneId: "Europe/Berlin", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => console.error(`policy refused ${event.violatedDirective}: ${event.blockedURI}`));
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && /policy|Content Security/i.test(message.text())) complaints.push(message.text());
  });
  return { page, complaints, close: () => context.close() };
}

export interface Suite {
  /** This test's own. */
  stub(): Stub;
  bundle(): ConsoleBundle;
  open(options?: BrowserContextOptions): Promise<Page>;
  /** A page on which somebody has signed in before: the way through the sign-in page is three pages, and has tests of its own. */
  enter(name?: string, options?: BrowserContextOptions): Promise<Page>;
  requests(method: string, path: string): Seen[];
}

/** One browser for the tests of a `describe`, a stub for each; a page that complained fails its test. */
export function consoleSuite(executablePath: string): Suite {
  let browser: Browser;
  let bundle: ConsoleBundle;
  let stub: Stub;
  const opened: OpenPage[] = [];
  beforeAll(async () => {
    [browser, bundle] = await Promise.all([openBrowser(executablePath), bundleConsole()]);
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    stub = await startStub(bundle);
  });
  afterEach(async () => {
    const complaints = opened.flatMap((each) => each.complaints);
    for (const each of opened.splice(0)) await each.close();
    await stub.close();
    expect(complaints).toEqual([]);
  });
  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const each = await openPage(browser, { reducedMotion: "reduce", ...options });
    opened.push(each);
    return each.page;
  };
  return {
    stub: () => stub,
    bundle: () => bundle,
    open,
    async enter(name = "ann", options = {}) {
      const page = await open(options);
      // Once: who signs out stays out.
      const kept = { "dormouse.tokens": JSON.stringify(stub.session(name)), "test.entered": "yes" };
      await page.addInitScript((entries) => {
        if (sessionStorage.getItem("test.entered") === null) for (const [key, value] of Object.entries(entries)) sessionStorage.setItem(key, value);
      }, kept);
      await page.goto(stub.url);
      await page.locator("#who").waitFor();
      return page;
    },
    requests: (method, path) => stub.seen.filter((each) => each.method === method && each.path === path),
  };
}

export const restart = (page: Page) => page.getByRole("button", { name: "Restart database" }).first();

/** Signs in through the sign-in page, whichever it is: one with a field for the name, a box for operators where it has one, and one button. */
export async function signIn(page: Page, url: string, name: string, operator = false): Promise<void> {
  await page.goto(url);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/oauth2\/authorize/);
  await page.getByRole("textbox").first().fill(name);
  const box = page.getByRole("checkbox");
  if (operator && (await box.count()) > 0) await box.check();
  await page.getByRole("button").click();
  await page.waitForURL((address) => address.origin === new URL(url).origin);
  await page.locator("#who").waitFor();
}

/** Waits until the page's big word is this one. */
export async function waitForWord(page: Page, word: string, timeout = 10_000): Promise<void> {
  await page.getByRole("heading", { level: 1, name: word, exact: true }).waitFor({ timeout });
}

/** What happens when somebody comes back to the tab: the page looks at once. */
export async function lookAgain(page: Page): Promise<void> {
  const answered = page.waitForResponse((response) => new URL(response.url()).pathname === "/database");
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await answered;
}

export const expenseForm = (page: Page) => page.locator("#expense-form");
/** Its own, not the budgets'. */
export const amountField = (page: Page) => expenseForm(page).getByLabel("Amount");

export async function addExpense(page: Page, of: { amount: string; currency?: string; newCategory?: string; description?: string }): Promise<void> {
  const form = expenseForm(page);
  await amountField(page).fill(of.amount);
  if (of.currency) await form.getByLabel("Currency").fill(of.currency);
  if (of.newCategory) {
    await form.getByLabel("Category", { exact: true }).selectOption({ label: "New category…" });
    await form.getByLabel("New category").fill(of.newCategory);
  }
  if (of.description) await form.getByLabel("Description").fill(of.description);
  await form.getByRole("button", { name: "Add expense" }).click();
}

/** Pixels by which the page is wider than its window; 0 when nothing scrolls sideways. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
