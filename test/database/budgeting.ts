/** Rows that tests of budgets are made of. */
import type { Watch } from "../../src/database/thresholds.ts";
import type { Tx } from "../../src/database/users.ts";
import { type Calendar, defaultCalendar } from "../../src/finance/calendar.ts";

let made = 0;
/** Ids that rise. */
export const newId = () => `01900000-0000-7000-8000-${String(++made).padStart(12, "0")}`;

export const calendar: Calendar = defaultCalendar();

export const watch = (today: string, years: Calendar = calendar): Watch => ({ today, calendar: years, now: Date.parse(`${today}T12:00:00Z`), newId });

export interface Spent {
  minor: number;
  currency: string;
  categoryId: string | null;
  occurredOn: string;
  kind: string;
}

export async function spend(tx: Tx, user: string, { minor, currency, categoryId, occurredOn, kind }: Spent): Promise<string> {
  const id = newId();
  await tx
    .insertInto("expenses")
    .values({ user_id: user, id, amount_minor: minor, currency, category_id: categoryId, occurred_on: occurredOn, kind })
    .execute();
  return id;
}

export const category = (tx: Tx, user: string, id: string, name: string, parent: string | null = null) =>
  tx.insertInto("categories").values({ user_id: user, id, name, parent_id: parent }).execute();

export const rate = (tx: Tx, user: string, base: string, quote: string, day: string, value: string) =>
  tx
    .insertInto("rates")
    .values({ user_id: user, base, quote, day, rate: value })
    .onConflict((conflict) => conflict.columns(["user_id", "base", "quote", "day"]).doUpdateSet({ rate: value }))
    .execute();
