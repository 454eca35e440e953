/** The console in a real browser, built as it is shipped and under its real policy, against a stub that plays the phases. */
import { beforeEach, describe, expect, it } from "vitest";
import { addExpense, amountField, consoleSuite, findChromium, lookAgain, restart, signIn, waitForWord } from "./page.ts";
import { type Stub, startStub } from "./stub.ts";

const chromium = findChromium();
if (!chromium) console.log("The browser tests are skipped: no Chromium was found on this machine.");

describe.skipIf(!chromium)("the console", { timeout: 60_000 }, () => {
  const suite = consoleSuite(chromium ?? "");
  const { enter, open, requests } = suite;
  let stub: Stub;
  beforeEach(() => {
    stub = suite.stub();
  });

  it("asks to sign in, comes back with the reader's name, and leaves no code in the address", async () => {
    const page = await open();
    await signIn(page, stub.url, "ann");
    await waitForWord(page, "Asleep");
    expect(await page.locator("#who-name").textContent()).toBe("ann");
    expect(page.url()).toBe(`${stub.url}/`);
    await page.reload();
    await waitForWord(page, "Asleep");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  it("refuses a sign-in that did not begin in this tab", async () => {
    const page = await open();
    await page.goto(`${stub.url}/?code=stolen&state=made-up`);
    await page.getByRole("alert").filter({ hasText: "did not begin in this tab" }).waitFor();
    expect(await page.locator("#signed-in").isVisible()).toBe(false);
  });

  it("wakes the database when the button is pressed: asleep, waking with a countdown, awake", async () => {
    const page = await enter();
    await waitForWord(page, "Asleep");
    await page.getByText("Waking usually takes about 25 s.").waitFor();
    await restart(page).click();
    await waitForWord(page, "Waking up");
    await page.getByText(/^Usually ready in about \d+ s$/).waitFor();
    await page.getByText("AWS is starting the instance.").waitFor();
    expect(requests("POST", "/database/start")).toHaveLength(1);
    expect(requests("POST", "/database/start")[0]?.background).toBe(false);
    // No more button, and the keyboard's place is at the word that it brought about.
    expect(await restart(page).isVisible()).toBe(false);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("word");
    // The page polls by itself while waking.
    stub.become("awake");
    await waitForWord(page, "Awake");
    await page.getByText(/in (1 h|59 min), unless somebody uses it/).waitFor();
    await page.getByRole("cell", { name: "Woke up" }).first().waitFor();
  });

  it("counts down each second, and says longer than usual instead of standing at 0", async () => {
    stub.become("waking");
    const page = await enter();
    const text = page.locator("#progress-text");
    await text.filter({ hasText: /^Usually ready in about/ }).waitFor();
    const first = await text.textContent();
    await expect.poll(() => text.textContent(), { timeout: 10_000 }).not.toBe(first);
    const past = new Date(Date.now() - 1_000).toISOString();
    stub.state = { ...stub.state, since: new Date(Date.now() - 90_000).toISOString(), estimate: { p50Seconds: 25, p90Seconds: 30, samples: 7, readyAt: past } };
    await text.filter({ hasText: "longer than usual" }).waitFor();
    expect(await page.locator("#progress-bar").getAttribute("value")).toBeNull();
  });

  it("polls as background only, so that an open page neither wakes the database nor keeps it awake", async () => {
    stub.become("awake");
    const page = await enter();
    await page.getByText("None yet.").waitFor();
    await lookAgain(page);
    await lookAgain(page);
    await page.locator("#saving dd").first().waitFor();
    const paths = new Set(stub.seen.map(({ path }) => path));
    expect([...paths].sort()).toEqual([
      "/accounts",
      "/categories",
      "/database",
      "/database/history",
      "/database/savings",
      "/expenses",
      "/exports",
      "/imports",
      "/insights/weekly-recap",
      "/jobs",
      "/me",
      "/notifications",
      "/notifications/subscription",
      "/receipts",
      "/summary",
    ]);
    expect(stub.seen.filter(({ background }) => !background)).toEqual([]);
  });

  it("adds an expense with a new category as a real request, and lists it", async () => {
    stub.become("awake");
    const page = await enter();
    await addExpense(page, { amount: "12,50", newCategory: "Books", description: "The Wind in the Willows" });
    await page.getByText("Added €12.50.").waitFor();
    await page.getByText("Books · The Wind in the Willows").waitFor();
    const [sent] = requests("POST", "/expenses");
    expect(sent?.background).toBe(false);
    expect(sent?.body).toMatchObject({ amount: "12.50", currency: "EUR", description: "The Wind in the Willows" });
  });

  it("puts an error beside its field and the keyboard at it, and makes the category only once", async () => {
    stub.become("awake");
    const page = await enter();
    await addExpense(page, { amount: "1,250", newCategory: "Books" });
    await page.getByText("Write the amount as 12.50.").waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("expense-amount");
    expect(await amountField(page).getAttribute("aria-invalid")).toBe("true");
    await addExpense(page, { amount: "1250.00" });
    await page.getByText("Added €1,250.00.").waitFor();
    expect(requests("POST", "/categories")).toHaveLength(1);
  });

  it("says while asleep that expenses need the database, and offers the button there too; what was typed stays", async () => {
    const page = await enter();
    const note = page.locator("#expenses-asleep");
    await note.getByText("Expenses live in the database, and it is asleep.").waitFor();
    await note.getByRole("button", { name: "Restart database" }).click();
    await waitForWord(page, "Waking up");
    stub.become("awake");
    await amountField(page).fill("7.00");
    stub.become("asleep");
    await lookAgain(page);
    await page.getByRole("button", { name: "Add expense" }).click();
    await page.getByText("What you typed is still here.").waitFor();
    expect(await amountField(page).inputValue()).toBe("7.00");
  });

  it("says plainly what is wrong and what to do", async () => {
    const page = await enter();
    await waitForWord(page, "Asleep");
    stub.state.attention = { code: "storage-full", since: stub.state.since, what: "The storage is full.", doThis: "Raise the allocated storage." };
    await lookAgain(page);
    const alert = page.getByRole("alert").filter({ hasText: "Needs attention" });
    await alert.getByText("The storage is full.").waitFor();
    await alert.getByText("Raise the allocated storage.").waitFor();
    stub.state.attention = null;
    await lookAgain(page);
    await alert.waitFor({ state: "hidden" });
  });

  it("does not call an awake database serving when it is not", async () => {
    stub.become("awake", { serving: false });
    const page = await enter();
    await waitForWord(page, "Awake, but not serving");
    expect(await page.getByRole("button", { name: "Add expense" }).isVisible()).toBe(false);
  });

  it("says in watch mode that nothing is touched, and offers nothing to press", async () => {
    stub.state.mode = "watch";
    const page = await enter("olga");
    await page.getByText("Watching only.").waitFor();
    expect(await page.getByRole("button", { name: "Restart database" }).filter({ visible: true }).count()).toBe(0);
    await page.getByText("In watch mode there is nothing to press here.").waitFor();
    expect(await page.locator("#operators-actions").isVisible()).toBe(false);
  });

  it("lets operators hold it awake with a reason, and let it go again", async () => {
    stub.become("awake");
    const page = await enter("olga");
    await page.getByRole("button", { name: "Keep awake" }).click();
    await page.getByText("Say why, so that others know.").waitFor();
    expect(requests("PUT", "/database/hold")).toHaveLength(0);
    await page.getByLabel("Reason").fill("month end");
    await page.getByRole("button", { name: "Keep awake" }).click();
    await page.getByText(/by olga: month end/).waitFor();
    expect(requests("PUT", "/database/hold")[0]?.body).toMatchObject({ reason: "month end", until: expect.stringMatching(/^\d{4}-.*Z$/) });
    await page.getByRole("button", { name: "Let it sleep again" }).click();
    await page.getByText(/by olga: month end/).waitFor({ state: "detached" });
  });

  it("lets operators put it to sleep, and says what stands in the way before anybody is cut off", async () => {
    stub.become("awake", { leases: [{ id: "l1", by: "job 7", why: "monthly report", expiresAt: new Date(Date.now() + 600_000).toISOString() }] });
    const page = await enter("olga");
    await page.getByRole("button", { name: "Sleep now" }).click();
    await page.getByRole("alert").getByText("job 7: monthly report").waitFor();
    await page.getByRole("button", { name: "Sleep anyway" }).click();
    await waitForWord(page, "Falling asleep");
    expect(requests("POST", "/database/stop").map(({ body }) => body)).toEqual([{}, { force: true }]);
  });

  it("shows those who are no operators none of that", async () => {
    stub.become("awake");
    const page = await enter("ann");
    await waitForWord(page, "Awake");
    expect(await page.getByRole("heading", { name: "For operators" }).isVisible()).toBe(false);
  });

  it("renews an expired token without a word, and asks to sign in when that fails", async () => {
    const page = await enter();
    await waitForWord(page, "Asleep");
    stub.expire(false);
    await lookAgain(page);
    stub.become("waking");
    await lookAgain(page);
    await waitForWord(page, "Waking up");
    stub.expire(true);
    await page.getByText("Your sign-in has ended. Please sign in again.").waitFor();
    expect(await page.locator("#signed-in").isVisible()).toBe(false);
  });

  it("shows the sentence of a problem, and of the gateway's own answers", async () => {
    const page = await enter();
    await waitForWord(page, "Asleep");
    stub.answers.set("POST /database/start", {
      times: 1,
      status: 429,
      body: { title: "Woken too often", status: 429, detail: "You have woken it 30 times today." },
    });
    await restart(page).click();
    await page.getByRole("alert").getByText("You have woken it 30 times today.").waitFor();
    stub.answers.set("POST /database/start", { times: 1, status: 503, body: { message: "Service Unavailable" } });
    await restart(page).click();
    await page.getByRole("alert").getByText("Service Unavailable.").waitFor();
    stub.answers.set("GET /database", { times: 1, status: 500, body: { message: "Internal Server Error" } });
    await lookAgain(page);
    await page.getByText(/Internal Server Error\..*out of date/).waitFor();
    await lookAgain(page);
    await page.getByText(/Internal Server Error/).waitFor({ state: "hidden" });
  });

  it("draws the timeline, says the same in words, and loads older history", async () => {
    const page = await enter();
    const picture = page.getByRole("img", { name: /In the last 24 hours: asleep for .*, woken once\./ });
    await picture.waitFor();
    expect(await picture.locator("rect.p-awake").count()).toBe(1);
    await page.getByRole("button", { name: "7 days" }).click();
    await page.getByRole("img", { name: /In the last 7 days: .*woken 7 times/ }).waitFor();
    const rows = page.getByRole("table", { name: /What happened to the database/ }).getByRole("row");
    const before = await rows.count();
    await page.getByRole("button", { name: "Load more" }).click();
    await expect.poll(() => rows.count(), { timeout: 10_000 }).toBe(before + 12);
  });

  it("says why less than nothing was saved, that nobody logs in to look, and a reason's times in the reader's own zone", async () => {
    const month = new Date().toISOString().slice(0, 7);
    const sums = { awakeSeconds: 600, asleepSeconds: 300, spent: "0.0060", saved: "-0.0015" };
    stub.answers.set("GET /database/savings", {
      times: 9,
      status: 200,
      body: { currency: "USD", pricePerHour: "0.018", since: "2026-11-21T08:00:00Z", ...sums, months: [{ month, ...sums }] },
    });
    // A time of this very minute, so that it is of the reader's own day as well.
    const at = new Date();
    stub.become("awake", { verified: false, reason: `sleeps at ${at.toISOString().slice(11, 16)} UTC if nobody uses it` });
    const page = await enter();
    await page.getByText("AWS bills at least 10 minutes for each start").waitFor();
    await page.getByText("Nobody logs in to look.").waitFor();
    const there = at.toLocaleTimeString("en-GB", { timeZone: "Europe/Berlin", hour: "2-digit", minute: "2-digit" });
    await page.locator("#facts").getByText(`sleeps at ${there} if nobody uses it`, { exact: true }).waitFor();
  });

  it("shows what the sleep saved", async () => {
    const page = await enter();
    await page.getByText("$7.42", { exact: true }).first().waitFor();
    await page.getByText("$31.20", { exact: true }).waitFor();
    await page.getByText("412 h").first().waitFor();
  });

  it("hides the finance part where there is none", async () => {
    const only = await startStub(suite.bundle(), "lifecycle");
    try {
      only.become("awake");
      const page = await open();
      await signIn(page, only.url, "ann");
      await waitForWord(page, "Awake");
      await page.locator("#saving dd").first().waitFor();
      expect(await page.getByRole("heading", { name: "Expenses", exact: true }).isVisible()).toBe(false);
      expect(only.seen.filter(({ path }) => ["/expenses", "/categories", "/jobs", "/notifications"].includes(path))).toEqual([]);
    } finally {
      await only.close();
    }
  });
});
