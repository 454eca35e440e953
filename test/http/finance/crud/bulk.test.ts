import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAX_BODY_BYTES } from "../../../../src/http/api.ts";
import { MAX_BULK, MAX_BULK_BYTES } from "../../../../src/http/finance/bulk.ts";
import { type FinanceApi, startFinanceApi } from "../api.ts";

let api: FinanceApi;
beforeAll(async () => {
  api = await startFinanceApi();
});
afterAll(() => api?.close());

const base = { amount: "1", currency: "EUR", occurredOn: "2026-01-31" };
const bulk = (user: string, mode: string, expenses: unknown[], headers?: Record<string, string>) =>
  api.call(user, "POST", "/expenses/bulk", { mode, expenses }, headers);
const count = async (user: string) => Number((await api.database.ask("select count(*) as n from expenses where user_id = $1", [`s-${user}`]))[0]?.n);

describe("many expenses at once", () => {
  it("are all made, in their order, once under a key", async () => {
    const rows = Array.from({ length: MAX_BULK }, (_, n) => ({ ...base, amount: String(n + 1), tags: n % 2 === 0 ? ["even", "x"] : [] }));
    const answer = await bulk("ann", "all", rows, { "idempotency-key": "b1" });
    expect(answer.status).toBe(201);
    const ids = answer.body.ids as string[];
    expect(new Set(ids).size).toBe(MAX_BULK);
    expect((await api.call("ann", "GET", `/expenses/${ids[16]}`)).body).toMatchObject({ amount: "17.00", tags: ["even", "x"], version: 1 });
    expect((await bulk("ann", "all", rows, { "idempotency-key": "b1" })).body).toEqual(answer.body);
    expect(await count("ann")).toBe(MAX_BULK);
  });

  it("are not made when one does not fit, and the answer names it", async () => {
    const rows = [base, { ...base, amount: "0" }, base, { ...base, currency: "XXX", note: 1 }];
    const answer = await bulk("all", "all", rows);
    expect([answer.status, answer.body.detail]).toEqual([422, "2 of 4 expenses do not fit, so none was made."]);
    expect(answer.body.errors?.map(({ pointer }) => pointer)).toEqual(["/expenses/1/amount", "/expenses/3/currency", "/expenses/3/note"]);
    const stolen = (await api.call("ann", "POST", "/categories", { name: "Ann's" })).body.id;
    const late = await bulk("all", "all", [base, { ...base, categoryId: stolen }]);
    expect(late.body.errors).toEqual([{ pointer: "/expenses/1/categoryId", detail: "is not one of your categories" }]);
    expect(await count("all")).toBe(0);
  });

  it("get an answer each when asked for, and those that fit are made", async () => {
    const answer = await bulk("each", "each", [base, { ...base, occurredOn: "2026-02-31" }, 7, { ...base, refundOf: "x" }, base]);
    const results = answer.body.results as { status: number; id?: string; problem?: { type: string; errors: { pointer: string }[] } }[];
    expect([answer.status, results.map(({ status }) => status)]).toEqual([200, [201, 422, 422, 422, 201]]);
    expect(results[1]?.problem).toMatchObject({ type: "/problems/bad-fields", status: 422, errors: [{ pointer: "/occurredOn" }] });
    expect((await api.call("each", "GET", `/expenses/${results[4]?.id}`)).status).toBe(200);
    expect(await count("each")).toBe(2);
    expect((await bulk("each", "each", [7])).body.results).toHaveLength(1);
  });

  it("name a hundred faults at most", async () => {
    const answer = await bulk(
      "many",
      "all",
      Array.from({ length: 200 }, () => ({ ...base, amount: "0" })),
    );
    expect(answer.body.errors).toHaveLength(100);
    expect(answer.body.detail).toBe("200 of 200 expenses do not fit, so none was made. The first 100 of 200 are named.");
  });

  it("are 1 to 500, within a body of their own size", async () => {
    for (const rows of [[], Array.from({ length: MAX_BULK + 1 }, () => base)])
      expect((await bulk("size", "all", rows)).body.errors).toEqual([{ pointer: "/expenses", detail: "must be a list of 1 to 500 expenses" }]);
    expect((await bulk("size", "some", [base])).body.errors).toEqual([{ pointer: "/mode", detail: "must be one of all, each" }]);
    const long = { ...base, description: "x".repeat(500), merchant: "y".repeat(200) };
    const rows = Array.from({ length: MAX_BULK }, () => long);
    expect(JSON.stringify(rows).length).toBeGreaterThan(MAX_BODY_BYTES);
    expect((await bulk("size", "all", rows)).status).toBe(201);
    const large = await bulk("size", "all", [{ ...base, description: "x".repeat(MAX_BULK_BYTES) }]);
    expect([large.status, large.body.maximumBytes]).toEqual([413, MAX_BULK_BYTES]);
  });
});
