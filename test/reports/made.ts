/** Reports made from entries in memory, by plain loops: for tests that draw, and to hold what SQL gives against. */

import { addDays, type Day, daysBetween } from "../../src/finance/periods.ts";
import type { BudgetLine, Facts, KindTotal, ReportAsked, ReportData, ReportKind, ReportRow } from "../../src/reports/data.ts";

const calendar = { timeZone: "Europe/Berlin", changes: [{ from: "0001-01-01", firstWeekday: 1, payday: null }] };

export function asked(from: Day, to: Day, currency = "EUR", kind: ReportKind = "monthly"): ReportAsked {
  const days = daysBetween(from, to) + 1;
  return { kind, period: { from, to }, previous: { from: addDays(from, -days), to: addDays(from, -1) }, currency, calendar, today: addDays(to, 3) };
}

const sign = ({ kind, converted }: ReportRow) => (converted === null ? 0n : kind === "expense" ? converted : kind === "refund" ? -converted : 0n);
const isSpending = ({ kind }: ReportRow) => kind === "expense" || kind === "refund";

/** Entries of the period and, for what came before it, of any other time. Categories are flat: by name. */
export function made(
  of: ReportAsked,
  all: readonly ReportRow[],
  more: { budgets?: BudgetLine[]; facts?: Partial<Facts> } = {},
): { data: ReportData; rows: ReportRow[] } {
  const within = (from: Day, to: Day) => all.filter(({ day }) => day >= from && day <= to);
  const total = (rows: readonly ReportRow[]) => rows.reduce((sum, row) => sum + sign(row), 0n);
  const rows = within(of.period.from, of.period.to).toSorted((a, b) => (a.day === b.day ? (a.id < b.id ? -1 : 1) : a.day < b.day ? -1 : 1));
  const before = within(of.previous.from, of.previous.to);
  const spent = rows.filter(isSpending);
  const names = [...new Set([...spent, ...before.filter(isSpending)].map(({ category }) => category))];
  const days = Array.from({ length: daysBetween(of.period.from, of.period.to) + 1 }, (_, i) => addDays(of.period.from, i));
  const unit = days.length > 400 ? "month" : "day";
  const starts = days.filter((day, i) => unit === "day" || i === 0 || day.endsWith("-01"));
  const bars = starts.map((from, i) => ({ from, to: starts[i + 1] === undefined ? of.period.to : addDays(starts[i + 1] ?? "", -1) }));
  const month = Number(of.period.to.slice(0, 4)) * 12 + Number(of.period.to.slice(5, 7)) - 1;
  const months = Array.from({ length: 12 }, (_, i) => month - 11 + i).map((n) => `${Math.floor(n / 12)}-${String((n % 12) + 1).padStart(2, "0")}`);
  const kinds = (["expense", "income", "refund", "transfer"] as const).flatMap((kind): KindTotal[] => {
    const own = rows.filter((row) => row.kind === kind);
    return own.length === 0
      ? []
      : [
          {
            kind,
            count: own.length,
            minor: own.reduce((sum, { converted }) => sum + (converted ?? 0n), 0n),
            unconverted: own.filter(({ converted }) => converted === null).length,
          },
        ];
  });
  const without = spent.filter(({ converted }) => converted === null);
  const data: ReportData = {
    ...of,
    total: total(rows),
    count: spent.length,
    compared: { to: of.period.to, total: total(rows), previousTo: of.previous.to, previousTotal: total(before) },
    kinds,
    categories: names
      .map((name) => ({
        id: name,
        name,
        depth: 0,
        minor: total(rows.filter(({ category }) => category === name)),
        previous: total(before.filter(({ category }) => category === name)),
        own: null,
      }))
      .sort((a, b) => (a.minor < b.minor ? 1 : -1)),
    bars: { unit, all: bars.map((bar) => ({ ...bar, minor: total(within(bar.from, bar.to)) })) },
    months: months.map((name) => {
      const from = `${name}-01`;
      const to = addDays(`${addDays(from, 31).slice(0, 8)}01`, -1);
      return { from, to, minor: total(within(from, to)) };
    }),
    budgets: more.budgets ?? [],
    budgetsLeftOut: 0,
    top: rows
      .filter(({ kind, converted }) => kind === "expense" && converted !== null)
      .sort((a, b) => ((a.converted ?? 0n) < (b.converted ?? 0n) ? 1 : -1))
      .slice(0, 10)
      .map(({ day, merchant, description, category, converted, minor, currency }) => ({
        day,
        merchant,
        description,
        category,
        minor: converted ?? 0n,
        own: { minor, currency },
      })),
    facts: { trends: [], recurring: null, unusual: [], ...more.facts },
    unconverted: [...new Set(without.map(({ currency }) => currency))].sort().map((currency) => {
      const own = without.filter((row) => row.currency === currency);
      return { currency, count: own.length, minor: own.reduce((sum, { kind, minor }) => sum + (kind === "refund" ? -minor : minor), 0n) };
    }),
    currencies: [...new Set(rows.map(({ currency }) => currency))].sort(),
    rows: rows.length,
  };
  return { data, rows };
}

/** The entries a page at a time. */
export async function* paged(rows: readonly ReportRow[], size = 500): AsyncGenerator<ReportRow[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}

let last = 0;

/** One entry; EUR and an expense unless told otherwise. */
export function entry(day: Day, minor: number, more: Partial<ReportRow> = {}): ReportRow {
  return {
    id: `00000000-0000-7000-8000-${String(++last).padStart(12, "0")}`,
    day,
    kind: "expense",
    status: "cleared",
    merchant: "Corner shop",
    description: "",
    category: "Groceries",
    account: "Current account",
    tags: [],
    minor: BigInt(minor),
    currency: "EUR",
    converted: BigInt(minor),
    ...more,
  };
}

const shops = [
  ["Groceries", "Edeka", "Rewe", "Wochenmarkt am Maybachufer"],
  ["Eating out", "Café Ñandú", "Trattoria Da Enzo al 29", "Konoba Žuta Kuća"],
  ["Transport", "BVG", "Deutsche Bahn", "Tier Mobility"],
  ["Household", "IKEA", "dm-drogerie markt"],
  ["Leisure", "Kino International", "Buchhandlung Ocelot", "Σινεμά Ορφέας"],
  ["Health", "Apotheke am Kotti", "Аптека №36,6"],
  ["Rent", "Wohnungsgesellschaft Nordstern mbH"],
] as const;

/** Entries as one would have them, `count` in the days: the same for the same numbers. */
export function plenty(from: Day, to: Day, count: number, seed = 7): ReportRow[] {
  let state = seed;
  const random = (n: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * n);
  };
  const days = daysBetween(from, to) + 1;
  return Array.from({ length: count }, () => {
    const [category, ...merchants] = shops[Math.min(random(9), shops.length - 1)] ?? shops[0];
    const rent = category === "Rent";
    const kind = random(40) === 0 ? "refund" : "expense";
    return entry(addDays(from, random(days)), rent ? 2_000 + random(4000) : 150 + random(9000), {
      kind: rent ? "expense" : kind,
      category,
      merchant: merchants[random(merchants.length)] ?? "",
      description: random(5) === 0 ? "Weekly shopping with Ann, and what was missing from last time" : "",
      account: random(3) === 0 ? "Credit card" : "Current account",
      status: random(30) === 0 ? "pending" : "cleared",
      tags: random(15) === 0 ? ["holiday", "shared"] : [],
    });
  });
}
