import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FinanceApi, startFinanceApi } from "../api.ts";

let api: FinanceApi;
const ids = { category: "", account: "", expense: "" };
/** Somebody else's. */
const bobs = { category: "", account: "", expense: "" };
const nobody = "0198a0b2-7b1c-7fff-bfff-ffffffffffff";
const expense = { amount: "12.50", currency: "EUR", occurredOn: "2026-01-31" };

beforeAll(async () => {
  api = await startFinanceApi();
  for (const [user, own] of [
    ["ann", ids],
    ["bob", bobs],
  ] as const) {
    own.category = (await api.call(user, "POST", "/categories", { name: "Food" })).body.id ?? "";
    own.account = (await api.call(user, "POST", "/accounts", { name: "Giro", type: "asset", currency: "EUR" })).body.id ?? "";
    own.expense = (await api.call(user, "POST", "/expenses", expense)).body.id ?? "";
    await api.call(user, "PUT", `/accounts/${own.account}/balances/2026-01-31`, { amount: "1" });
    await api.call(user, "PUT", "/rates/2026-01-31/EUR/USD", { rate: "1.1" });
  }
});
afterAll(() => api?.close());

/** Everything that Ann has, to see that nothing was written. */
const all = async () => {
  const tables = ["categories", "accounts", "balances", "rates", "expenses", "expense_tags", "idempotency_keys"];
  return Promise.all(tables.map((table) => api.database.ask(`select * from ${table} order by ${table}::text`)));
};

const texts = (field: string, max: number): [string, unknown][] => [
  [field, "a\0b"],
  [field, "a\ud800"],
  [field, "x".repeat(max + 1)],
  [field, "x".repeat(10_240)],
  [field, 7],
  [field, {}],
];
const amounts: unknown[] = [
  "0",
  "0.00",
  "-1",
  "NaN",
  "Infinity",
  "1e3",
  "1E3",
  "",
  " 1",
  "1,5",
  "1.",
  ".5",
  "01",
  "1.234",
  "1234567890123",
  "१",
  12.5,
  null,
  true,
  [],
  {},
];
const days: unknown[] = ["2026-02-31", "0000-01-01", "1899-12-31", "9999-12-31", "2026-1-1", "20260131", "", "2026-01-31T00:00:00Z", 20260131, null];
const currencies: unknown[] = ["DEM", "eur", "", "EURO", "XXX", 978, null, "constructor", "__proto__"];
const noIds: unknown[] = ["x", "", 7, "0198a0b2", `${nobody}x`, "' or 1=1", [], {}];

const forExpense: [string, unknown][] = [
  ...amounts.map((value): [string, unknown] => ["amount", value]),
  ...days.map((value): [string, unknown] => ["occurredOn", value]),
  ...currencies.map((value): [string, unknown] => ["currency", value]),
  ...["categoryId", "accountId", "refundOf"].flatMap((field) => noIds.map((value): [string, unknown] => [field, value])),
  ...texts("merchant", 200),
  ...texts("description", 500),
  ["kind", "gift"],
  ["kind", null],
  ["status", "void"],
  ["tags", "a"],
  ["tags", Array.from({ length: 21 }, (_, n) => `t${n}`)],
  ["receiptId", nobody],
  ["note", "x"],
  ["id", nobody],
  ["version", 3],
];

/** The fields that an answer names. */
const named = (answer: { body: { errors?: { pointer: string; detail: string }[] } }) => [...new Set(answer.body.errors?.map(({ pointer }) => pointer))];

