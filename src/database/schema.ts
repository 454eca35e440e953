/** The tables as Kysely sees them. What `pg` reads: `bigint` as text, `date` as text (`2026-01-31`), `timestamptz` as a Date. */
import type { ColumnType, Generated } from "kysely";

/** Written as a bigint, read as text: JavaScript's numbers would lose digits. */
type BigIntColumn = ColumnType<string, bigint, bigint>;
type Day = ColumnType<string, string, string>;

export interface Users {
  /** The token's `sub`. */
  id: string;
  created_at: Generated<Date>;
}

export interface Categories {
  user_id: string;
  id: string;
  name: string;
  created_at: Generated<Date>;
}

export interface Expenses {
  user_id: string;
  id: string;
  category_id: string;
  /** In the currency's minor unit: 1250 is 12.50 EUR, 1250 JPY, 1.250 KWD. */
  amount_minor: BigIntColumn;
  /** ISO 4217, three letters. */
  currency: string;
  /** The user's own day. */
  occurred_on: Day;
  description: string;
  created_at: Generated<Date>;
}

export interface Tables {
  users: Users;
  categories: Categories;
  expenses: Expenses;
}
