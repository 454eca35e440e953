/**
 * Expenses that stand out in their category. Pure.
 *
 * Amounts of a category are skewed, their logarithms much less: so a purchase is measured by how far the logarithm of its amount is above the median, in
 * median absolute deviations, as the modified z-score of Iglewicz and Hoaglin (How to Detect and Handle Outliers, 1993): 0.6745 (x − median) ÷ MAD, standing
 * out above 3.5. Where all amounts are nearly the same the MAD is nearly nothing, and a few cents would stand out: a tenth counts as the least deviation.
 */

/** What SQL knows of a category's expenses. */
export interface CategorySpread {
  categoryId: string | null;
  /** Expenses that it is made from. */
  count: number;
  /** Of the natural logarithms of the amounts in minor units of the reader's currency. */
  median: number;
  deviation: number;
}

/** A category with fewer expenses has no usual size. */
export const FEWEST_EXPENSES = 10;

/** Beyond it a purchase stands out. */
export const OUTLYING = 3.5;

/** As if amounts differed by a tenth at the least. */
const LEAST_DEVIATION = 0.1;

const CONSISTENT = 0.6745;

/** How far above its category's median an amount (minor units) lies; null where too few expenses are known. */
export function outlyingness(minor: bigint, { count, median, deviation }: CategorySpread): number | null {
  if (count < FEWEST_EXPENSES || minor <= 0n) return null;
  return (CONSISTENT * (Math.log(Number(minor)) - median)) / Math.max(deviation, CONSISTENT * LEAST_DEVIATION);
}

/** What stands out, furthest first, with how far it does. */
export function findUnusual<Purchase extends { categoryId: string | null; minor: bigint; id: string }>(
  spreads: readonly CategorySpread[],
  purchases: readonly Purchase[],
): (Purchase & { score: number; usual: bigint })[] {
  const known = new Map(spreads.map((spread) => [spread.categoryId, spread]));
  return purchases
    .flatMap((purchase) => {
      const spread = known.get(purchase.categoryId);
      const score = spread === undefined ? null : outlyingness(purchase.minor, spread);
      return score === null || spread === undefined || score <= OUTLYING ? [] : [{ ...purchase, score, usual: BigInt(Math.round(Math.exp(spread.median))) }];
    })
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}
