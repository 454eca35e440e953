/** What is owned less what is owed, by month, and what changed it. Pure. */
import { plainRate } from "../account.ts";
import { convert, formatAmount } from "../money.ts";
import { addDays, type Calendar, type Day, periodAt } from "../periods.ts";
import type { Insight, Reader } from "./insight.ts";
import { absolute, bySize, shareOf, type Unconverted } from "./spend.ts";
import { counted, words } from "./words.ts";

/** Ends of months that are shown, before the day itself. */
export const HISTORY_MONTHS = 12;

/** The ends of the twelve months before the one that holds `on`, and `on`. */
export function worthDays(calendar: Calendar, on: Day): Day[] {
  const rhythm = { kind: "month", startsOn: null, periodDays: null } as const;
  const days: Day[] = [on];
  for (let at = periodAt(rhythm, calendar, on).from; days.length <= HISTORY_MONTHS; ) {
    const end = addDays(at, -1);
    days.unshift(end);
    at = periodAt(rhythm, calendar, end).from;
  }
  return days;
}

/** An account as it stood on one of the days: the newest balance on or before it, the newest rate of that day or the seven before. */
export interface Standing {
  /** Which of the days, from 0. */
  point: number;
  accountId: string;
  name: string;
  type: "asset" | "liability";
  currency: string;
  archived: boolean;
  balanceDay: Day;
  /** In its own currency. What a liability has is what is owed. */
  minor: bigint;
  /** To the reader's currency; null: none is needed, or there is none. */
  rate: { day: Day; rate: string } | null;
}

export interface NetWorthPoint {
  day: Day;
  assets: string;
  liabilities: string;
  netWorth: string;
  /** Accounts that are not in it for want of a rate on that day. */
  leftOut: number;
}

/** What an account added to a change: by its balance (at the new rate) and by its rate (on the old balance). */
export interface ChangeByAccount {
  accountId: string;
  name: string;
  type: "asset" | "liability";
  change: string;
  byBalance: string;
  byRate: string;
  /** It counts on one of the two days only: it was not there yet, or had no rate. */
  began: boolean;
  ended: boolean;
}

export interface NetWorth {
  assets: string;
  liabilities: string;
  netWorth: string;
  accounts: {
    accountId: string;
    name: string;
    type: "asset" | "liability";
    archived: boolean;
    currency: string;
    balance: string;
    balanceDay: Day;
    converted: string | null;
  }[];
  /** Oldest first; the day itself last. */
  history: NetWorthPoint[];
  /** Since the end of the month before. */
  change: { since: Day; total: string; byAccount: ChangeByAccount[] };
  /** Since the first point. */
  yearChange: { since: Day; total: string; byAccount: ChangeByAccount[] };
  /** All that were used. */
  rates: { base: string; quote: string; day: Day; rate: string }[];
  /** Accounts that no figure of the day holds, for want of a rate. */
  unconvertedAccounts: { accountId: string; name: string; currency: string; balance: string }[];
}

/** In the reader's currency, a liability below zero; null without a rate. */
function worthOf({ type, currency, minor, rate }: Standing, target: string): bigint | null {
  const own = type === "liability" ? -minor : minor;
  if (currency === target) return own;
  return rate === null ? null : convert(own, rate.rate, currency, target);
}

function changeOf(before: readonly Standing[], after: readonly Standing[], target: string): { total: bigint; byAccount: ChangeByAccount[] } {
  const money = (minor: bigint) => formatAmount(minor, target);
  const then = new Map(before.map((one) => [one.accountId, one]));
  const now = new Map(after.map((one) => [one.accountId, one]));
  const changes = [...new Set([...then.keys(), ...now.keys()])].flatMap((id) => {
    const old = then.get(id);
    const current = now.get(id);
    const known = current ?? old;
    const was = old === undefined ? null : worthOf(old, target);
    const is = current === undefined ? null : worthOf(current, target);
    if (known === undefined || (was === null && is === null)) return [];
    // The old balance at the new rate: up to it the rate moved the value, from it the balance.
    const revalued = old !== undefined && current !== undefined && was !== null && is !== null ? worthOf({ ...current, minor: old.minor }, target) : was;
    const change = (is ?? 0n) - (was ?? 0n);
    const byRate = (revalued ?? 0n) - (was ?? 0n);
    return change === 0n && byRate === 0n && was !== null && is !== null ? [] : [{ known, change, byRate, began: was === null, ended: is === null }];
  });
  return {
    total: changes.reduce((sum, { change }) => sum + change, 0n),
    byAccount: changes
      .sort((a, b) => bySize(absolute(a.change), absolute(b.change)) || (a.known.accountId < b.known.accountId ? -1 : 1))
      .map(({ known, change, byRate, began, ended }) => ({
        accountId: known.accountId,
        name: known.name,
        type: known.type,
        change: money(change),
        byBalance: money(change - byRate),
        byRate: money(byRate),
        began,
        ended,
      })),
  };
}

