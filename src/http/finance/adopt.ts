/** Suggested budgets, and making them real. */
import { sql } from "kysely";
import { selectBudgets } from "../../database/budget-rows.ts";
import { addBudget } from "../../database/budgets.ts";
import { readCategories, readSpending } from "../../database/summary.ts";
import { lockSpending, watchOf } from "../../database/thresholds.ts";
import type { Tx } from "../../database/users.ts";
import type { Budget } from "../../finance/budget.ts";
import type { Day } from "../../finance/day.ts";
import { type BudgetSuggestion, budgetSuggestion } from "../../finance/insights/budget-suggestion.ts";
import type { Insight, Reader } from "../../finance/insights/insight.ts";
import { monthStarts, monthsFrame } from "../../finance/insights/spending-analysis.ts";
import type { Calendar } from "../../finance/periods.ts";
import type { ApiRequest, Reply } from "../api.ts";
import { callerOf } from "../caller.ts";
import { parseBody } from "../validate.ts";
import { STANDARD_THRESHOLDS, shownBudget } from "./budget-schemas.ts";
import type { FinanceDeps } from "./deps.ts";
import { decimalsFault, minorOf } from "./fields.ts";
import { adoption } from "./insight-schemas.ts";
import { badFields } from "./refusals.ts";

/** What a budget for all spending is called. */
const EVERYTHING = "All spending";

const noCategory = (i: number) => [{ pointer: `/suggestions/${i}/categoryId`, detail: "is not one of your categories" }];

/** The suggestions for the month that holds `on`. */
export async function suggestBudgets(
  tx: Tx,
  sub: string,
  calendar: Calendar,
  on: Day,
  reader: Reader,
): Promise<{ insight: Insight<BudgetSuggestion>; existing: Budget[] }> {
  const frame = monthsFrame(calendar, on);
  const rows = await readSpending(tx, sub, { starts: monthStarts(frame), to: frame.to }, reader.currency);
  const categories = await readCategories(
    tx,
    sub,
    rows.map(({ categoryId }) => categoryId),
  );
  const existing = await selectBudgets(tx, sub, sql`order by b.id`);
  return { insight: budgetSuggestion(frame, reader, rows, categories, existing), existing };
}

/** Makes monthly budgets of suggestions, all in one transaction. A category that has a budget already keeps what it has. */
export async function adoptSuggestions(deps: FinanceDeps, request: ApiRequest): Promise<Reply> {
  const asked = parseBody(adoption, request.body);
  const profile = deps.profiles.read(callerOf(request.event).sub);
  profile.catch(() => {});
  return deps.write(request, async (tx, { sub }) => {
    const { calendar, displayCurrency, locale } = await profile;
    const watch = watchOf({ calendar }, deps);
    const currency = asked.currency ?? displayCurrency;
    const faults = asked.suggestions.flatMap(({ amount }, i) => {
      const fault = amount === undefined ? null : decimalsFault(amount, currency);
      return fault === null ? [] : [{ pointer: `/suggestions/${i}/amount`, detail: fault }];
    });
    if (faults.length > 0) throw badFields(faults);

    // Whoever makes budgets waits here for whoever does: two requests can't both find that there is none.
    await lockSpending(tx, sub, "alone");
    const { insight, existing } = await suggestBudgets(tx, sub, calendar, watch.today, { currency, locale });
    const names = new Map(
      (
        await readCategories(
          tx,
          sub,
          asked.suggestions.map(({ categoryId }) => categoryId),
        )
      ).map(({ id, name }) => [id, name]),
    );
    const unknown = asked.suggestions.flatMap(({ categoryId }, i) => (categoryId === null || names.has(categoryId) ? [] : noCategory(i)));
    if (unknown.length > 0) throw badFields(unknown);

    const budgets: Budget[] = [];
    const skipped: { categoryId: string | null; reason: "has-budget" | "nothing-suggested"; why: string; budgetIds: string[] }[] = [];
    for (const { categoryId, amount } of asked.suggestions) {
      const suggested = categoryId === null ? insight.figures.overall : insight.figures.suggestions.find((one) => one.categoryId === categoryId);
      const budgetIds = existing.filter((budget) => budget.categoryId === categoryId).map(({ id }) => id);
      const given = amount ?? suggested?.amount ?? null;
      if (budgetIds.length > 0) {
        skipped.push({ categoryId, reason: "has-budget", why: "It has a budget already.", budgetIds });
      } else if (given === null) {
        skipped.push({ categoryId, reason: "nothing-suggested", why: suggested?.why ?? "Nothing was spent on it in a full month.", budgetIds });
      } else {
        const made = await addBudget(tx, sub, watch, {
          id: deps.newId(),
          name: categoryId === null ? EVERYTHING : (names.get(categoryId) ?? EVERYTHING),
          categoryId,
          minor: minorOf(given, currency),
          currency,
          period: "month",
          startsOn: null,
          periodDays: null,
          thresholds: STANDARD_THRESHOLDS,
          rollover: false,
        });
        if (made === false) throw badFields(noCategory(asked.suggestions.findIndex((one) => one.categoryId === categoryId)));
        budgets.push(made);
      }
    }
    return { status: budgets.length > 0 ? 201 : 200, body: { budgets: budgets.map(shownBudget), skipped } };
  });
}
