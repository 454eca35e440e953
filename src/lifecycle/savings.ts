/** Hours and money, awake and asleep. Pure. */
import type { MonthTotals } from "./ports.ts";
import type { DatabaseState, LedgerEntry, Phase } from "./state.ts";

/**
 * RDS bills compute of an instance that is up, per second; not while it is `starting`, `stopping` or `stopped` (Amazon RDS User Guide, DB instance
 * status: "Billed for storage"). `waking` and `falling-asleep` hold both: counted as billed, so that the saving is never shown greater than it is.
 */
export const billed = (phase: Phase): boolean => phase !== "asleep";

const monthOf = (at: number): string => new Date(at).toISOString().slice(0, 7);
const nextMonth = (at: number): number => {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
};

/** A span of time cut at the ends of UTC months; in milliseconds since the epoch. */
function byMonth(from: number, to: number): { month: string; seconds: number }[] {
  const parts: { month: string; seconds: number }[] = [];
  for (let at = from; at < to; ) {
    const end = Math.min(to, nextMonth(at));
    parts.push({ month: monthOf(at), seconds: (end - at) / 1000 });
    at = end;
  }
  return parts;
}

/** What an entry adds to the totals of months: the phase that it ends. */
export function monthsOf(entry: LedgerEntry): MonthTotals[] {
  if (entry.lastedSeconds === null) return [];
  const awake = billed(entry.from);
  const months = byMonth(entry.at - entry.lastedSeconds * 1000, entry.at).map(({ month, seconds }) => ({
    month,
    awakeSeconds: awake ? seconds : 0,
    asleepSeconds: awake ? 0 : seconds,
    minimumAddsSeconds: 0,
  }));
  const last = months.at(-1);
  if (last) last.minimumAddsSeconds = entry.minimumAddsSeconds ?? 0;
  return months;
}

export interface Savings {
  currency: "USD";
  pricePerHour: string;
  since: string;
  awakeSeconds: number;
  asleepSeconds: number;
  spent: string;
  saved: string;
  months: { month: string; awakeSeconds: number; asleepSeconds: number; spent: string; saved: string }[];
}

/** Totals, what has not come to them yet, and the phase that is under way, in money. What the minimum of each start costs is taken off the saving. */
export function savings(totals: MonthTotals[], state: DatabaseState, now: number, pricePerHour: number): Savings {
  const months = new Map(totals.map((total) => [total.month, { ...total }]));
  const of = (month: string) => months.get(month) ?? { month, awakeSeconds: 0, asleepSeconds: 0, minimumAddsSeconds: 0 };
  for (const entry of state.outbox)
    for (const part of monthsOf(entry)) {
      const total = of(part.month);
      if ((total.throughSeq ?? 0) >= entry.seq) continue;
      total.awakeSeconds += part.awakeSeconds;
      total.asleepSeconds += part.asleepSeconds;
      total.minimumAddsSeconds += part.minimumAddsSeconds;
      months.set(part.month, total);
    }
  for (const { month, seconds } of byMonth(state.phaseSince, now)) {
    const total = of(month);
    if (billed(state.phase)) total.awakeSeconds += seconds;
    else total.asleepSeconds += seconds;
    months.set(month, total);
  }
  const money = (seconds: number) => ((seconds / 3600) * pricePerHour).toFixed(4);
  const row = (total: Omit<MonthTotals, "month">) => ({
    awakeSeconds: Math.round(total.awakeSeconds),
    asleepSeconds: Math.round(total.asleepSeconds),
    spent: money(total.awakeSeconds + total.minimumAddsSeconds),
    saved: money(total.asleepSeconds - total.minimumAddsSeconds),
  });
  const sorted = [...months.values()].sort((a, b) => a.month.localeCompare(b.month));
  const sum = (field: "awakeSeconds" | "asleepSeconds" | "minimumAddsSeconds") => sorted.reduce((total, month) => total + month[field], 0);
  return {
    currency: "USD",
    pricePerHour: String(pricePerHour),
    since: new Date(state.firstLookAt).toISOString(),
    ...row({ awakeSeconds: sum("awakeSeconds"), asleepSeconds: sum("asleepSeconds"), minimumAddsSeconds: sum("minimumAddsSeconds") }),
    months: sorted.map((month) => ({ month: month.month, ...row(month) })),
  };
}
