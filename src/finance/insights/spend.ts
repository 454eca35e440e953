/**
 * What SQL gives of spending, small sums, and how they are put together: by category, rolled up to parents, what could not be converted. Pure and exact.
 * An expense counts as it is, a refund is taken off; income and transfers are no spending.
 */
import { formatAmount } from "../money.ts";

/** The sum of one span of days, category and currency. */
export interface SpendRow {
  /** Which of the spans that were asked for, from 0. */
  span: number;
  categoryId: string | null;
  /** That of the expenses. */
  currency: string;
  /** Expenses and refunds, converted or not. */
  count: number;
  /** In the currency asked for, each converted and rounded alone; only of those that have a rate. */
  minor: bigint;
  /** In their own currency: those without a rate. */
  unconverted: bigint;
  unconvertedCount: number;
}

export interface CategoryNode {
  id: string;
  name: string;
  parentId: string | null;
}

/** Decimal string in its own currency. */
export interface Unconverted {
  currency: string;
  total: string;
}

export const totalOf = (rows: readonly SpendRow[]): bigint => rows.reduce((sum, { minor }) => sum + minor, 0n);
export const countOf = (rows: readonly SpendRow[]): number => rows.reduce((sum, { count }) => sum + count, 0);

/** Sums by anything that tells rows apart. In the order in which they come first. */
export function sumBy<Key>(rows: readonly SpendRow[], keyOf: (row: SpendRow) => Key): Map<Key, bigint> {
  const sums = new Map<Key, bigint>();
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0n) + row.minor);
  return sums;
}

/** What no rate could be found for, by currency. Rows may cancel out: a currency stands here as long as there is a row. */
export function unconvertedOf(rows: readonly SpendRow[]): Unconverted[] {
  const sums = new Map<string, bigint>();
  for (const { currency, unconverted, unconvertedCount } of rows) if (unconvertedCount > 0) sums.set(currency, (sums.get(currency) ?? 0n) + unconverted);
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, minor]) => ({ currency, total: formatAmount(minor, currency) }));
}

/** A category's ancestors, nearest first. Ends at one that is not known, and at a circle. */
function ancestors(id: string, nodes: ReadonlyMap<string, CategoryNode>): string[] {
  const found: string[] = [];
  for (let parent = nodes.get(id)?.parentId ?? null; parent !== null; parent = nodes.get(parent)?.parentId ?? null) {
    if (!nodes.has(parent) || parent === id || found.includes(parent)) break;
    found.push(parent);
  }
  return found;
}

/** Each category's own sum and those of everything under it. A parent without a sum of its own gets one as well; null (no category) stays by itself. */
export function rollUp(own: ReadonlyMap<string | null, bigint>, categories: readonly CategoryNode[]): Map<string | null, bigint> {
  const nodes = new Map(categories.map((node) => [node.id, node]));
  const all = new Map<string | null, bigint>(own);
  for (const [id, minor] of own) {
    if (id === null) continue;
    for (const parent of ancestors(id, nodes)) all.set(parent, (all.get(parent) ?? 0n) + minor);
  }
  return all;
}

/** A category and everything under it. */
export function familyOf(id: string, categories: readonly CategoryNode[]): Set<string> {
  const nodes = new Map(categories.map((node) => [node.id, node]));
  return new Set([id, ...categories.filter((node) => ancestors(node.id, nodes).includes(id)).map((node) => node.id)]);
}

/** A part of a total, rounded to four places; null when the total is nothing or below, because then it says nothing. */
export function shareOf(part: bigint, total: bigint): number | null {
  if (total <= 0n) return null;
  // Through a number: the quotient of two sums below 10^18, shown to four places.
  return Math.round((Number(part) / Number(total)) * 10_000) / 10_000 + 0;
}

export const bySize = (a: bigint, b: bigint): number => (a < b ? 1 : a > b ? -1 : 0);
export const absolute = (minor: bigint): bigint => (minor < 0n ? -minor : minor);
