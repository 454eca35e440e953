import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ExpenseOrder, listExpenses, type Place, ROWS_LOOKED_AT } from "../../../../src/database/expense-list.ts";
import { addExpenses, removeExpense, writeExpense } from "../../../../src/database/expenses.ts";
import { type Expense, kinds, type NewExpense, statuses } from "../../../../src/finance/expense.ts";
import { exponentOf, formatAmount } from "../../../../src/finance/money.ts";
import { sorts } from "../../../../src/http/finance/expense-schemas.ts";
import { type FinanceApi, startFinanceApi } from "../api.ts";

let api: FinanceApi;
beforeAll(async () => {
  api = await startFinanceApi();
});
afterAll(() => api?.close());

/** Each page, until there is none. */
async function walk(user: string, query: Record<string, string>): Promise<Record<string, unknown>[]> {
  const seen: Record<string, unknown>[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await api.call(user, "GET", `/expenses?${new URLSearchParams({ ...query, ...(cursor ? { cursor } : {}) })}`);
    expect(page.status, JSON.stringify(page.body)).toBe(200);
    seen.push(...(page.body.items ?? []));
    cursor = page.body.next;
  } while (cursor);
  return seen;
}

const pick = <T>(from: readonly T[], n: number): T => from[n % from.length] as T;

