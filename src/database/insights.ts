/**
 * What insights read beside sums by span: merchants' payments, the spread of a category's amounts, the largest expenses, accounts month by month.
 * As in `summary.ts` each statement is a function of its own, bounded by days and by rows.
 */
import { type RawBuilder, sql } from "kysely";
import type { Standing } from "../finance/insights/net-worth.ts";
import type { MerchantHistory } from "../finance/insights/recurring.ts";
import type { MerchantTotal, Purchase } from "../finance/insights/spending-analysis.ts";
import type { CategorySpread } from "../finance/insights/unusual.ts";
import type { Day, Period } from "../finance/periods.ts";
import { converted, RATE_DAYS } from "./convert.ts";
import type { Tx } from "./users.ts";

/** Rows of one user that a statement looks at, the newest first: more than anyone enters in a year, and an end for who imports everything. */
export const MAX_ROWS = 20_000;

/** Merchants whose payments are looked at, and payments of each: one a week, and some more. */
const MAX_MERCHANTS = 1000;
const MAX_PAYMENTS = 60;

/** How two spellings of a merchant are one. */
const merchantKey = (column: string) => sql`lower(btrim(${sql.ref(column)}))`;

/** A user's newest rows of a range, by `expenses_by_period`; `columns` beyond those of the index cost a visit to the table. */
const newest = (user: string, { from, to }: Period, kinds: readonly string[], columns: RawBuilder<unknown>) => sql`
  select e.user_id, e.id, e.occurred_on, e.category_id, e.amount_minor, e.currency, e.kind ${columns} from expenses e
  where e.user_id = ${user} and e.occurred_on between ${from} and ${to} and e.kind = any(${kinds}::text[])
  order by e.occurred_on desc, e.id desc limit ${sql.lit(MAX_ROWS)}`;

interface MerchantRow {
  key: string;
  merchant: string;
  currency: string;
  count: number;
  minor: string | null;
  payments: [Day, string, string | null, string | null][] | null;
}

/**
 * By merchant and currency: what was spent from `since` on, and the newest payments (day, minor units, converted, category) of all of the range.
 * Refunds lower the sum and are no payments. Reads the range by `expenses_by_period`, and the merchants from the table.
 */
export function merchantPayments(user: string, range: Period, since: Day, currency: string): RawBuilder<MerchantRow> {
  return sql<MerchantRow>`
    with recent as (${newest(user, range, ["expense", "refund"], sql`, e.merchant`)}),
    priced as (
      select ${merchantKey("x.merchant")} as key, x.*, converted.minor, case x.kind when 'refund' then -converted.minor else converted.minor end as signed
      from recent x ${converted("x", currency)} where btrim(x.merchant) <> ''
    ),
    merchants as (
      select key, currency, (array_agg(btrim(merchant) order by occurred_on desc, id desc))[1] as merchant,
        (count(*) filter (where occurred_on >= ${since}))::int as count, sum(signed) filter (where occurred_on >= ${since}) as minor,
        count(*) filter (where kind = 'expense') as expenses,
        to_json((array_agg(json_build_array(occurred_on, amount_minor::text, minor::text, category_id) order by occurred_on desc, id desc)
          filter (where kind = 'expense'))[1:${sql.lit(MAX_PAYMENTS)}]) as payments
      from priced group by key, currency
    )
    select key, merchant, currency, count, minor, case when expenses >= 2 then payments end as payments from merchants
    order by expenses >= 2 or rank() over (order by minor desc nulls last) <= 20 desc, minor desc nulls last, key, currency limit ${sql.lit(MAX_MERCHANTS)}`;
}

/** `merchantPayments`, run: payments for finding what recurs, and totals, the largest first. */
export async function readMerchants(
  tx: Tx,
  user: string,
  range: Period,
  since: Day,
  currency: string,
): Promise<{ histories: MerchantHistory[]; totals: MerchantTotal[] }> {
  const { rows } = await merchantPayments(user, range, since, currency).execute(tx);
  const totals = new Map<string, MerchantTotal>();
  for (const { key, merchant, count, minor } of rows) {
    if (count === 0) continue;
    const sum = totals.get(key);
    totals.set(key, { key, merchant: sum?.merchant ?? merchant, count: (sum?.count ?? 0) + count, minor: (sum?.minor ?? 0n) + BigInt(minor ?? 0) });
  }
  return {
    histories: rows.map(({ key, merchant, currency: own, payments }) => ({
      key,
      merchant,
      currency: own,
      payments: (payments ?? []).map(([day, minor, value, categoryId]) => ({
        day,
        minor: BigInt(minor),
        converted: value === null ? null : BigInt(value),
        categoryId,
      })),
    })),
    totals: [...totals.values()].sort((a, b) => (a.minor === b.minor ? (a.key < b.key ? -1 : 1) : a.minor < b.minor ? 1 : -1)),
  };
}

