/** A small life in memory as an export's source, with all that makes a format stumble. */
import type { ExportedExpense, ExportSource, Statement, Writing } from "../../src/exports/document.ts";

const id = (kind: number, place: number) => `0193${String(kind).padStart(4, "0")}-0000-7000-8000-${String(place).padStart(12, "0")}`;
export const ids = { food: id(1, 1), out: id(1, 2), formula: id(1, 3), giro: id(2, 1), card: id(2, 2), budget: id(3, 1), receipt: id(4, 1) };

let placed = 0;
const entry = (more: Partial<ExportedExpense>): ExportedExpense => ({
  id: id(5, ++placed),
  kind: "expense",
  amount: "12.50",
  currency: "EUR",
  occurredOn: "2026-10-05",
  categoryId: ids.food,
  accountId: ids.giro,
  merchant: "Edeka",
  description: "",
  tags: [],
  status: "cleared",
  refundOf: null,
  receiptId: null,
  createdAt: "2026-10-05T10:00:00.000Z",
  ...more,
});

const first = entry({ tags: ["home", "über uns"], receiptId: ids.receipt });
export const expenses: readonly ExportedExpense[] = [
  first,
  entry({ kind: "refund", amount: "2.00", refundOf: first.id, occurredOn: "2026-10-06" }),
  entry({ merchant: '=HYPERLINK("http://x")', description: "@cmd\nsecond line", categoryId: ids.formula, occurredOn: "2026-10-07" }),
  entry({ merchant: "'=1+1", description: '-5 % off, "today" \\ & <only>', occurredOn: "2026-10-07" }),
  entry({ kind: "income", amount: "3000.00", categoryId: null, merchant: "Employer", occurredOn: "2026-10-08" }),
  entry({ kind: "transfer", amount: "100.00", categoryId: null, merchant: "To the card", occurredOn: "2026-10-09" }),
  entry({ accountId: ids.card, amount: "9.99", categoryId: ids.out, merchant: "Ταβέρνα", status: "pending", occurredOn: "2026-10-10" }),
  entry({ accountId: ids.card, currency: "JPY", amount: "1200", categoryId: ids.out, merchant: "ラーメン", occurredOn: "2026-10-11" }),
  entry({ accountId: null, categoryId: null, amount: "1.00", merchant: "", description: "cash", occurredOn: "2026-10-12" }),
  entry({ merchant: "A merchant whose name is far longer than thirty-two characters", occurredOn: "2026-10-13" }),
];

const statementsOf = (all: readonly ExportedExpense[]): Statement[] =>
  [...Map.groupBy(all, ({ accountId, currency }) => `${accountId} ${currency}`).values()].map((own) => ({
    accountId: own[0]?.accountId ?? null,
    currency: own[0]?.currency ?? "",
    from: own[0]?.occurredOn ?? "",
    to: own.at(-1)?.occurredOn ?? "",
    entries: own.length,
  }));

async function* inPages<T>(all: readonly T[], size = 3): AsyncGenerator<readonly T[], void, undefined> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

export const source = (all: readonly ExportedExpense[] = expenses): ExportSource => ({
  madeAt: Date.UTC(2026, 10, 21, 9),
  filter: {},
  profile: {
    sub: "ann",
    name: 'Ann "A." Example',
    email: "ann@example.com",
    displayCurrency: "EUR",
    locale: "en-GB",
    timeZone: "Europe/Berlin",
    calendar: [{ from: "0001-01-01", firstWeekday: 1, payday: null }],
    notifications: { "report-ready": true },
    largeExpense: { amount: "500.00", currency: "EUR" },
    weeklyReport: true,
  },
  categories: [
    { id: ids.food, name: "Food", parentId: null, colour: "#aabbcc" },
    { id: ids.out, name: "eating out / bars", parentId: ids.food, colour: null },
    { id: ids.formula, name: "+Plus", parentId: null, colour: null },
  ],
  accounts: [
    { id: ids.giro, name: "Giro", type: "asset", currency: "EUR", archived: false },
    { id: ids.card, name: "Карта 1", type: "liability", currency: "EUR", archived: true },
  ],
  budgets: [
    {
      id: ids.budget,
      name: "Food",
      categoryId: ids.food,
      currency: "EUR",
      amounts: [{ from: "2026-10-01", amount: "400.00" }],
      period: "month",
      startsOn: "2026-10-01",
      periodDays: null,
      thresholds: [80, 100],
      rollover: true,
      carryFrom: "2026-10-01",
      alerts: [{ periodStart: "2026-10-01", threshold: 80, spent: "330.00", effective: "400.00", told: true, at: "2026-10-20T10:00:00.000Z" }],
    },
  ],
  statements: statementsOf(all),
  rates: () => inPages([{ day: "2026-10-11", base: "JPY", quote: "EUR", rate: "0.0061" }]),
  balances: () =>
    inPages([
      { accountId: ids.giro, day: "2026-09-30", amount: "1000.00" },
      { accountId: ids.giro, day: "2026-10-31", amount: "3850.01" },
    ]),
  receipts: () => inPages([{ id: ids.receipt, fileName: "till.pdf", contentType: "application/pdf", bytes: 1234, createdAt: "2026-10-05T10:00:00.000Z" }]),
  expenses: (of) => inPages(of === undefined ? all : all.filter((it) => it.accountId === of.accountId && it.currency === of.currency)),
});

/** The file, with what its writer said of it. */
export async function fileOf(writing: Writing): Promise<{ bytes: Buffer; text: string; rows: number; said: number }> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const next = await writing.next();
    if (next.done === true) {
      const bytes = Buffer.concat(parts);
      return { bytes, text: bytes.toString("utf8"), rows: next.value.rows, said: next.value.bytes };
    }
    parts.push(next.value);
  }
}
