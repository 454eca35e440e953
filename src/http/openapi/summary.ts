/** `/summary`. */
import { budgetSummary, categorySummary, summary, summaryQuery, unconvertedShown } from "../finance/summary-schemas.ts";
import * as examples from "./examples-spending.ts";
import { type Operation, operation } from "./operation.ts";

export const answers = { Summary: summary, CategorySummary: categorySummary, BudgetSummary: budgetSummary, Unconverted: unconvertedShown };

export const operations: readonly Operation[] = [
  operation({
    id: "getSummary",
    method: "GET",
    path: "/summary",
    tag: "Summary",
    summary: "What a period came to",
    description:
      "`period` and the day `on` that it holds, or `from` and `to` (at most 1,827 days); the running month unless told. Refunds are taken off, income and transfers don't count. Other currencies are converted expense by expense, at the newest rate of the seven days up to its day; what has none stands under `unconverted`.",
    query: summaryQuery,
    queryExample: { period: "month", on: "2026-11-20" },
    responses: {
      200: { description: "The sums, by category, with the budgets of that time, and against the period before.", schema: summary, example: examples.summary },
    },
  }),
];
