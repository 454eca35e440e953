/** `/expenses`. */
import * as z from "zod/mini";
import { withChildren } from "../../database/categories.ts";
import { type By, listExpenses } from "../../database/expense-list.ts";
import { addExpenses, findExpense, known, NamesNothing, refundsOf, removeExpense, writeExpense } from "../../database/expenses.ts";
import type { Tx } from "../../database/users.ts";
import { type Expense, touchedBy } from "../../finance/expense.ts";
import { parseAmount } from "../../finance/money.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { problem } from "../problem.ts";
import { parseBody, parseQuery, uuid } from "../validate.ts";
import { bulkRoutes } from "./bulk.ts";
import { cursorsOf } from "./cursors.ts";
import type { FinanceDeps } from "./deps.ts";
import { receiptsOf } from "./expense-receipts.ts";
import { namesFaults, namesNothing } from "./expense-refusals.ts";
import { changedExpense, expenseQuery, newExpense, shownExpense } from "./expense-schemas.ts";
import { idOf, noSuch } from "./path.ts";
import { badFields, inUse } from "./refusals.ts";
import { etag, ifMatch, requireVersion } from "./version.ts";
import { watchedWrite } from "./watched.ts";

const place = z.tuple([z.string(), uuid()]);

const refused = (error: unknown) => {
  throw error instanceof NamesNothing ? badFields([namesNothing(error)]) : error;
};

async function requireNames(tx: Tx, user: string, expense: Parameters<typeof namesFaults>[0]): Promise<void> {
  const errors = namesFaults(expense, await known(tx, user, [expense]));
  if (errors.length > 0) throw badFields(errors);
}

/** An expense with what a PATCH gives. Throws the problem `bad-fields` for what only the two together show. */
function changed(found: Expense, { amount, ...change }: z.output<ReturnType<typeof changedExpense>>): Expense {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const next: Expense = { ...found, ...given };
  if (amount === undefined) {
    if (next.currency !== found.currency) throw badFields([{ pointer: "/amount", detail: "is required when the currency changes" }]);
  } else {
    const parsed = parseAmount(amount, next.currency);
    if (!parsed.ok) throw badFields([{ pointer: "/amount", detail: parsed.why }]);
    next.minor = parsed.minor;
  }
  return next;
}

const sameTags = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((tag, i) => tag === b[i]);
const same = ({ tags: a, ...one }: Expense, { tags: b, ...other }: Expense) =>
  sameTags(a, b) && (Object.keys(one) as (keyof typeof one)[]).every((field) => one[field] === other[field]);

export function expenseRoutes(deps: FinanceDeps): Route[] {
  const receipts = receiptsOf(deps);

  async function list(request: ApiRequest): Promise<Reply> {
    const query = parseQuery(expenseQuery, request.query);
    const { sort, limit, cursor, categoryId, ...filter } = query;
    const order = { by: sort.replace("-", "") as By, newestFirst: sort.startsWith("-") };
    return deps.session(request, async (tx, { sub }) => {
      const cursors = await cursorsOf(tx, { list: "expenses", sub, filters: query });
      const after = cursors.read(place, cursor);
      const categories = categoryId === undefined ? null : await withChildren(tx, sub, categoryId);
      const { expenses, next } = await listExpenses(tx, sub, { ...filter, categories }, order, after, limit);
      return { status: 200, body: { items: expenses.map(shownExpense), next: next && cursors.write(next) } };
    });
  }

  async function get(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "expense");
    const found = await deps.session(request, (tx, { sub }) => findExpense(tx, sub, id));
    if (found === null) throw noSuch("expense");
    return { status: 200, body: shownExpense(found), headers: etag(found.version) };
  }

  /** The receipt itself, and its link, are asked of a route that needs no database. */
  async function receipt(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "expense");
    const found = await deps.session(request, (tx, { sub }) => findExpense(tx, sub, id));
    if (found === null) throw noSuch("expense");
    if (found.receiptId === null) throw problem("not-found", "The expense has no receipt.");
    return { status: 303, headers: { location: `/receipts/${found.receiptId}` } };
  }

  async function post(request: ApiRequest): Promise<Reply> {
    const made = { id: deps.newId(), ...parseBody(newExpense(deps.now()), request.body) };
    return watchedWrite(deps, request, async (tx, { sub }, check) => {
      await requireNames(tx, sub, made);
      await receipts.taken(tx, sub, null, made.receiptId);
      await addExpenses(tx, sub, [made]).catch(refused);
      await check(touchedBy(null, made), [{ before: null, after: made }]);
      return { status: 201, body: shownExpense({ ...made, version: 1 }), headers: { ...etag(1), location: `/expenses/${made.id}` } };
    });
  }

  async function patch(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "expense");
    const expected = ifMatch(request);
    const change = parseBody(changedExpense(deps.now()), request.body);
    return watchedWrite(deps, request, async (tx, { sub }, check) => {
      const found = await findExpense(tx, sub, id, true);
      if (found === null) throw noSuch("expense");
      requireVersion(expected, found.version);
      const next = changed(found, change);
      if (same(found, next)) return { status: 200, body: shownExpense(found), headers: etag(found.version) };
      next.version = found.version + 1;
      await requireNames(tx, sub, next);
      if (next.kind !== found.kind || next.currency !== found.currency) {
        const refunds = found.kind === "expense" ? await refundsOf(tx, sub, id) : 0;
        if (refunds > 0) throw inUse("expense", { refunds }, "What refunds give back stays of the kind expense, in their currency.");
      }
      await receipts.taken(tx, sub, found.receiptId, next.receiptId);
      await writeExpense(tx, sub, next).catch(refused);
      await check(touchedBy(found, next), [{ before: found, after: next }]);
      return { status: 200, body: shownExpense(next), headers: etag(next.version) };
    });
  }

  async function remove(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "expense");
    const expected = ifMatch(request);
    return watchedWrite(deps, request, async (tx, { sub }, check) => {
      const found = await findExpense(tx, sub, id, true);
      if (found === null) throw noSuch("expense");
      requireVersion(expected, found.version);
      await receipts.taken(tx, sub, found.receiptId, null);
      await removeExpense(tx, sub, id);
      await check(touchedBy(found, null));
      return { status: 204 };
    });
  }

  return [
    { method: "GET", path: "/expenses", handler: list },
    { method: "POST", path: "/expenses", handler: post },
    ...bulkRoutes(deps),
    { method: "GET", path: "/expenses/{id}", handler: get },
    { method: "GET", path: "/expenses/{id}/receipt", handler: receipt },
    { method: "PATCH", path: "/expenses/{id}", handler: patch },
    { method: "DELETE", path: "/expenses/{id}", handler: remove },
  ];
}
