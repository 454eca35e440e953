/** A year of a made-up user, as one would live it, up to 20 November 2026: what is in it is known, so what is found can be told right or wrong. */
import { addDays, type Day } from "../../../src/finance/periods.ts";
import type { FinanceDatabase } from "../../database/finance.ts";

export const categories = ["Housing", "Groceries", "Fun", "Holiday", "Streaming", "Eating out"] as const;
export type Category = (typeof categories)[number];

const hex = (text: string) => Buffer.from(text).toString("hex").padEnd(8, "0").slice(0, 8);
export const category = (user: string, name: Category): string => `${hex(user)}-0001-7000-8000-${String(categories.indexOf(name)).padStart(12, "0")}`;
export const account = (user: string, n: number): string => `${hex(user)}-0002-7000-8000-${String(n).padStart(12, "0")}`;

interface Row {
  day: Day;
  minor: number;
  category: Category;
  merchant: string;
  currency?: string;
  kind?: "expense" | "refund" | "income" | "transfer";
}

const months = ["2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11"];

/** What ann spent. Streaming 9.99 each month; a holiday of 2,400 in July; one dinner of 260 among dinners of about 25; groceries about 84 a week. */
export function expensesOf(): Row[] {
  const rows: Row[] = [];
  months.forEach((month, i) => {
    rows.push({ day: `${month}-01`, minor: 95_000, category: "Housing", merchant: "Landlord" });
    rows.push({ day: `${month}-17`, minor: 999, category: "Streaming", merchant: i % 2 === 0 ? "Flixnet" : "FLIXNET " });
    // Fun rises by 12 each month.
    rows.push({ day: `${month}-10`, minor: 5_000 + i * 1_200, category: "Fun", merchant: `Concert ${i}` });
    for (const [n, date] of ["03", "08", "14", "19"].entries())
      rows.push({ day: `${month}-${date}`, minor: 2_300 + ((i * 7 + n * 13) % 10) * 60, category: "Eating out", merchant: `Bistro ${(i + n) % 5}` });
  });
  for (let day = "2025-11-01", n = 0; day <= "2026-11-20"; day = addDays(day, 7), n++)
    rows.push({ day, minor: 8_000 + ((n * 37) % 9) * 100, category: "Groceries", merchant: "Corner shop" });
  rows.push({ day: "2026-07-12", minor: 240_000, category: "Holiday", merchant: "Seaside inn" });
  rows.push({ day: "2026-10-24", minor: 26_000, category: "Eating out", merchant: "Chez Max" });
  rows.push({ day: "2026-10-25", minor: 3_100, category: "Eating out", merchant: "Bistro 1" });
  rows.push({ day: "2026-11-05", minor: 1_500, category: "Groceries", merchant: "Corner shop", kind: "refund" });
  rows.push({ day: "2026-11-06", minor: 320_000, category: "Housing", merchant: "Employer", kind: "income" });
  return rows.filter(({ day }) => day <= "2026-11-20");
}

/** Writes it as the rows of `user`, with accounts and their balances. */
export async function settle(database: FinanceDatabase, user: string): Promise<void> {
  const sub = `s-${user}`;
  await database.as(sub, async (tx) => {
    await tx.insertInto("users").values({ id: sub }).execute();
    await tx
      .insertInto("categories")
      .values(categories.map((name) => ({ user_id: sub, id: category(user, name), name, parent_id: name === "Eating out" ? category(user, "Fun") : null })))
      .execute();
    await tx
      .insertInto("expenses")
      .values(
        expensesOf().map(({ day, minor, category: of, merchant, currency = "EUR", kind = "expense" }, n) => ({
          user_id: sub,
          id: `${hex(user)}-0003-7000-8000-${String(n).padStart(12, "0")}`,
          kind,
          category_id: category(user, of),
          amount_minor: minor,
          currency,
          occurred_on: day,
          merchant,
          description: "",
        })),
      )
      .execute();
    const accounts = [
      { name: "Giro", type: "asset", currency: "EUR" },
      { name: "Broker", type: "asset", currency: "USD" },
      { name: "Loan", type: "liability", currency: "EUR" },
      { name: "Yen jar", type: "asset", currency: "JPY" },
    ];
    await tx
      .insertInto("accounts")
      .values(accounts.map((one, n) => ({ user_id: sub, id: account(user, n), ...one })))
      .execute();
    const balance = (n: number, day: Day, amount_minor: number) => ({ user_id: sub, account_id: account(user, n), day, amount_minor });
    await tx
      .insertInto("balances")
      .values([
        balance(0, "2025-10-15", 100_000),
        balance(0, "2026-10-30", 250_000),
        balance(0, "2026-11-15", 300_000),
        balance(1, "2026-06-01", 1_000_000),
        balance(1, "2026-11-10", 1_100_000),
        balance(2, "2025-11-01", 2_000_000),
        balance(2, "2026-11-01", 1_900_000),
        balance(3, "2026-01-01", 50_000),
      ])
      .execute();
    await tx
      .insertInto("rates")
      .values([
        { user_id: sub, base: "USD", quote: "EUR", day: "2026-10-28", rate: "0.9" },
        { user_id: sub, base: "USD", quote: "EUR", day: "2026-11-18", rate: "0.95" },
        { user_id: sub, base: "JPY", quote: "EUR", day: "2026-11-01", rate: "0.006" },
      ])
      .execute();
  });
}
