/**
 * What a report says before it is drawn: plain figures, the same for PDF, CSV and XLSX. Pure. Money is in whole minor units; where no currency stands beside
 * it, it is in the report's. Spending is expenses less refunds; income and transfers are listed and counted nowhere else.
 */
import type { Kind, Status } from "../finance/expense.ts";
import type { Rhythm } from "../finance/insights/recurring.ts";
import { bySize, type CategoryNode, rollUp, type SpendRow, sumBy, totalOf } from "../finance/insights/spend.ts";
import { addDays, type Calendar, type Day, daysBetween, type Period } from "../finance/periods.ts";

/** The longest time that one report covers, in days: ten years. */
export const MAX_DAYS = 3660;

/** Longer reports draw months where shorter ones draw days. */
export const MAX_DAILY_DAYS = 400;

export type ReportKind = "weekly" | "monthly" | "custom";

/** What a report is made for. */
export interface ReportAsked {
  kind: ReportKind;
  period: Period;
  /** The period that it is compared with: ends on the day before. */
  previous: Period;
  /** ISO 4217. */
  currency: string;
  calendar: Calendar;
  /** The user's day on which it is made. */
  today: Day;
}

/** Neighbouring spans of days and what was spent in each. */
export interface Bar extends Period {
  minor: bigint;
}

export interface CategoryLine {
  /** Null: no category. */
  id: string | null;
  name: string | null;
  /** 0: at the top. */
  depth: number;
  /** With everything under it. */
  minor: bigint;
  /** In the period before, of a running one in as many days. */
  previous: bigint;
  /** Its own entries alone, when there are others under it; null otherwise. */
  own: bigint | null;
}

export interface BudgetLine extends Period {
  name: string;
  /** That of its amounts. */
  currency: string;
  /** What may be spent: the period's amount with what was carried over. */
  effective: bigint;
  carried: bigint;
  spent: bigint;
  remaining: bigint;
  /** Of `effective`, rounded down to two decimals. */
  percent: number;
  /** The period has not ended by the report's day. */
  running: boolean;
  /** Currencies that could not be converted into the budget's, and so are in no figure. */
  unconverted: readonly string[];
}

export interface TopLine {
  day: Day;
  merchant: string;
  description: string;
  category: string | null;
  minor: bigint;
  own: { minor: bigint; currency: string };
}

export interface KindTotal {
  kind: Kind;
  count: number;
  /** Never below zero; only of those that have a rate. */
  minor: bigint;
  /** How many have none. */
  unconverted: number;
}

/** What has no rate to the report's currency, by its own currency: what was spent, and how many entries that is. */
export interface UnconvertedLine {
  currency: string;
  minor: bigint;
  count: number;
}

/** What the sentences are made of. */
export interface Facts {
  /** Categories that clearly rise or fall over the months, by how much a month. */
  trends: readonly { name: string | null; perMonth: bigint }[];
  recurring: { count: number; perMonth: bigint; dearest: string; rhythm: Rhythm } | null;
  /** In the report's days; the farthest out first. */
  unusual: readonly { what: string; day: Day; minor: bigint; usual: bigint; category: string | null }[];
}

export interface ReportData extends ReportAsked {
  total: bigint;
  /** Of spending: expenses and refunds. */
  count: number;
  /** What is compared: of a running period as many days of both. */
  compared: { to: Day; total: bigint; previousTo: Day; previousTotal: bigint };
  kinds: readonly KindTotal[];
  /** Parents before their children, the largest first. */
  categories: readonly CategoryLine[];
  bars: { unit: "day" | "month"; all: readonly Bar[] };
  /** Twelve calendar months, the last of which holds the report's last day. */
  months: readonly Bar[];
  budgets: readonly BudgetLine[];
  /** Periods of budgets that would have stood here as well, had they not been too many. */
  budgetsLeftOut: number;
  top: readonly TopLine[];
  facts: Facts;
  unconverted: readonly UnconvertedLine[];
  /** Currencies in the list, the report's own among them or not; in order. */
  currencies: readonly string[];
  /** Entries in the list, of whatever kind. */
  rows: number;
}

/** One entry of the list. */
export interface ReportRow {
  id: string;
  day: Day;
  kind: Kind;
  status: Status;
  merchant: string;
  description: string;
  category: string | null;
  account: string | null;
  tags: readonly string[];
  /** In its own currency, above zero. */
  minor: bigint;
  currency: string;
  /** In the report's currency, above zero; null without a rate. */
  converted: bigint | null;
}

/** What an entry adds to spending: refunds take away, income and transfers are none (null), nor is what has no rate. */
export function spendingOfRow({ kind, converted }: ReportRow): bigint | null {
  if (converted === null) return null;
  return kind === "expense" ? converted : kind === "refund" ? -converted : null;
}

/** Where the bars of a report begin: each day, or of a long report each month. Rising, the first on its first day. */
export function barStarts({ from, to }: Period): { unit: "day" | "month"; starts: Day[] } {
  const days = daysBetween(from, to) + 1;
  if (days <= MAX_DAILY_DAYS) return { unit: "day", starts: Array.from({ length: days }, (_, i) => addDays(from, i)) };
  const all = Array.from({ length: days }, (_, i) => addDays(from, i));
  return { unit: "month", starts: all.filter((day, i) => i === 0 || day.endsWith("-01")) };
}

