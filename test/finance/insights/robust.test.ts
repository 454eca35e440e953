import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mannKendall, median, medianDeviation, medianMinor, theilSen, winsorisedMean } from "../../../src/finance/insights/robust.ts";

const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 20 });

describe("robust statistics", () => {
  it("the median is in the middle, whatever the order", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNull();
    fc.assert(
      fc.property(values, (all) => {
        const middle = median(all) ?? Number.NaN;
        const below = all.filter((value) => value < middle).length;
        const above = all.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(all.length / 2);
        expect(median([...all].reverse())).toBe(middle);
      }),
    );
  });

  it("the median of money is that of numbers, to the minor unit", () => {
    expect([medianMinor([]), medianMinor([5n]), medianMinor([1n, 4n]), medianMinor([-3n, 9n, 2n])]).toEqual([null, 5n, 2n, 2n]);
    fc.assert(
      fc.property(values, (all) => {
        expect(Math.abs(Number(medianMinor(all.map(BigInt))) - (median(all) ?? 0))).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  it("the median deviation is not moved by an outlier, and is nothing where all are the same", () => {
    expect(medianDeviation([1, 2, 3, 4, 100])).toBe(1);
    expect(medianDeviation([7, 7, 7])).toBe(0);
    expect(medianDeviation([])).toBeNull();
  });

  it("the slope of a line is found, and up to a quarter of the values being anything doesn't move it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -50, max: 50 }),
        fc.integer({ min: -500, max: 500 }),
        fc.integer({ min: 8, max: 16 }),
        fc.infiniteStream(fc.nat(1000)),
        (slope, start, n, stream) => {
          const line = Array.from({ length: n }, (_, i) => start + slope * i);
          expect(theilSen(line)).toBe(slope);
          const [first = 0, second = 0, noise = 0] = [...stream.take(3)];
          const odd = line.map((value, i) => (i === first % n || i === second % n ? value + 100_000 * (noise + 1) : value));
          // Two of at least eight: the median of the slopes is among those of the line, give or take.
          if (n >= 10) expect(theilSen(odd)).toBe(slope);
        },
      ),
    );
    expect(theilSen([5])).toBe(0);
  });

  it("a rising series of twelve has the score that Kendall's tables give, equal values and none have none", () => {
    // S = 66, variance 12·11·29/18 = 212.67.
    expect(mannKendall(Array.from({ length: 12 }, (_, i) => i))).toBeCloseTo(65 / Math.sqrt(212.6667), 4);
    expect(mannKendall([3, 3, 3, 3])).toBe(0);
    expect(mannKendall([])).toBe(0);
    // 1 1 2 2: S = 4, variance (4·3·13 − 2·(2·1·9)) / 18 = 6.667.
    expect(mannKendall([1, 1, 2, 2])).toBeCloseTo(3 / Math.sqrt(120 / 18), 6);
    fc.assert(
      fc.property(values, (all) => {
        expect(mannKendall([...all].reverse())).toBeCloseTo(-mannKendall(all), 9);
      }),
    );
  });

  it("a winsorised mean lies between the values that are left, and with nothing taken off it is the mean", () => {
    expect(winsorisedMean([1, 2, 3, 4, 100], 1)).toBe(3);
    expect(winsorisedMean([1, 2], 1)).toBeNull();
    expect(winsorisedMean([], 0)).toBeNull();
    fc.assert(
      fc.property(values, fc.nat(5), (all, k) => {
        const mean = winsorisedMean(all, k);
        const sorted = [...all].sort((a, b) => a - b);
        if (2 * k >= all.length) expect(mean).toBeNull();
        else {
          expect(mean).toBeGreaterThanOrEqual((sorted[k] ?? 0) - 1e-9);
          expect(mean).toBeLessThanOrEqual((sorted[all.length - 1 - k] ?? 0) + 1e-9);
          if (k === 0) expect(mean).toBeCloseTo(all.reduce((sum, value) => sum + value, 0) / all.length, 6);
        }
      }),
    );
  });
});
