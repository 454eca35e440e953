/** The console for those who use a keyboard, a screen reader, a phone, or a dark room. */
import { beforeEach, describe, expect, it } from "vitest";
import { jobOf, newsOf } from "./desk-stub.ts";
import { expenseOf } from "./finance-stub.ts";
import { fillMonth } from "./month.ts";
import { consoleSuite, findChromium, lookAgain, overflow, restart, waitForWord } from "./page.ts";
import type { Stub } from "./stub.ts";

const chromium = findChromium();
if (!chromium) console.log("The tests of the console’s accessibility are skipped: no Chromium was found on this machine.");

describe.skipIf(!chromium)("the console, for everybody", { timeout: 60_000 }, () => {
  const suite = consoleSuite(chromium ?? "");
  const { enter } = suite;
  let stub: Stub;
  beforeEach(() => {
    stub = suite.stub();
  });

  /** News and work in every state. */
  const fillDesk = () => {
    stub.desk.news = [newsOf("Food has reached 80 %", { state: "failed", reason: "refused" }), newsOf("Old", { read: true })];
    stub.desk.jobs = [jobOf("failed", { reason: "no reason" }), jobOf("running", { progress: { done: 1, total: 2 } }), jobOf("waiting"), jobOf("done")];
    stub.desk.subscription.state = "pending";
  };

  it("announces a change of phase once, and not each second of the countdown", async () => {
    const page = await enter();
    await waitForWord(page, "Asleep");
    await page.evaluate(() => {
      const said: string[] = [];
      Object.assign(window, { said });
      const place = document.getElementById("announce");
      if (place) new MutationObserver(() => said.push(place.textContent ?? "")).observe(place, { childList: true, characterData: true, subtree: true });
    });
    await restart(page).click();
    await waitForWord(page, "Waking up");
    const text = page.locator("#progress-text");
    for (let seconds = 0; seconds < 2; seconds++) {
      const before = await text.textContent();
      await expect.poll(() => text.textContent(), { timeout: 10_000 }).not.toBe(before);
    }
    stub.become("awake");
    await waitForWord(page, "Awake");
    const said = await page.evaluate(() => Reflect.get(window, "said") as string[]);
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(/^Waking up\./);
    expect(said[1]).toMatch(/^Awake\./);
  });

  it("can be used with the keyboard alone: the skip link, the button, and a focus that shows", async () => {
    const page = await enter();
    await waitForWord(page, "Asleep");
    await page.evaluate(() => (document.activeElement instanceof HTMLElement ? document.activeElement.blur() : undefined));
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the database");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("restart");
    expect(await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle)).toBe("solid");
    await page.keyboard.press("Enter");
    await waitForWord(page, "Waking up");
  });

  it("lets a month be looked at, and an expense be added, changed and deleted, with the keyboard alone", async () => {
    fillMonth(stub.finance);
    stub.become("awake");
    const page = await enter();
    await page.locator("#figures").waitFor();
    /** Goes on by Tab until the keyboard is at something of that name. */
    const tabTo = async (name: RegExp) => {
      for (let pressed = 0; pressed < 60; pressed++) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
          const element = document.activeElement;
          const label = element instanceof HTMLInputElement || element instanceof HTMLSelectElement ? element.labels?.[0]?.textContent : null;
          return (element?.getAttribute("aria-label") ?? label ?? element?.textContent ?? "").trim();
        });
        if (name.test(at)) return;
      }
      throw new Error(`No way by Tab to ${name}`);
    };
    await tabTo(/^The month before$/);
    await page.keyboard.press("Enter");
    await page.locator("#month-empty").filter({ hasText: "Nothing was spent in" }).waitFor();
    await tabTo(/^Add a budget$/);
    await page.keyboard.press("Enter");
    await tabTo(/^Carry over/);
    await tabTo(/^Amount$/);
    await page.keyboard.type("4.20");
    await tabTo(/^Description$/);
    await page.keyboard.type("Seeds");
    await page.keyboard.press("Enter");
    await page.getByText("Added €4.20.").waitFor();
    await tabTo(/^Edit Seeds/);
    await page.keyboard.press("Enter");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("4.30");
    await page.keyboard.press("Enter");
    const row = page.locator("#recent").getByRole("listitem").filter({ hasText: "Seeds" });
    await row.getByText("€4.30").waitFor();
    await page.keyboard.press("Enter");
    await tabTo(/^Delete$/);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await row.waitFor({ state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("recent-title");
  });

  it("has a name for every control, every id once, every reference kept, and headings in order", async () => {
    fillMonth(stub.finance);
    fillDesk();
    stub.become("awake");
    const page = await enter("olga");
    await page.locator("#figures").waitFor();
    await page.locator("#news li").first().waitFor();
    await page.locator("#jobs li").first().waitFor();
    await page.locator("table.history td").first().waitFor();
    await page.locator("summary").filter({ hasText: "Add a budget" }).click();
    expect(await page.evaluate(unnamed)).toEqual([]);
  });

  it("fits a phone without scrolling sideways, in every phase, with attention and long words", async () => {
    fillMonth(stub.finance);
    const words = "w".repeat(100);
    stub.finance.expenses.unshift(expenseOf(words, { merchant: words, tags: [words.slice(0, 50)], amount: "9007199254740.99" }));
    const page = await enter("olga", { viewport: { width: 360, height: 740 } });
    const attention = { code: "incompatible-parameters", since: stub.state.since, what: "x".repeat(120), doThis: `https://example.org/${"long-".repeat(30)}` };
    for (const phase of ["asleep", "waking", "awake", "falling-asleep"] as const) {
      stub.become(phase, { attention, reason: "y".repeat(150) });
      await lookAgain(page);
      await expect.poll(() => page.locator("#hero").getAttribute("data-mood"), { timeout: 10_000 }).toBe(phase);
      if (phase === "awake") {
        await page.locator("#figures").waitFor();
        for (const name of [/^As a table/, "Add a budget"]) await page.locator("summary").filter({ hasText: name }).click();
        await page.getByRole("button", { name: /^Edit w/ }).click();
      }
      expect([phase, await overflow(page)]).toEqual([phase, 0]);
    }
  });

  it.each(["light", "dark"] as const)("has enough contrast for its text in %s (WCAG 2 AA)", async (colorScheme) => {
    fillMonth(stub.finance);
    fillDesk();
    stub.become("awake", { attention: { code: "c", since: stub.state.since, what: "Something.", doThis: "Something else." } });
    const page = await enter("olga", { colorScheme });
    await page.locator("#figures").waitFor();
    for (const name of [/^As a table/, "Add a budget"]) await page.locator("summary").filter({ hasText: name }).click();
    await page.getByRole("button", { name: "Add budget" }).click();
    await page.getByText("must be text of 1 to 100 characters").waitFor();
    await page.getByRole("button", { name: "Remove the budget Travel" }).click();
    await page.getByRole("button", { name: "Remove it?" }).waitFor();
    await page.locator("#news li").first().waitFor();
    await page.locator("#jobs li").first().waitFor();
    await page.locator("#saving dd").first().waitFor();
    await page.locator("table.history td").first().waitFor();
    expect(await page.evaluate(lowContrast)).toEqual([]);
    stub.become("asleep");
    await lookAgain(page);
    await waitForWord(page, "Asleep");
    expect(await page.evaluate(lowContrast)).toEqual([]);
  });
});