/** Spans that begin on `starts`, the last until `to`, with their sums; `first` is the span of the first. */
export function barsOf(rows: readonly SpendRow[], starts: readonly Day[], to: Day, first: number): Bar[] {
  const sums = sumBy(rows, ({ span }) => span);
  return starts.map((from, i) => {
    const next = starts[i + 1];
    return { from, to: next === undefined ? to : addDays(next, -1), minor: sums.get(first + i) ?? 0n };
  });
}

/** Lines by category, parents before their children. `now` and `before` are the rows of the two periods. */
export function categoryLines(now: readonly SpendRow[], before: readonly SpendRow[], nodes: readonly CategoryNode[]): CategoryLine[] {
  const own = sumBy(now, ({ categoryId }) => categoryId);
  const sums = rollUp(own, nodes);
  const earlier = rollUp(
    sumBy(before, ({ categoryId }) => categoryId),
    nodes,
  );
  const known = new Map(nodes.map((node) => [node.id, node]));
  const ids = [...new Set([...sums.keys(), ...earlier.keys()])];
  const parentOf = (id: string | null) => {
    const parent = known.get(id ?? "")?.parentId ?? null;
    return parent !== null && known.has(parent) ? parent : null;
  };
  const order = (a: string | null, b: string | null) =>
    bySize(sums.get(a) ?? 0n, sums.get(b) ?? 0n) || bySize(earlier.get(a) ?? 0n, earlier.get(b) ?? 0n) || ((a ?? "") < (b ?? "") ? -1 : 1);
  const children = Map.groupBy(
    ids.filter((id) => id !== null && parentOf(id) !== null),
    parentOf,
  );
  const seen = new Set<string | null>();
  const walk = (list: readonly (string | null)[], depth: number): CategoryLine[] =>
    list.toSorted(order).flatMap((id) => {
      if (seen.has(id)) return [];
      seen.add(id);
      const under = id === null ? [] : (children.get(id) ?? []);
      const line = { id, name: known.get(id ?? "")?.name ?? null, depth, minor: sums.get(id) ?? 0n, previous: earlier.get(id) ?? 0n };
      return [{ ...line, own: under.length > 0 ? (own.get(id) ?? 0n) : null }, ...walk(under, depth + 1)];
    });
  // A circle of parents has no top; its members stand there all the same.
  return [
    ...walk(
      ids.filter((id) => parentOf(id) === null),
      0,
    ),
    ...walk(ids, 0),
  ].filter(({ minor, previous }) => minor !== 0n || previous !== 0n);
}

/** Of a running period as many days of both are compared: the last of each. */
export function comparedDays({ period, previous, today }: Pick<ReportAsked, "period" | "previous" | "today">): { to: Day; previousTo: Day } {
  if (today < period.from || today >= period.to) return { to: period.to, previousTo: previous.to };
  const day = addDays(previous.from, daysBetween(period.from, today));
  return { to: today, previousTo: day < previous.to ? day : previous.to };
}

/** Where the spans begin that a report is summed by: the period before, cut where the comparison ends, and then the bars. */
export function reportSpans(asked: ReportAsked): { starts: Day[]; bars: readonly Day[]; unit: "day" | "month"; cut: Day | null } {
  const { unit, starts: bars } = barStarts(asked.period);
  const { to, previousTo } = comparedDays(asked);
  const cut = previousTo < asked.previous.to ? addDays(previousTo, 1) : null;
  const nowCut = unit === "month" && to < asked.period.to ? [addDays(to, 1)] : [];
  return { starts: [...new Set([asked.previous.from, ...(cut === null ? [] : [cut]), ...bars, ...nowCut])].sort(), bars, unit, cut };
}

/** The parts of a report that sums by span tell; `rows` by the spans of `reportSpans`. */
export function sumReport(asked: ReportAsked, rows: readonly SpendRow[], nodes: readonly CategoryNode[]) {
  const { starts, bars, unit } = reportSpans(asked);
  const startOf = (row: SpendRow) => starts[row.span] ?? asked.period.from;
  const between = (from: Day, to: Day) => rows.filter((row) => startOf(row) >= from && startOf(row) <= to);
  const now = between(asked.period.from, asked.period.to);
  const { to, previousTo } = comparedDays(asked);
  const before = between(asked.previous.from, previousTo);
  // A bar may be cut in two where the comparison ends: by the bar that a span lies in.
  const placed = now.map((row) => ({ ...row, span: bars.findLastIndex((start) => start <= startOf(row)) }));
  const byCurrency = Map.groupBy(now, ({ currency }) => currency);
  return {
    total: totalOf(now),
    count: now.reduce((sum, { count }) => sum + count, 0),
    compared: { to, total: totalOf(between(asked.period.from, to)), previousTo, previousTotal: totalOf(before) },
    categories: categoryLines(now, before, nodes),
    bars: { unit, all: barsOf(placed, bars, asked.period.to, 0) },
    unconverted: [...byCurrency]
      .map(([currency, all]) => ({
        currency,
        minor: all.reduce((sum, { unconverted }) => sum + unconverted, 0n),
        count: all.reduce((sum, { unconvertedCount }) => sum + unconvertedCount, 0),
      }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => (a.currency < b.currency ? -1 : 1)),
  };
}
