/** `/insights`: each reads some small aggregates in one transaction, and leaves the rest to its rules in `src/finance/insights`. */
import { budgetStandings } from "../../database/budgets.ts";
import { readLargest, readMerchants, readSpreads, readStandings } from "../../database/insights.ts";
import { readRecap } from "../../database/recap.ts";
import { readCategories, readSpending } from "../../database/summary.ts";
import { readCuts, readFamilies } from "../../database/tracking.ts";
import type { Tx } from "../../database/users.ts";
import type { Day } from "../../finance/day.ts";
import { atRisk, budgetTracking, outlookOf, type Tracked } from "../../finance/insights/budget-tracking.ts";
import type { Reader } from "../../finance/insights/insight.ts";
import { netWorth, worthDays } from "../../finance/insights/net-worth.ts";
import { findRecurring } from "../../finance/insights/recurring.ts";
import { monthStarts, monthsFrame, recurringDays, spendingAnalysis, UNUSUAL_DAYS } from "../../finance/insights/spending-analysis.ts";
import { FEWEST_EXPENSES } from "../../finance/insights/unusual.ts";
import { addDays, type Calendar, todayIn } from "../../finance/periods.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { callerOf } from "../caller.ts";
import { parseQuery } from "../validate.ts";
import { adoptSuggestions, suggestBudgets } from "./adopt.ts";
import type { FinanceDeps } from "./deps.ts";
import { insightQuery } from "./summary-schemas.ts";

/** Who asks, what for. */
interface Asked {
  sub: string;
  calendar: Calendar;
  today: Day;
  /** The day that was asked for. */
  on: Day | undefined;
  reader: Reader;
}

type Answer = (tx: Tx, asked: Asked) => Promise<unknown>;

/** Of each category: candidates for what is unusual. */
const CANDIDATES = 5;
/** Budgets for which it is asked what to cut. */
const MOST_RISKY = 10;

const recap: Answer = readRecap;

const analysis: Answer = async (tx, { sub, calendar, today, on = today, reader }) => {
  const frame = monthsFrame(calendar, on);
  const rows = await readSpending(tx, sub, { starts: monthStarts(frame), to: frame.to }, reader.currency);
  const categories = await readCategories(
    tx,
    sub,
    rows.map(({ categoryId }) => categoryId),
  );
  const { histories, totals } = await readMerchants(tx, sub, recurringDays(on), frame.from, reader.currency);
  const spreads = await readSpreads(tx, sub, { from: frame.from, to: on }, reader.currency, FEWEST_EXPENSES);
  const purchases = await readLargest(tx, sub, { from: addDays(on, 1 - UNUSUAL_DAYS), to: on }, reader.currency, "category", CANDIDATES);
  return spendingAnalysis(frame, reader, { rows, categories, histories, merchants: totals, spreads, purchases });
};

const suggestion: Answer = async (tx, { sub, calendar, today, on = today, reader }) => (await suggestBudgets(tx, sub, calendar, on, reader)).insight;

const tracking: Answer = async (tx, { sub, calendar, today, on = today, reader }) => {
  const rows = await budgetStandings(tx, sub, calendar, today, on);
  const families = await readFamilies(
    tx,
    sub,
    rows.flatMap(({ budget }) => budget.categoryId ?? []),
  );
  const tracked: Tracked[] = [];
  const found = new Map<string, ReturnType<typeof findRecurring>>();
  for (const row of rows) {
    const { currency, categoryId } = row.budget;
    const known = found.get(currency) ?? findRecurring((await readMerchants(tx, sub, recurringDays(today), today, currency)).histories, today);
    found.set(currency, known);
    const family = categoryId === null ? null : (families.get(categoryId) ?? new Set<string>());
    tracked.push({ ...row, recurring: known.filter(({ last }) => family === null || (last.categoryId !== null && family.has(last.categoryId))) });
  }
  const risky = tracked.filter((one) => atRisk(outlookOf(one, today).verdict)).slice(0, MOST_RISKY);
  const cuts = await readCuts(
    tx,
    sub,
    today,
    risky.map(({ budget, figures }) => ({ budget, period: figures })),
  );
  return budgetTracking(today, reader, tracked, cuts);
};

const worth: Answer = async (tx, { sub, calendar, today, on = today, reader }) => {
  const days = worthDays(calendar, on);
  return netWorth(days, reader, await readStandings(tx, sub, days, reader.currency));
};

export function insightRoutes(deps: FinanceDeps): Route[] {
  const get = (name: string, answer: Answer): Route => ({
    method: "GET",
    path: `/insights/${name}`,
    async handler(request: ApiRequest): Promise<Reply> {
      const query = parseQuery(insightQuery, request.query);
      // Read beside the admission; whoever is not let in never asks for it.
      const profile = deps.profiles.read(callerOf(request.event).sub);
      profile.catch(() => {});
      const body = await deps.session(request, async (tx, { sub }) => {
        const { calendar, displayCurrency, locale } = await profile;
        const today = todayIn(calendar.timeZone, deps.now());
        return answer(tx, { sub, calendar, today, on: query.on, reader: { currency: query.currency ?? displayCurrency, locale } });
      });
      return { status: 200, body };
    },
  });

  return [
    get("weekly-recap", recap),
    get("spending-analysis", analysis),
    get("budget-suggestion", suggestion),
    get("budget-tracking", tracking),
    get("net-worth", worth),
    { method: "POST", path: "/insights/budget-suggestion/adopt", handler: (request) => adoptSuggestions(deps, request) },
  ];
}
