/** What is exported as CSV and imported by somebody new comes to the same sums. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCategories, readSpending } from "../../src/database/summary.ts";
import { rangeFrame, spanStarts, summarize } from "../../src/finance/summary.ts";
import { CURRENCIES, idOf, type WorldExpense, write } from "../finance/naive/world.ts";
import { startWorld, type World } from "../imports/world.ts";
import { exported } from "./kept.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.finance.close());

const DAYS = { from: "2026-10-01", to: "2026-10-31" };

/** `GET /summary`, with names in the place of ids. */
async function summary(user: string, currency: string): Promise<unknown> {
  return world.finance.as(user, async (tx) => {
    const frame = rangeFrame(DAYS, DAYS.to);
    const rows = await readSpending(tx, user, { starts: spanStarts(frame), to: frame.to }, currency);
    const nodes = await readCategories(
      tx,
      user,
      rows.map(({ categoryId }) => categoryId),
    );
    const names = new Map(nodes.map(({ id, name }) => [id, name]));
    return JSON.parse(
      JSON.stringify(summarize(frame, currency, rows, nodes), (key, value) => (/^(id|parentId|categoryId)$/.test(key) ? (names.get(value) ?? value) : value)),
    );
  });
}

const all = (user: string) =>
  world.finance.ask(
    `select e.kind, e.amount_minor, e.currency, e.occurred_on::text as day, e.merchant, e.description, e.status, c.name as category, a.name as account,
       array(select tag from expense_tags t where t.user_id = e.user_id and t.expense_id = e.id order by 1) as tags
     from expenses e left join categories c on c.user_id = e.user_id and c.id = e.category_id left join accounts a on a.user_id = e.user_id and a.id = e.account_id
     where e.user_id = $1 order by day, kind, amount_minor, currency, merchant, description, category, account, tags`,
    [user],
  );

let users = 0;

describe("an export as CSV, imported into a new user's accounts", () => {
  it("gives the same entries and the same summaries", async () => {
    const entry = fc.record<WorldExpense & { account: number; tag: number; pending: boolean }>({
      kind: fc.constantFrom("expense", "expense", "refund", "income", "transfer"),
      category: fc.option(fc.nat(3), { nil: null, freq: 5 }),
      minor: fc.bigInt(1n, 9_999_999n),
      currency: fc.oneof(fc.constant("EUR"), fc.constantFrom(...CURRENCIES)),
      day: fc.integer({ min: 1, max: 31 }).map((day) => `2026-10-${String(day).padStart(2, "0")}`),
      merchant: fc.constantFrom("Corner shop", "=1+1", "@Rent", '\'tis, "Café" Ñandú', "-20 % off", "Transfer to savings", "Refund"),
      account: fc.nat(1),
      tag: fc.nat(2),
      pending: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 40 }), async (expenses) => {
        const n = ++users;
        const [ann, bob] = [`ann-${n}`, `bob-${n}`];
        const rates = (["USD", "KWD"] as const).map((base) => ({ base, quote: "EUR", day: "2026-10-14", rate: base === "USD" ? "0.9" : "3.1" }));
        await world.finance.as(ann, (tx) =>
          write(tx, ann, n, { categories: [{ parent: null }, { parent: 0 }, { parent: 1 }, { parent: null }], rates, expenses }),
        );
        const accounts = [await world.account(ann, "Giro"), await world.account(ann, "Card", "liability")];
        for (const [i, { account, tag, pending }] of expenses.entries()) {
          await world.finance.ask("update expenses set account_id = $1, status = $2 where user_id = $3 and id = $4", [
            accounts[account],
            pending ? "pending" : "cleared",
            ann,
            idOf(n, 2, i),
          ]);
          for (const name of ["home", "on the road"].slice(0, tag))
            await world.finance.ask("insert into expense_tags (user_id, expense_id, tag) values ($1, $2, $3)", [ann, idOf(n, 2, i), name]);
        }
        const theirs = [await world.account(bob, "Giro"), await world.account(bob, "Card", "liability")];
        for (const [i, accountId] of accounts.entries()) {
          if (!expenses.some(({ account }) => account === i)) continue;
          const file = await exported(world.finance, ann, "csv", { accountId });
          const done = await world.bring(bob, theirs[i] ?? "", file);
          expect(done).toMatchObject({ state: "committed", counts: { bad: 0, duplicates: 0 } });
          // Once more it adds nothing.
          expect(await world.bring(bob, theirs[i] ?? "", file)).toMatchObject({ state: "committed", counts: { added: 0 } });
        }
        // Rates are entered, not imported.
        await world.finance.ask("insert into rates (user_id, base, quote, day, rate) select $1, base, quote, day, rate from rates where user_id = $2", [
          bob,
          ann,
        ]);
        expect(await all(bob)).toEqual(await all(ann));
        for (const currency of ["EUR", "USD"]) expect(await summary(bob, currency)).toEqual(await summary(ann, currency));
      }),
      { numRuns: 5, seed: 11, endOnFailure: true },
    );
  });
});
