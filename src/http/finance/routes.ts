/** Every route of the finance API. */
import type { Route } from "../api.ts";
import { accountRoutes } from "./accounts.ts";
import { budgetRoutes } from "./budgets.ts";
import { categoryRoutes } from "./categories.ts";
import type { FinanceDeps } from "./deps.ts";
import { expenseRoutes } from "./expenses.ts";
import { rateRoutes } from "./rates.ts";

export const financeRoutes = (deps: FinanceDeps): Route[] => [
  ...categoryRoutes(deps),
  ...accountRoutes(deps),
  ...rateRoutes(deps),
  ...expenseRoutes(deps),
  ...budgetRoutes(deps),
];
