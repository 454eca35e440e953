import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { defaultProfile } from "../../../src/finance/profile.ts";
import * as schemas from "../../../src/http/finance/insight-schemas.ts";
import { summary } from "../../../src/http/finance/summary-schemas.ts";
import { type FinanceApi, startFinanceApi } from "./api.ts";
import { category, settle } from "./year.ts";

let api: FinanceApi;
beforeAll(async () => {
  api = await startFinanceApi();
  api.setNow(Date.parse("2026-11-20T12:00:00Z"));
  for (const user of ["ann", "hans", "bob", "cleo", "dora"]) await settle(api.database, user);
  api.profiles.set("s-hans", { ...defaultProfile("s-hans"), locale: "de-DE" });
});
afterAll(() => api.close());

const answers = {
  "weekly-recap": schemas.weeklyRecap,
  "spending-analysis": schemas.spendingAnalysis,
  "budget-suggestion": schemas.budgetSuggestion,
  "budget-tracking": schemas.budgetTracking,
  "net-worth": schemas.netWorth,
};
const get = async (user: string, path: string) => {
  const { status, body } = await api.call(user, "GET", path);
  expect(status).toBe(200);
  // biome-ignore lint/suspicious/noExplicitAny: a test reads its members one by one
  return body as any;
};
/** Spaces that locales put between digits are of several kinds. */
const plain = (sentence: string) => sentence.replace(/[\u00a0\u202f]/g, " ");

