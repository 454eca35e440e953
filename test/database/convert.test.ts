import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { converted } from "../../src/database/convert.ts";
import { addDays } from "../../src/finance/day.ts";
import { convert } from "../../src/finance/money.ts";
import { type FinanceDatabase, startFinance } from "./finance.ts";

let database: FinanceDatabase;
beforeAll(async () => {
  database = await startFinance();
  await database.as("ann", (tx) => tx.insertInto("users").values({ id: "ann" }).execute());
});
afterAll(() => database?.close());
beforeEach(() => database.ask("delete from expenses; delete from rates"));

const DAY = "2026-11-20";
let made = 0;
const id = () => `00000000-0000-7000-8000-${String(++made).padStart(12, "0")}`;

const spend = (minor: bigint, currency: string, occurredOn = DAY, user = "ann") =>
  database.as(user, (tx) =>
    tx.insertInto("expenses").values({ user_id: user, id: id(), amount_minor: minor, currency, occurred_on: occurredOn, kind: "expense" }).execute(),
  );
const rate = (base: string, quote: string, value: string, day = DAY, user = "ann") =>
  database.as(user, (tx) => tx.insertInto("rates").values({ user_id: user, base, quote, day, rate: value }).execute());
const inCurrency = (target: string, user = "ann") =>
  database.as(user, async (tx) => {
    const { rows } = await sql<{ minor: string | null }>`select converted.minor from expenses e ${converted("e", target)} order by e.id`.execute(tx);
    return rows.map(({ minor }) => (minor === null ? null : BigInt(minor)));
  });

describe("an expense in another currency", () => {
  it("is what exact arithmetic says, to the last minor unit, on any amounts and rates of twelve decimals", async () => {
    const currency = fc.constantFrom("EUR", "USD", "JPY", "KRW", "KWD", "BHD");
    const decimal = fc
      .tuple(fc.bigInt({ min: 0n, max: 999_999_999_999n }), fc.bigInt({ min: 0n, max: 999_999_999_999n }))
      .map(([whole, rest]) => `${whole}.${rest.toString().padStart(12, "0")}`);
    // Rates that make ties: halves, and what an odd amount turns into one.
    const tie = fc.constantFrom("0.5", "1.5", "0.05", "0.005", "0.0005", "0.25", "12.125", "0.000000000005", "5", "50", "500");
    const small = fc.bigInt({ min: 1n, max: 2000n });
    const amount = fc.oneof(small, fc.bigInt({ min: 1n, max: 999_999_999_999_999n }));
    const samples = fc.sample(
      fc.tuple(amount, fc.oneof(decimal, tie, tie), currency, currency).filter(([, value, from, to]) => from !== to && Number(value) > 0),
      { numRuns: 4000, seed: 11 },
    );
    let ties = 0;
    for (const target of ["EUR", "USD", "JPY", "KRW", "KWD", "BHD"]) {
      const mine = samples.filter(([, , , to]) => to === target);
      const { rows } = await database.as("ann", (tx) =>
        // The fragment over made-up rows; each has a rate of its own, by a day of its own.
        sql<{ minor: string }>`
          with given as (select * from unnest(${mine.map(([minor]) => String(minor))}::bigint[], ${mine.map(([, value]) => value)}::numeric[], ${mine.map(([, , from]) => from)}::text[])
                         with ordinality as g (amount_minor, rate, currency, n)),
          rates as (select 'ann' as user_id, currency as base, ${target} as quote, date '1900-01-01' + 8 * n::int as day, rate::numeric(24, 12) as rate from given),
          e as (select 'ann' as user_id, amount_minor, currency, date '1900-01-01' + 8 * n::int as occurred_on, n from given)
          select converted.minor::text from e ${converted("e", target)} order by n`.execute(tx),
      );
      const expected = mine.map(([minor, value, from, to]) => convert(minor, value, from, to));
      expect(rows.map(({ minor }) => BigInt(minor))).toEqual(expected);
      ties += mine.filter(
        ([minor, value, from, to]) => convert(minor * 2n, value, from, to) % 2n !== 0n && convert(minor * 20n, value, from, to) % 10n === 0n,
      ).length;
    }
    expect(ties).toBeGreaterThan(100);
  });

  it("rounds a half to the even neighbour", async () => {
    await rate("USD", "EUR", "0.5");
    for (const minor of [1n, 3n, 5n, 7n]) await spend(minor, "USD");
    expect(await inCurrency("EUR")).toEqual([0n, 2n, 2n, 4n]);
  });

  it.each([
    ["JPY", "EUR", 1000n, "0.0061", 610n],
    ["EUR", "JPY", 1050n, "162.5", 1706n],
    ["KWD", "EUR", 1250n, "3", 375n],
    ["EUR", "KWD", 375n, "0.3", 1125n],
    ["JPY", "KWD", 1000n, "0.002", 2000n],
    ["KWD", "JPY", 2500n, "500", 1250n],
  ])("knows each currency's own decimals: %s to %s", async (from, to, minor, value, expected) => {
    await rate(from, to, value);
    await spend(minor, from);
    expect(await inCurrency(to)).toEqual([expected]);
    expect(convert(minor, value, from, to)).toBe(expected);
  });

  it("takes the newest rate on or before its day, at most seven days old", async () => {
    await rate("USD", "EUR", "2", "2026-11-10");
    await rate("USD", "EUR", "3", "2026-11-14");
    await rate("USD", "EUR", "9", "2026-11-30");
    for (let n = 8; n <= 23; n++) await spend(100n, "USD", addDays("2026-11-01", n - 1));
    const two = [200n, 200n, 200n, 200n];
    const three = Array.from({ length: 8 }, () => 300n);
    expect(await inCurrency("EUR")).toEqual([null, null, ...two, ...three, null, null]);
  });

  it("has no rate turned round, by way of a third currency, or of another user", async () => {
    await database.as("bob", (tx) =>
      tx
        .insertInto("users")
        .values({ id: "bob" })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
    await rate("EUR", "USD", "2");
    await rate("USD", "CHF", "2");
    await rate("CHF", "EUR", "2");
    await rate("USD", "EUR", "2", DAY, "bob");
    await spend(100n, "USD");
    expect(await inCurrency("EUR")).toEqual([null]);
  });

  it("looks at no rate for what is in the currency already", async () => {
    await rate("USD", "EUR", "2");
    for (let n = 0; n < 5; n++) await spend(100n, "EUR");
    await spend(100n, "USD");
    const plan = await database.as("ann", async (tx) => {
      const { rows } = await sql<{
        "QUERY PLAN": string;
      }>`explain (analyze, costs off, timing off, summary off) select converted.minor from expenses e ${converted("e", "EUR")}`.execute(tx);
      return rows.map((row) => row["QUERY PLAN"]).join("\n");
    });
    expect(await inCurrency("EUR")).toEqual([100n, 100n, 100n, 100n, 100n, 200n]);
    expect(/on rates r[^\n]*loops=(\d+)/.exec(plan)?.[1], plan).toBe("1");
  });
});
