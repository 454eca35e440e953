/** `/expenses`. */
import { bulkAnswers, bulkBody, bulkMade } from "../finance/bulk.ts";
import { changedExpense, EXPENSE_LIST_TEXT, expenseList, expenseQuery, expense as expenseShown } from "../finance/expense-schemas.ts";
import { type Operation, operation } from "./operation.ts";
import { conditional, ids, keyed, made, SOME_TIME, versioned } from "./shared.ts";

const bulk = bulkBody(SOME_TIME);
/** The very schema that stands in the list: so it has one name. */
const newOne = bulk.def.shape.expenses.def.element;
const changes = changedExpense(SOME_TIME);

export const requests = { NewExpense: newOne, ChangedExpense: changes, BulkExpenses: bulk };
export const answers = { Expense: expenseShown, ExpenseList: expenseList, BulkMade: bulkMade, BulkAnswers: bulkAnswers };

const given = {
  amount: "38.40",
  currency: "EUR",
  occurredOn: "2026-11-17",
  categoryId: ids.groceries,
  accountId: ids.account,
  merchant: "Market",
  description: "For the weekend",
  tags: ["guests"],
};
const expense = { id: ids.expense, version: 1, kind: "expense", ...given, status: "cleared", refundOf: null, receiptId: null };
const paramsExample = { id: ids.expense };

export const operations: readonly Operation[] = [
  operation({
    id: "listExpenses",
    method: "GET",
    path: "/expenses",
    tag: "Expenses",
    summary: "Those that fit",
    description: `All that is given has to fit. \`from\` and \`to\` are both in, \`categoryId\` is a category with its children, \`min\`, \`max\` and an order by amount need \`currency\`, \`q\` is looked for in merchant and description whatever the case, \`tag\` is a tag to the letter.\n\n${EXPENSE_LIST_TEXT}`,
    query: expenseQuery,
    queryExample: { from: "2026-11-01", to: "2026-11-30", sort: "-day", limit: "50" },
    responses: { 200: { description: "A page.", schema: expenseList, example: { items: [expense], next: null } } },
    problems: ["bad-cursor"],
  }),
  operation({
    id: "createExpense",
    method: "POST",
    path: "/expenses",
    tag: "Expenses",
    summary: "A new expense",
    description:
      "`kind` is `expense`, `refund` (which may name what it refunds), `income` or `transfer`; the first two count as spending. The amount is above zero whatever the kind, with as many decimals as its currency has. `receiptId` is a receipt of one's own that is `ready` and no other expense's; what an expense lets go of is deleted. Budgets' thresholds are looked at in the same transaction.",
    headers: keyed,
    body: { schema: newOne, example: given },
    responses: { 201: { description: "It is there.", schema: expenseShown, headers: made, example: expense } },
  }),
  operation({
    id: "createExpenses",
    method: "POST",
    path: "/expenses/bulk",
    tag: "Expenses",
    summary: "Up to 500 at once",
    description: "`all`: every one of them, or none. `each`: those that fit, and an answer for each. The body may have 2 MiB.",
    headers: keyed,
    body: { schema: bulk, example: { mode: "all", expenses: [given, { ...given, merchant: "Bakery", amount: "6.20", tags: [] }] } },
    responses: {
      200: {
        description: "`each`: what came of each, in their order. One that does not fit has its problem.",
        schema: bulkAnswers,
        example: {
          results: [
            { status: 201, id: ids.expense },
            {
              status: 422,
              problem: {
                type: "/problems/bad-fields",
                title: "Some fields do not fit",
                status: 422,
                detail: "/amount must be above zero.",
                errors: [{ pointer: "/amount", detail: "must be above zero" }],
              },
            },
          ],
        },
      },
      201: { description: "`all`: their ids, in their order.", schema: bulkMade, example: { ids: [ids.expense, "019aa5d0-0c45-7b18-92d0-7c5e1f3a9b64"] } },
    },
  }),
  operation({
    id: "getExpense",
    method: "GET",
    path: "/expenses/{id}",
    tag: "Expenses",
    summary: "One expense",
    paramsExample,
    responses: { 200: { description: "The expense.", schema: expenseShown, headers: versioned, example: expense } },
    problems: ["not-found"],
  }),
  operation({
    id: "getExpenseReceipt",
    method: "GET",
    path: "/expenses/{id}/receipt",
    tag: "Expenses",
    summary: "Its receipt",
    description: "Leads to the receipt's own route, which answers with a link to the file.",
    paramsExample,
    responses: { 303: { description: "`Location` is where the receipt is.", headers: ["Location"] } },
    problems: ["not-found"],
  }),
  operation({
    id: "changeExpense",
    method: "PATCH",
    path: "/expenses/{id}",
    tag: "Expenses",
    summary: "Change it",
    description:
      'What is left out stays; null clears what may be null, and `""` the texts. Another currency needs an amount with it. What has refunds keeps its kind and its currency.',
    paramsExample,
    headers: conditional,
    body: { schema: changes, example: { amount: "39.40", tags: [] } },
    responses: {
      200: {
        description: "The expense as it is now.",
        schema: expenseShown,
        headers: versioned,
        example: { ...expense, version: 2, amount: "39.40", tags: [] },
      },
    },
    problems: ["not-found", "in-use"],
  }),
  operation({
    id: "deleteExpense",
    method: "DELETE",
    path: "/expenses/{id}",
    tag: "Expenses",
    summary: "Remove it",
    description: "Refunds of it stay, and name nothing any more.",
    paramsExample,
    headers: conditional,
    responses: { 204: { description: "It is gone." } },
    problems: ["not-found"],
  }),
];
