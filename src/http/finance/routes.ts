/** Every route of the finance API. */
import type { Route } from "../api.ts";
import { callerOf } from "../caller.ts";
import { readableProfile } from "../readable-profile.ts";
import { accountRoutes } from "./accounts.ts";
import { budgetRoutes } from "./budgets.ts";
import { categoryRoutes } from "./categories.ts";
import type { FinanceDeps } from "./deps.ts";
import { expenseRoutes } from "./expenses.ts";
import { importRowRoutes } from "./imports.ts";
import { insightRoutes } from "./insights.ts";
import { rateRoutes } from "./rates.ts";
import { summaryRoutes } from "./summary.ts";

/** Who is not signed in learns nothing else: not even what is wrong with the body. */
const signedIn = (route: Route): Route => ({
  ...route,
  handler(request) {
    callerOf(request.event);
    return route.handler(request);
  },
});

export const financeRoutes = (deps: FinanceDeps): Route[] =>
  routes({ ...deps, profiles: { read: (sub) => readableProfile(deps.profiles.read(sub)) } }).map(signedIn);

const routes = (deps: FinanceDeps): Route[] => [
  ...categoryRoutes(deps),
  ...accountRoutes(deps),
  ...rateRoutes(deps),
  ...expenseRoutes(deps),
  ...budgetRoutes(deps),
  ...summaryRoutes(deps),
  ...insightRoutes(deps),
  ...importRowRoutes(deps),
];
