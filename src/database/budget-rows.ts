/** A budget's row, with its amounts, read. */
import { type RawBuilder, sql } from "kysely";
import type { Budget } from "../finance/budget.ts";
import type { Day, PeriodKind } from "../finance/periods.ts";
import type { Tx } from "./users.ts";

interface BudgetRow {
  id: string;
  version: number;
  name: string;
  category_id: string | null;
  amount_minor: string;
  currency: string;
  period: string;
  starts_on: Day;
  period_days: number | null;
  thresholds: number[];
  rollover: boolean;
  carry_from: Day;
  amounts: [Day, string][] | null;
}

function budgetOf(row: BudgetRow): Budget {
  const minor = BigInt(row.amount_minor);
  const amounts = (row.amounts ?? []).map(([from, amount]) => ({ from, minor: BigInt(amount) }));
  return {
    id: row.id,
    version: row.version,
    name: row.name,
    categoryId: row.category_id,
    minor,
    amounts: amounts.length > 0 ? amounts : [{ from: row.carry_from, minor }],
    currency: row.currency,
    // The table's own check lets no other word in.
    rhythm: { kind: row.period as PeriodKind, startsOn: row.starts_on, periodDays: row.period_days },
    thresholds: row.thresholds,
    rollover: row.rollover,
    carryFrom: row.carry_from,
  };
}

/** The budgets `b` of a user that fit `rest`, which goes on after `where b.user_id = …`; `before` is the statement's WITH. */
export async function selectBudgets(tx: Tx, user: string, rest: RawBuilder<unknown>, before: RawBuilder<unknown> = sql``): Promise<Budget[]> {
  const { rows } = await sql<BudgetRow>`${before}
    select b.id, b.version, b.name, b.category_id, b.amount_minor, b.currency, b.period, b.starts_on, b.period_days, b.thresholds, b.rollover, b.carry_from,
      (select json_agg(json_build_array(a.from_day, a.amount_minor::text) order by a.from_day)
        from budget_amounts a where a.user_id = b.user_id and a.budget_id = b.id) as amounts
    from budgets b where b.user_id = ${user} ${rest}`.execute(tx);
  return rows.map(budgetOf);
}