describe("a list of expenses", () => {
  /** food > fruit > apples; travel. */
  const categories: Record<string, string> = {};
  const accounts: string[] = [];
  const all: (NewExpense & { at: number })[] = [];
  const below: Record<string, string[]> = { food: ["food", "fruit", "apples"], fruit: ["fruit", "apples"], apples: ["apples"], travel: ["travel"] };

  beforeAll(async () => {
    for (const [name, parent] of [["food"], ["fruit", "food"], ["apples", "fruit"], ["travel"]] as const) {
      const answer = await api.call("list", "POST", "/categories", { name, parentId: parent === undefined ? null : categories[parent] });
      categories[name] = answer.body.id ?? "";
    }
    for (const name of ["A", "B"]) accounts.push((await api.call("list", "POST", "/accounts", { name, type: "asset", currency: "EUR" })).body.id ?? "");
    const seeds = fc.sample(fc.array(fc.nat(1000), { minLength: 12, maxLength: 12 }), { seed: 7, numRuns: 300 });
    for (const [at, s] of seeds.entries()) {
      const n = (i: number) => s[i] ?? 0;
      all.push({
        at,
        id: `0198a0b2-7b1c-7${(n(0) % 1000).toString().padStart(3, "0")}-bfff-${at.toString(16).padStart(12, "0")}`,
        kind: pick(kinds, n(1)),
        minor: BigInt(1 + (n(2) % 20)),
        currency: pick(["EUR", "EUR", "JPY", "KWD"], n(3)),
        occurredOn: `2026-0${1 + (n(4) % 3)}-1${n(5) % 5}`,
        categoryId: pick([null, ...Object.values(categories)], n(6)),
        accountId: pick([null, ...accounts], n(7)),
        merchant: pick(["", "Aldi", "Bahn 100%", "bahn", "Zoo"], n(8)),
        description: pick(["", "lunch", "LUNCH_2", "späti"], n(9)),
        tags: pick([[], ["a"], ["a", "b"], ["B"]], n(10)),
        status: pick(statuses, n(11)),
        refundOf: null,
        receiptId: null,
      });
    }
    await api.database.as("s-list", (tx) => addExpenses(tx, "s-list", all));
    // Somebody else's, which no list of ours may hold.
    await api.call("other", "POST", "/expenses", { amount: "1", currency: "EUR", occurredOn: "2026-02-11", merchant: "Aldi", tags: ["a"] });
  });

  /** The same by plain loops over all rows. */
  function naive(query: Record<string, string>): string[] {
    const { from = "", to = "9", categoryId, accountId, kind, status, currency, min, max, q, tag, sort = "-day" } = query;
    const name = Object.entries(categories).find(([, id]) => id === categoryId)?.[0];
    const within = name === undefined ? [] : (below[name] ?? []).map((each) => categories[each]);
    const minor = (text: string | undefined) => (text === undefined ? undefined : BigInt(Math.round(Number(text) * 10 ** (exponentOf(currency ?? "") ?? 0))));
    const has = (text: string) => text.toLowerCase().includes((q ?? "").toLowerCase());
    const found = all.filter(
      (e) =>
        e.occurredOn >= from &&
        e.occurredOn <= to &&
        (categoryId === undefined || (e.categoryId !== null && within.includes(e.categoryId))) &&
        (accountId === undefined || e.accountId === accountId) &&
        (kind === undefined || e.kind === kind) &&
        (status === undefined || e.status === status) &&
        (currency === undefined || e.currency === currency) &&
        (min === undefined || e.minor >= (minor(min) ?? 0n)) &&
        (max === undefined || e.minor <= (minor(max) ?? 0n)) &&
        (q === undefined || has(e.merchant) || has(e.description)) &&
        (tag === undefined || e.tags.includes(tag)),
    );
    const key = (e: NewExpense) => (sort.includes("day") ? e.occurredOn : sort.includes("amount") ? e.minor.toString().padStart(20, "0") : e.merchant);
    const rank = (e: NewExpense) => `${key(e)}\u0000${e.id}`;
    found.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
    if (sort.startsWith("-")) found.reverse();
    return found.map(({ id }) => id);
  }

  const query = fc
    .record(
      {
        from: fc.constantFrom("2026-01-12", "2026-02-01"),
        to: fc.constantFrom("2026-02-12", "2026-03-11"),
        categoryId: fc.constantFrom("food", "fruit", "apples", "travel"),
        accountId: fc.constantFrom(0, 1),
        kind: fc.constantFrom(...kinds),
        status: fc.constantFrom(...statuses),
        currency: fc.constantFrom("EUR", "JPY", "KWD"),
        min: fc.bigInt(1n, 20n),
        max: fc.bigInt(1n, 20n),
        q: fc.constantFrom("bahn", "100%", "_", "lunch", "SPÄTI", "\\", "i"),
        tag: fc.constantFrom("a", "b", "B", "none"),
        sort: fc.constantFrom(...sorts),
        limit: fc.constantFrom("1", "7", "100"),
      },
      { requiredKeys: ["limit"] },
    )
    .map(({ categoryId, accountId, min, max, sort, currency, ...rest }) => {
      const needed = currency ?? (min !== undefined || max !== undefined || sort?.includes("amount") ? "EUR" : undefined);
      return Object.fromEntries(
        Object.entries({
          ...rest,
          sort,
          currency: needed,
          categoryId: categoryId && categories[categoryId],
          accountId: accountId === undefined ? undefined : accounts[accountId],
          min: min && needed && formatAmount(min, needed),
          max: max && needed && formatAmount(max, needed),
        }).filter(([, value]) => value !== undefined),
      ) as Record<string, string>;
    });

  it("has exactly what plain loops over all rows find, in their order, for any filters, order and page size", async () => {
    await fc.assert(
      fc.asyncProperty(query, async (asked) => {
        expect((await walk("list", asked)).map(({ id }) => id)).toEqual(naive(asked));
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  it("of one filter each is what plain loops find", async () => {
    const [food, apples] = [categories.food ?? "", categories.apples ?? ""];
    const filters: Record<string, string>[] = [
      { categoryId: food },
      { categoryId: apples },
      { accountId: accounts[0] ?? "" },
      { kind: "refund" },
      { q: "bahn" },
      { tag: "a" },
      { sort: "merchant" },
      { currency: "JPY", sort: "-amount" },
    ];
    for (const one of filters) expect((await walk("list", { limit: "9", ...one })).map(({ id }) => id)).toEqual(naive(one));
  });

  it("of a category that is nobody's is empty, and so is one of somebody else's", async () => {
    for (const categoryId of ["0198a0b2-7b1c-7fff-bfff-ffffffffffff", categories.food ?? ""])
      expect((await api.call("other", "GET", `/expenses?categoryId=${categoryId}`)).body).toEqual({ items: [], next: null });
  });

  it("refuses a cursor of another user, of another order or filter, and one that was tampered with", async () => {
    const next = (await api.call("list", "GET", "/expenses?limit=2&kind=expense")).body.next ?? "";
    expect((await api.call("list", "GET", `/expenses?limit=5&kind=expense&cursor=${next}`)).status).toBe(200);
    for (const [user, path] of [
      ["other", `/expenses?kind=expense&cursor=${next}`],
      ["list", `/expenses?cursor=${next}`],
      ["list", `/expenses?kind=expense&sort=day&cursor=${next}`],
      ["list", `/expenses?kind=expense&cursor=${next.replace(/^./, "X")}`],
      ["list", `/categories?cursor=${next}`],
    ] as const) {
      const answer = await api.call(user, "GET", path);
      expect([answer.status, answer.body.type, answer.body.errors?.[0]?.pointer]).toEqual([400, "/problems/bad-cursor", "/cursor"]);
    }
  });
});

describe("a long walk", () => {
  it("goes on after short and empty pages until it has looked at everything, and finds each once", async () => {
    const rows = 2 * ROWS_LOOKED_AT + 100;
    await api.database.ask("insert into users (id) values ('s-long')");
    await api.database.ask(
      `insert into expenses (user_id, id, amount_minor, currency, occurred_on, merchant)
       select 's-long', gen_random_uuid(), n, 'EUR', date '2026-01-01' - n / 7, case when n % 4000 = 1 then 'Rare' else 'Common' end from generate_series(1, $1::int) n`,
      [rows],
    );
    const first = await api.call("long", "GET", "/expenses?q=rare&limit=100");
    expect(first.body.items?.length).toBeLessThan(3);
    expect(first.body.next).not.toBeNull();
    expect(await walk("long", { q: "rare", limit: "100" })).toHaveLength(3);
    expect(await walk("long", { q: "rare", limit: "1" })).toHaveLength(3);
    expect(await walk("long", { tag: "none", limit: "100" })).toHaveLength(0);
    expect(await walk("long", { q: "common", limit: "100", from: "2025-12-01" })).toHaveLength(222);
  }, 60_000);
});

describe("pages while others write", () => {
  const days = ["2026-01-01", "2026-01-02", "2026-01-03"];
  const expenseOf = (id: string, n: number): NewExpense => ({
    id,
    kind: pick(kinds, n),
    minor: BigInt(1 + (n % 4)),
    currency: "EUR",
    occurredOn: pick(days, n >> 2),
    categoryId: null,
    accountId: null,
    merchant: pick(["A", "B", ""], n >> 3),
    description: "",
    tags: [],
    status: "cleared",
    refundOf: null,
    receiptId: null,
  });
  const id = (n: number, salt: number) => `${((n * 7919 + salt) % 65536).toString(16).padStart(8, "0")}-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;

  it("show every row exactly once that is neither made, deleted nor re-keyed meanwhile, whatever the order", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...sorts),
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(1000), { minLength: 5, maxLength: 30 }),
        fc.array(fc.array(fc.record({ what: fc.constantFrom("make", "delete", "move"), n: fc.nat(1000) }), { maxLength: 4 }), { maxLength: 8 }),
        async (sort, looking, limit, rows, writes) => {
          run++;
          const user = `s-page-${run}`;
          const order: ExpenseOrder = { by: sort.replace("-", "") as ExpenseOrder["by"], newestFirst: sort.startsWith("-") };
          const stored = rows.map((n, i) => expenseOf(id(i, run), n));
          await api.database.as(user, (tx) => addExpenses(tx, user, stored));
          const touched = new Set<string>();
          const seen: string[] = [];
          let made = rows.length;
          let after: Place | null = null;
          for (let page = 0; page === 0 || after !== null; page++) {
            const filter = { categories: null, currency: "EUR", ...(looking ? { q: "" } : {}) };
            const { expenses, next }: { expenses: Expense[]; next: Place | null } = await api.database.as(user, (tx) =>
              listExpenses(tx, user, filter, order, after, limit),
            );
            seen.push(...expenses.map((each) => each.id));
            after = next;
            for (const { what, n } of writes[page] ?? [])
              await api.database.as(user, async (tx) => {
                const one = pick(stored, n);
                if (what === "make") await addExpenses(tx, user, [expenseOf(id(made++, run), n)]);
                else {
                  touched.add(one.id);
                  if (what === "delete") await removeExpense(tx, user, one.id);
                  else await writeExpense(tx, user, { ...expenseOf(one.id, n), version: 2 });
                }
              });
          }
          const still = stored.filter((each) => !touched.has(each.id)).map((each) => each.id);
          const times = (which: string) => seen.filter((each) => each === which).length;
          expect(still.filter((each) => times(each) !== 1)).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);

  it("carry amounts and texts as the database writes them: the largest amount, and merchants that need quoting", async () => {
    const big = 999_999_999_999_999n;
    const stored = [big, big - 1n, big - 2n].map((minor, i) => ({ ...expenseOf(id(i, 1), 0), minor, merchant: ['"', "\\'", "🐭"][i] ?? "" }));
    await api.database.as("s-big", (tx) => addExpenses(tx, "s-big", stored));
    for (const sort of sorts) expect(await walk("big", { sort, currency: "EUR", limit: "1" })).toHaveLength(3);
    const { rows } = await api.database.as("s-big", (tx) => sql<{ n: string }>`select max(amount_minor)::text as n from expenses`.execute(tx));
    expect(rows[0]?.n).toBe(big.toString());
  });
});