export function netWorth(days: readonly Day[], reader: Reader, standings: readonly Standing[]): Insight<NetWorth> {
  const target = reader.currency;
  const say = words(reader.locale, target);
  const money = (minor: bigint) => formatAmount(minor, target);
  const at = (point: number) => standings.filter((one) => one.point === point);
  const sums = days.map((day, point) => {
    let assets = 0n;
    let liabilities = 0n;
    let leftOut = 0;
    for (const one of at(point)) {
      const value = worthOf(one, target);
      if (value === null) leftOut++;
      else if (one.type === "asset") assets += value;
      else liabilities -= value;
    }
    return { day, assets, liabilities, net: assets - liabilities, leftOut };
  });
  const last = days.length - 1;
  const now = at(last);
  const today = sums[last] ?? { day: "", assets: 0n, liabilities: 0n, net: 0n, leftOut: 0 };
  const month = changeOf(at(last - 1), now, target);
  const year = changeOf(at(0), now, target);
  const missing = now.filter((one) => worthOf(one, target) === null);
  const unconverted = totals(missing);

  const used = new Map<string, NetWorth["rates"][number]>();
  for (const { currency, rate } of standings)
    if (rate !== null && currency !== target) used.set(`${currency} ${rate.day}`, { base: currency, quote: target, day: rate.day, rate: plainRate(rate.rate) });

  const since = days[last - 1] ?? today.day;
  const share = shareOf(absolute(month.total), absolute(sums[last - 1]?.net ?? 0n));
  const mover = month.byAccount[0];
  const moved = mover === undefined ? "" : `, most by ${mover.name}`;
  const sentence =
    now.length === 0
      ? "There is no account with a balance yet: enter one, and what you own and owe adds up here."
      : `On ${say.day(today.day)} you are worth ${say.money(today.net)}: ${say.money(today.assets)} in assets less ${say.money(today.liabilities)} owed. ${
          month.total === 0n
            ? `Nothing has changed since ${say.day(since)}.`
            : `That is ${say.size(month.total)}${share === null ? "" : ` (${say.percent(share)})`} ${month.total < 0n ? "less" : "more"} than on ${say.day(since)}${moved}.`
        }`;
  const left =
    missing.length === 0
      ? ""
      : ` Without an exchange rate: ${say.list(missing.map(({ name }) => name))} (${counted(missing.length, "account", "accounts", say)}).`;
  return {
    sentence: sentence + left,
    from: days[0] ?? today.day,
    to: today.day,
    currency: target,
    figures: {
      assets: money(today.assets),
      liabilities: money(today.liabilities),
      netWorth: money(today.net),
      accounts: now.map((one) => {
        const value = worthOf(one, target);
        return {
          accountId: one.accountId,
          name: one.name,
          type: one.type,
          archived: one.archived,
          currency: one.currency,
          balance: formatAmount(one.minor, one.currency),
          balanceDay: one.balanceDay,
          converted: value === null ? null : money(one.type === "liability" ? -value : value),
        };
      }),
      history: sums.map(({ day, assets, liabilities, net, leftOut }) => ({
        day,
        assets: money(assets),
        liabilities: money(liabilities),
        netWorth: money(net),
        leftOut,
      })),
      change: { since, total: money(month.total), byAccount: month.byAccount },
      yearChange: { since: days[0] ?? since, total: money(year.total), byAccount: year.byAccount },
      rates: [...used.values()].sort((a, b) => (`${a.base} ${a.day}` < `${b.base} ${b.day}` ? -1 : 1)),
      unconvertedAccounts: missing.map(({ accountId, name, currency, minor }) => ({ accountId, name, currency, balance: formatAmount(minor, currency) })),
    },
    method:
      "Each account's newest balance on or before the day, at the newest rate of that day or the seven before; a liability's balance is what is owed. A change is split: by rate is the old balance at the new rate less at the old one, by balance is the rest. An archived account counts with its last balance: enter 0 for the day on which it was closed.",
    unconverted,
  };
}

/** What stands aside, by currency: assets less liabilities. */
function totals(standings: readonly Standing[]): Unconverted[] {
  const sums = new Map<string, bigint>();
  for (const { currency, minor, type } of standings) sums.set(currency, (sums.get(currency) ?? 0n) + (type === "liability" ? -minor : minor));
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, minor]) => ({ currency, total: formatAmount(minor, currency) }));
}
