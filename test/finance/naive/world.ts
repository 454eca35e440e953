/** Made-up users: random rows as one would write them down, and how they get into the database. */
import fc from "fast-check";
import { sql, type Transaction } from "kysely";
import type { Tables } from "../../../src/database/schema.ts";
import { addDays, type Day } from "../../../src/finance/periods.ts";

export interface WorldExpense {
  kind: "expense" | "refund" | "income" | "transfer";
  /** Place in `categories`; null: none. */
  category: number | null;
  minor: bigint;
  currency: string;
  day: Day;
  merchant: string;
}

export interface World {
  /** Each names its parent by place, one before itself; null: none. */
  categories: { parent: number | null }[];
  expenses: WorldExpense[];
  rates: { base: string; quote: string; day: Day; rate: string }[];
}

export const CURRENCIES = ["EUR", "USD", "JPY", "KWD"] as const;

export const categoryName = (place: number) => `Category ${String(place).padStart(2, "0")}`;

/** An id that tells the user and the place, of a form that a UUID has. */
export const idOf = (user: number, kind: number, place: number): string =>
  `${String(user).padStart(8, "0")}-000${kind}-7000-8000-${String(place).padStart(12, "0")}`;

/** Worlds within `days` days from `first`. Rates are too few for all: some expenses have none. */
export function worlds(first: Day, days: number, expenses = 120): fc.Arbitrary<World> {
  const day = fc.integer({ min: 0, max: days - 1 }).map((n) => addDays(first, n));
  const currency = fc.constantFrom(...CURRENCIES);
  return fc.integer({ min: 0, max: 7 }).chain((count) =>
    fc.record({
      categories: fc
        .array(fc.option(fc.nat(20), { nil: null }), { minLength: count, maxLength: count })
        .map((parents) => parents.map((parent, place) => ({ parent: parent === null || place === 0 ? null : parent % place }))),
      expenses: fc.array(
        fc.record({
          kind: fc.constantFrom("expense" as const, "expense" as const, "expense" as const, "refund" as const, "income" as const, "transfer" as const),
          category: count === 0 ? fc.constant(null) : fc.option(fc.nat(count - 1), { nil: null, freq: 5 }),
          minor: fc.oneof(fc.bigInt(1n, 20_000n), fc.bigInt(1n, 99_999_999_999_999n)),
          currency: fc.oneof(fc.constant("EUR" as const), currency),
          day,
          merchant: fc.constantFrom("", "Corner shop", "CORNER SHOP ", "Rent", "Café Ñandú"),
        }),
        { maxLength: expenses },
      ),
      rates: fc
        .uniqueArray(
          fc.record({
            base: currency,
            quote: fc.constantFrom("EUR" as const, "USD" as const, "JPY" as const),
            day,
            rate: fc.bigInt(1n, 3_000_000_000_000n).map((n) => `${n / 1_000_000_000_000n}.${String(n % 1_000_000_000_000n).padStart(12, "0")}`),
          }),
          { maxLength: 40, selector: ({ base, quote, day: on }) => `${base} ${quote} ${on}` },
        )
        .map((all) => all.filter(({ base, quote }) => base !== quote)),
    }),
  );
}

/** Writes a world as the rows of one user, whose number goes into the ids. */
export async function write(tx: Transaction<Tables>, sub: string, user: number, world: World): Promise<void> {
  await sql`insert into users (id) values (${sub})`.execute(tx);
  for (const [place, { parent }] of world.categories.entries())
    await tx
      .insertInto("categories")
      .values({ user_id: sub, id: idOf(user, 1, place), name: categoryName(place), parent_id: parent === null ? null : idOf(user, 1, parent) })
      .execute();
  if (world.rates.length > 0)
    await tx
      .insertInto("rates")
      .values(world.rates.map((rate) => ({ user_id: sub, ...rate })))
      .execute();
  if (world.expenses.length > 0)
    await tx
      .insertInto("expenses")
      .values(
        world.expenses.map((expense, place) => ({
          user_id: sub,
          id: idOf(user, 2, place),
          kind: expense.kind,
          category_id: expense.category === null ? null : idOf(user, 1, expense.category),
          amount_minor: expense.minor,
          currency: expense.currency,
          occurred_on: expense.day,
          merchant: expense.merchant,
          description: "",
        })),
      )
      .execute();
}