describe("a field that does not fit", () => {
  it("of an expense is named, alone, and nothing is written, when it is made and when it is changed", async () => {
    const before = await all();
    for (const [field, value] of forExpense) {
      const said = `${field}: ${JSON.stringify(value)?.slice(0, 60)}`;
      for (const [method, path, body] of [
        ["POST", "/expenses", { ...expense, [field]: value }],
        ["PATCH", `/expenses/${ids.expense}`, { [field]: value }],
      ] as const) {
        const answer = await api.call("ann", method, path, body, { "idempotency-key": "bad" });
        expect([said, method, answer.status, named(answer)]).toEqual([said, method, 422, [`/${field}`]]);
        for (const { detail } of answer.body.errors ?? []) expect(detail).toMatch(/^(must|is) /);
      }
    }
    expect(await all()).toEqual(before);
  });

  it.each([
    ["tags", ["a", ""], "/tags/1"],
    ["tags", ["a,b"], "/tags/0"],
    ["tags", ["x".repeat(51)], "/tags/0"],
    ["tags", ["a", 7], "/tags/1"],
    ["tags", ["a\0"], "/tags/0"],
  ])("in a list is named by its place: %s %j", async (field, value, pointer) => {
    expect(named(await api.call("ann", "POST", "/expenses", { ...expense, [field]: value }))).toEqual([pointer]);
  });

  it("of a category, an account, a balance or a rate is named, alone, and nothing is written", async () => {
    const before = await all();
    const category: [string, unknown][] = [
      ...texts("name", 100),
      ["name", ""],
      ["name", "  "],
      ...noIds.map((value): [string, unknown] => ["parentId", value]),
      ["colour", "red"],
      ["colour", "#12345"],
      ["colour", 7],
      ["note", 1],
    ];
    const account: [string, unknown][] = [
      ...texts("name", 100),
      ["type", "bank"],
      ["type", null],
      ...currencies.map((value): [string, unknown] => ["currency", value]),
      ["archived", "yes"],
      ["archived", null],
      ["note", 1],
    ];
    const tries: [string, string, Record<string, unknown>, string][] = [
      ...category.flatMap(([field, value]): [string, string, Record<string, unknown>, string][] => [
        ["POST", "/categories", { name: "New", [field]: value }, field],
        ["PATCH", `/categories/${ids.category}`, { [field]: value }, field],
      ]),
      ...account.flatMap(([field, value]): [string, string, Record<string, unknown>, string][] => [
        ["POST", "/accounts", { name: "New", type: "asset", currency: "EUR", [field]: value }, field],
        ["PATCH", `/accounts/${ids.account}`, { [field]: value }, field],
      ]),
      ...["NaN", "1e3", "--1", "1.234", "", 7, null, "1234567890123"].map((amount): [string, string, Record<string, unknown>, string] => [
        "PUT",
        `/accounts/${ids.account}/balances/2026-01-30`,
        { amount },
        "amount",
      ]),
      ...["0", "-1", "NaN", "1e3", "1.1234567890123", 1.1, null].map((rate): [string, string, Record<string, unknown>, string] => [
        "PUT",
        "/rates/2026-01-30/EUR/USD",
        { rate },
        "rate",
      ]),
      ["PUT", "/rates/2026-01-30/EUR/USD", { rate: "1", note: 1 }, "note"],
    ];
    for (const [method, path, body, field] of tries) {
      const answer = await api.call("ann", method, path, body);
      expect([method, path, body, answer.status, named(answer)]).toEqual([method, path, body, 422, [`/${field}`]]);
    }
    expect(await all()).toEqual(before);
  });

  it("is not looked at alone: a body that is missing, no object, or no JSON is a problem too", async () => {
    for (const [method, path] of [
      ["POST", "/expenses"],
      ["POST", "/categories"],
      ["POST", "/accounts"],
      ["POST", "/expenses/bulk"],
      ["PATCH", `/expenses/${ids.expense}`],
      ["PUT", "/rates/2026-01-30/EUR/USD"],
    ] as const) {
      for (const body of [undefined, null, [], "x", 7]) expect([path, body, (await api.call("ann", method, path, body)).status]).toEqual([path, body, 422]);
      expect((await api.call("ann", method, path, { note: "x".repeat(3 * 1024 * 1024) })).status).toBe(413);
    }
  });
});

describe("a query that does not fit", () => {
  it.each([
    ["/expenses?limit=0", "/limit"],
    ["/expenses?limit=101", "/limit"],
    ["/expenses?from=2026-02-31", "/from"],
    ["/expenses?to=0000-01-01", "/to"],
    ["/expenses?categoryId=x", "/categoryId"],
    ["/expenses?accountId=", "/accountId"],
    ["/expenses?kind=gift", "/kind"],
    ["/expenses?status=x", "/status"],
    ["/expenses?currency=DEM", "/currency"],
    ["/expenses?min=1", "/min"],
    ["/expenses?max=1.234&currency=EUR", "/max"],
    ["/expenses?min=NaN&currency=EUR", "/min"],
    ["/expenses?q=", "/q"],
    ["/expenses?q=a%00b", "/q"],
    ["/expenses?tag=", "/tag"],
    ["/expenses?sort=id", "/sort"],
    ["/expenses?sort=amount", "/sort"],
    ["/expenses?page=2", "/page"],
    ["/expenses?cursor=x", "/cursor"],
    ["/categories?limit=x", "/limit"],
    ["/categories?cursor=%00", "/cursor"],
    ["/accounts?cursor=x.y", "/cursor"],
    ["/accounts?name=x", "/name"],
    ["/rates?base=x", "/base"],
    ["/rates?from=x", "/from"],
    ["/rates?cursor=x", "/cursor"],
  ])("%s is 400 and names %s", async (path, pointer) => {
    const answer = await api.call("ann", "GET", path);
    expect([answer.status, named(answer)]).toEqual([400, [pointer]]);
  });
});

