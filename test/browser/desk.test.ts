/** Notifications, mails and work in a real browser, against the stub, while the database sleeps. */
import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { importOf, jobOf, newsOf } from "./desk-stub.ts";
import { consoleSuite, findChromium, lookAgain, overflow, waitForWord } from "./page.ts";
import type { Stub } from "./stub.ts";

const chromium = findChromium();
if (!chromium) console.log("The tests of the console’s notifications and jobs are skipped: no Chromium was found on this machine.");

describe.skipIf(!chromium)("what works while the database sleeps", { timeout: 60_000 }, () => {
  const suite = consoleSuite(chromium ?? "");
  const { enter, requests } = suite;
  let stub: Stub;
  beforeEach(() => {
    stub = suite.stub();
  });
  const news = (page: Page, text: string) => page.locator("#news").getByRole("listitem").filter({ hasText: text });

  it("lists notifications with how many are unread, marks them either way, and says where no mail came and why", async () => {
    stub.desk.news = [
      newsOf("Food has reached 80 %"),
      newsOf("Travel is over its budget", { state: "skipped", reason: "the address is not confirmed" }),
      newsOf("An old one", { read: true }),
    ];
    const page = await enter();
    await page.getByText("2 unread", { exact: true }).waitFor();
    await news(page, "Food").getByText("New", { exact: true }).waitFor();
    expect(await news(page, "An old one").getByText("New", { exact: true }).count()).toBe(0);
    await news(page, "Travel").getByText("No mail was sent: the address is not confirmed.").waitFor();
    await page.getByRole("button", { name: "Mark as read: Food has reached 80 %" }).click();
    await page.getByText("1 unread", { exact: true }).waitFor();
    // The keyboard stays at the one that was marked.
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Mark as unread: Food has reached 80 %");
    await page.getByRole("button", { name: "Mark as unread: An old one" }).click();
    await page.getByText("2 unread", { exact: true }).waitFor();
    const sent = stub.seen.filter(({ method }) => method === "PATCH");
    expect(sent.map(({ body }) => body)).toEqual([{ read: true }, { read: false }]);
    expect(sent.every(({ key, background }) => key !== null && !background)).toBe(true);
    await waitForWord(page, "Asleep");
  });

  it("shows more notifications on demand", async () => {
    stub.desk.news = Array.from({ length: 12 }, (_, at) => newsOf(`Number ${at + 1}`));
    const page = await enter();
    const items = page.locator("#news").getByRole("listitem");
    await expect.poll(() => items.count()).toBe(5);
    const more = page.locator("#news-more");
    await more.click();
    await expect.poll(() => items.count()).toBe(10);
    await more.click();
    await expect.poll(() => items.count()).toBe(12);
    expect(await more.isVisible()).toBe(false);
  });

  it("asks for mails, says that they wait to be confirmed, and stops them", async () => {
    const page = await enter();
    await page.getByText("You get no mails").waitFor();
    await page.getByRole("button", { name: "Send me mails" }).click();
    await page.getByText("A mail was sent to ann@example.org: open it and confirm.").waitFor();
    await page.getByRole("button", { name: "Send it again" }).waitFor();
    stub.desk.subscription.state = "confirmed";
    await page.reload();
    await page.getByText("Mails go to ann@example.org.").waitFor();
    expect(await page.locator("#mail-ask").isVisible()).toBe(false);
    await page.getByRole("button", { name: "No more mails" }).click();
    await page.getByText("You get no mails").waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("mail-words");
    expect(requests("POST", "/notifications/subscription")[0]?.key).toMatch(/^[0-9a-f-]{36}$/);
    stub.desk.subscription = { ...stub.desk.subscription, state: "suppressed", reason: "it bounced" };
    await page.reload();
    await page.getByText("No mails go to ann@example.org any more: it bounced.").waitFor();
  });

  it("switches mails by kind, and sets from how much on an expense is large", async () => {
    const page = await enter();
    const recap = page.getByLabel("How the week was, once a week");
    await recap.check();
    await expect.poll(() => stub.desk.choices.notifications["weekly-recap"]).toBe(true);
    await page.getByLabel("A report is ready").uncheck();
    await expect.poll(() => stub.desk.choices.notifications["report-ready"]).toBe(false);
    await page.getByLabel("Make me a report of each week").check();
    await expect.poll(() => stub.desk.choices.weeklyReport).toBe(true);
    await page.getByLabel("An expense is large from").fill("250");
    await page.getByRole("form", { name: "Large expenses" }).getByRole("button", { name: "Keep" }).click();
    await page.getByText("You are told of everything from this amount on.").waitFor();
    expect(stub.desk.choices.largeExpense).toEqual({ amount: "250", currency: "EUR" });
    await page.getByLabel("An expense is large from").fill("");
    await page.getByRole("form", { name: "Large expenses" }).getByRole("button", { name: "Keep" }).click();
    await expect.poll(() => stub.desk.choices.largeExpense).toBe(null);
    stub.answers.set("PATCH /me", { times: 1, status: 503, body: { title: "Off", detail: "Ask again in a moment." } });
    await recap.click();
    await page.getByText("Ask again in a moment.").waitFor();
    // It shows what holds.
    expect(await recap.isChecked()).toBe(true);
  });

  it("says why mails can't be had when the API says so", async () => {
    stub.answers.set("POST /notifications/subscription", { times: 1, status: 409, body: { title: "Full", detail: "No more addresses can be added." } });
    const page = await enter();
    await page.getByRole("button", { name: "Send me mails" }).click();
    await page.getByRole("alert").getByText("No more addresses can be added.").waitFor();
  });

  it("asks for work while asleep, shows how far it is with a bar, and tells once that it is done", async () => {
    const page = await enter();
    await page.getByRole("button", { name: "Ask for last week’s recap" }).click();
    await page.getByText("Waits for the database.").waitFor();
    expect(requests("POST", "/jobs")[0]).toMatchObject({ body: { kind: "recap" }, background: false, key: expect.any(String) });
    const [asked] = stub.desk.jobs;
    const become = (more: Partial<(typeof stub.desk.jobs)[number]>) => {
      stub.desk.jobs = stub.desk.jobs.map((job) => (job.id === asked?.id ? { ...job, ...more } : job));
    };
    become({ state: "running", progress: { done: 3, total: 12 } });
    const bar = page.getByRole("progressbar", { name: "Weekly recap: how far it is" });
    await bar.waitFor();
    expect(await bar.getAttribute("value")).toBe("0.25");
    await page.getByText("At work: 3 of 12 done.").waitFor();
    become({ state: "done", progress: null, result: { sentence: "You spent €12.50." } });
    await page.locator("#jobs").getByText("You spent €12.50.").waitFor();
    expect(await page.locator("#jobs-announce").textContent()).toBe("Weekly recap: You spent €12.50.");
    expect(await bar.count()).toBe(0);
  });

  it("says why a job failed or waits, and gives a bar without an end where nobody knows it", async () => {
    stub.desk.jobs = [
      jobOf("failed", { kind: "report", reason: "the period has no end" }),
      jobOf("running", { kind: "sweep", progress: { done: 40, total: null } }),
      jobOf("waiting", { kind: "some-new_kind", reason: "the database could not be started" }),
    ];
    const page = await enter();
    await page.getByText("Failed. The period has no end.").waitFor();
    await page.getByText("At work: 40 done so far.").waitFor();
    expect(await page.getByRole("progressbar", { name: /^Look at all budgets/ }).getAttribute("value")).toBeNull();
    await page.getByText("Waits for the database. The database could not be started.").waitFor();
    await page.getByText("some new kind", { exact: true }).waitFor();
  });

  it("has one's data put into a file, and gives a link to it for as long as it is kept", async () => {
    const page = await enter();
    await page.getByLabel("As", { exact: true }).selectOption("csv");
    await page.getByRole("button", { name: "Make a file" }).click();
    await page.getByText("Entries as CSV: Waits for the database.").waitFor();
    expect(requests("POST", "/exports")[0]).toMatchObject({ body: { format: "csv" } });
    const end = (keptUntil: number) => {
      const file = { fileName: "dormouse-2026-11-21.csv", rows: 3, bytes: 99, keptUntil: new Date(keptUntil).toISOString() };
      stub.desk.exports = stub.desk.exports.map((one) => ({ ...one, state: "done", file }));
      stub.desk.jobs = stub.desk.jobs.map((job) => ({ ...job, state: "done" }));
    };
    end(Date.now() + 86_400_000);
    await page.getByText("Entries as CSV: ready.").waitFor();
    const went = page.waitForRequest(/\/files\//);
    await page.getByRole("button", { name: "Download dormouse-2026-11-21.csv" }).click();
    expect(new URL((await went).url()).pathname).toBe(`/files/${stub.desk.exports[0]?.id}`);
    expect(requests("GET", `/exports/${stub.desk.exports[0]?.id}/download`)).toHaveLength(1);
    stub.desk.exports = stub.desk.exports.map((one) => ({ ...one, file: one.file && { ...one.file, keptUntil: new Date(0).toISOString() } }));
    const again = await enter();
    await again.getByText("Entries as CSV: kept no longer.").waitFor();
    expect(await again.getByRole("button", { name: /^Download/ }).count()).toBe(0);
  });

  it("has a bank's file looked through, shows what it found and what not, reads it otherwise, enters it and undoes that", async () => {
    const page = await enter();
    const card = page.locator("#imports");
    const list = page.locator("#imports-list");
    await expect.poll(() => card.locator("#imports-account option").count()).toBe(1);
    await card
      .getByLabel("File", { exact: true })
      .setInputFiles({ name: "october.csv", mimeType: "text/csv", buffer: Buffer.from("Date,Name,Amount\n01/02/2026,Markt,-1.00\n") });
    await card.getByRole("button", { name: "Look through it" }).click();
    await list.getByText("Is being looked through.").waitFor();
    const [one] = stub.desk.imports;
    if (one === undefined) throw new Error("nothing was announced");
    expect([one.format, stub.desk.receipts.get(one.id)?.uploaded?.includes("01/02/2026,Markt")]).toEqual(["csv", true]);
    const counts = { rows: 4, bad: 1, duplicates: 1, added: 2, kinds: { expense: 2 }, from: "2026-01-02", to: "2026-02-01" };
    const mapping = { separator: ",", header: 1, decimals: ".", days: "mdy", out: "negative", columns: {} };
    stub.desk.importRows = [{ line: 3, problem: "has no day" }];
    Object.assign(one, { state: "checked", counts, read: { encoding: "utf-8", encodingUnsure: false, csv: { mapping, names: [], unsure: ["days"] } } });
    stub.desk.jobs = [];
    await lookAgain(page);
    await list.getByText("2 entries to enter, from 2026-01-02 to 2026-02-01.").waitFor();
    await card.getByText("Line 3 has no day.").first().waitFor();
    await card.getByText("It was read otherwise than it should").click();
    await card.getByLabel("Days").selectOption("dmy");
    await card.getByRole("button", { name: "Look again" }).click();
    await list.getByText("Is being looked through.").waitFor();
    expect(one.mapping).toEqual({ days: "dmy", decimals: ".", out: "negative" });
    Object.assign(one, { state: "checked" });
    stub.desk.jobs = [];
    await lookAgain(page);
    await card.getByRole("button", { name: "Enter them" }).click();
    await list.getByText("Is being entered.").waitFor();
    Object.assign(one, { state: "committed" });
    stub.desk.jobs = [];
    await lookAgain(page);
    await list.getByText("2 entries entered.").waitFor();
    await card.getByRole("button", { name: "Undo" }).click();
    await card.getByRole("button", { name: "Really?" }).click();
    await list.getByText("Is being undone.").waitFor();
  });

  it("looks again at what is under way although its job was over before it was seen", async () => {
    stub.desk.imports = [importOf("checked", { counts: { rows: 2, bad: 0, duplicates: 0, added: 2, kinds: { expense: 2 }, from: null, to: null } })];
    const page = await enter();
    const list = page.locator("#imports-list");
    // Done by the time that the page looks for jobs, though the import was read in between.
    await page.route(/\/jobs\?/, async (route) => {
      stub.desk.jobs = [];
      await route.continue();
      if (await list.getByText("Is being entered.").isVisible()) for (const one of stub.desk.imports) one.state = "committed";
    });
    await page.getByRole("button", { name: "Enter them" }).click();
    await list.getByText("2 entries entered.").waitFor();
  });

  it("says why a file can't be imported, and takes none that is no bank's", async () => {
    stub.desk.imports = [importOf("unreadable", { reason: "The file has no column with days." })];
    const page = await enter();
    const card = page.locator("#imports");
    await card.getByText("Can't be read. The file has no column with days.").waitFor();
    await card.getByLabel("File", { exact: true }).setInputFiles({ name: "a.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF") });
    await card.getByRole("button", { name: "Look through it" }).click();
    await card.getByText("Choose a file that ends in .csv, .ofx or .qfx.").waitFor();
  });

  it("uploads a file of everything, and has it brought back", async () => {
    const page = await enter();
    await page.getByText("Bring such a file back").click();
    await page.getByRole("button", { name: "Bring it back" }).click();
    await page.getByRole("alert").getByText("Choose the file of everything").waitFor();
    await page.locator("#restore-file").setInputFiles({ name: "dormouse.json", mimeType: "application/json", buffer: Buffer.from('{"dormouse":"export"') });
    await page.getByRole("button", { name: "Bring it back" }).click();
    await page.locator("#jobs").getByText("Bringing an export back").waitFor();
    const [[id, { uploaded }] = ["", { uploaded: null }]] = stub.desk.receipts;
    expect(uploaded).toContain('{"dormouse":"export"');
    expect(requests("POST", `/me/restore/${id}`)).toHaveLength(1);
  });

  it("stays away where its routes are not there, and asks for them no more", async () => {
    stub.desk.there = false;
    const page = await enter();
    await waitForWord(page, "Asleep");
    await expect.poll(() => requests("GET", "/jobs").length + requests("GET", "/notifications").length).toBe(2);
    await lookAgain(page);
    await page.locator("#saving dd").first().waitFor();
    expect(await page.locator("#desk").isVisible()).toBe(false);
    expect(requests("GET", "/jobs")).toHaveLength(1);
  });

  it("fits a phone", async () => {
    const word = "w".repeat(90);
    stub.desk.news = [newsOf(word)];
    stub.desk.jobs = [jobOf("failed", { kind: word, reason: word })];
    const page = await enter("ann", { viewport: { width: 360, height: 740 } });
    await news(page, word).waitFor();
    await page
      .locator("#jobs")
      .getByText(/^Failed/)
      .waitFor();
    expect(await overflow(page)).toBe(0);
  });

  it("deletes the account once what that does was typed, and signs out", async () => {
    const page = await enter();
    await page.getByText("Delete everything", { exact: true }).click();
    const button = page.getByRole("button", { name: "Delete my account" });
    await button.click();
    await page.getByText("Type “delete everything” first. Nothing was deleted.").waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("leaving-words");
    await page.getByLabel("Type “delete everything”").fill("delete nothing");
    await button.click();
    expect(requests("DELETE", "/me")).toEqual([]);
    await page.getByLabel("Type “delete everything”").fill(" Delete everything ");
    await button.click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    expect(requests("DELETE", "/me")).toHaveLength(1);
  });
});
