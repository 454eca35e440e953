/** A week against the week before and against the usual one. Pure. */
import { formatAmount } from "../money.ts";
import { addDays, type Calendar, type Day, daysBetween, type Period, periodAt, previousPeriod } from "../periods.ts";
import { type Insight, type Named, nameIn, type Reader } from "./insight.ts";
import { medianMinor } from "./robust.ts";
import { absolute, bySize, type CategoryNode, countOf, type SpendRow, shareOf, sumBy, totalOf, unconvertedOf } from "./spend.ts";
import { capital, counted, type Words, words } from "./words.ts";

/** How many weeks before the one in question tell what is usual, and how few of them are too few. */
export const USUAL_WEEKS = 12;
export const FEWEST_WEEKS = 4;

const MOVERS = 5;

/** The week in question, and those before it, oldest first. A running week is compared with as many days of the others. */
export interface WeekFrame extends Period {
  weeks: readonly Period[];
  /** Days of each week that are compared. */
  days: number;
  running: boolean;
}

/** Without `on` the last week that is over; else the user's week that holds it. */
export function weekFrame(calendar: Calendar, on: Day | undefined, today: Day): WeekFrame {
  const rhythm = { kind: "week", startsOn: null, periodDays: null } as const;
  const held = periodAt(rhythm, calendar, on ?? today);
  const week = on === undefined ? previousPeriod(rhythm, calendar, held) : held;
  const weeks: Period[] = [];
  for (let at: Period = week; weeks.length < USUAL_WEEKS; ) {
    at = previousPeriod(rhythm, calendar, at);
    weeks.unshift(at);
  }
  const running = week.from <= today && today < week.to;
  return { from: week.from, to: week.to, weeks, days: daysBetween(week.from, running ? today : week.to) + 1, running };
}

/** Where each week begins, and where the part that is compared ends. Rising. */
export function weekStarts({ from, to, weeks, days }: WeekFrame): Day[] {
  return [...weeks, { from, to }].flatMap((week) => {
    const cut = addDays(week.from, days);
    return cut <= week.to ? [week.from, cut] : [week.from];
  });
}

/** One of the week's largest expenses. */
export interface TopExpense {
  id: string;
  occurredOn: Day;
  merchant: string;
  description: string;
  categoryId: string | null;
  /** In its own currency. */
  amountMinor: bigint;
  currency: string;
  /** In the reader's. */
  minor: bigint;
}

export interface WeeklyRecap {
  /** Counted up to this day: the week's last, or today. */
  countedTo: Day;
  total: string;
  count: number;
  weekBefore: { from: Day; to: Day; total: string; change: string; changeShare: number | null };
  /** The median of the weeks before; null while there are too few. */
  usual: { weeks: number; total: string; change: string; changeShare: number | null } | null;
  /** What changed most, against the usual week, or the week before while nothing is usual. */
  movers: (Named & { total: string; before: string; change: string })[];
  topExpenses: (Named & { id: string; occurredOn: Day; merchant: string; description: string; amount: string; currency: string; total: string })[];
}

/** "€12.00 (14%) less than". */
function against(change: bigint, before: bigint, say: Words): string {
  if (change === 0n) return "as much as";
  const share = shareOf(absolute(change), before);
  return `${say.size(change)}${share === null ? "" : ` (${say.percent(share)})`} ${change < 0n ? "less than" : "more than"}`;
}

