/**
 * Statistics that a few odd values don't move. Estimates, so plain numbers: sums of money never go through here. Pure.
 */

/** Of a copy: callers keep their order. */
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

/** The middle value, or the mean of the two in the middle; null of nothing. */
export function median(values: readonly number[]): number | null {
  const inOrder = sorted(values);
  const high = inOrder[Math.floor(inOrder.length / 2)];
  const low = inOrder[Math.floor((inOrder.length - 1) / 2)];
  return high === undefined || low === undefined ? null : (low + high) / 2;
}

/** The median of sums of money; between two in the middle it takes the lower of the two nearest minor units. Null of nothing. */
export function medianMinor(values: readonly bigint[]): bigint | null {
  const inOrder = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const high = inOrder[Math.floor(inOrder.length / 2)];
  const low = inOrder[Math.floor((inOrder.length - 1) / 2)];
  return high === undefined || low === undefined ? null : low + (high - low) / 2n;
}

/** Median of the absolute deviations from the median; null of nothing. */
export function medianDeviation(values: readonly number[]): number | null {
  const centre = median(values);
  return centre === null ? null : median(values.map((value) => Math.abs(value - centre)));
}

/**
 * The slope of a series with one value a step: the median of the slopes between all its pairs (Theil 1950, Sen 1968). Up to 29 % of the values may be
 * anything without moving it far. 0 for less than two values.
 */
export function theilSen(values: readonly number[]): number {
  const slopes: number[] = [];
  values.forEach((first, i) => {
    values.slice(i + 1).forEach((second, k) => {
      slopes.push((second - first) / (k + 1));
    });
  });
  return median(slopes) ?? 0;
}

/**
 * How sure it is that a series rises (above 0) or falls (below 0): Mann's and Kendall's S over its standard deviation, corrected for equal values and for S
 * being a whole number (Mann 1945; Kendall 1975). Normally distributed, nearly, from 8 values on: beyond ±2.576 once in a hundred series without a trend.
 */
export function mannKendall(values: readonly number[]): number {
  const n = values.length;
  let s = 0;
  values.forEach((first, i) => {
    for (const second of values.slice(i + 1)) s += Math.sign(second - first);
  });
  const ties = new Map<number, number>();
  for (const value of values) ties.set(value, (ties.get(value) ?? 0) + 1);
  let variance = n * (n - 1) * (2 * n + 5);
  for (const t of ties.values()) variance -= t * (t - 1) * (2 * t + 5);
  return s === 0 || variance <= 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance / 18);
}

/** The mean after the `k` highest values became the next highest one, and the `k` lowest the next lowest. Null of nothing. `2k` has to leave one. */
export function winsorisedMean(values: readonly number[], k: number): number | null {
  const inOrder = sorted(values);
  const low = inOrder[k];
  const high = inOrder[inOrder.length - 1 - k];
  if (low === undefined || high === undefined || low > high) return null;
  return inOrder.reduce((sum, value) => sum + Math.min(high, Math.max(low, value)), 0) / inOrder.length;
}