describe("a path that does not fit", () => {
  it.each([
    ["PUT", "/rates/2026-02-31/EUR/USD", "/day"],
    ["PUT", "/rates/0000-01-01/EUR/USD", "/day"],
    ["PUT", "/rates/9999-12-31/EUR/USD", "/day"],
    ["GET", "/rates/0000-01-01/EUR/USD", "/day"],
    ["GET", "/rates/2026-01-31/EUR/EUR", "/quote"],
    ["DELETE", "/rates/2026-01-31/DEM/EUR", "/base"],
  ])("%s %s is 400 and names %s", async (method, path, pointer) => {
    const answer = await api.call("ann", method, path, method === "PUT" ? { rate: "1" } : undefined);
    expect([answer.status, answer.body.type, named(answer)]).toEqual([400, "/problems/bad-path", [pointer]]);
  });

  it.each(["2026-02-31", "0000-01-01", "1899-12-31", "9999-12-31", "x"])("a balance on %s is 400 and names its day", async (day) => {
    const answer = await api.call("ann", "PUT", `/accounts/${ids.account}/balances/${day}`, { amount: "1" });
    expect([answer.status, named(answer)]).toEqual([400, ["/day"]]);
  });
});

describe("somebody else's id", () => {
  it("in a path gets the answer of an id that does not exist, which is that of no id at all, and nothing is written", async () => {
    const before = await all();
    for (const [noun, own] of [
      ["categories", "category"],
      ["accounts", "account"],
      ["expenses", "expense"],
    ] as const)
      for (const [method, body] of [["GET"], ["PATCH", {}], ["DELETE"]] as const) {
        const answers = await Promise.all([bobs[own], nobody, "x", "%00"].map((id) => api.call("ann", method, `/${noun}/${id}`, body)));
        expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
        for (const answer of answers) expect(answer.body).toEqual(answers[0]?.body);
      }
    for (const [method, path, body] of [
      ["GET", "balances"],
      ["GET", "balances/2026-01-31"],
      ["PUT", "balances/2026-01-31", { amount: "2" }],
      ["DELETE", "balances/2026-01-31"],
    ] as const) {
      const answers = await Promise.all([bobs.account, nobody, "x"].map((id) => api.call("ann", method, `/accounts/${id}/${path}`, body)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      for (const answer of answers) expect(answer.body).toEqual(answers[0]?.body);
    }
    expect(await all()).toEqual(before);
  });

  it("in a body is 422 naming the field, the same as for an id that does not exist, and nothing is written", async () => {
    const before = await all();
    const tries: [string, string, string, Record<string, unknown>, keyof typeof bobs][] = [
      ["POST", "/categories", "parentId", { name: "New" }, "category"],
      ["PATCH", `/categories/${ids.category}`, "parentId", {}, "category"],
      ["POST", "/expenses", "categoryId", expense, "category"],
      ["POST", "/expenses", "accountId", expense, "account"],
      ["POST", "/expenses", "refundOf", { ...expense, kind: "refund" }, "expense"],
      ["PATCH", `/expenses/${ids.expense}`, "categoryId", {}, "category"],
      ["PATCH", `/expenses/${ids.expense}`, "accountId", {}, "account"],
      ["PATCH", `/expenses/${ids.expense}`, "refundOf", { kind: "refund" }, "expense"],
    ];
    for (const [method, path, field, body, own] of tries) {
      const stolen = await api.call("ann", method, path, { ...body, [field]: bobs[own] });
      expect([path, field, stolen.status, named(stolen)]).toEqual([path, field, 422, [`/${field}`]]);
      expect(stolen.body).toEqual((await api.call("ann", method, path, { ...body, [field]: nobody })).body);
    }
    expect(await all()).toEqual(before);
  });
});
