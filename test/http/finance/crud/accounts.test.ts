import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FinanceApi, startFinanceApi } from "../api.ts";

let api: FinanceApi;
beforeAll(async () => {
  api = await startFinanceApi();
});
afterAll(() => api?.close());

async function make(user: string, name: string, currency = "EUR"): Promise<string> {
  const answer = await api.call(user, "POST", "/accounts", { name, type: "asset", currency });
  expect(answer.status).toBe(201);
  return answer.body.id ?? "";
}
const put = (user: string, id: string, day: string, amount: unknown) => api.call(user, "PUT", `/accounts/${id}/balances/${day}`, { amount });

describe("an account", () => {
  it("is made, read, changed and deleted, its version counting", async () => {
    const made = await api.call("ann", "POST", "/accounts", { name: "Giro", type: "asset", currency: "EUR" });
    const id = made.body.id ?? "";
    expect([made.status, made.headers.etag, made.headers.location]).toEqual([201, '"1"', `/accounts/${id}`]);
    expect(made.body).toEqual({ id, version: 1, name: "Giro", type: "asset", currency: "EUR", archived: false });
    expect((await api.call("ann", "GET", `/accounts/${id}`)).body).toEqual(made.body);
    const changed = await api.call("ann", "PATCH", `/accounts/${id}`, { archived: true, type: "liability", currency: "JPY" }, { "if-match": '"1"' });
    expect(changed.body).toEqual({ ...made.body, version: 2, archived: true, type: "liability", currency: "JPY" });
    expect((await api.call("ann", "PATCH", `/accounts/${id}`, { archived: false }, { "if-match": '"1"' })).status).toBe(412);
    expect((await api.call("ann", "POST", "/accounts", { name: "gIRO", type: "asset", currency: "EUR" })).status).toBe(409);
    expect((await api.call("ann", "GET", "/accounts")).body).toEqual({ items: [changed.body], next: null });
    expect((await api.call("ann", "DELETE", `/accounts/${id}`)).status).toBe(204);
    expect((await api.call("ann", "GET", `/accounts/${id}`)).status).toBe(404);
  });

  it("keeps its currency once something was entered in it, and stays while an expense names it", async () => {
    const id = await make("ann", "Card");
    await put("ann", id, "2026-01-31", "10");
    const refused = await api.call("ann", "PATCH", `/accounts/${id}`, { currency: "USD" });
    expect([refused.status, refused.body.type, refused.body.uses]).toEqual([409, "/problems/in-use", [{ what: "balances", count: 1 }]]);
    expect((await api.call("ann", "PATCH", `/accounts/${id}`, { currency: "EUR", name: "Visa" })).status).toBe(200);
    // Balances alone go with their account.
    expect((await api.call("ann", "DELETE", `/accounts/${id}`)).status).toBe(204);
    const used = await make("ann", "Used");
    expect((await api.call("ann", "POST", "/expenses", { amount: "1", currency: "USD", occurredOn: "2026-01-01", accountId: used })).status).toBe(201);
    const kept = await api.call("ann", "DELETE", `/accounts/${used}`);
    expect([kept.status, kept.body.uses]).toEqual([409, [{ what: "expenses", count: 1 }]]);
  });
});

