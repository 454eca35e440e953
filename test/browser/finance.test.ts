/** The finance view in a real browser, under its real policy, against the stub: a month, budgets, expenses, and all of it while the database sleeps. */
import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { budgetOf, expenseOf, summaryOf } from "./finance-stub.ts";
import { fillMonth } from "./month.ts";
import { addExpense, amountField, consoleSuite, expenseForm, findChromium, lookAgain, waitForWord } from "./page.ts";
import type { Stub } from "./stub.ts";

const chromium = findChromium();
if (!chromium) console.log("The tests of the console’s finance view are skipped: no Chromium was found on this machine.");

describe.skipIf(!chromium)("the finance view", { timeout: 60_000 }, () => {
  const suite = consoleSuite(chromium ?? "");
  const { enter, requests } = suite;
  let stub: Stub;
  beforeEach(() => {
    stub = suite.stub();
    stub.become("awake");
  });
  const row = (page: Page, text: string) => page.locator("#recent").getByRole("listitem").filter({ hasText: text });
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.id);

  it("shows the month by category as bars that say what they show, with the same in a table, and what could not be converted", async () => {
    fillMonth(stub.finance);
    const page = await enter();
    await page.locator("#month-total").filter({ hasText: "€2,293.54" }).waitFor();
    await page.getByText(/^€188.44 \(9 %\) more than by /).waitFor();
    await page.getByText(/^Not counted: USD.120\.00, JPY.5,400\./).waitFor();
    const chart = page.getByRole("img", { name: /^Spending in .* by category$/ });
    expect(await chart.locator("desc").textContent()).toMatch(/^Home €1,240\.00, Food €482\.35, .*and 3 more in the table\.$/);
    expect(await chart.locator("rect.bar").count()).toBe(8);
    expect(await chart.locator("circle.mark").first().getAttribute("fill")).toBe("#3366cc");
    await page.getByText("As a table, with 3 more").click();
    const table = page.getByRole("table", { name: /^Spending in .* by category$/ });
    await table.getByRole("row", { name: /^No category -€90\.00 -4 %/ }).waitFor();
    // Children under their parent, and the sum of all.
    const heads = await table.getByRole("rowheader").allTextContents();
    expect([heads.slice(0, 3), heads.at(-1)]).toEqual([["Home", "Energy", "Food"], "In all"]);
    await page.getByText("Last week you spent €312.40").waitFor();
  });

  it("turns to the months before and back, as the reader's own action", async () => {
    const now = summaryOf();
    const before = summaryOf({ total: "77.00", byCategory: [] }, now.previous.from);
    stub.finance.summaries.set(before.from, before);
    const page = await enter();
    const total = page.locator("#month-total");
    await total.filter({ hasText: "€0.00" }).waitFor();
    expect(await page.getByRole("button", { name: "This month" }).isVisible()).toBe(false);
    await page.getByRole("button", { name: "The month before" }).click();
    await total.filter({ hasText: "€77.00" }).waitFor();
    expect(requests("GET", "/summary").filter(({ background }) => !background)).toHaveLength(1);
    await page.getByRole("button", { name: "This month" }).click();
    await total.filter({ hasText: "€0.00" }).waitFor();
    // The button that was pressed has gone; the keyboard's place has not.
    await expect.poll(() => focused(page)).toBe("The month before");
  });

  it("says of each budget how it stands in words, not by colour alone, and marks today in its bar", async () => {
    fillMonth(stub.finance);
    const page = await enter();
    const budget = (name: string) => page.locator("#budgets").getByRole("listitem").filter({ hasText: name });
    await budget("Everything")
      .getByRole("paragraph")
      .filter({ hasText: /^On pace: 45 % used, (50|48) % of the month left; €1,649\.46 left\.$/ })
      .waitFor();
    await budget("Food").getByText("€482.35 of €635.20", { exact: true }).waitFor();
    await budget("Food").getByText("€600.00 and €35.20 carried over").waitFor();
    await budget("Food").getByText("Faster than planned", { exact: true }).waitFor();
    await budget("Travel").getByText("Over budget by €20.00", { exact: true }).waitFor();
    await budget("Books").getByText("Used up", { exact: true }).waitFor();
    expect(await budget("Everything").locator("svg .today").count()).toBe(1);
    expect(await budget("Everything").locator("svg .over").count()).toBe(0);
    expect(await budget("Travel").locator("svg .over").count()).toBe(1);
    await page.getByRole("img", { name: "Budget Travel: €80.00 of €60.00" }).waitFor();
  });

  it("adds a budget and removes it after asking once, each under a key", async () => {
    const page = await enter();
    await page.getByText("No budgets yet.").waitFor();
    await page.getByText("Add a budget", { exact: true }).click();
    const form = page.locator("#budget-form");
    await form.getByRole("button", { name: "Add budget" }).click();
    await page.getByText("must be text of 1 to 100 characters").waitFor();
    expect(await focused(page)).toBe("budget-name");
    await form.getByLabel("Name").fill("Food at home");
    await form.getByLabel("Amount").fill("250,00");
    await form.getByLabel("For").selectOption({ label: "Food" });
    await form.getByLabel("Carry over").check();
    await form.getByRole("button", { name: "Add budget" }).click();
    const remove = page.getByRole("button", { name: "Remove the budget Food at home" });
    await remove.waitFor();
    const sent = requests("POST", "/budgets").at(-1);
    expect(sent?.body).toEqual({ name: "Food at home", categoryId: "c-food", amount: "250.00", currency: "EUR", period: "month", rollover: true });
    expect(sent).toMatchObject({ background: false, key: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    await remove.click();
    await page.getByRole("button", { name: "Remove it?" }).click();
    await remove.waitFor({ state: "detached" });
    expect(stub.seen.filter(({ method }) => method === "DELETE")).toHaveLength(1);
    expect(await focused(page)).toBe("budgets-title");
  });

  it("takes kind, merchant and tags, lists them, and shows more on demand where the list ends", async () => {
    stub.finance.expenses = Array.from({ length: 23 }, (_, at) => expenseOf(`Number ${at + 1}`));
    const page = await enter();
    await row(page, "Number 10").waitFor();
    const form = expenseForm(page);
    await form.getByLabel("Kind").selectOption("refund");
    await form.getByLabel("Merchant").fill("Wardrobe & Sons");
    await form.getByLabel("Tags").fill("work, , travel");
    await addExpense(page, { amount: "90", description: "Jacket" }).then(() => page.getByText("Write the amount as 12.50.").waitFor());
    await addExpense(page, { amount: "90.00", description: "Jacket" });
    await row(page, "Wardrobe & Sons · Jacket Refund #work #travel").getByText("+€90.00").waitFor();
    expect(requests("POST", "/expenses").at(-1)?.body).toMatchObject({
      kind: "refund",
      merchant: "Wardrobe & Sons",
      tags: ["work", "travel"],
      categoryId: null,
    });
    const rows = page.locator("#recent").getByRole("listitem");
    await expect.poll(() => rows.count()).toBe(10);
    const more = page.getByRole("button", { name: "Show more" });
    await more.click();
    await expect.poll(() => rows.count()).toBe(20);
    // Adding one reads the list again, and does not take back what was paged to.
    await addExpense(page, { amount: "1.00", description: "One more" });
    await row(page, "One more").waitFor();
    await expect.poll(() => rows.count()).toBe(20);
    await more.click();
    await expect.poll(() => rows.count()).toBe(25);
    expect(await more.isVisible()).toBe(false);
    expect(await focused(page)).toMatch(/^Edit Number 19/);
  });

  it("changes an expense against the version that was seen, and gives way to nobody silently", async () => {
    const lunch = expenseOf("Lunch", { version: 4, amount: "10.00" });
    stub.finance.expenses = [lunch, expenseOf("Other")];
    const page = await enter();
    await row(page, "Lunch")
      .getByRole("button", { name: /^Edit Lunch/ })
      .click();
    await page.getByRole("heading", { name: "Change the expense" }).waitFor();
    expect(await focused(page)).toBe("expense-amount");
    await amountField(page).fill("11.00");
    // Somebody else, meanwhile.
    stub.finance.expenses = stub.finance.expenses.map((each) => (each.id === lunch.id ? { ...each, version: 5, amount: "99.00" } : each));
    await page.getByRole("button", { name: "Save changes" }).click();
    await page
      .getByRole("alert")
      .getByText(/^It was changed meanwhile: it is now .*Lunch, €99\.00\. What you typed is still here\./)
      .waitFor();
    expect(await amountField(page).inputValue()).toBe("11.00");
    await page.getByRole("button", { name: "Save changes" }).click();
    await row(page, "Lunch").getByText("€11.00").waitFor();
    const sent = stub.seen.filter(({ method }) => method === "PATCH");
    expect(sent.map(({ ifMatch }) => ifMatch)).toEqual(['"4"', '"5"']);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(2);
    expect(await focused(page)).toMatch(/^Edit Lunch/);
    await page.getByRole("heading", { name: "Add an expense" }).waitFor();
  });

  it("deletes after asking once, and takes an expense that has gone for what was wanted", async () => {
    const [first, second] = [expenseOf("First"), expenseOf("Second")];
    stub.finance.expenses = [first, second];
    const page = await enter();
    const remove = page.getByRole("button", { name: "Delete" });
    await row(page, "First").getByRole("button").click();
    await remove.click();
    expect(stub.seen.filter(({ method }) => method === "DELETE")).toEqual([]);
    await remove.click();
    await row(page, "First").waitFor({ state: "detached" });
    expect(stub.seen.find(({ method }) => method === "DELETE")).toMatchObject({ path: `/expenses/${first.id}`, ifMatch: '"1"' });
    await row(page, "Second").getByRole("button").click();
    stub.finance.expenses = [];
    await remove.click();
    await remove.click();
    await page.getByText("Deleted.").waitFor();
    await page.getByText("None yet.").waitFor();
  });

  it("gives back what was typed of a new one when another was changed in between", async () => {
    stub.finance.expenses = [expenseOf("Lunch")];
    const page = await enter();
    await row(page, "Lunch").waitFor();
    await amountField(page).fill("7.25");
    await expenseForm(page).getByLabel("Description").fill("Half a thought");
    await row(page, "Lunch").getByRole("button").click();
    expect(await amountField(page).inputValue()).toBe("12.50");
    await page.getByRole("button", { name: "Cancel" }).click();
    expect(await amountField(page).inputValue()).toBe("7.25");
    expect(await expenseForm(page).getByLabel("Description").inputValue()).toBe("Half a thought");
    expect(await focused(page)).toMatch(/^Edit Lunch/);
  });

  it("searches by text, and asks for all again when the field is emptied", async () => {
    fillMonth(stub.finance);
    const page = await enter();
    await row(page, "Zur Haselmaus").waitFor();
    const field = page.getByRole("searchbox", { name: "Search in merchants and descriptions" });
    await field.fill("ryokan");
    await field.press("Enter");
    await page.getByRole("heading", { name: "With “ryokan”" }).waitFor();
    await expect.poll(() => page.locator("#recent").getByRole("listitem").count()).toBe(1);
    await field.fill("nowhere");
    await field.press("Enter");
    await page.getByText("Nothing with “nowhere” in its merchant or description.").waitFor();
    await field.press("Escape");
    await row(page, "Zur Haselmaus").waitFor();
    await page.getByRole("heading", { name: "Recent expenses" }).waitFor();
  });

  it("writes once however often it is pressed: a write that met a sleeping database keeps its key", async () => {
    const page = await enter();
    await page.getByText("None yet.").waitFor();
    stub.answers.set("POST /expenses", { times: 1, status: 503, headers: { "retry-after": "25" }, body: { title: "Not serving", detail: "It is asleep." } });
    await addExpense(page, { amount: "5.00", description: "Tea" });
    await page.getByText("It is asleep. What you typed is still here.").waitFor();
    await page.getByRole("button", { name: "Add expense" }).click();
    await page.getByText("Added €5.00.").waitFor();
    await addExpense(page, { amount: "5.00", description: "Tea" });
    await expect.poll(() => row(page, "Tea").count()).toBe(2);
    const keys = requests("POST", "/expenses").map(({ key }) => key);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it("keeps the last known figures while the database sleeps, says of when they are, and offers nothing that needs it", async () => {
    fillMonth(stub.finance);
    const page = await enter();
    await row(page, "Zur Haselmaus").waitFor();
    await page.locator("#month-total").filter({ hasText: "€2,293.54" }).waitFor();
    await expect.poll(() => page.locator("#figures").isVisible()).toBe(true);
    const readSoFar = () => stub.seen.filter(({ path }) => /^\/(categories|expenses|summary|insights)/.test(path)).length;
    const reads = readSoFar();
    stub.become("asleep");
    await lookAgain(page);
    await waitForWord(page, "Asleep");
    await page.getByText(/it is asleep\. What you see is as of \d\d:\d\d\.$/).waitFor();
    expect(await page.locator("#month-total").isVisible()).toBe(true);
    expect(await row(page, "Zur Haselmaus").isVisible()).toBe(true);
    for (const name of ["The month before", "Add expense", "Show more", "Search"])
      expect([name, await page.getByRole("button", { name }).isVisible()]).toEqual([name, false]);
    expect(await page.getByText("Add a budget", { exact: true }).isVisible()).toBe(false);
    await lookAgain(page);
    expect(readSoFar()).toBe(reads);
    // Once it serves again, all is read anew.
    stub.finance.summaries.set(summaryOf().from, summaryOf({ total: "1.00" }));
    stub.become("awake");
    await lookAgain(page);
    await page.locator("#month-total").filter({ hasText: "€1.00" }).waitFor();
    expect(await page.locator("#expenses-asleep").isVisible()).toBe(false);
  });

  it("says that the database does not answer when that happens again although it serves", async () => {
    const asleep = { status: 503, body: { title: "Unreachable", detail: "The database does not answer." } };
    stub.answers.set("GET /summary", { times: 99, ...asleep });
    const page = await enter();
    await page.getByText("None yet.").waitFor();
    expect(await page.locator("#finance-error").isVisible()).toBe(false);
    await lookAgain(page);
    await page.locator("#finance-error").getByText("The database does not answer.").waitFor();
    stub.answers.delete("GET /summary");
    await lookAgain(page);
    await page.locator("#figures").waitFor();
    expect(await page.locator("#finance-error").isVisible()).toBe(false);
  });

  it("says what went wrong when the figures can't be read, and shows them when they can", async () => {
    stub.answers.set("GET /summary", { times: 1, status: 500, body: { message: "Internal Server Error" } });
    stub.finance.summaries.set(summaryOf().from, summaryOf({ total: "3.00", budgets: [budgetOf("Food")] }));
    const page = await enter();
    await page.locator("#finance-error").getByText("Internal Server Error.").waitFor();
    expect(await page.locator("#figures").isVisible()).toBe(false);
    await lookAgain(page);
    await page.locator("#month-total").filter({ hasText: "€3.00" }).waitFor();
    expect(await page.locator("#finance-error").isVisible()).toBe(false);
  });
});