describe("insights over HTTP", () => {
  for (const [name, schema] of Object.entries(answers))
    it(`${name} has the declared shape, for a year of expenses, for nothing at all, and for a day long ago`, async () => {
      for (const [user, query] of [
        ["ann", ""],
        ["nobody", ""],
        ["ann", "?on=1900-01-01"],
        ["ann", "?on=2199-12-31&currency=JPY"],
      ]) {
        const body = await get(user ?? "", `/insights/${name}${query}`);
        expect(z.safeParse(schema, body)).toMatchObject({ success: true });
        expect(Object.keys(body).sort()).toEqual(["currency", "figures", "from", "method", "sentence", "to", "unconverted"]);
        expect(body.sentence).toMatch(/^[A-Z€¥].*\.$/);
        expect(body.sentence).not.toMatch(/undefined|NaN|null|Infinity/);
      }
    });

  it("the week that is over, against the usual one, in the user's own numbers", async () => {
    const body = await get("ann", "/insights/weekly-recap");
    expect(body).toMatchObject({ from: "2026-11-09", to: "2026-11-15", currency: "EUR" });
    expect(body.figures).toMatchObject({ total: "297.00", count: 3, weekBefore: { total: "125.60", change: "171.40" }, usual: { weeks: 12 } });
    expect(body.figures.movers[0]).toMatchObject({ name: "Fun", total: "194.00", before: "0.00", change: "194.00" });
    expect(body.figures.topExpenses.map(({ total }: { total: string }) => total)).toEqual(["194.00", "80.00", "23.00"]);
    expect(body.sentence).toBe(
      "In the week from November 9 to November 15 you spent €297.00 in 3 entries, €86.61 (41%) more than in a usual week. The biggest change was Fun, €194.00 more than usual. Concert 12 was the largest, €194.00 on November 10.",
    );
    const german = await get("hans", "/insights/weekly-recap");
    expect(plain(german.sentence)).toContain("In the week from 09.11.2026 to 15.11.2026 you spent 297,00 € in 3 entries, 86,61 € (41 %) more");
  });

  it("the year: a rising category, a subscription, an unusual dinner and not its neighbour", async () => {
    const { figures, sentence } = await get("ann", "/insights/spending-analysis");
    const trends = figures.byCategory.map(({ name, trend }: { name: string; trend: { direction: string; perMonth: string } }) => [
      name,
      trend.direction,
      trend.perMonth,
    ]);
    expect(trends).toContainEqual(["Fun", "rising", "12.00"]);
    for (const steady of ["Housing", "Groceries", "Streaming", "Holiday", "Eating out"]) expect(trends).toContainEqual([steady, "none", "0.00"]);
    expect(figures.recurring).toContainEqual({
      merchant: "Flixnet",
      rhythm: "monthly",
      amount: "9.99",
      currency: "EUR",
      lastOn: "2026-11-17",
      changedFrom: null,
      payments: 13,
      nextOn: "2026-12-17",
      late: false,
      perMonth: "9.99",
    });
    expect(figures.unusual.map(({ merchant, total, usual, times }: Record<string, unknown>) => [merchant, total, usual, times])).toEqual([
      ["Chez Max", "260.00", "25.70", 10.1],
    ]);
    expect(figures.byMerchant[0]).toEqual({ merchant: "Landlord", total: "12350.00", count: 13, share: 0.5443 });
    const sum = (list: { total: string }[]) => list.reduce((all, { total }) => all + BigInt(total.replace(".", "")), 0n);
    expect(sum(figures.byCategory)).toBe(BigInt(figures.total.replace(".", "")));
    expect(sum(figures.months)).toBe(sum(figures.byCategory));
    expect(sentence).toContain("Fun rises by about €12.00 a month.");
  });

  it("suggests budgets that a one-off holiday doesn't move, and makes those that are adopted once, whoever asks again", async () => {
    const { figures } = await get("bob", "/insights/budget-suggestion");
    const amounts = Object.fromEntries(figures.suggestions.map(({ name, amount, reason }: Record<string, unknown>) => [name, [amount, reason]]));
    expect(amounts).toEqual({
      Housing: ["950.00", "steady"],
      Groceries: ["370.00", "steady"],
      Fun: ["260.00", "trend"],
      "Eating out": ["105.00", "one-offs"],
      Streaming: ["10.00", "steady"],
      Holiday: [null, "seldom"],
    });
    const wish = {
      suggestions: [{ categoryId: category("bob", "Groceries") }, { categoryId: category("bob", "Holiday") }, { categoryId: null, amount: "2000" }],
    };
    const adopt = () => api.call("bob", "POST", "/insights/budget-suggestion/adopt", wish);
    const rivals = await Promise.all([adopt(), adopt()]);
    expect(rivals.map(({ status }) => status).sort()).toEqual([200, 201]);
    for (const { body } of rivals) expect(z.safeParse(schemas.adopted, body)).toMatchObject({ success: true });
    const made = rivals.find(({ status }) => status === 201)?.body as unknown as z.output<typeof schemas.adopted>;
    expect(made.budgets).toMatchObject([
      { name: "Groceries", amount: "370.00", currency: "EUR", period: "month", startsOn: "2026-11-01" },
      { name: "All spending", categoryId: null, amount: "2000.00" },
    ]);
    expect(made.skipped).toMatchObject([{ categoryId: category("bob", "Holiday"), reason: "nothing-suggested" }]);
    const again = rivals.find(({ status }) => status === 200)?.body as unknown as z.output<typeof schemas.adopted>;
    expect(again.skipped.map(({ reason }) => reason)).toEqual(["has-budget", "nothing-suggested", "has-budget"]);
    expect((await get("bob", "/budgets")).items).toHaveLength(2);
    const after = await get("bob", "/insights/budget-suggestion");
    expect(after.figures.suggestions.find(({ name }: { name: string }) => name === "Groceries")).toMatchObject({ reason: "has-budget", amount: "370.00" });
  });

  it("refuses to adopt what does not fit, and names the field", async () => {
    const pointers = async (body: unknown) => {
      const answer = await api.call("cleo", "POST", "/insights/budget-suggestion/adopt", body);
      expect(answer.status).toBe(422);
      return answer.body.errors?.map(({ pointer }) => pointer);
    };
    const groceries = { categoryId: category("cleo", "Groceries") };
    expect(await pointers({})).toEqual(["/suggestions"]);
    expect(await pointers({ suggestions: [] })).toEqual(["/suggestions"]);
    expect(await pointers({ suggestions: [groceries, groceries] })).toEqual(["/suggestions/1/categoryId"]);
    expect(await pointers({ suggestions: [groceries, { categoryId: category("ann", "Groceries") }] })).toEqual(["/suggestions/1/categoryId"]);
    expect(await pointers({ suggestions: [{ ...groceries, amount: "1.234" }] })).toEqual(["/suggestions/0/amount"]);
    expect(await pointers({ suggestions: [{ ...groceries, amount: "1.5" }], currency: "JPY" })).toEqual(["/suggestions/0/amount"]);
    expect(await pointers({ suggestions: [{ ...groceries, amount: 5 }] })).toEqual(["/suggestions/0/amount"]);
    expect(await pointers({ suggestions: [groceries], currency: "XXX" })).toEqual(["/currency"]);
    expect((await get("cleo", "/budgets")).items).toEqual([]);
  });

  it("tracks budgets: a rent on the 1st is no overspending, what will not hold says what to cut", async () => {
    const budget = (name: string, of: Parameters<typeof category>[1], amount: string) =>
      api.call("dora", "POST", "/budgets", { name, categoryId: category("dora", of), amount, currency: "EUR", period: "month" });
    for (const made of [await budget("Rent", "Housing", "1000"), await budget("Fun", "Fun", "250"), await budget("Food", "Groceries", "900")])
      expect(made.status).toBe(201);
    const { figures, sentence } = await get("dora", "/insights/budget-tracking");
    const by = Object.fromEntries(figures.budgets.map((one: { name: string }) => [one.name, one]));
    // A straight line through the month would say 1,425.
    expect(by.Rent).toMatchObject({ verdict: "tight", spent: "950.00", projected: "1425.00", expected: "950.00", perDayLeft: "5.00" });
    expect(by.Fun).toMatchObject({ verdict: "over", spent: "294.40" });
    expect(by.Fun.cut[0]).toMatchObject({ merchant: "Concert 12", total: "194.00", usual: "0.00", saves: "194.00" });
    expect(by.Food).toMatchObject({ verdict: "on-track" });
    expect(figures).toMatchObject({ holding: 2, atRisk: 1 });
    expect(sentence).toBe("Of 3 budgets, 2 will hold. Fun is over: €294.40 of €250.00. The most to save is at Concert 12: €194.00 more than usual.");
    const shown = await get("dora", "/summary");
    expect(shown.budgets.find(({ name }: { name: string }) => name === "Rent")).toMatchObject({
      spent: "950.00",
      remaining: "50.00",
      percent: 95,
      projected: "1425.00",
      daysLeft: 10,
    });
  });

  it("net worth: by account and by rate, with the rates, and what has none", async () => {
    const { figures, sentence, unconverted } = await get("ann", "/insights/net-worth");
    // 3,000 + 11,000 USD × 0.95; yen have no rate of the last week.
    expect(figures).toMatchObject({ assets: "13450.00", liabilities: "19000.00", netWorth: "-5550.00" });
    expect(figures.history).toHaveLength(13);
    expect(figures.history.at(-2)).toEqual({ day: "2026-10-31", assets: "11500.00", liabilities: "20000.00", netWorth: "-8500.00", leftOut: 1 });
    expect(figures.change).toMatchObject({ since: "2026-10-31", total: "2950.00" });
    expect(figures.change.byAccount.map(({ name, change, byBalance, byRate }: Record<string, unknown>) => [name, change, byBalance, byRate])).toEqual([
      ["Broker", "1450.00", "950.00", "500.00"],
      ["Loan", "1000.00", "1000.00", "0.00"],
      ["Giro", "500.00", "500.00", "0.00"],
    ]);
    expect(figures.rates).toEqual([
      { base: "USD", quote: "EUR", day: "2026-10-28", rate: "0.9" },
      { base: "USD", quote: "EUR", day: "2026-11-18", rate: "0.95" },
    ]);
    expect(figures.unconvertedAccounts).toMatchObject([{ name: "Yen jar", currency: "JPY", balance: "50000" }]);
    expect(unconverted).toEqual([{ currency: "JPY", total: "50000" }]);
    expect(sentence).toBe(
      "On November 20 you are worth -€5,550.00: €13,450.00 in assets less €19,000.00 owed. That is €2,950.00 (35%) more than on October 31, most by Broker. Without an exchange rate: Yen jar (one account).",
    );
  });
});

