/** `/expenses`. */
import * as z from "zod/mini";
import { addExpense, listExpenses, NoSuchCategory } from "../../database/expenses.ts";
import { isDay } from "../../finance/day.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { callerOf } from "../caller.ts";
import { decodeCursor, encodeCursor, page } from "../page.ts";
import { problem } from "../problem.ts";
import { parseBody, parseQuery, uuid } from "../validate.ts";
import type { FinanceDeps } from "./deps.ts";
import { listQuery, newExpense, shownExpense } from "./schemas.ts";

const expensePlace = z.tuple([z.string().check(z.refine(isDay)), uuid()]);

export function expenseRoutes(deps: FinanceDeps): Route[] {
  const { newId } = deps;

  async function getExpenses(request: ApiRequest): Promise<Reply> {
    const { limit, cursor } = parseQuery(listQuery, request.query);
    const place = cursor === undefined ? null : decodeCursor("expenses", expensePlace, cursor);
    const rows = await deps.session(request, (tx, { sub }) => listExpenses(tx, sub, limit + 1, place && { occurredOn: place[0], id: place[1] }));
    return { status: 200, body: page(rows, limit, shownExpense, ({ occurredOn, id }) => encodeCursor("expenses", [occurredOn, id])) };
  }

  async function postExpense(request: ApiRequest): Promise<Reply> {
    callerOf(request.event);
    const expense = { id: newId(), ...parseBody(newExpense(deps.now()), request.body) };
    try {
      await deps.session(request, (tx, { sub }) => addExpense(tx, sub, expense));
    } catch (error) {
      if (!(error instanceof NoSuchCategory)) throw error;
      throw problem("bad-fields", "/categoryId is not one of your categories.", {
        errors: [{ pointer: "/categoryId", detail: "is not one of your categories" }],
      });
    }
    return { status: 201, body: shownExpense(expense) };
  }

  return [
    { method: "GET", path: "/expenses", handler: getExpenses },
    { method: "POST", path: "/expenses", handler: postExpense },
  ];
}