/** `rows` by the spans that begin on `weekStarts(frame)`. */
export function weeklyRecap(
  frame: WeekFrame,
  reader: Reader,
  rows: readonly SpendRow[],
  categories: readonly CategoryNode[],
  top: readonly TopExpense[],
): Insight<WeeklyRecap> {
  const say = words(reader.locale, reader.currency);
  const money = (minor: bigint) => formatAmount(minor, reader.currency);
  const starts = weekStarts(frame);
  const of = (week: Period) => rows.filter(({ span }) => starts[span] === week.from);
  const now = of(frame);
  const total = totalOf(now);
  const last = frame.weeks.at(-1) ?? frame;
  const before = totalOf(of(last));

  // Weeks before the first expense of all say nothing of what is usual.
  const first = Math.min(...rows.map(({ span }) => span));
  const known = frame.weeks.filter((week) => starts.indexOf(week.from) >= first);
  const enough = known.length >= FEWEST_WEEKS;
  const compared = enough ? known : [last];
  const usual = enough ? medianMinor(known.map((week) => totalOf(of(week)))) : null;

  const sums = compared.map((week) => sumBy(of(week), ({ categoryId }) => categoryId));
  const mine = sumBy(now, ({ categoryId }) => categoryId);
  const ids = new Set([...mine.keys(), ...sums.flatMap((sum) => [...sum.keys()])]);
  const names = new Map(categories.map(({ id, name }) => [id, name]));
  const named = (categoryId: string | null): Named => ({ categoryId, name: names.get(categoryId ?? "") ?? null });
  const movers = [...ids]
    .map((id) => {
      const was = medianMinor(sums.map((sum) => sum.get(id) ?? 0n)) ?? 0n;
      return { id, minor: mine.get(id) ?? 0n, was, change: (mine.get(id) ?? 0n) - was };
    })
    .filter(({ change }) => change !== 0n)
    .sort((a, b) => bySize(absolute(a.change), absolute(b.change)) || ((a.id ?? "") < (b.id ?? "") ? -1 : 1))
    .slice(0, MOVERS);

  const countedTo = addDays(frame.from, frame.days - 1);
  const unconverted = unconvertedOf(now);
  const when = frame.running ? `This week up to ${say.day(countedTo)}` : `In the week from ${say.day(frame.from)} to ${say.day(frame.to)}`;
  const count = countOf(now);
  const spent = count === 0 ? `${when} nothing was spent` : `${when} you spent ${say.money(total)} in ${counted(count, "entry", "entries", say)}`;
  const beside = usual === null ? `${against(total - before, before, say)} the week before` : `${against(total - usual, usual, say)} in a usual week`;
  const mover = movers[0];
  const moved =
    mover === undefined
      ? ""
      : ` The biggest change was ${nameIn(named(mover.id).name)}, ${say.size(mover.change)} ${mover.change < 0n ? "less" : "more"} than ${usual === null ? "the week before" : "usual"}.`;
  const [largest] = top;
  const most =
    largest === undefined
      ? ""
      : ` ${capital(`${largest.merchant || largest.description || "the largest purchase"} was the largest, ${say.money(largest.minor)} on ${say.day(largest.occurredOn)}.`)}`;
  const young = usual === null ? ` What is usual can be said after ${say.number(FEWEST_WEEKS)} weeks with expenses.` : "";

  return {
    sentence: `${spent}, ${beside}.${moved}${most}${young}${say.leftOut(unconverted)}`,
    from: frame.from,
    to: frame.to,
    currency: reader.currency,
    figures: {
      countedTo,
      total: money(total),
      count,
      weekBefore: { from: last.from, to: last.to, total: money(before), change: money(total - before), changeShare: shareOf(total - before, before) },
      usual: usual === null ? null : { weeks: known.length, total: money(usual), change: money(total - usual), changeShare: shareOf(total - usual, usual) },
      movers: movers.map(({ id, minor, was, change }) => ({ ...named(id), total: money(minor), before: money(was), change: money(change) })),
      topExpenses: top.map(({ id, occurredOn, merchant, description, categoryId, currency, amountMinor, minor }) => ({
        ...named(categoryId),
        id,
        occurredOn,
        merchant,
        description,
        amount: formatAmount(amountMinor, currency),
        currency,
        total: money(minor),
      })),
    },
    method: `Expenses less refunds, each converted at the newest rate of the week before it. The usual week is the median of up to ${USUAL_WEEKS} weeks before, from the first with an expense on, ${FEWEST_WEEKS} at least; a week that still runs is compared with as many days of the others. Changes by category are against the category's own median.`,
    unconverted,
  };
}