describe("/summary over HTTP", () => {
  it("is this month's by the user's own today, unless told", async () => {
    const body = await get("ann", "/summary");
    expect(z.safeParse(summary, body)).toMatchObject({ success: true });
    expect(body).toMatchObject({
      from: "2026-11-01",
      to: "2026-11-30",
      currency: "EUR",
      total: "1407.39",
      previous: { from: "2026-10-01", toDate: { to: "2026-10-20" } },
    });
    api.profiles.set("s-ann", {
      ...defaultProfile("s-ann"),
      displayCurrency: "USD",
      calendar: { ...defaultProfile("").calendar, timeZone: "Pacific/Kiritimati" },
    });
    try {
      api.setNow(Date.parse("2026-11-30T12:00:00Z"));
      expect(await get("ann", "/summary")).toMatchObject({ from: "2026-12-01", to: "2026-12-31", currency: "USD", total: "0.00" });
    } finally {
      api.profiles.delete("s-ann");
      api.setNow(Date.parse("2026-11-20T12:00:00Z"));
    }
    expect(await get("ann", "/summary?period=week&on=2026-11-11")).toMatchObject({ from: "2026-11-09", to: "2026-11-15", total: "297.00" });
    expect(await get("ann", "/summary?from=2026-07-12&to=2026-07-12")).toMatchObject({
      total: "2400.00",
      count: 1,
      previous: { from: "2026-07-11", to: "2026-07-11" },
    });
    expect(await get("ann", "/summary?period=year&currency=JPY")).toMatchObject({
      from: "2026-01-01",
      to: "2026-12-31",
      total: "0",
      unconverted: [{ currency: "EUR" }],
    });
  });

  it("refuses queries that don't fit, and names the parameter", async () => {
    for (const [query, pointers] of [
      ["period=decade", ["/period"]],
      ["on=2026-02-31", ["/on"]],
      ["on=9999-01-01", ["/on"]],
      ["currency=eur", ["/currency"]],
      ["from=2026-01-01", ["/to"]],
      ["from=2026-01-02&to=2026-01-01", ["/to"]],
      ["from=2000-01-01&to=2026-01-01", ["/to"]],
      ["from=2026-01-01&to=2026-01-02&on=2026-01-01", ["/on"]],
      ["nonsense=1", ["/nonsense"]],
    ] as const) {
      const answer = await api.call("ann", "GET", `/summary?${query}`);
      expect([query, answer.status, answer.body.errors?.map(({ pointer }) => pointer)]).toEqual([query, 400, pointers]);
    }
    expect((await api.call("ann", "GET", "/insights/net-worth?period=week")).status).toBe(400);
  });
});
