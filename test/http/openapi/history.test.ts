import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FinanceApi, startFinanceApi } from "../finance/api.ts";
import { checkAnswer } from "./answers.ts";

// Half a year of one person, so that every figure of a summary and an insight has something in it.
let api: FinanceApi;
const call = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
  const answer = await api.call("ann", method, path, body, headers);
  checkAnswer(method, path, answer);
  return answer;
};
const idOf = async (path: string, body: unknown) => String((await call("POST", path, body)).body.id);

beforeAll(async () => {
  api = await startFinanceApi();
  api.setNow(Date.UTC(2026, 10, 20, 9));
  const food = await idOf("/categories", { name: "Food" });
  const groceries = await idOf("/categories", { name: "Groceries", parentId: food });
  const home = await idOf("/categories", { name: "Home" });
  const giro = await idOf("/accounts", { name: "Giro", type: "asset", currency: "EUR" });
  const dollars = await idOf("/accounts", { name: "Dollars", type: "asset", currency: "USD" });
  const yen = await idOf("/accounts", { name: "Yen", type: "asset", currency: "JPY" });
  const loan = await idOf("/accounts", { name: "Loan", type: "liability", currency: "EUR" });
  const expenses: object[] = [];
  const spend = (occurredOn: string, amount: string, merchant: string, categoryId: string | null, more = {}) =>
    void expenses.push({ occurredOn, amount, currency: "EUR", merchant, categoryId, accountId: giro, tags: ["b", "a"], ...more });
  for (const month of ["04", "05", "06", "07", "08", "09", "10", "11"]) {
    for (const [day, amount] of [
      ["03", "38.20"],
      ["09", "61.75"],
      ["16", "44.10"],
    ] as const)
      spend(`2026-${month}-${day}`, amount, "Market", groceries);
    spend(`2026-${month}-01`, "850.00", "Landlord", home);
    spend(`2026-${month}-05`, month > "08" ? "12.99" : "9.99", "Music", null);
    spend(`2026-${month}-27`, "2900.00", "Employer", null, { kind: "income" });
  }
  spend("2026-11-19", "310.00", "Wine cellar", groceries);
  spend("2026-11-18", "12.00", "Market", groceries, { kind: "refund" });
  spend("2026-11-20", "20.00", "Diner", food, { currency: "USD" });
  spend("2026-11-20", "2000", "Ramen", food, { currency: "JPY" });
  for (const mode of ["all", "each"]) {
    const list = mode === "all" ? expenses : [expenses[0], { amount: "0" }, { ...expenses[0], categoryId: loan }];
    expect((await call("POST", "/expenses/bulk", { mode, expenses: list })).status).toBe(mode === "all" ? 201 : 200);
  }
  for (const [account, day, amount] of [
    [giro, "2026-10-31", "1210.50"],
    [giro, "2026-11-20", "1523.07"],
    [loan, "2026-11-01", "4800.00"],
    [dollars, "2026-11-10", "300.00"],
    [yen, "2026-11-10", "40000"],
  ] as const)
    expect((await call("PUT", `/accounts/${account}/balances/${day}`, { amount })).status).toBe(200);
  expect((await call("PUT", "/rates/2026-11-18/USD/EUR", { rate: "0.9231" })).status).toBe(200);
  for (const period of ["week", "month", "quarter", "year", "payday"])
    await call("POST", "/budgets", { name: period, categoryId: period === "year" ? null : food, amount: "100.00", currency: "EUR", period, rollover: true });
  await call("POST", "/budgets", { name: "later", amount: "100.00", currency: "EUR", period: "custom", periodDays: 10, startsOn: "2027-01-01" });
}, 60_000);
afterAll(() => api?.close());

describe("with a history behind them, the answers are what the document declares", () => {
  const queries = ["", "?on=2026-11-08", "?on=2026-08-15&currency=USD", "?on=1950-01-01", "?on=2030-01-01"];
  it.each(["weekly-recap", "spending-analysis", "budget-suggestion", "budget-tracking", "net-worth"])("/insights/%s", async (name) => {
    for (const query of queries) expect((await call("GET", `/insights/${name}${query}`)).status).toBe(200);
  });

  it("/summary", async () => {
    for (const query of ["", "?period=week", "?period=quarter&on=2026-08-01", "?period=payday", "?from=2026-04-01&to=2026-11-20", "?period=year&currency=USD"])
      expect((await call("GET", `/summary${query}`)).status).toBe(200);
  });

  it("/budgets, /accounts, /rates, and /expenses page by page", async () => {
    for (const path of ["/budgets", "/accounts", "/rates", "/categories"]) expect((await call("GET", path)).status).toBe(200);
    for (const { id } of (await call("GET", "/budgets")).body.items ?? []) await call("GET", `/budgets/${id}`);
    for (const { id } of (await call("GET", "/accounts")).body.items ?? []) await call("GET", `/accounts/${id}/balances`);
    let pages = 0;
    for (let cursor = ""; ; pages++) {
      const { body } = await call("GET", `/expenses?limit=7&sort=merchant&from=2026-01-01${cursor}`);
      if (typeof body.next !== "string") break;
      cursor = `&cursor=${body.next}`;
    }
    expect(pages).toBeGreaterThan(4);
  });

  it("a key that was used answers again, says so, and refuses another payload", async () => {
    const key = { "idempotency-key": "once" };
    const first = await call("POST", "/categories", { name: "Once" }, key);
    const again = await call("POST", "/categories", { name: "Once" }, key);
    expect([again.body, again.headers["idempotency-replayed"]]).toEqual([first.body, "true"]);
    expect((await call("POST", "/categories", { name: "Other" }, key)).body.type).toBe("/problems/idempotency-key-reused");
  });

  it("adopted suggestions are budgets, and what is adopted twice is skipped", async () => {
    const suggestions = [{ categoryId: null }];
    const statuses = [];
    for (let i = 0; i < 2; i++) statuses.push((await call("POST", "/insights/budget-suggestion/adopt", { suggestions })).status);
    expect(statuses).toContain(200);
  });
});
