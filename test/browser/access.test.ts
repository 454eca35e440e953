/** The console for those who use a keyboard, a screen reader, a phone, or a dark room. */
import { beforeEach, describe, expect, it } from "vitest";
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

  it("fits a phone without scrolling sideways, in every phase, with attention and long words", async () => {
    const page = await enter("olga", { viewport: { width: 360, height: 740 } });
    const attention = { code: "incompatible-parameters", since: stub.state.since, what: "x".repeat(120), doThis: `https://example.org/${"long-".repeat(30)}` };
    for (const phase of ["asleep", "waking", "awake", "falling-asleep"] as const) {
      stub.become(phase, { attention, reason: "y".repeat(150) });
      await lookAgain(page);
      await expect.poll(() => page.locator("#hero").getAttribute("data-mood"), { timeout: 10_000 }).toBe(phase);
      expect(await overflow(page)).toBe(0);
    }
  });

  it.each(["light", "dark"] as const)("has enough contrast for its text in %s (WCAG 2 AA)", async (colorScheme) => {
    stub.become("awake", { attention: { code: "c", since: stub.state.since, what: "Something.", doThis: "Something else." } });
    const page = await enter("olga", { colorScheme });
    await page.getByText("None yet.").waitFor();
    await page.locator("#saving dd").first().waitFor();
    await page.locator("table.history td").first().waitFor();
    expect(await page.evaluate(lowContrast)).toEqual([]);
    stub.become("asleep");
    await lookAgain(page);
    await waitForWord(page, "Asleep");
    expect(await page.evaluate(lowContrast)).toEqual([]);
  });
});

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