/** The median of the logarithms of a category's amounts, and the median deviation from it. Reads `expenses_by_period` alone. */
export function categorySpreads(user: string, range: Period, currency: string, fewest: number): RawBuilder<CategorySpread> {
  return sql<CategorySpread>`
    with recent as (${newest(user, range, ["expense"], sql``)}),
    logs as (select x.category_id, ln(converted.minor::double precision) as size from recent x ${converted("x", currency)} where converted.minor > 0),
    medians as (
      select category_id, count(*)::int as count, percentile_cont(0.5) within group (order by size) as median
      from logs group by category_id having count(*) >= ${sql.lit(fewest)}
    )
    select m.category_id as "categoryId", m.count, m.median, percentile_cont(0.5) within group (order by abs(l.size - m.median)) as deviation
    from medians m join logs l on l.category_id is not distinct from m.category_id group by m.category_id, m.count, m.median`;
}

/** `categorySpreads`, run. */
export async function readSpreads(tx: Tx, user: string, range: Period, currency: string, fewest: number): Promise<CategorySpread[]> {
  return (await categorySpreads(user, range, currency, fewest).execute(tx)).rows;
}

interface LargestRow {
  id: string;
  day: Day;
  category_id: string | null;
  amount_minor: string;
  currency: string;
  minor: string;
  merchant: string;
  description: string;
  key: string;
}

/** The largest expenses of some days: of all, or of each category. Finds them in `expenses_by_period` alone, then reads those few rows. */
export function largestExpenses(user: string, range: Period, currency: string, each: "all" | "category", limit: number): RawBuilder<LargestRow> {
  const partition = each === "all" ? sql`` : sql`partition by x.category_id`;
  return sql<LargestRow>`
    with recent as (${newest(user, range, ["expense"], sql``)}),
    ranked as (
      select x.id, converted.minor, row_number() over (${partition} order by converted.minor desc, x.occurred_on desc, x.id) as place
      from recent x ${converted("x", currency)} where converted.minor is not null
    )
    select e.id, e.occurred_on as day, e.category_id, e.amount_minor, e.currency, t.minor, e.merchant, e.description, ${merchantKey("e.merchant")} as key
    from ranked t join expenses e on e.user_id = ${user} and e.id = t.id
    where t.place <= ${limit} order by t.minor desc, e.occurred_on desc, e.id limit ${sql.lit(MAX_MERCHANTS)}`;
}

/** `largestExpenses`, run. */
export async function readLargest(tx: Tx, user: string, range: Period, currency: string, each: "all" | "category", limit: number): Promise<Purchase[]> {
  const { rows } = await largestExpenses(user, range, currency, each, limit).execute(tx);
  return rows.map((row) => ({
    id: row.id,
    occurredOn: row.day,
    merchant: row.merchant,
    description: row.description,
    categoryId: row.category_id,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    minor: BigInt(row.minor),
    key: row.key,
  }));
}

/** Accounts that are looked at, the oldest first. */
export const MAX_ACCOUNTS = 500;

interface StandingRow {
  point: number;
  id: string;
  name: string;
  type: "asset" | "liability";
  currency: string;
  archived: boolean;
  balance_day: Day;
  amount_minor: string;
  rate_day: Day | null;
  rate: string | null;
}

/** Each account on each of the days: one look into the primary keys of `balances` and `rates` for each. */
export function accountStandings(user: string, days: readonly Day[], currency: string): RawBuilder<StandingRow> {
  return sql<StandingRow>`
    select d.n::int - 1 as point, a.id, a.name, a.type, a.currency, a.archived, b.day as balance_day, b.amount_minor, r.day as rate_day, r.rate
    from (select * from accounts where user_id = ${user} order by id limit ${sql.lit(MAX_ACCOUNTS)}) a
      cross join unnest(${days}::date[]) with ordinality as d (day, n)
      cross join lateral (
        select b.day, b.amount_minor from balances b where b.user_id = ${user} and b.account_id = a.id and b.day <= d.day order by b.day desc limit 1
      ) b
      left join lateral (
        select r.day, r.rate from rates r
        where r.user_id = ${user} and r.base = a.currency and r.quote = ${currency} and r.day <= d.day and r.day >= d.day - ${sql.lit(RATE_DAYS)}
        order by r.day desc limit 1
      ) r on a.currency <> ${currency}
    order by point, a.name, a.id`;
}

/** `accountStandings`, run. Accounts without a balance by then are left out. */
export async function readStandings(tx: Tx, user: string, days: readonly Day[], currency: string): Promise<Standing[]> {
  const { rows } = await accountStandings(user, days, currency).execute(tx);
  return rows.map((row) => ({
    point: row.point,
    accountId: row.id,
    name: row.name,
    type: row.type,
    currency: row.currency,
    archived: row.archived,
    balanceDay: row.balance_day,
    minor: BigInt(row.amount_minor),
    rate: row.rate_day === null || row.rate === null ? null : { day: row.rate_day, rate: row.rate },
  }));
}