describe("a balance", () => {
  it("is put, put anew, read and deleted by its day", async () => {
    const id = await make("bal", "Giro");
    const path = `/accounts/${id}/balances/2026-01-31`;
    const first = await put("bal", id, "2026-01-31", "-12.5");
    expect([first.status, first.headers.etag, first.body]).toEqual([
      200,
      '"1"',
      { accountId: id, day: "2026-01-31", amount: "-12.50", currency: "EUR", version: 1 },
    ]);
    expect((await put("bal", id, "2026-01-31", "-12.50")).body).toMatchObject({ version: 1 });
    expect((await put("bal", id, "2026-01-31", "0")).body).toMatchObject({ amount: "0.00", version: 2 });
    expect((await api.call("bal", "GET", path)).headers.etag).toBe('"2"');
    expect((await api.call("bal", "DELETE", path, undefined, { "if-match": '"1"' })).status).toBe(412);
    expect((await api.call("bal", "DELETE", path, undefined, { "if-match": '"2"' })).status).toBe(204);
    expect((await api.call("bal", "GET", path)).status).toBe(404);
    expect((await api.call("bal", "DELETE", path)).status).toBe(404);
  });

  it("has as many decimals as its account's currency at most", async () => {
    const id = await make("bal", "Yen", "JPY");
    const answer = await put("bal", id, "2026-01-31", "1.5");
    expect([answer.status, answer.body.errors]).toEqual([422, [{ pointer: "/amount", detail: "must have no decimals: JPY has none" }]]);
  });

  it("is listed newest first, within a range, in pages", async () => {
    const id = await make("bal", "Long");
    for (let day = 10; day < 20; day++) await put("bal", id, `2026-01-${day}`, String(day));
    const seen: unknown[] = [];
    let next: string | null | undefined;
    do {
      const page = await api.call("bal", "GET", `/accounts/${id}/balances?from=2026-01-11&to=2026-01-18&limit=3${next ? `&cursor=${next}` : ""}`);
      seen.push(...(page.body.items ?? []).map(({ day }) => String(day).slice(8)));
      next = page.body.next;
    } while (next);
    expect(seen).toEqual(["18", "17", "16", "15", "14", "13", "12", "11"]);
  });
});

describe("a rate", () => {
  it("is put, put anew, read and deleted by its day and pair", async () => {
    const path = "/rates/2026-01-31/EUR/USD";
    const first = await api.call("rat", "PUT", path, { rate: "1.08370" });
    expect([first.status, first.headers.etag, first.body]).toEqual([200, '"1"', { day: "2026-01-31", base: "EUR", quote: "USD", rate: "1.0837", version: 1 }]);
    expect((await api.call("rat", "PUT", path, { rate: "1.0837" })).body).toMatchObject({ version: 1 });
    expect((await api.call("rat", "PUT", path, { rate: "0.000000000001" })).body).toMatchObject({ rate: "0.000000000001", version: 2 });
    expect((await api.call("rat", "GET", path)).body).toMatchObject({ version: 2 });
    // Entered is what was entered: never turned round.
    expect((await api.call("rat", "GET", "/rates/2026-01-31/USD/EUR")).status).toBe(404);
    expect((await api.call("rat", "DELETE", path, undefined, { "if-match": "1" })).status).toBe(412);
    expect((await api.call("rat", "DELETE", path)).status).toBe(204);
    expect((await api.call("rat", "GET", path)).status).toBe(404);
  });

  it("is listed by pair and day, and newest first for one pair, in pages", async () => {
    for (const [day, base, quote] of [
      ["03", "USD", "EUR"],
      ["01", "EUR", "USD"],
      ["02", "EUR", "USD"],
      ["03", "EUR", "USD"],
      ["01", "EUR", "CHF"],
    ])
      await api.call("rl", "PUT", `/rates/2026-01-${day}/${base}/${quote}`, { rate: "1" });
    const all = async (filter: string) => {
      const seen: string[] = [];
      let next: string | null | undefined;
      do {
        const page = await api.call("rl", "GET", `/rates?limit=2${filter}${next ? `&cursor=${next}` : ""}`);
        seen.push(...(page.body.items ?? []).map(({ base, quote, day }) => `${base}${quote}${String(day).slice(8)}`));
        next = page.body.next;
      } while (next);
      return seen;
    };
    expect(await all("")).toEqual(["EURCHF01", "EURUSD01", "EURUSD02", "EURUSD03", "USDEUR03"]);
    expect(await all("&base=EUR&quote=USD")).toEqual(["EURUSD03", "EURUSD02", "EURUSD01"]);
    expect(await all("&quote=EUR")).toEqual(["USDEUR03"]);
    expect(await all("&from=2026-01-02&to=2026-01-02")).toEqual(["EURUSD02"]);
  });
});