/** Runs in the page: what a screen reader would stumble over. */
function unnamed(): string[] {
  const found: string[] = [];
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`twice: #${id}`);
  for (const attribute of ["aria-labelledby", "aria-describedby", "for"])
    for (const element of document.querySelectorAll(`[${attribute}]`))
      for (const id of (element.getAttribute(attribute) ?? "").split(" ")) if (!ids.includes(id)) found.push(`${attribute} leads to no #${id}`);
  for (const element of document.querySelectorAll("button, summary, input, select, progress, [role=img]")) {
    // A bar is named by a text that is there only with it.
    if (element instanceof HTMLProgressElement && !element.checkVisibility()) continue;
    const labels = element instanceof HTMLInputElement || element instanceof HTMLSelectElement ? [...(element.labels ?? [])] : [];
    const named = (element.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id));
    const own = element instanceof HTMLSelectElement ? "" : element.textContent;
    const name = [element.getAttribute("aria-label"), own, ...[...labels, ...named].map((each) => each?.textContent)].join("").trim();
    if (name === "") found.push(`no name: ${element.outerHTML.slice(0, 80)}`);
  }
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    if (!heading.checkVisibility()) continue;
    const own = Number(heading.tagName.slice(1));
    if (own > level + 1) found.push(`from h${level} to ${heading.outerHTML}`);
    level = own;
  }
  return found;
}

/** Runs in the page: texts whose colour is too close to what is behind them. Every background here is opaque or none. */
function lowContrast(): string[] {
  const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string) => {
    const [r = 0, g = 0, b = 0] = channels(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element: Element | null): string => {
    if (!element) return "rgb(255, 255, 255)";
    const color = getComputedStyle(element).backgroundColor;
    return channels(color)[3] === 0 ? behind(element.parentElement) : color;
  };
  const found: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!element || !node.textContent?.trim() || element.closest("svg, script, style, noscript") || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [high, low] = [luminance(style.color), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)} ${node.textContent.trim().slice(0, 40)}`);
  }
  return found;
}
