import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { defaultProfile, UnknownProfile } from "../../../../src/finance/profile.ts";
import { uuid7 } from "../../../../src/finance/uuid7.ts";
import * as schemas from "../../../../src/http/finance/budget-schemas.ts";
import { type FinanceApi, startFinanceApi } from "../api.ts";

let api: FinanceApi;
const NOW = Date.parse("2026-11-20T12:00:00Z");
beforeAll(async () => {
  api = await startFinanceApi();
  api.setNow(NOW);
});
afterAll(() => api?.close());

const plain = { name: "Food", amount: "100", currency: "EUR", period: "month" };
const nobody = "0198a0b2-7b1c-7fff-bfff-ffffffffffff";
async function category(user: string, name: string, parentId: string | null = null): Promise<string> {
  const { status, body } = await api.call(user, "POST", "/categories", { name, parentId });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id ?? "";
}
async function make(user: string, more: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await api.call(user, "POST", "/budgets", { ...plain, ...more });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id ?? "";
}
let spent = 0;
/** Straight into the table: which routes write expenses is another test's business. */
const spend = (user: string, minor: number, day: string, categoryId: string | null = null, currency = "EUR") =>
  api.database.ask("insert into expenses (user_id, id, amount_minor, currency, occurred_on, category_id) values ($1, $2, $3, $4, $5, $6)", [
    `s-${user}`,
    uuid7(NOW, Buffer.from(String(++spent).padStart(10, "0"))),
    minor,
    currency,
    day,
    categoryId,
  ]);

describe("a budget", () => {
  it("is made, read, changed and deleted, its version counting", async () => {
    const food = await category("ann", "Food");
    const made = await api.call("ann", "POST", "/budgets", { ...plain, name: " Food ", categoryId: food, thresholds: [100, 50, 100], rollover: true });
    const id = made.body.id ?? "";
    expect(made.status).toBe(201);
    expect(made.headers).toMatchObject({ etag: '"1"', location: `/budgets/${id}` });
    expect(made.body).toEqual({
      id,
      version: 1,
      name: "Food",
      categoryId: food,
      amount: "100.00",
      currency: "EUR",
      period: "month",
      startsOn: "2026-11-01",
      periodDays: null,
      thresholds: [50, 100],
      rollover: true,
    });
    const read = await api.call("ann", "GET", `/budgets/${id.toUpperCase()}`);
    expect([read.status, read.headers.etag]).toEqual([200, '"1"']);
    expect(read.body).toMatchObject(made.body);
    const changed = await api.call("ann", "PATCH", `/budgets/${id}`, { amount: "120.5", categoryId: null }, { "if-match": '"1"' });
    expect([changed.status, changed.headers.etag, changed.body]).toEqual([200, '"2"', { ...made.body, version: 2, amount: "120.50", categoryId: null }]);
    expect((await api.call("ann", "PATCH", `/budgets/${id}`, {})).body).toEqual(changed.body);
    for (const answer of [
      await api.call("ann", "PATCH", `/budgets/${id}`, { name: "Eating" }, { "if-match": '"1"' }),
      await api.call("ann", "DELETE", `/budgets/${id}`, undefined, { "if-match": "1" }),
    ])
      expect([answer.status, answer.body.type, answer.body.version, answer.headers.etag]).toEqual([412, "/problems/changed-meanwhile", 2, '"2"']);
    expect((await api.call("ann", "DELETE", `/budgets/${id}`, undefined, { "if-match": '"2"' })).status).toBe(204);
    for (const method of ["GET", "PATCH", "DELETE"])
      expect((await api.call("ann", method, `/budgets/${id}`, method === "PATCH" ? {} : undefined)).status).toBe(404);
  });

  it("has the defaults of whoever says little", async () => {
    const { body } = await api.call("ann", "POST", "/budgets", plain);
    expect(body).toMatchObject({ categoryId: null, startsOn: "2026-11-01", periodDays: null, thresholds: [80, 100], rollover: false });
  });

  it("begins with its user's own week, or payday", async () => {
    const profile = defaultProfile("s-zoe");
    api.profiles.set("s-zoe", { ...profile, calendar: { timeZone: "Pacific/Kiritimati", changes: [{ from: "0001-01-01", firstWeekday: 6, payday: 25 }] } });
    expect((await api.call("zoe", "POST", "/budgets", { ...plain, period: "week" })).body.startsOn).toBe("2026-11-21"); // Saturday, there already
    expect((await api.call("zoe", "POST", "/budgets", { ...plain, period: "payday" })).body.startsOn).toBe("2026-10-25");
  });

  it("is made once under one key", async () => {
    const key = { "idempotency-key": "one" };
    const first = await api.call("key", "POST", "/budgets", plain, key);
    const again = await api.call("key", "POST", "/budgets", plain, key);
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect((await api.call("key", "GET", "/budgets")).body.items).toHaveLength(1);
  });

  it("shows its running period", async () => {
    const food = await category("fay", "Food");
    const lunch = await category("fay", "Lunch", food);
    const id = await make("fay", { categoryId: food, startsOn: "2026-09-15", rollover: true });
    await spend("fay", 4_000, "2026-10-01", food);
    await spend("fay", 12_000, "2026-10-20", lunch);
    await spend("fay", 3_000, "2026-11-16", lunch);
    await spend("fay", 1_000, "2026-11-25", food);
    await spend("fay", 9_999, "2026-11-16");
    await spend("fay", 500, "2026-11-17", food, "JPY");
    expect((await api.call("fay", "GET", `/budgets/${id}`)).body.now).toEqual({
      from: "2026-11-15",
      to: "2026-12-14",
      amount: "100.00",
      carried: "40.00", // 100 − 40, then 100 − 120
      spent: "40.00",
      remaining: "100.00",
      percent: 28.57,
      pace: 1.0714, // 30 of 140 in 6 of 30 days
      projected: "150.00",
      daysLeft: 24,
      unconverted: [{ currency: "JPY", total: "500" }],
      alerts: [],
    });
    const later = await make("fay", { startsOn: "2027-01-01" });
    expect((await api.call("fay", "GET", `/budgets/${later}`)).body.now).toBeNull();
  });

  it("in another currency needs its amount in it", async () => {
    const id = await make("ann", { amount: "100.50" });
    const patch = (body: object) => api.call("ann", "PATCH", `/budgets/${id}`, body);
    expect((await patch({ currency: "JPY" })).body.errors).toEqual([{ pointer: "/amount", detail: "is needed with another currency, in JPY" }]);
    expect((await patch({ currency: "JPY", amount: "100.50" })).body.errors).toEqual([{ pointer: "/amount", detail: "must have no decimals: JPY has none" }]);
    expect((await patch({ currency: "JPY", amount: "16000" })).body).toMatchObject({ amount: "16000", currency: "JPY" });
    expect((await patch({ amount: "1.5" })).status).toBe(422);
  });

  it("of a custom period has its length, and no other has one", async () => {
    const id = await make("ann", { period: "custom", periodDays: 14 });
    const patch = (body: object) => api.call("ann", "PATCH", `/budgets/${id}`, body);
    expect((await patch({ periodDays: null })).body.errors).toEqual([{ pointer: "/periodDays", detail: "is needed for a custom period" }]);
    expect((await patch({ periodDays: 21 })).body).toMatchObject({ periodDays: 21 });
    expect((await patch({ period: "week", periodDays: 3 })).body.errors).toEqual([{ pointer: "/periodDays", detail: "goes with a custom period only" }]);
    expect((await patch({ period: "week" })).body).toMatchObject({ period: "week", periodDays: null });
    expect((await patch({ period: "custom" })).body.errors).toEqual([{ pointer: "/periodDays", detail: "is needed for a custom period" }]);
  });
});

