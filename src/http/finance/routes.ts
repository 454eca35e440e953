/** Every route of the finance API. */
import type { Route } from "../api.ts";
import { categoryRoutes } from "./categories.ts";
import type { FinanceDeps } from "./deps.ts";
import { expenseRoutes } from "./expenses.ts";

export const financeRoutes = (deps: FinanceDeps): Route[] => [...categoryRoutes(deps), ...expenseRoutes(deps)];
