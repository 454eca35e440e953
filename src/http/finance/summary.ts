/** `/summary`: what a week, month … came to, by category, with its budgets, and against the one before. */
import { budgetStandings } from "../../database/budgets.ts";
import { readCategories, readSpending } from "../../database/summary.ts";
import { todayIn } from "../../finance/periods.ts";
import { budgetShown, periodFrame, rangeFrame, spanStarts, summarize } from "../../finance/summary.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { callerOf } from "../caller.ts";
import { parseQuery } from "../validate.ts";
import type { FinanceDeps } from "./deps.ts";
import { summaryQuery } from "./summary-schemas.ts";

export function summaryRoutes(deps: FinanceDeps): Route[] {
  async function getSummary(request: ApiRequest): Promise<Reply> {
    const query = parseQuery(summaryQuery, request.query);
    // The profile is read while the gate is asked.
    const asked = deps.profiles.read(callerOf(request.event).sub);
    asked.catch(() => {});
    const body = await deps.session(request, async (tx, { sub }) => {
      const { calendar, displayCurrency } = await asked;
      const today = todayIn(calendar.timeZone, deps.now());
      const frame =
        query.from !== undefined && query.to !== undefined
          ? rangeFrame({ from: query.from, to: query.to }, today)
          : periodFrame(query.period ?? "month", calendar, query.on ?? today, today);
      const currency = query.currency ?? displayCurrency;
      const spent = async () => {
        const rows = await readSpending(tx, sub, { starts: spanStarts(frame), to: frame.to }, currency);
        const ids = rows.map(({ categoryId }) => categoryId);
        return summarize(frame, currency, rows, await readCategories(tx, sub, ids));
      };
      // Neither waits for the other: their statements travel together.
      const [sums, standings] = await Promise.all([spent(), budgetStandings(tx, sub, calendar, today, frame.at)]);
      return { ...sums, budgets: standings.map(budgetShown) };
    });
    return { status: 200, body };
  }

  return [{ method: "GET", path: "/summary", handler: getSummary }];
}
