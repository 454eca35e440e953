import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expenseRoutes } from "../../../../src/http/finance/expenses.ts";
import { type FinanceApi, startFinanceApi } from "../api.ts";
import { container } from "./containers.ts";

let api: FinanceApi;
beforeAll(async () => {
  api = await startFinanceApi();
});
afterAll(() => api?.close());

const nobody = "0198a0b2-7b1c-7fff-bfff-ffffffffffff";
const base = { amount: "12.50", currency: "EUR", occurredOn: "2026-01-31" };
const made = async (user: string, path: string, body: unknown) => {
  const answer = await api.call(user, "POST", path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id ?? "";
};
const category = (user: string, name: string) => made(user, "/categories", { name });
const account = (user: string, name: string) => made(user, "/accounts", { name, type: "asset", currency: "USD" });
const errorsOf = (answer: { status: number; body: { errors?: unknown } }) => [answer.status, answer.body.errors];

describe("an expense", () => {
  it("has a whole shape, with defaults for what is left out", async () => {
    const answer = await api.call("ann", "POST", "/expenses", base);
    const id = answer.body.id ?? "";
    expect([answer.status, answer.headers.etag, answer.headers.location]).toEqual([201, '"1"', `/expenses/${id}`]);
    expect(answer.body).toEqual({
      id,
      version: 1,
      kind: "expense",
      amount: "12.50",
      currency: "EUR",
      occurredOn: "2026-01-31",
      categoryId: null,
      accountId: null,
      merchant: "",
      description: "",
      tags: [],
      status: "cleared",
      refundOf: null,
      receiptId: null,
    });
    const read = await api.call("ann", "GET", `/expenses/${id}`);
    expect([read.status, read.headers.etag, read.body]).toEqual([200, '"1"', answer.body]);
  });

  it("is read as it was entered, with all fields given, in any script", async () => {
    const [categoryId, accountId] = [await category("ann", "Food"), await account("ann", "Card")];
    const refundOf = await made("ann", "/expenses", base);
    const answer = await api.call("ann", "POST", "/expenses", {
      ...base,
      kind: "refund",
      categoryId,
      accountId,
      merchant: " مقهى ‮🐭 ",
      description: "Ünïcode 👨‍👩‍👧",
      tags: ["work", "Äpfel", "work ", "🍎", "a"],
      status: "pending",
      refundOf,
      receiptId: null,
    });
    expect(answer.body).toMatchObject({
      kind: "refund",
      categoryId,
      accountId,
      merchant: "مقهى ‮🐭",
      description: "Ünïcode 👨‍👩‍👧",
      tags: ["a", "work", "Äpfel", "🍎"],
      status: "pending",
      refundOf,
    });
    expect((await api.call("ann", "GET", `/expenses/${answer.body.id}`)).body).toEqual(answer.body);
  });

  it("is changed field by field, its version counting, and cleared with null", async () => {
    const categoryId = await category("ann", "Travel");
    const id = await made("ann", "/expenses", { ...base, categoryId, tags: ["a", "b"], merchant: "Bahn" });
    const patch = (body: unknown, headers?: Record<string, string>) => api.call("ann", "PATCH", `/expenses/${id}`, body, headers);
    const first = await patch({ amount: "3", tags: ["c", "b"], merchant: "" }, { "if-match": '"1"' });
    expect([first.status, first.headers.etag]).toEqual([200, '"2"']);
    expect(first.body).toMatchObject({ amount: "3.00", tags: ["b", "c"], merchant: "", categoryId, version: 2 });
    expect((await patch({ categoryId: null, currency: "JPY", amount: "300" })).body).toMatchObject({
      categoryId: null,
      amount: "300",
      currency: "JPY",
      version: 3,
    });
    expect((await patch({ tags: ["c", "b"], currency: "JPY" })).body).toMatchObject({ version: 3 });
    expect(errorsOf(await patch({ amount: "1.5" }))).toEqual([422, [{ pointer: "/amount", detail: "must have no decimals: JPY has none" }]]);
    expect(errorsOf(await patch({ currency: "EUR" }))).toEqual([422, [{ pointer: "/amount", detail: "is required when the currency changes" }]]);
    const stale = await patch({ amount: "4" }, { "if-match": '"2"' });
    expect([stale.status, stale.body.type, stale.body.version]).toEqual([412, "/problems/changed-meanwhile", 3]);
    expect((await api.call("ann", "GET", `/expenses/${id}`)).body).toEqual((await patch({})).body);
  });

  it("is changed once by two who read the same version, and not lost by two who did not look", async () => {
    const id = await made("ann", "/expenses", base);
    const containers = [container(api.database, expenseRoutes), container(api.database, expenseRoutes)];
    const both = (bodies: unknown[], headers?: Record<string, string>) =>
      Promise.all(containers.map((from, n) => from.call("ann", "PATCH", `/expenses/${id}`, bodies[n], headers)));
    expect((await both([{ amount: "1" }, { amount: "2" }], { "if-match": "1" })).map(({ status }) => status).sort()).toEqual([200, 412]);
    expect((await both([{ merchant: "M" }, { description: "D" }])).map(({ status }) => status)).toEqual([200, 200]);
    expect((await api.call("ann", "GET", `/expenses/${id}`)).body).toMatchObject({ merchant: "M", description: "D", version: 4 });
    for (const each of containers) each.close();
  });

  it("is deleted, on the version that was read", async () => {
    const id = await made("ann", "/expenses", { ...base, tags: ["x"] });
    expect((await api.call("ann", "DELETE", `/expenses/${id}`, undefined, { "if-match": '"7"' })).status).toBe(412);
    expect((await api.call("ann", "DELETE", `/expenses/${id}`, undefined, { "if-match": '"1"' })).status).toBe(204);
    expect((await api.call("ann", "DELETE", `/expenses/${id}`)).status).toBe(404);
    expect((await api.call("ann", "GET", `/expenses/${id}`)).status).toBe(404);
    expect(await api.database.ask("select 1 from expense_tags where expense_id = $1", [id])).toEqual([]);
  });

  it("happens once under an Idempotency-Key, however often it is sent", async () => {
    const key = { "idempotency-key": "7f3b" };
    const first = await api.call("once", "POST", "/expenses", base, key);
    const again = await api.call("once", "POST", "/expenses", { occurredOn: base.occurredOn, currency: "EUR", amount: "12.50" }, key);
    expect([again.status, again.body, again.headers["idempotency-replayed"]]).toEqual([201, first.body, "true"]);
    expect((await api.call("once", "GET", "/expenses")).body.items).toHaveLength(1);
    const gone = { "idempotency-key": "gone" };
    for (let n = 0; n < 2; n++) expect((await api.call("once", "DELETE", `/expenses/${first.body.id}`, undefined, gone)).status).toBe(204);
  });
});

describe("a refund", () => {
  it("gives back an expense of the same user and currency, and nothing else", async () => {
    const bobs = await made("bob", "/expenses", base);
    const income = await made("ann", "/expenses", { ...base, kind: "income" });
    const dollars = await made("ann", "/expenses", { ...base, currency: "USD" });
    const refund = (refundOf: string, kind = "refund") => api.call("ann", "POST", "/expenses", { ...base, kind, refundOf });
    for (const [refundOf, detail] of [
      [bobs, "is not one of your expenses"],
      [nobody, "is not one of your expenses"],
      [income, "must be of the kind expense"],
      [dollars, "must be in the same currency, and it is in USD"],
    ] as const)
      expect(errorsOf(await refund(refundOf))).toEqual([422, [{ pointer: "/refundOf", detail }]]);
    expect(errorsOf(await refund(nobody, "expense"))).toEqual([422, [{ pointer: "/refundOf", detail: "is for the kind refund only" }]]);
    const own = await made("ann", "/expenses", base);
    expect(errorsOf(await api.call("ann", "PATCH", `/expenses/${own}`, { kind: "refund", refundOf: own }))).toEqual([
      422,
      [{ pointer: "/refundOf", detail: "must be another expense" }],
    ]);
  });

  it("keeps what it gives back from becoming something else, and outlives it", async () => {
    const spent = await made("ann", "/expenses", base);
    const refund = await made("ann", "/expenses", { ...base, kind: "refund", refundOf: spent });
    for (const change of [{ kind: "income" }, { currency: "USD", amount: "1" }]) {
      const refused = await api.call("ann", "PATCH", `/expenses/${spent}`, change);
      expect([refused.status, refused.body.uses]).toEqual([409, [{ what: "refunds", count: 1 }]]);
    }
    expect(errorsOf(await api.call("ann", "PATCH", `/expenses/${refund}`, { kind: "expense" }))[0]).toBe(422);
    expect((await api.call("ann", "DELETE", `/expenses/${spent}`)).status).toBe(204);
    expect((await api.call("ann", "GET", `/expenses/${refund}`)).body).toMatchObject({ refundOf: null, version: 2 });
    expect((await api.call("ann", "PATCH", `/expenses/${refund}`, { kind: "expense" })).status).toBe(200);
  });

  it("never ends up beside something else than an expense, however the two meet", async () => {
    const [one, two] = [container(api.database, expenseRoutes), container(api.database, expenseRoutes)];
    for (let n = 0; n < 10; n++) {
      const spent = await made("meet", "/expenses", base);
      const answers = await Promise.all([
        one.call("meet", "POST", "/expenses", { ...base, kind: "refund", refundOf: spent }),
        two.call("meet", "PATCH", `/expenses/${spent}`, { kind: "income" }),
      ]);
      expect([
        [201, 409],
        [422, 200],
      ]).toContainEqual(answers.map(({ status }) => status));
    }
    one.close();
    two.close();
  });
});
