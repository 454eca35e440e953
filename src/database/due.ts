/** The next day on which time alone, without any write, may bring a budget across a threshold. */
import { sql } from "kysely";
import { budgetPeriod } from "../finance/budget.ts";
import { addDays } from "../finance/day.ts";
import type { Calendar, Day } from "../finance/periods.ts";
import { selectBudgets } from "./budget-rows.ts";
import type { Tx } from "./users.ts";

/**
 * The first day of the next period of a budget that carries over, or into whose next periods something was entered ahead; the nearest of all budgets', null
 * for none. A day too early costs one look; a day too late would be a mail too late.
 */
export async function nextDue(tx: Tx, user: string, calendar: Calendar, today: Day): Promise<Day | null> {
  const budgets = await selectBudgets(tx, user, sql``);
  const ahead = await tx
    .selectFrom("expenses")
    .select("occurred_on")
    .where("user_id", "=", user)
    .where("occurred_on", ">", today)
    .where("kind", "in", ["expense", "refund"])
    .orderBy("occurred_on")
    .distinct()
    .limit(1000)
    .execute();
  const days = budgets.flatMap(({ rhythm, rollover }) => {
    const running = budgetPeriod(rhythm, calendar, today);
    // A budget that begins later: its first period.
    const next = running === null ? null : addDays(running.to, 1);
    const entered = ahead.flatMap(({ occurred_on: day }) => {
      const period = budgetPeriod(rhythm, calendar, day);
      return period !== null && period.from > today ? [period.from] : [];
    });
    return [...(rollover && next !== null ? [next] : []), ...entered];
  });
  return days.reduce<Day | null>((first, day) => (first === null || day < first ? day : first), null);
}
