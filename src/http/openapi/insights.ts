/** `/insights`. */
import type * as z from "zod/mini";
import { adopted, adoption, budgetSuggestion, budgetTracking, netWorth, spendingAnalysis, weeklyRecap } from "../finance/insight-schemas.ts";
import { insightQuery } from "../finance/summary-schemas.ts";
import * as budgets from "./examples-budgets.ts";
import * as spending from "./examples-spending.ts";
import * as worth from "./examples-worth.ts";
import { type Operation, operation } from "./operation.ts";
import { ids, keyed } from "./shared.ts";

export const requests = { Adoption: adoption };
export const answers = {
  WeeklyRecap: weeklyRecap,
  SpendingAnalysis: spendingAnalysis,
  BudgetSuggestion: budgetSuggestion,
  BudgetTracking: budgetTracking,
  NetWorth: netWorth,
  Adopted: adopted,
};

const insight = (id: string, name: string, summary: string, description: string, schema: z.core.$ZodType, example: unknown): Operation =>
  operation({
    id,
    method: "GET",
    path: `/insights/${name}`,
    tag: "Insights",
    summary,
    description: `${description} As of the day \`on\` (today unless told), in the profile's currency unless told. \`sentence\` says it in the profile's language; \`method\` says how the figures came about.`,
    query: insightQuery,
    queryExample: { on: "2026-11-20" },
    responses: { 200: { description: "The sentence and its figures.", schema, example } },
  });

export const operations: readonly Operation[] = [
  insight(
    "getWeeklyRecap",
    "weekly-recap",
    "The week in a sentence",
    "Against the week before and the usual week, with the biggest movers and the largest expenses.",
    weeklyRecap,
    spending.weeklyRecap,
  ),
  insight(
    "getSpendingAnalysis",
    "spending-analysis",
    "Where it goes",
    "Thirteen months by category and merchant: trends, recurring payments that were found, and what is unusual.",
    spendingAnalysis,
    spending.spendingAnalysis,
  ),
  insight(
    "getBudgetSuggestion",
    "budget-suggestion",
    "What to budget",
    "A monthly amount for each category and for all of it, from one's own months and robust to one-offs, saying why.",
    budgetSuggestion,
    budgets.budgetSuggestion,
  ),
  insight(
    "getBudgetTracking",
    "budget-tracking",
    "Will the budgets hold",
    "Each running budget with its pace, what is expected at its end, and where to save.",
    budgetTracking,
    budgets.budgetTracking,
  ),
  insight(
    "getNetWorth",
    "net-worth",
    "What I own less what I owe",
    "From the newest balance of each account, at its newest rate, with the months before and what changed.",
    netWorth,
    worth.netWorth,
  ),
  operation({
    id: "adoptBudgetSuggestion",
    method: "POST",
    path: "/insights/budget-suggestion/adopt",
    tag: "Insights",
    summary: "Make suggestions real",
    description:
      "All in one transaction: monthly budgets, with the suggested amounts or those that are given. A category that has a budget already is skipped, and so is one that nothing is suggested for.",
    headers: keyed,
    body: { schema: adoption, example: { suggestions: [{ categoryId: ids.groceries, amount: "250.00" }, { categoryId: null }] } },
    responses: {
      200: { description: "All were skipped: nothing was made.", schema: adopted, example: { budgets: [], skipped: budgets.adopted.skipped } },
      201: { description: "The budgets that were made, and what was skipped.", schema: adopted, example: budgets.adopted },
    },
  }),
];
