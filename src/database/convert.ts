/**
 * An expense's amount in another currency, in SQL. The rate is the newest one that the user entered for exactly this pair on the expense's day or in the
 * week before it; never turned round, never by way of a third currency. Each amount is rounded alone, half to even; `convert` in `src/finance/money.ts`
 * is the same rule.
 */
import { type RawBuilder, sql } from "kysely";
import { currenciesWith, exponentOf } from "../finance/money.ts";

/** How many days a rate holds beyond its own. */
export const RATE_DAYS = 7;

/** What an amount in minor units of `currency` (SQL) is multiplied with, so that a rate of whole units fits. Exact: a power of ten, as numeric. */
function scale(currency: RawBuilder<unknown>, target: number): RawBuilder<unknown> {
  const power = (own: number) => sql`${target >= own ? `1${"0".repeat(target - own)}` : `0.${"0".repeat(own - target - 1)}1`}::numeric`;
  return sql`case when ${currency} = any(${currenciesWith(0)}::text[]) then ${power(0)} when ${currency} = any(${currenciesWith(3)}::text[]) then ${power(3)} else ${power(2)} end`;
}

/**
 * A lateral join that adds `converted.minor` (numeric, whole) to each row of `expenses` under the alias `e`: its amount in minor units of `target`; null
 * where there is no rate. A row in `target` already is taken as it is, without a look at the rates.
 *
 *     from expenses e ${converted("e", "EUR")} where …
 */
export function converted(e: string, target: string, as = "converted"): RawBuilder<unknown> {
  const exponent = exponentOf(target);
  if (exponent === null) throw new Error(`there is no currency ${target}`);
  const of = (column: string) => sql.ref(`${e}.${column}`);
  // OFFSET 0 keeps the planner from writing the expression out wherever `minor` is named: it would look the rate up each time.
  return sql`cross join lateral (
    select case when ${of("currency")} = ${target} then ${of("amount_minor")}::numeric else (
      select half_even(${of("amount_minor")} * r.rate * ${scale(of("currency"), exponent)}) from rates r
      where r.user_id = ${of("user_id")} and r.base = ${of("currency")} and r.quote = ${target}
        and r.day <= ${of("occurred_on")} and r.day >= ${of("occurred_on")} - ${sql.lit(RATE_DAYS)}
      order by r.day desc limit 1
    ) end as minor offset 0
  ) as ${sql.id(as)}`;
}
