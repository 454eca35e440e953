/** The whole cycle through the console, in a real browser, against the real platform: built bundles, sign-in page, a PostgreSQL that starts and stops. */
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Running, startForTest } from "../integration/harness.ts";
import { addExpense, amountField, findChromium, type OpenPage, openBrowser, openPage, overflow, signIn, waitForWord } from "./page.ts";

const chromium = findChromium();
if (!chromium) console.log("The browser test of the whole platform is skipped: no Chromium was found on this machine.");
/** Where pictures go, to be looked at; none are made unless this is set. */
const pictures = process.env.DORMOUSE_PICTURES;

describe.skipIf(!chromium)("the console and the platform", { timeout: 240_000 }, () => {
  let browser: Browser;
  let run: Running;
  let open: OpenPage;
  beforeAll(async () => {
    [browser, run] = await Promise.all([
      openBrowser(chromium ?? ""),
      startForTest({ startSeconds: 5, stopSeconds: 2, settings: { idleMinutes: 0.4, drainSeconds: 5 } }),
    ]);
    open = await openPage(browser, { reducedMotion: "reduce" });
    // A wake before, so that there is something to estimate from.
    await run.ask("/database/start", { as: "ben", method: "POST" });
    await run.until({ phase: "awake", serving: true });
    expect((await run.ask("/database/stop", { as: "olga", operator: true, method: "POST" })).status).toBe(202);
    await run.until({ phase: "asleep", rdsStatus: "stopped" });
  }, 120_000);
  afterAll(async () => {
    await open?.close();
    await browser?.close();
    await run?.close();
  });

  it("is signed in to by a name, wakes by the button, takes an expense, falls asleep by itself, and tells all of it", async () => {
    const { page, complaints } = open;
    const picture = async (name: string) => {
      if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
    };
    await signIn(page, run.platform.url, "ann");
    expect(await page.locator("#who-name").textContent()).toBe("ann");
    await waitForWord(page, "Asleep");
    await page.locator("#expenses-asleep").getByRole("button", { name: "Restart database" }).waitFor();
    await picture("1-asleep");

    await page.getByRole("button", { name: "Restart database" }).first().click();
    await waitForWord(page, "Waking up");
    const countdown = page.locator("#progress-text");
    await countdown.filter({ hasText: /^Usually ready in about \d+ s$/ }).waitFor();
    const first = await countdown.textContent();
    await expect.poll(() => countdown.textContent(), { timeout: 10_000 }).not.toBe(first);
    await picture("2-waking");

    await waitForWord(page, "Awake", 30_000);
    await addExpense(page, { amount: "12.50", newCategory: "Food", description: "Lunch with the team" });
    const row = page.locator("#recent").getByRole("listitem").filter({ hasText: "Lunch with the team" });
    await row.waitFor();
    expect(await row.textContent()).toContain("12.50");
    const { body } = await run.ask("/expenses", { as: "ann", background: true });
    expect(body).toMatchObject({ items: [{ amount: "12.50", description: "Lunch with the team" }] });

    // The month and a budget of it.
    await page.getByRole("img", { name: /^Spending in .* by category$/ }).waitFor();
    await page.getByText("Add a budget", { exact: true }).click();
    const budget = page.locator("#budget-form");
    await budget.getByLabel("Name").fill("Eating out");
    await budget.getByLabel("Amount").fill("10,00");
    await budget.getByLabel("For").selectOption({ label: "Food" });
    await budget.getByRole("button", { name: "Add budget" }).click();
    await page.locator("#budgets").getByText("Over budget by €2.50", { exact: true }).waitFor();
    await picture("3-awake");

    // Changed elsewhere while it is changed here: said, and then done on top of what it is.
    const [{ id } = { id: "" }] = (body as { items: { id: string }[] }).items;
    await row.getByRole("button", { name: /^Edit Food · Lunch/ }).click();
    const rival = { as: "ann", method: "PATCH", json: { description: "Lunch for two" }, headers: { "if-match": '"1"' } };
    expect((await run.ask(`/expenses/${id}`, rival)).status).toBe(200);
    await amountField(page).fill("9.00");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page
      .getByRole("alert")
      .getByText(/It was changed meanwhile: it is now .*Lunch for two/)
      .waitFor();
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.locator("#budgets").getByText("€9.00 of €10.00", { exact: true }).waitFor();
    expect((await run.ask(`/expenses/${id}`, { as: "ann", background: true })).body).toMatchObject({ amount: "9.00", version: 3 });

    // The page stays open and goes on looking: that does not keep it awake.
    await waitForWord(page, "Falling asleep", 75_000);
    await picture("4-falling-asleep");
    await waitForWord(page, "Asleep", 45_000);
    // What was known last stays, and says of when it is.
    await page.getByText(/it is asleep\. What you see is as of \d\d:\d\d\.$/).waitFor();
    expect(await page.locator("#month-total").textContent()).toBe("€9.00");
    const rows = page.getByRole("table", { name: /What happened to the database/ }).getByRole("row");
    for (const said of [/ann/, /idle for \d+ s, limit 24 s/, /olga asked for sleep/, /ben/]) await rows.filter({ hasText: said }).first().waitFor();
    await page.locator("#saving dd").first().waitFor();
    await picture("5-asleep-again");
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await overflow(page)).toBe(0);
    await picture("6-phone");
    expect(complaints).toEqual([]);
    expect([run.sent("StartDBInstance"), run.sent("StopDBInstance")]).toEqual([2, 2]);
  });
});
