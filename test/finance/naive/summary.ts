/** The summary once more, as slowly and plainly as it can be said: one loop over all rows there are, in whole numbers. */
import type { Day, Period } from "../../../src/finance/periods.ts";
import { categoryName, idOf, type World, type WorldExpense } from "./world.ts";

const exponents: Record<string, number> = { EUR: 2, USD: 2, JPY: 0, KWD: 3 };

const dayNumber = (day: Day) => Date.parse(`${day}T00:00:00Z`) / 86_400_000;

/** Minor units in `target`; null without a rate of that day or the seven before it. */
export function naiveConvert(world: World, minor: bigint, currency: string, day: Day, target: string): bigint | null {
  if (currency === target) return minor;
  let newest: World["rates"][number] | null = null;
  for (const rate of world.rates) {
    if (rate.base !== currency || rate.quote !== target) continue;
    const age = dayNumber(day) - dayNumber(rate.day);
    if (age < 0 || age > 7) continue;
    if (newest === null || rate.day > newest.day) newest = rate;
  }
  if (newest === null) return null;
  // minor × rate × 10^(target − own), as a fraction of whole numbers.
  let dividend = minor * BigInt(newest.rate.replace(".", ""));
  let divisor = 1_000_000_000_000n;
  const shift = (exponents[target] ?? 2) - (exponents[currency] ?? 2);
  if (shift > 0) dividend *= 10n ** BigInt(shift);
  else divisor *= 10n ** BigInt(-shift);
  const whole = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  if (twice > divisor || (twice === divisor && whole % 2n === 1n)) return whole + 1n;
  return whole;
}

/** What an expense adds to spending, and the sign of it; null when it is no spending. */
const signOf = ({ kind }: WorldExpense) => (kind === "expense" ? 1n : kind === "refund" ? -1n : null);

export interface NaiveSum {
  total: bigint;
  count: number;
  /** By the category's place; null: none. Only those with a row. */
  own: Map<number | null, bigint>;
  /** With everything under it. */
  rolledUp: Map<number | null, bigint>;
  unconverted: Map<string, bigint>;
}

export function naiveSum(world: World, { from, to }: Period, target: string): NaiveSum {
  const sum: NaiveSum = { total: 0n, count: 0, own: new Map(), rolledUp: new Map(), unconverted: new Map() };
  const add = <Key>(map: Map<Key, bigint>, key: Key, minor: bigint) => map.set(key, (map.get(key) ?? 0n) + minor);
  for (const expense of world.expenses) {
    const sign = signOf(expense);
    if (sign === null || expense.day < from || expense.day > to) continue;
    sum.count++;
    const minor = naiveConvert(world, expense.minor, expense.currency, expense.day, target);
    if (minor === null) add(sum.unconverted, expense.currency, sign * expense.minor);
    add(sum.own, expense.category, sign * (minor ?? 0n));
    for (let place = expense.category, first = true; first || place !== null; first = false) {
      add(sum.rolledUp, place, sign * (minor ?? 0n));
      if (place === null) break;
      place = world.categories[place]?.parent ?? null;
    }
    sum.total += sign * (minor ?? 0n);
  }
  return sum;
}

/** Minor units as the API writes them. */
export function naiveAmount(minor: bigint, currency: string): string {
  const exponent = exponents[currency] ?? 2;
  const digits = String(minor < 0n ? -minor : minor).padStart(exponent + 1, "0");
  const split = digits.length - exponent;
  return (minor < 0n ? "-" : "") + digits.slice(0, split) + (exponent > 0 ? `.${digits.slice(split)}` : "");
}

/** A share as `/summary` shows it. */
export const naiveShare = (part: bigint, total: bigint) => (total <= 0n ? null : Math.round((Number(part) / Number(total)) * 10_000) / 10_000 + 0);

/** What `/summary` says by category, by its id. */
export function naiveCategories(
  sum: NaiveSum,
  user: number,
  target: string,
): Map<string | null, { name: string | null; total: string; rolledUp: string; share: number | null }> {
  return new Map(
    [...sum.rolledUp].map(([place, minor]) => {
      const own = sum.own.get(place) ?? 0n;
      const id = place === null ? null : idOf(user, 1, place);
      const name = place === null ? null : categoryName(place);
      return [id, { name, total: naiveAmount(own, target), rolledUp: naiveAmount(minor, target), share: naiveShare(own, sum.total) }];
    }),
  );
}
