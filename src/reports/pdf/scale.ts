/** An axis of money: round ticks, nothing included, and where a value lies on it. Pure. */

export interface Scale {
  /** Rising; nothing is one of them. */
  ticks: readonly number[];
  min: number;
  max: number;
  /** Where a value lies between `min` (0) and `max` (1). */
  at(value: number): number;
}

/** The round number, 1, 2, 2.5 or 5 times a power of ten, that is the step for about `count` ticks. */
function step(range: number, count: number): number {
  const rough = range / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const round = [1, 2, 2.5, 5, 10].find((times) => times * power >= rough * 0.999_999) ?? 10;
  return Math.max(1, round * power);
}

/** For values in minor units; a scale of nothing goes from 0 to 100. `count`: how many ticks there should be. */
export function scaleOf(values: readonly number[], count: number): Scale {
  const most = Math.max(0, ...values);
  const least = Math.min(0, ...values);
  const by = most === least ? 100 : step(most - least, count);
  const min = Math.floor(least / by) * by + 0;
  const max = most === least ? 100 : Math.ceil(most / by) * by;
  const ticks = Array.from({ length: Math.round((max - min) / by) + 1 }, (_, i) => min + i * by + 0);
  return { ticks, min, max, at: (value) => (value - min) / (max - min) };
}
