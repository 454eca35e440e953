/** The days that the data spans, as numbers counted from its first day; with their text, their month, and how much is spent on each. */

export interface Span {
  /** How many days there are. */
  days: number;
  /** `2026-11-21`, by number. */
  text: readonly string[];
  /** Milliseconds since the epoch at which each day begins (UTC). */
  startMs: readonly number[];
  /** 0 January … 11 December. */
  month: readonly number[];
  weekend: readonly boolean[];
  /** Numbers of the first day of each month that touches the span; the first may be below 0, and one month more than there are stands at the end. */
  months: readonly number[];
  /** What is spent on the days before this one, as a sum of weights; one entry more than there are days. */
  before: readonly number[];
}

const DAY = 86_400_000;
const monthWeights = [0.94, 0.95, 0.99, 0.99, 1, 1.02, 1.05, 1.02, 0.98, 0.99, 1.03, 1.22];

/** The `days` days up to `last` (`2026-11-21`), which is one of them. */
export function spanOf(last: string, days: number): Span {
  const lastMs = Date.parse(`${last}T00:00:00Z`);
  if (Number.isNaN(lastMs) || new Date(lastMs).toISOString().slice(0, 10) !== last) throw new Error(`${last} is no day such as 2026-11-21`);
  const firstMs = lastMs - (days - 1) * DAY;
  const dates = Array.from({ length: days }, (_, number) => new Date(firstMs + number * DAY));
  const month = dates.map((date) => date.getUTCMonth());
  const weekend = dates.map((date) => date.getUTCDay() % 6 === 0);
  const before = [0];
  for (let day = 0; day < days; day++) before.push((before[day] ?? 0) + (monthWeights[month[day] ?? 0] ?? 1) * (weekend[day] ? 1.25 : 0.9));
  const first = new Date(firstMs);
  const months: number[] = [];
  for (let i = 0; ; i++) {
    const start = (Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + i, 1) - firstMs) / DAY;
    months.push(start);
    if (start >= days) break;
  }
  return {
    days,
    text: dates.map((date) => date.toISOString().slice(0, 10)),
    startMs: dates.map((date) => date.getTime()),
    month,
    weekend,
    months,
    before,
  };
}

/** The day's text, also of a day before the span or after it. */
export const dayText = (span: Span, day: number): string => new Date((span.startMs[0] ?? 0) + day * DAY).toISOString().slice(0, 10);
