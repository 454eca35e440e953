/** What was spent in a budget's periods, in its currency. Takes a transaction in which row-level security stands for one user. */
import { type RawBuilder, sql } from "kysely";
import { type Budget, carryStart, type Spending } from "../finance/budget.ts";
import { addDays, type Calendar, type Day, type Period } from "../finance/periods.ts";
import { converted } from "./convert.ts";
import type { Tx } from "./users.ts";

/** Days of a category with its children, or of all spending (null). */
export interface Segment extends Period {
  categoryId: string | null;
}

interface SumRow {
  /** Index of the segment. */
  n: number;
  /** The currency for which there is no rate; null: converted. */
  unconverted: string | null;
  minor: string;
  by_today: string;
}

/**
 * Sums of segments, all in one statement; a segment without spending has no row. Expenses count up, refunds down; income and transfers do not count.
 * Each segment reads its days from `expenses_by_period` alone.
 */
export function segmentSums(user: string, currency: string, today: Day, segments: readonly Segment[]): RawBuilder<SumRow> {
  const roots = [...new Set(segments.flatMap(({ categoryId }) => categoryId ?? []))];
  return sql<SumRow>`
    with recursive inside as (
      select c.id as root, c.id from categories c where c.user_id = ${user} and c.id = any(${roots}::uuid[])
      union
      select i.root, c.id from inside i join categories c on c.user_id = ${user} and c.parent_id = i.id
    )
    select s.n::int - 1 as n, case when converted.minor is null then e.currency end as unconverted,
      sum(sign.value * coalesce(converted.minor, e.amount_minor)) as minor,
      coalesce(sum(sign.value * coalesce(converted.minor, e.amount_minor)) filter (where e.occurred_on <= ${today}), 0) as by_today
    from unnest(${segments.map(({ categoryId }) => categoryId)}::uuid[], ${segments.map(({ from }) => from)}::date[], ${segments.map(({ to }) => to)}::date[])
        with ordinality as s (root, from_day, to_day, n)
      join expenses e on e.user_id = ${user} and e.occurred_on between s.from_day and s.to_day and e.kind in ('expense', 'refund')
        and (s.root is null or (s.root, e.category_id) in (select root, id from inside))
      ${converted("e", currency)}
      cross join lateral (select case e.kind when 'refund' then -1 else 1 end as value) as sign
    group by 1, 2`;
}

/** What has no rate to the budget's currency, by its own currency (minor units). */
export interface Unconverted {
  currency: string;
  minor: bigint;
}

/** What was spent in a budget's period. What could not be converted is counted nowhere else. */
export interface PeriodSpending extends Spending {
  unconverted: readonly Unconverted[];
}

/** The periods of a budget that are asked for: apart from each other, in order. */
export interface Asked {
  budget: Budget;
  periods: readonly Period[];
}

/** The periods of each budget, in the order in which they were asked for: one statement for each currency among the budgets. */
export async function spendingOf(tx: Tx, user: string, calendar: Calendar, today: Day, asked: readonly Asked[]): Promise<PeriodSpending[][]> {
  const nothing = { minor: 0n, byToday: 0n, unconverted: [] as Unconverted[] };
  const plans = asked.map(({ budget, periods }) => {
    const since = budget.rollover ? carryStart(budget, calendar) : null;
    return {
      budget,
      since,
      periods,
      segments: segmentsOf(budget.categoryId, since, periods).map((segment) => ({ ...segment, ...nothing, unconverted: [...nothing.unconverted] })),
    };
  });
  for (const currency of new Set(asked.map(({ budget }) => budget.currency))) {
    const segments = plans.flatMap((plan) => (plan.budget.currency === currency ? plan.segments : []));
    if (segments.length === 0) continue;
    const { rows } = await segmentSums(user, currency, today, segments).execute(tx);
    for (const row of rows) {
      const segment = segments[row.n];
      if (segment === undefined) continue;
      if (row.unconverted !== null) segment.unconverted.push({ currency: row.unconverted, minor: BigInt(row.minor) });
      else Object.assign(segment, { minor: BigInt(row.minor), byToday: BigInt(row.by_today) });
    }
  }
  return plans.map(({ since, periods, segments }) =>
    periods.map(({ from }) => {
      const own = segments.find((segment) => segment.from === from) ?? nothing;
      const before = segments.filter((segment) => since !== null && segment.from >= since && segment.from < from);
      return {
        spent: own.minor,
        spentByToday: own.byToday,
        spentBefore: before.reduce((sum, { minor }) => sum + minor, 0n),
        unconverted: own.unconverted.toSorted((a, b) => (a.currency < b.currency ? -1 : 1)),
      };
    }),
  );
}

/** The periods, and with `since` the days between them from there on: each day once. */
function segmentsOf(categoryId: string | null, since: Day | null, periods: readonly Period[]): Segment[] {
  const segments: Segment[] = [];
  let next = since;
  for (const { from, to } of periods) {
    if (next !== null && next < from) segments.push({ categoryId, from: next, to: addDays(from, -1) });
    segments.push({ categoryId, from, to });
    if (next !== null && next <= to) next = addDays(to, 1);
  }
  return segments;
}
