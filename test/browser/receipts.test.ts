/** The receipt of an expense in a real browser, against the stub. */
import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { expenseOf } from "./finance-stub.ts";
import { addExpense, consoleSuite, expenseForm, findChromium } from "./page.ts";
import type { Stub } from "./stub.ts";

const chromium = findChromium();
if (!chromium) console.log("The tests of receipts in the console are skipped: no Chromium was found on this machine.");

describe.skipIf(!chromium)("a receipt", { timeout: 60_000 }, () => {
  const suite = consoleSuite(chromium ?? "");
  const { enter, requests } = suite;
  let stub: Stub;
  beforeEach(() => {
    stub = suite.stub();
    stub.become("awake");
  });
  const field = (page: Page) => expenseForm(page).getByLabel(/^Receipt/);
  const png = { name: "lunch.png", mimeType: "image/png", buffer: Buffer.from("\u0089PNG and the rest") };
  /** The one that was made last, once its file has come. */
  const uploaded = async () => {
    const newest = () => [...stub.desk.receipts].at(-1);
    await expect.poll(() => newest()?.[1].uploaded).toBeTruthy();
    const found = newest();
    if (!found) throw new Error("nothing was uploaded");
    return { id: found[0], receipt: found[1] };
  };

  it("is uploaded when it is chosen, looked at, and written with the expense", async () => {
    const page = await enter();
    await field(page).setInputFiles(png);
    const { id, receipt } = await uploaded();
    expect(requests("POST", "/receipts")[0]?.body).toEqual({ fileName: "lunch.png", contentType: "image/png", size: png.buffer.length });
    // The fields first, the file last: S3 reads nothing behind it.
    expect(receipt.uploaded?.indexOf('name="Content-Type"')).toBeLessThan(receipt.uploaded?.indexOf('name="file"') ?? 0);
    await page.getByText("lunch.png is uploaded and looked at…").waitFor();
    // Saved before it has been looked at: the expense waits for it.
    await addExpense(page, { amount: "12.50", description: "Lunch" });
    expect(requests("POST", "/expenses")).toEqual([]);
    receipt.state = "ready";
    await page.getByText("Added €12.50.").waitFor();
    expect(requests("POST", "/expenses")[0]?.body).toMatchObject({ receiptId: id });
    await page.getByRole("button", { name: "Receipt of Lunch, €12.50" }).waitFor();
    expect(await field(page).inputValue()).toBe("");
  });

  it("that was refused says why at its field, and the expense is not written without it unless it is removed", async () => {
    const page = await enter();
    await field(page).setInputFiles(png);
    Object.assign((await uploaded()).receipt, { state: "refused", reason: "It is not a PNG image." });
    await expenseForm(page).getByText("It is not a PNG image.").waitFor();
    await addExpense(page, { amount: "12.50" });
    await page.getByText("Nothing was written: look at what is marked above.").waitFor();
    expect(await field(page).getAttribute("aria-invalid")).toBe("true");
    expect(requests("POST", "/expenses")).toEqual([]);
    await page.getByRole("button", { name: "Remove the receipt" }).click();
    await page.getByRole("button", { name: "Add expense" }).click();
    await page.getByText("Added €12.50.").waitFor();
    expect(requests("POST", "/expenses")[0]?.body).not.toHaveProperty("receiptId");
  });

  it("that can't be one is refused before anything is sent", async () => {
    const page = await enter();
    await field(page).setInputFiles({ name: "page.html", mimeType: "text/html", buffer: Buffer.from("<p>") });
    await page.getByText("Choose a JPEG, PNG, GIF or PDF.").waitFor();
    await field(page).setInputFiles({ ...png, buffer: Buffer.alloc(0) });
    await page.getByText("It is empty.").waitFor();
    expect(requests("POST", "/receipts")).toEqual([]);
  });

  it("is opened from the list, stays as it is when the expense is changed, and goes when it is removed", async () => {
    const lunch = expenseOf("Lunch", { receiptId: "r-1" });
    stub.finance.expenses = [lunch];
    stub.desk.receipts.set("r-1", { fileName: "lunch.png", state: "ready", reason: null, uploaded: "" });
    const page = await enter();
    const downloaded = page.waitForEvent("download");
    await page.getByRole("button", { name: "Receipt of Lunch, €12.50" }).click();
    expect(new URL((await downloaded).url()).pathname).toBe("/files/r-1");
    await page.getByRole("button", { name: /^Edit Lunch/ }).click();
    await page.getByText("There is one.").waitFor();
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Saved €12.50.").waitFor();
    await page.getByRole("button", { name: /^Edit Lunch/ }).click();
    await page.getByRole("button", { name: "Remove the receipt" }).click();
    await page.getByText("It goes when you save.").waitFor();
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByRole("button", { name: "Receipt of Lunch, €12.50" }).waitFor({ state: "detached" });
    const [first, second] = stub.seen.filter(({ method }) => method === "PATCH").map(({ body }) => body as Record<string, unknown>);
    expect(first).not.toHaveProperty("receiptId");
    expect(second).toMatchObject({ receiptId: null });
  });

  it("has no field where there are no receipts", async () => {
    stub.desk.there = false;
    const page = await enter();
    await page.getByText("None yet.").waitFor();
    await expect.poll(() => requests("GET", "/receipts").length).toBe(1);
    expect(await page.locator("#receipt-place").isVisible()).toBe(false);
  });
});
