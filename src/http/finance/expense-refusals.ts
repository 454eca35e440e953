/** What expenses name has to be there, and to be their user's: someone else's looks like none. */
import type { Known, NamesNothing } from "../../database/expenses.ts";
import { type NewExpense, refundFault } from "../../finance/expense.ts";
import type { FieldError } from "../problem.ts";

const nouns = { categoryId: "categories", accountId: "accounts", refundOf: "expenses" } as const;
const notYours = (field: keyof typeof nouns): FieldError => ({ pointer: `/${field}`, detail: `is not one of your ${nouns[field]}` });

/** The fields of an expense that name nothing, or what a refund can't give back. */
export function namesFaults(expense: Pick<NewExpense, "id" | "kind" | "currency" | "categoryId" | "accountId" | "refundOf">, known: Known): FieldError[] {
  const errors: FieldError[] = [];
  if (expense.categoryId !== null && !known.categories.has(expense.categoryId)) errors.push(notYours("categoryId"));
  if (expense.accountId !== null && !known.accounts.has(expense.accountId)) errors.push(notYours("accountId"));
  if (expense.refundOf !== null) {
    const fault = expense.refundOf === expense.id ? "must be another expense" : refundFault(expense, known.refunded.get(expense.refundOf) ?? null);
    if (fault !== null) errors.push({ pointer: "/refundOf", detail: fault });
  }
  return errors;
}

/** The same for what was deleted between the look and the write. */
export const namesNothing = (error: NamesNothing): FieldError => notYours(error.field);
