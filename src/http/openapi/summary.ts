/** `/summary`. */
import { budgetSummary, categorySummary, summary, summaryQuery, unconvertedShown } from "../finance/summary-schemas.ts";
import { type Operation, operation } from "./operation.ts";
import { ids } from "./shared.ts";

export const answers = { Summary: summary, CategorySummary: categorySummary, BudgetSummary: budgetSummary, Unconverted: unconvertedShown };

const example = {
  from: "2026-11-01",
  to: "2026-11-30",
  currency: "EUR",
  total: "412.30",
  count: 17,
  byCategory: [{ categoryId: ids.groceries, name: "Groceries", parentId: ids.food, total: "251.10", rolledUp: "251.10", count: 12, share: 0.609 }],
  budgets: [
    {
      budgetId: ids.budget,
      name: "Food",
      categoryId: ids.food,
      currency: "EUR",
      from: "2026-11-01",
      to: "2026-11-30",
      amount: "400.00",
      carried: "25.50",
      spent: "251.10",
      remaining: "174.40",
      percent: 59,
      pace: 0.84,
      projected: "358.71",
      daysLeft: 9,
    },
  ],
  previous: {
    from: "2026-10-01",
    to: "2026-10-31",
    total: "530.00",
    change: "-117.70",
    changeShare: -0.222,
    toDate: { to: "2026-10-21", total: "398.20", change: "14.10", changeShare: 0.035 },
  },
  unconverted: [{ currency: "USD", total: "20.00" }],
};

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
    responses: { 200: { description: "The sums, by category, with the budgets of that time, and against the period before.", schema: summary, example } },
  }),
];
