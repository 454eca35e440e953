/** The weekly recap of one user, read in one transaction: what the rules in `src/finance/insights/weekly-recap.ts` need. */
import type { Day } from "../finance/day.ts";
import type { Insight, Reader } from "../finance/insights/insight.ts";
import { type WeeklyRecap, weekFrame, weeklyRecap, weekStarts } from "../finance/insights/weekly-recap.ts";
import { addDays, type Calendar } from "../finance/periods.ts";
import { readLargest } from "./insights.ts";
import { readCategories, readSpending } from "./summary.ts";
import type { Tx } from "./users.ts";

/** The largest expenses of a week that are told. */
const TOP = 5;

/** Who asks, for which week: the one that holds `on`; the last full one unless told. */
export interface RecapAsked {
  sub: string;
  calendar: Calendar;
  today: Day;
  on: Day | undefined;
  reader: Reader;
}

export async function readRecap(tx: Tx, { sub, calendar, today, on, reader }: RecapAsked): Promise<Insight<WeeklyRecap>> {
  const frame = weekFrame(calendar, on, today);
  const to = addDays(frame.from, frame.days - 1);
  const rows = await readSpending(tx, sub, { starts: weekStarts(frame), to }, reader.currency);
  const top = await readLargest(tx, sub, { from: frame.from, to }, reader.currency, "all", TOP);
  const categories = await readCategories(
    tx,
    sub,
    rows.map(({ categoryId }) => categoryId),
  );
  return weeklyRecap(frame, reader, rows, categories, top);
}