describe("the list of budgets", () => {
  it("goes page by page, by name, each once, with a cursor that is its own", async () => {
    for (const name of ["d", "a", "c", "b", "a"]) await make("lea", { name });
    const seen: unknown[] = [];
    let next: string | null | undefined;
    do {
      const { status, body } = await api.call("lea", "GET", `/budgets?limit=2${next ? `&cursor=${next}` : ""}`);
      expect(status).toBe(200);
      expect(z.safeParse(schemas.budgetList, body).success).toBe(true);
      seen.push(...(body.items ?? []).map((one) => one.name));
      next = body.next;
    } while (next);
    expect(seen).toEqual(["a", "a", "b", "c", "d"]);
    const first = (await api.call("lea", "GET", "/budgets?limit=2")).body.next ?? "";
    for (const cursor of [`${first}x`, first.replace(".", "A."), "abc"]) expect((await api.call("lea", "GET", `/budgets?cursor=${cursor}`)).status).toBe(400);
    expect((await api.call("ann", "GET", `/budgets?cursor=${first}`)).status).toBe(400);
  });
});

describe("the alerts of a budget", () => {
  const expense = (amount: string, occurredOn: string) => ({ amount, currency: "EUR", occurredOn, categoryId: null, description: "" });
  const alerts = async (user: string, id: string) => z.parse(schemas.budgetWithNow, (await api.call(user, "GET", `/budgets/${id}`)).body).now?.alerts;

  it("are those of its running period, when each fired, and stay when spending falls again", async () => {
    const id = await make("pia", { thresholds: [50, 80, 100] });
    expect(await alerts("pia", id)).toEqual([]);
    api.setNow(NOW + 60_000);
    const half = await api.call("pia", "POST", "/expenses", expense("60", "2026-11-20"));
    api.setNow(NOW + 120_000);
    await api.call("pia", "POST", "/expenses", expense("30", "2026-11-19"));
    // An older period is told of nowhere here.
    await api.call("pia", "POST", "/expenses", expense("500", "2026-10-19"));
    api.setNow(NOW);
    const fired = [
      { threshold: 50, at: new Date(NOW + 60_000).toISOString(), told: true },
      { threshold: 80, at: new Date(NOW + 120_000).toISOString(), told: true },
    ];
    expect(await alerts("pia", id)).toEqual(fired);
    expect((await api.call("pia", "DELETE", `/expenses/${half.body.id}`)).status).toBe(204);
    await api.call("pia", "PATCH", `/budgets/${id}`, { thresholds: [100] });
    const { body } = await api.call("pia", "GET", `/budgets/${id}`);
    expect(body.now).toMatchObject({ spent: "30.00", alerts: fired });
    expect(z.safeParse(schemas.budgetWithNow, body).error).toBeUndefined();
  });

  it("that were reached when it was made were told to nobody", async () => {
    await make("quinn", { name: "First", thresholds: [] });
    await spend("quinn", 9000, "2026-11-02");
    const id = await make("quinn");
    expect(await alerts("quinn", id)).toEqual([{ threshold: 80, at: new Date(NOW).toISOString(), told: false }]);
  });

  it("are nobody else's, of another budget neither", async () => {
    const id = await make("quinn", { name: "Second", thresholds: [] });
    expect(await alerts("quinn", id)).toEqual([]);
    expect((await api.call("eve", "GET", `/budgets/${id}`)).status).toBe(404);
  });
});

