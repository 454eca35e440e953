/** `/budgets`. */
import { budgetList, budgetNow, budgetQuery, budget as budgetShown, budgetWithNow, changedBudget, newBudget } from "../finance/budget-schemas.ts";
import { type Operation, operation } from "./operation.ts";
import { conditional, ids, keyed, made, SOME_TIME, versioned } from "./shared.ts";

const newOne = newBudget(SOME_TIME);
const changes = changedBudget(SOME_TIME);

export const requests = { NewBudget: newOne, ChangedBudget: changes };
export const answers = { Budget: budgetShown, BudgetList: budgetList, BudgetNow: budgetNow, BudgetWithNow: budgetWithNow };

const budget = {
  id: ids.budget,
  version: 1,
  name: "Food",
  categoryId: ids.food,
  amount: "400.00",
  currency: "EUR",
  period: "month",
  startsOn: "2026-11-01",
  periodDays: null,
  thresholds: [50, 80, 100],
  rollover: true,
};
const now = {
  from: "2026-11-01",
  to: "2026-11-30",
  amount: "400.00",
  carried: "0.00",
  spent: "251.10",
  remaining: "148.90",
  percent: 62,
  pace: 0.9,
  projected: "358.71",
  daysLeft: 9,
  unconverted: [{ currency: "USD", total: "20.00" }],
  alerts: [{ threshold: 50, at: "2026-11-14T18:20:31.000Z", told: true }],
};
const paramsExample = { id: ids.budget };

export const operations: readonly Operation[] = [
  operation({
    id: "listBudgets",
    method: "GET",
    path: "/budgets",
    tag: "Budgets",
    summary: "All of them, by name",
    description: "How far each has come says `GET /summary`.",
    query: budgetQuery,
    responses: { 200: { description: "A page.", schema: budgetList, example: { items: [budget], next: null } } },
    problems: ["bad-cursor"],
  }),
  operation({
    id: "createBudget",
    method: "POST",
    path: "/budgets",
    tag: "Budgets",
    summary: "A new budget",
    description:
      "Of one category with its children, or of all spending (`categoryId` null). `startsOn` is what its periods are counted from, and begins them; a period of one's own (`custom`) needs `periodDays`. Thresholds are percent. One that is passed already when the budget is made tells nobody.",
    headers: keyed,
    body: {
      schema: newOne,
      example: { name: "Food", categoryId: ids.food, amount: "400.00", currency: "EUR", period: "month", startsOn: "2026-11-01", rollover: true },
    },
    responses: { 201: { description: "It is there.", schema: budgetShown, headers: made, example: budget } },
  }),
  operation({
    id: "getBudget",
    method: "GET",
    path: "/budgets/{id}",
    tag: "Budgets",
    summary: "One budget, with its running period",
    description:
      "`now.alerts` are the thresholds that this period's spending has reached, and when. Each is told of once in a period, even if spending falls again; `told` is false where it was reached already when the budget was made or changed.",
    paramsExample,
    responses: {
      200: { description: "The budget; `now` is null when it has not begun.", schema: budgetWithNow, headers: versioned, example: { ...budget, now } },
    },
    problems: ["not-found"],
  }),
  operation({
    id: "changeBudget",
    method: "PATCH",
    path: "/budgets/{id}",
    tag: "Budgets",
    summary: "Change it",
    description:
      "What is left out stays. Another amount holds from the running period on and leaves the past ones as they were; another currency needs an amount with it. Another category, currency, period, start or rollover lets what is carried over begin anew.",
    paramsExample,
    headers: conditional,
    body: { schema: changes, example: { amount: "450.00", thresholds: [50, 80, 100] } },
    responses: {
      200: {
        description: "The budget as it is now.",
        schema: budgetShown,
        headers: versioned,
        example: { ...budget, version: 2, amount: "450.00", thresholds: [50, 80, 100] },
      },
    },
    problems: ["not-found"],
  }),
  operation({
    id: "deleteBudget",
    method: "DELETE",
    path: "/budgets/{id}",
    tag: "Budgets",
    summary: "Remove it",
    description: "With its alerts. Expenses stay.",
    paramsExample,
    headers: conditional,
    responses: { 204: { description: "It is gone." } },
    problems: ["not-found"],
  }),
];
