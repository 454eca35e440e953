/** `/budgets`. */
import * as z from "zod/mini";
import { addBudget, changeBudget, deleteBudget, listBudgets, lockBudget, readBudget, standingsOf } from "../../database/budgets.ts";
import { alertsOf } from "../../database/budgets-alerts.ts";
import { watchOf } from "../../database/thresholds.ts";
import type { Budget } from "../../finance/budget.ts";
import { todayIn } from "../../finance/periods.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { callerOf } from "../caller.ts";
import { page } from "../page.ts";
import { parseBody, parseQuery, uuid } from "../validate.ts";
import { budgetQuery, changedBudget, changeOf, newBudget, shownBudget, shownNow } from "./budget-schemas.ts";
import { cursorsOf } from "./cursors.ts";
import type { FinanceDeps } from "./deps.ts";
import { idOf, noSuch } from "./path.ts";
import { badFields } from "./refusals.ts";
import { etag, ifMatch, requireVersion } from "./version.ts";

const keys = z.tuple([z.string(), uuid()]);
const noCategory = () => badFields([{ pointer: "/categoryId", detail: "is not one of your categories" }]);

export function budgetRoutes(deps: FinanceDeps): Route[] {
  /** Read beside the admission; whoever is not let in never asks for it. */
  function profileOf(request: ApiRequest) {
    const profile = deps.profiles.read(callerOf(request.event).sub);
    profile.catch(() => {});
    return profile;
  }
  const answer = (status: number, budget: Budget): Reply => ({ status, body: shownBudget(budget), headers: etag(budget.version) });

  async function list(request: ApiRequest): Promise<Reply> {
    const query = parseQuery(budgetQuery, request.query);
    return deps.session(request, async (tx, { sub }) => {
      const cursors = await cursorsOf(tx, { list: "budgets", sub, filters: query });
      const after = cursors.read(keys, query.cursor);
      const budgets = await listBudgets(tx, sub, query.limit + 1, after && { name: after[0], id: after[1] });
      return { status: 200, body: page(budgets, query.limit, shownBudget, ({ name, id }) => cursors.write([name, id])) };
    });
  }

  async function get(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "budget");
    const profile = profileOf(request);
    return deps.session(request, async (tx, { sub }) => {
      const budget = await readBudget(tx, sub, id);
      if (budget === null) throw noSuch("budget");
      const { calendar } = await profile;
      const today = todayIn(calendar.timeZone, deps.now());
      const [standing] = await standingsOf(tx, sub, calendar, today, today, [budget]);
      const now = standing === undefined ? null : shownNow(standing, await alertsOf(tx, sub, id, standing.figures.from));
      return { status: 200, body: { ...shownBudget(budget), now }, headers: etag(budget.version) };
    });
  }

  async function post(request: ApiRequest): Promise<Reply> {
    const profile = profileOf(request);
    const made = { id: deps.newId(), ...parseBody(newBudget(deps.now()), request.body) };
    return deps.write(request, async (tx, { sub }) => {
      const budget = await addBudget(tx, sub, watchOf(await profile, deps), made);
      if (budget === false) throw noCategory();
      const reply = answer(201, budget);
      return { ...reply, headers: { ...reply.headers, location: `/budgets/${budget.id}` } };
    });
  }

  async function patch(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "budget");
    const profile = profileOf(request);
    const expected = ifMatch(request);
    const given = parseBody(changedBudget(deps.now()), request.body);
    return deps.write(request, async (tx, { sub }) => {
      const old = await lockBudget(tx, sub, id);
      if (old === null) throw noSuch("budget");
      requireVersion(expected, old.version);
      const met = changeOf(old, given);
      if ("errors" in met) throw badFields(met.errors);
      const changed = await changeBudget(tx, sub, watchOf(await profile, deps), old, met.change);
      if (changed === false) throw noCategory();
      return answer(200, changed);
    });
  }

  async function remove(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "budget");
    const expected = ifMatch(request);
    return deps.write(request, async (tx, { sub }) => {
      const old = await lockBudget(tx, sub, id);
      if (old === null) throw noSuch("budget");
      requireVersion(expected, old.version);
      await deleteBudget(tx, sub, id);
      return { status: 204 };
    });
  }

  return [
    { method: "GET", path: "/budgets", handler: list },
    { method: "POST", path: "/budgets", handler: post },
    { method: "GET", path: "/budgets/{id}", handler: get },
    { method: "PATCH", path: "/budgets/{id}", handler: patch },
    { method: "DELETE", path: "/budgets/{id}", handler: remove },
  ];
}
