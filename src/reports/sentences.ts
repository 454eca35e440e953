/** A report's figures as sentences: what is worth saying, the most important first. Pure. */
import { shareOf } from "../finance/insights/spend.ts";
import type { ReportData } from "./data.ts";
import type { Format } from "./format.ts";
import type { ReportWords } from "./words.ts";

const size = (minor: bigint) => (minor < 0n ? -minor : minor);

/** Trends and budgets that are named one by one. */
const NAMED = 3;

/** Each a whole sentence; one at least. */
export function sentencesOf(data: ReportData, words: ReportWords, say: Format): string[] {
  const { sentences: s } = words;
  const { compared, facts } = data;
  const name = (category: string | null) => category ?? words.uncategorised;
  const found: string[] = [];

  const change = compared.total - compared.previousTotal;
  if (data.count === 0) found.push(s.nothing(say.period(data.period)));
  else found.push(s.spent(say.money(data.total), data.count, say.number(data.count)));
  if (compared.previousTotal !== 0n && data.count > 0) {
    const share = shareOf(size(change), compared.previousTotal);
    const part = share === null ? null : say.percent(share);
    const before = say.money(compared.previousTotal);
    found.push(change === 0n ? s.same(before) : change > 0n ? s.more(say.money(change), part, before) : s.less(say.money(-change), part, before));
    if (compared.to < data.period.to) found.push(s.sameDays(say.longDay(compared.previousTo), say.longDay(compared.to)));
  }

  const tops = data.categories.filter(({ depth }) => depth === 0);
  const [largest] = tops;
  const share = largest === undefined ? null : shareOf(largest.minor, data.total);
  if (largest !== undefined && share !== null && largest.minor > 0n && tops.length > 1)
    found.push(s.largest(name(largest.name), say.money(largest.minor), say.percent(share)));
  if (compared.previousTotal > 0n && tops.length > 1) {
    const moved = tops
      .map((line) => ({ name: line.name, by: line.minor - line.previous }))
      .toSorted((a, b) => (size(a.by) < size(b.by) ? 1 : size(a.by) > size(b.by) ? -1 : 0))[0];
    if (moved !== undefined && moved.by !== 0n)
      found.push(moved.by > 0n ? s.rose(name(moved.name), say.money(moved.by)) : s.fell(name(moved.name), say.money(-moved.by)));
  }

  const over = data.budgets.filter(({ spent, effective }) => spent > effective);
  if (over.length > 0) found.push(s.overBudget(say.list([...new Set(over.map((budget) => budget.name))]), over.length));
  else if (data.budgets.length > 0 && data.budgets.every(({ running }) => !running))
    found.push(s.withinBudgets(data.budgets.length, say.number(data.budgets.length)));

  if (data.bars.unit === "day") {
    const dearest = data.bars.all.reduce<{ from: string; minor: bigint } | null>((most, bar) => (bar.minor > (most?.minor ?? 0n) ? bar : most), null);
    if (dearest !== null && data.bars.all.filter(({ minor }) => minor > 0n).length > 2)
      found.push(s.dearestDay(say.longDay(dearest.from), say.money(dearest.minor)));
  }
  for (const trend of facts.trends.slice(0, NAMED))
    found.push(trend.perMonth > 0n ? s.trendUp(name(trend.name), say.money(trend.perMonth)) : s.trendDown(name(trend.name), say.money(-trend.perMonth)));
  if (facts.recurring !== null) {
    const { count, perMonth, dearest, rhythm } = facts.recurring;
    found.push(s.recurring(count, say.number(count), say.money(perMonth), dearest, rhythm));
  }
  const [odd, ...more] = facts.unusual;
  if (odd !== undefined) {
    found.push(s.unusual(odd.what || words.unnamed, say.longDay(odd.day), say.money(odd.minor), say.money(odd.usual), name(odd.category)));
    if (more.length > 0) found.push(s.moreUnusual(more.length, say.number(more.length)));
  }
  const refunds = data.kinds.find(({ kind }) => kind === "refund");
  if (refunds !== undefined && refunds.minor > 0n) {
    const count = refunds.count - refunds.unconverted;
    found.push(s.refunded(say.money(refunds.minor), count, say.number(count)));
  }
  if (data.unconverted.length > 0) {
    const count = data.unconverted.reduce((sum, line) => sum + line.count, 0);
    found.push(s.leftOut(say.list(data.unconverted.map(({ minor, currency }) => say.coded(minor, currency))), count, say.number(count), data.currency));
  }
  return found;
}