describe("a profile that a newer version wrote", () => {
  it("is no failure of this one: 503 from every route that counts by it, and nothing is written", async () => {
    const id = await make("rob");
    const unreadable = vi.spyOn(api.profiles, "get").mockImplementation(() => {
      throw new UnknownProfile(9);
    });
    const expense = { amount: "1", currency: "EUR", occurredOn: "2026-11-20", categoryId: null, description: "" };
    for (const [method, path, body] of [
      ["POST", "/budgets", plain],
      ["GET", `/budgets/${id}`],
      ["PATCH", `/budgets/${id}`, { name: "x" }],
      ["GET", "/summary"],
      ["GET", "/insights/weekly-recap"],
      ["POST", "/expenses", expense],
    ] as const) {
      const answer = await api.call("rob", method, path, body);
      expect([answer.status, answer.body.type, answer.headers["retry-after"]], `${method} ${path}`).toEqual([503, "/problems/unavailable", "60"]);
    }
    unreadable.mockRestore();
    expect((await api.call("rob", "GET", "/expenses")).body.items).toEqual([]);
    expect((await api.call("rob", "GET", "/budgets")).body.items).toMatchObject([{ name: "Food", version: 1 }]);
  });
});

it("what is answered is what the schemas say", async () => {
  const id = await make("sam", { thresholds: [] });
  const { body } = await api.call("sam", "GET", `/budgets/${id}`);
  expect(z.safeParse(schemas.budgetWithNow, body).error).toBeUndefined();
  expect(z.safeParse(schemas.budget, (await api.call("sam", "PATCH", `/budgets/${id}`, {})).body).error).toBeUndefined();
});

