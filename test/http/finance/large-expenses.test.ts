import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { defaultProfile } from "../../../src/finance/profile.ts";
import { readNews } from "../../../src/notifications/data.ts";
import { type FinanceApi, startFinanceApi } from "./api.ts";

let api: FinanceApi;
beforeAll(async () => {
  api = await startFinanceApi();
});
afterAll(() => api?.close());
beforeEach(async () => {
  await api.database.ask("delete from users");
  api.profiles.set("s-ann", { ...defaultProfile("s-ann"), largeExpense: { amount: "100.00", currency: "EUR" } });
});

const spend = (amount: string, more: Record<string, unknown> = {}, user = "ann", headers: Record<string, string> = {}) =>
  api.call(user, "POST", "/expenses", { amount, currency: "EUR", occurredOn: "2026-01-31", merchant: "IKEA", ...more }, headers);
const told = async () =>
  (await api.database.ask("select id, payload from outbox where kind = 'large-expense' order by created_at")) as {
    id: string;
    payload: Record<string, unknown>;
  }[];

it("an expense of the user's own limit or more is told of, with all that its mail says", async () => {
  await spend("99.99");
  const made = await spend("100");
  const [one, ...others] = await told();
  expect(others).toEqual([]);
  expect(readNews("large-expense", one?.payload)?.data).toEqual({
    v: 1,
    expenseId: made.body.id,
    amount: "100.00",
    currency: "EUR",
    merchant: "IKEA",
    occurredOn: "2026-01-31",
    limit: "100.00",
  });
});

it("what comes in, what is moved, another currency, and who has set no limit are none", async () => {
  await spend("500", { kind: "income" });
  await spend("500", { kind: "transfer" });
  await spend("500", { kind: "refund" });
  await spend("500", { currency: "USD" });
  await spend("500", {}, "bob");
  expect(await told()).toEqual([]);
});

it("a request that comes twice tells once", async () => {
  await spend("200", {}, "ann", { "idempotency-key": "k" });
  await spend("200", {}, "ann", { "idempotency-key": "k" });
  expect(await told()).toHaveLength(1);
});

it("a change tells of what has become large, once for each expense, whatever it becomes in between", async () => {
  const { body } = await spend("50");
  const change = (to: Record<string, unknown>) => api.call("ann", "PATCH", `/expenses/${body.id}`, to);
  await change({ amount: "150" });
  const first = await told();
  expect(first).toMatchObject([{ payload: { amount: "150.00" } }]);
  await change({ description: "a table" });
  await change({ amount: "20" });
  await change({ amount: "300" });
  expect(await told()).toEqual(first);
  // Carried on meanwhile, it has the same name again, under which it is there.
  await api.database.ask("delete from outbox");
  await change({ amount: "20" });
  await change({ amount: "300" });
  expect((await told()).map(({ id }) => id)).toEqual(first.map(({ id }) => id));
});

it("what is undone is not told", async () => {
  const refused = await spend("500", { categoryId: "01931c5e-0000-7000-8000-000000000000" });
  expect(refused.status).toBe(422);
  expect(await told()).toEqual([]);
});

it("many at once are one message, with the largest of them", async () => {
  const expenses = [90, 100, 700, 300, 250, 900, 120, 800].map((amount) => ({ amount: String(amount), currency: "EUR", occurredOn: "2026-01-31" }));
  await api.call("ann", "POST", "/expenses/bulk", { mode: "all", expenses });
  const [one, ...others] = await told();
  expect(others).toEqual([]);
  expect(readNews("large-expense", one?.payload)?.data).toMatchObject({ v: 2, count: 7, total: "3170.00", limit: "100.00" });
  expect(((one?.payload.largest ?? []) as { amount: string }[]).map(({ amount }) => amount)).toEqual(["900.00", "800.00", "700.00", "300.00", "250.00"]);
  await api.database.ask("delete from outbox");
  await api.call("ann", "POST", "/expenses/bulk", { mode: "all", expenses: expenses.slice(0, 2) });
  expect(await told()).toMatchObject([{ payload: { v: 1, amount: "100.00" } }]);
});
