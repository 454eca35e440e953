/** The alerts of a budget: which of its thresholds have been reached, once each in a period (see `thresholds.ts`, which writes them). */
import type { Day } from "../finance/periods.ts";
import type { Tx } from "./users.ts";

export interface FiredAlert {
  /** Percent. */
  threshold: number;
  /** Milliseconds since the epoch. */
  at: number;
  /** false: it was reached already when the budget was made or changed, which was no news to whoever did that. */
  told: boolean;
}

/** Those of the period that begins on `from`, lowest threshold first; also of thresholds that the budget has no more, for they were told. */
export async function alertsOf(tx: Tx, user: string, budgetId: string, from: Day): Promise<FiredAlert[]> {
  const rows = await tx
    .selectFrom("alerts")
    .select(["threshold", "fired_at", "quiet"])
    .where("user_id", "=", user)
    .where("budget_id", "=", budgetId)
    .where("period_start", "=", from)
    .orderBy("threshold")
    .execute();
  return rows.map((row) => ({ threshold: row.threshold, at: row.fired_at.getTime(), told: !row.quiet }));
}
