/** Whether spending rises or falls over the months. Pure. */
import { mannKendall, median, theilSen } from "./robust.ts";

/** With fewer full months nothing is said of a trend. */
export const FEWEST_MONTHS = 8;

/** |z| of the Mann-Kendall test beyond which there is a trend: once in a hundred series that have none. */
const SURE = 2.576;

/** Less than this part of the usual month, each month, is not worth a word. */
const WORTH = 0.01;

export type Direction = "rising" | "falling" | "none";

export interface Trend {
  direction: Direction;
  /** Minor units that are added each month: the Theil-Sen slope, rounded. 0 without a trend. */
  perMonth: bigint;
}

/** The trend of monthly totals in minor units, oldest first; null of too few months. */
export function trendOf(months: readonly bigint[]): Trend | null {
  if (months.length < FEWEST_MONTHS) return null;
  const values = months.map(Number);
  const slope = theilSen(values);
  const usual = Math.abs(median(values) ?? 0);
  const z = mannKendall(values);
  // The slope agrees with the test in sign, or is nothing.
  if (Math.abs(z) < SURE || Math.abs(slope) <= usual * WORTH || slope * z <= 0) return { direction: "none", perMonth: 0n };
  return { direction: slope > 0 ? "rising" : "falling", perMonth: BigInt(Math.round(slope)) };
}
