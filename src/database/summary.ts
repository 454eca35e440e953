/**
 * What summaries and insights read. Each function takes a transaction in which row-level security stands for one user; each statement is made by a
 * function of its own, so that its plan can be looked at. All are bounded by the days that are asked for, never by how long a user has been there.
 */
import { type RawBuilder, sql, type Transaction } from "kysely";
import type { CategoryNode, SpendRow } from "../finance/insights/spend.ts";
import type { Day, Period } from "../finance/periods.ts";
import { converted } from "./convert.ts";
import type { Tables } from "./schema.ts";

type Tx = Transaction<Tables>;

/** Days cut into spans: each begins on its own day and lasts until the next one begins, the last one until `to`. `starts` rise strictly. */
export interface Spans {
  starts: readonly Day[];
  to: Day;
}

/** Neighbouring periods as spans. */
export const spansOf = (periods: readonly Period[], to: Day): Spans => ({ starts: periods.map(({ from }) => from), to });

interface SpanRow {
  span: number;
  category_id: string | null;
  currency: string;
  count: number;
  minor: string;
  unconverted: string;
  unconverted_count: number;
}

/** Sums by span, category and currency. Reads `expenses_by_period` alone (index-only once the table is vacuumed). */
export function spendingSpans(user: string, { starts, to }: Spans, currency: string): RawBuilder<SpanRow> {
  return sql<SpanRow>`
    select width_bucket(e.occurred_on, ${starts}::date[]) - 1 as span, e.category_id, e.currency, count(*)::int as count,
      coalesce(sum(case e.kind when 'refund' then -converted.minor else converted.minor end), 0) as minor,
      coalesce(sum(case e.kind when 'refund' then -e.amount_minor else e.amount_minor end) filter (where converted.minor is null), 0) as unconverted,
      (count(*) filter (where converted.minor is null))::int as unconverted_count
    from expenses e ${converted("e", currency)}
    where e.user_id = ${user} and e.occurred_on between ${starts[0] ?? to} and ${to} and e.kind in ('expense', 'refund')
    group by 1, 2, 3`;
}

/** `spendingSpans`, run. In no order. */
export async function readSpending(tx: Tx, user: string, spans: Spans, currency: string): Promise<SpendRow[]> {
  const { rows } = await spendingSpans(user, spans, currency).execute(tx);
  return rows.map((row) => ({
    span: row.span,
    categoryId: row.category_id,
    currency: row.currency,
    count: row.count,
    minor: BigInt(row.minor),
    unconverted: BigInt(row.unconverted),
    unconvertedCount: row.unconverted_count,
  }));
}

/** The categories that are named, and their ancestors. */
export function familyTree(user: string, ids: readonly string[]): RawBuilder<{ id: string; name: string; parent_id: string | null }> {
  return sql`
    with recursive family as (
      select c.id, c.name, c.parent_id from categories c where c.user_id = ${user} and c.id = any(${ids}::uuid[])
      union
      select c.id, c.name, c.parent_id from family f join categories c on c.user_id = ${user} and c.id = f.parent_id
    )
    select id, name, parent_id from family order by name, id`;
}

/** `familyTree`, run; asks nothing for no ids. By name. */
export async function readCategories(tx: Tx, user: string, ids: Iterable<string | null>): Promise<CategoryNode[]> {
  const named = [...new Set(ids)].filter((id) => id !== null);
  if (named.length === 0) return [];
  const { rows } = await familyTree(user, named).execute(tx);
  return rows.map(({ id, name, parent_id }) => ({ id, name, parentId: parent_id }));
}