describe("bad input", () => {
  const long = "x".repeat(10_240);
  const bad: [string, Record<string, unknown>, string][] = [
    ["no name", { name: undefined }, "/name"],
    ["an empty name", { name: "  " }, "/name"],
    ["a long name", { name: long }, "/name"],
    ["NUL in the name", { name: "a\u0000b" }, "/name"],
    ["half a surrogate pair", { name: "a\ud800" }, "/name"],
    ["a number as name", { name: 5 }, "/name"],
    ["no amount", { amount: undefined }, "/amount"],
    ["an amount of 0", { amount: "0.00" }, "/amount"],
    ["a number as amount", { amount: 100 }, "/amount"],
    ["NaN", { amount: "NaN" }, "/amount"],
    ["an exponent", { amount: "1e3" }, "/amount"],
    ["too many digits", { amount: "1234567890123" }, "/amount"],
    ["too many decimals", { amount: "1.005" }, "/amount"],
    ["decimals that yen don't have", { amount: "1.5", currency: "JPY" }, "/amount"],
    ["no currency", { currency: undefined }, "/currency"],
    ["an unknown currency", { currency: "XXX" }, "/currency"],
    ["a currency in lower case", { currency: "eur" }, "/currency"],
    ["no period", { period: undefined }, "/period"],
    ["an unknown period", { period: "day" }, "/period"],
    ["31 February", { startsOn: "2026-02-31" }, "/startsOn"],
    ["year 0", { startsOn: "0000-01-01" }, "/startsOn"],
    ["year 9999", { startsOn: "9999-01-01" }, "/startsOn"],
    ["the year before the first", { startsOn: "1899-12-31" }, "/startsOn"],
    ["no day", { startsOn: "soon" }, "/startsOn"],
    ["a custom period without its length", { period: "custom" }, "/periodDays"],
    ["a length of 0", { period: "custom", periodDays: 0 }, "/periodDays"],
    ["a length with half a day", { period: "custom", periodDays: 1.5 }, "/periodDays"],
    ["a length as text", { period: "custom", periodDays: "7" }, "/periodDays"],
    ["a month with a length", { periodDays: 7 }, "/periodDays"],
    ["a threshold of 0", { thresholds: [0] }, "/thresholds/0"],
    ["a threshold that is huge", { thresholds: [80, 1e20] }, "/thresholds/1"],
    ["a threshold as text", { thresholds: ["80"] }, "/thresholds/0"],
    ["half a percent", { thresholds: [80.5] }, "/thresholds/0"],
    ["eleven thresholds", { thresholds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }, "/thresholds"],
    ["no list of thresholds", { thresholds: 80 }, "/thresholds"],
    ["rollover as text", { rollover: "yes" }, "/rollover"],
    ["a category that is no id", { categoryId: "food" }, "/categoryId"],
    ["a category that nobody has", { categoryId: nobody }, "/categoryId"],
    ["an unknown field", { color: "red" }, "/color"],
    ["a version", { version: 7 }, "/version"],
  ];

  it.each(bad)("%s is refused, naming the field, when made and when changed", async (_, more, pointer) => {
    const before = await api.database.ask("select count(*) from budgets");
    const made = await api.call("eve", "POST", "/budgets", { ...plain, ...more });
    expect([made.status, made.body.type, made.body.errors?.map((each) => each.pointer)]).toEqual([422, "/problems/bad-fields", [pointer]]);
    expect(made.body.errors?.[0]?.detail).toMatch(/^(must|is|goes|has)\b/);
    expect(await api.database.ask("select count(*) from budgets")).toEqual(before);
    if (Object.values(more).includes(undefined)) return;
    const id = await make("eve");
    const changed = await api.call("eve", "PATCH", `/budgets/${id}`, { ...more, ...(more.currency === undefined ? {} : { amount: more.amount ?? "1" }) });
    expect([changed.status, changed.body.errors?.map((each) => each.pointer)]).toEqual([422, [pointer]]);
    expect((await api.call("eve", "GET", `/budgets/${id}`)).body.version).toBe(1);
  });

  it.each(["food", "1", "%00", `${nobody}x`, nobody])("the id %s is that of no budget", async (id) => {
    for (const method of ["GET", "PATCH", "DELETE"]) {
      const { status, body } = await api.call("eve", method, `/budgets/${id}`, method === "PATCH" ? {} : undefined);
      expect([status, body.detail]).toEqual([404, "There is no such budget."]);
    }
  });

  it("another's ids look just like those of nobody", async () => {
    const id = await make("ann");
    const food = await category("ann", "Hers");
    for (const [method, body] of [["GET"], ["PATCH", { name: "Mine" }], ["DELETE"]] as const) {
      const hers = await api.call("eve", method, `/budgets/${id}`, body);
      const none = await api.call("eve", method, `/budgets/${nobody}`, body);
      expect([hers.status, hers.body]).toEqual([404, none.body]);
    }
    const [hers, none] = await Promise.all([food, nobody].map((categoryId) => api.call("eve", "POST", "/budgets", { ...plain, categoryId })));
    expect([hers?.status, hers?.body]).toEqual([422, none?.body]);
    expect((await api.call("ann", "GET", `/budgets/${id}`)).body).toMatchObject({ name: "Food", version: 1 });
  });

  it("in a query is refused", async () => {
    for (const query of ["limit=0", "limit=101", "limit=x", "cursor=", "order=name"])
      expect((await api.call("eve", "GET", `/budgets?${query}`)).status, query).toBe(400);
  });

  it("in If-Match is refused", async () => {
    const id = await make("eve");
    expect((await api.call("eve", "PATCH", `/budgets/${id}`, {}, { "if-match": "one" })).status).toBe(400);
    expect((await api.call("eve", "PATCH", `/budgets/${id}`, { name: "x" }, { "if-match": "*" })).status).toBe(200);
  });

  it("names of any script are kept as they are", async () => {
    for (const name of ["مصاريف البيت", "🍕🍺", "日本", "a\u202eb", "é"])
      expect((await api.call("eve", "POST", "/budgets", { ...plain, name })).body.name).toBe(name);
  });
});
