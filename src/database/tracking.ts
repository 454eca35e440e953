/** What the tracking of budgets reads beside their sums: whose expenses count in them, and for those at risk where the money went. */
import { type RawBuilder, sql } from "kysely";
import type { Budget } from "../finance/budget.ts";
import { FIRST_DAY } from "../finance/day.ts";
import { CUT_DAYS, type CutRow, USUAL_DAYS } from "../finance/insights/budget-tracking.ts";
import { addDays, type Day, daysBetween, type Period } from "../finance/periods.ts";
import { converted } from "./convert.ts";
import type { Tx } from "./users.ts";

/** A category, and one that is in it: itself, or under it. */
interface FamilyRow {
  root: string;
  id: string;
}

/** The categories under each of `roots`, itself among them. */
export const familiesUnder = (user: string, roots: readonly string[]): RawBuilder<FamilyRow> => sql`
  with recursive inside as (
    select c.id as root, c.id from categories c where c.user_id = ${user} and c.id = any(${roots}::uuid[])
    union
    select i.root, c.id from inside i join categories c on c.user_id = ${user} and c.parent_id = i.id
  )
  select root, id from inside`;

/** Which categories each root holds; asks nothing for no roots. */
export async function readFamilies(tx: Tx, user: string, roots: readonly string[]): Promise<Map<string, Set<string>>> {
  const families = new Map<string, Set<string>>();
  if (roots.length === 0) return families;
  const { rows } = await familiesUnder(user, [...new Set(roots)]).execute(tx);
  for (const { root, id } of rows) families.set(root, (families.get(root) ?? new Set()).add(id));
  return families;
}

/** A budget at risk, and the days of its period that are looked at. */
export interface CutAsked extends Period {
  budget: Budget;
}

interface CutSqlRow {
  n: number;
  category_id: string | null;
  category_name: string | null;
  key: string;
  merchant: string;
  minor: string;
  before: string;
}

/** Merchants for each budget: the ones with the most spending in its days. */
const MERCHANTS = 20;

/** By category and merchant: what was spent in each budget's days, and in the `USUAL_DAYS` before them. All budgets in `currency`. */
export function cutCandidates(user: string, currency: string, asked: readonly CutAsked[]): RawBuilder<CutSqlRow> {
  const roots = [...new Set(asked.flatMap(({ budget }) => budget.categoryId ?? []))];
  // Said as values as well: from the segments' own days the planner does not bound the index, and reads all that the user ever entered.
  const first = addDays(asked.map(({ from }) => from).sort()[0] ?? FIRST_DAY, -USUAL_DAYS);
  const last =
    asked
      .map(({ to }) => to)
      .sort()
      .at(-1) ?? FIRST_DAY;
  return sql<CutSqlRow>`
    with recursive inside as (
      select c.id as root, c.id from categories c where c.user_id = ${user} and c.id = any(${roots}::uuid[])
      union
      select i.root, c.id from inside i join categories c on c.user_id = ${user} and c.parent_id = i.id
    ),
    spent as (
      select s.n::int - 1 as n, e.category_id, lower(btrim(e.merchant)) as key, max(btrim(e.merchant)) as merchant,
        coalesce(sum(signed.minor) filter (where e.occurred_on >= s.from_day), 0) as minor,
        coalesce(sum(signed.minor) filter (where e.occurred_on < s.from_day), 0) as before
      from unnest(${asked.map(({ budget }) => budget.categoryId)}::uuid[], ${asked.map(({ from }) => from)}::date[], ${asked.map(({ to }) => to)}::date[])
          with ordinality as s (root, from_day, to_day, n)
        join expenses e on e.user_id = ${user} and e.occurred_on between ${first} and ${last} and e.occurred_on between s.from_day - ${sql.lit(USUAL_DAYS)} and s.to_day and e.kind in ('expense', 'refund')
          and (s.root is null or (s.root, e.category_id) in (select root, id from inside))
        ${converted("e", currency)}
        cross join lateral (select case e.kind when 'refund' then -converted.minor else converted.minor end as minor) as signed
      group by 1, 2, 3
    ),
    ranked as (select *, row_number() over (partition by n order by minor desc, key, category_id) as place from spent where minor > 0)
    select r.n, r.category_id, c.name as category_name, r.key, r.merchant, r.minor, r.before
    from ranked r left join categories c on c.user_id = ${user} and c.id = r.category_id where r.place <= ${sql.lit(MERCHANTS)} order by r.n, r.place`;
}

/** Where the money of budgets at risk went, up to today: one statement for each currency among them. */
export async function readCuts(tx: Tx, user: string, today: Day, risky: readonly { budget: Budget; period: Period }[]): Promise<CutRow[]> {
  const asked = risky.map(({ budget, period }): CutAsked => {
    const to = period.to < today ? period.to : today;
    const earliest = addDays(to, 1 - CUT_DAYS);
    return { budget, from: period.from < earliest ? earliest : period.from, to };
  });
  const found: CutRow[] = [];
  for (const currency of new Set(asked.map(({ budget }) => budget.currency))) {
    const mine = asked.filter(({ budget }) => budget.currency === currency);
    const { rows } = await cutCandidates(user, currency, mine).execute(tx);
    for (const row of rows) {
      const at = mine[row.n];
      if (at === undefined) continue;
      found.push({
        budgetId: at.budget.id,
        categoryId: row.category_id,
        categoryName: row.category_name,
        key: row.key,
        merchant: row.merchant,
        minor: BigInt(row.minor),
        days: daysBetween(at.from, at.to) + 1,
        before: BigInt(row.before),
      });
    }
  }
  return found;
}
