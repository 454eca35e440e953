/** `/categories` and `/expenses`. */
import * as z from "zod/mini";
import { addCategory, addExpense, listCategories, listExpenses, NoSuchCategory } from "../../database/expenses.ts";
import { isDay } from "../../finance/day.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { callerOf } from "../caller.ts";
import { decodeCursor, encodeCursor, page } from "../page.ts";
import { problem } from "../problem.ts";
import { parseBody, parseQuery, uuid } from "../validate.ts";
import type { FinanceDeps } from "./deps.ts";
import { listQuery, newCategory, newExpense, shownExpense } from "./schemas.ts";

const categoryPlace = z.tuple([z.string(), uuid()]);
const expensePlace = z.tuple([z.string().check(z.refine(isDay)), uuid()]);

export function financeRoutes(deps: FinanceDeps): Route[] {
  const { newId } = deps;

  async function getCategories(request: ApiRequest): Promise<Reply> {
    const { limit, cursor } = parseQuery(listQuery, request.query);
    const place = cursor === undefined ? null : decodeCursor("categories", categoryPlace, cursor);
    const rows = await deps.session(request, (tx, { sub }) => listCategories(tx, sub, limit + 1, place && { name: place[0], id: place[1] }));
    return {
      status: 200,
      body: page(
        rows,
        limit,
        ({ id, name }) => ({ id, name }),
        ({ name, id }) => encodeCursor("categories", [name, id]),
      ),
    };
  }

  async function postCategory(request: ApiRequest): Promise<Reply> {
    callerOf(request.event);
    const { name } = parseBody(newCategory, request.body);
    const category = { id: newId(), name };
    if (!(await deps.session(request, (tx, { sub }) => addCategory(tx, sub, category)))) {
      throw problem("conflict", "You have a category of that name already.", { errors: [{ pointer: "/name", detail: "is taken" }] });
    }
    return { status: 201, body: category };
  }

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
    { method: "GET", path: "/categories", handler: getCategories },
    { method: "POST", path: "/categories", handler: postCategory },
    { method: "GET", path: "/expenses", handler: getExpenses },
    { method: "POST", path: "/expenses", handler: postExpense },
  ];
}
