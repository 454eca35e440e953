/** Reports that are kept as they are (`golden/`): one of nothing, one of all kinds of things, and a year in another language. */
import { join } from "node:path";
import type { PdfOptions } from "../../src/reports/pdf/report.ts";
import { asked, entry, made, plenty } from "./made.ts";

export const folder = join(import.meta.dirname, "golden");

const abroad = [
  entry("2026-10-02", 4500, { merchant: "Супермаркет «Пятёрочка»", category: "Продукты", description: "Хлеб, молоко и сыр" }),
  entry("2026-10-03", 1200, { kind: "refund", merchant: "Ταβέρνα Ο Πλάτανος", category: "Φαγητό", tags: ["trip"] }),
  entry("2026-10-05", 9900, { merchant: "Diner", currency: "USD", converted: 9123n, category: "Eating out" }),
  entry("2026-10-06", 12_000, { merchant: "ラーメン", currency: "JPY", converted: null, category: "Eating out" }),
  entry("2026-10-09", 300_000, { kind: "income", merchant: "Employer", category: null }),
  entry("2026-10-12", 50_000, { kind: "transfer", merchant: "To savings", category: null }),
  entry("2026-10-30", 700, {
    status: "pending",
    merchant: "Kiosk",
    description: "A description so long that it has to be broken, and goes on in the line below it",
  }),
];
const budget = {
  name: "Groceries",
  currency: "EUR",
  from: "2026-10-01",
  to: "2026-10-31",
  effective: 40_000n,
  carried: -2_000n,
  spent: 42_500n,
  remaining: -2_500n,
  percent: 106.25,
  running: false,
  unconverted: ["JPY"],
} as const;
const facts = {
  trends: [{ name: "Eating out", perMonth: 1_500n }],
  recurring: { count: 3, perMonth: 4_297n, dearest: "Gym", rhythm: "monthly" },
  unusual: [{ what: "Dentist", day: "2026-10-14", minor: 45_000n, usual: 6_000n, category: "Health" }],
} as const;

const october = asked("2026-10-01", "2026-10-31");
export const reports: readonly { name: string; it: ReturnType<typeof made>; options?: Partial<PdfOptions> }[] = [
  { name: "empty-month", it: made(october, []) },
  { name: "month-of-all-kinds", it: made(october, [...abroad, ...plenty("2026-09-01", "2026-10-31", 60)], { budgets: [budget], facts }) },
  {
    name: "year-in-german",
    it: made(asked("2025-11-01", "2026-10-31", "EUR", "custom"), plenty("2025-11-01", "2026-10-31", 180), { budgets: [budget] }),
    options: { language: "de", locale: "de-DE" },
  },
];
