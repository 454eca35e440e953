/** Expenses and categories in the domain's words. */

export interface Category {
  id: string;
  name: string;
}

/** A new expense, checked. */
export interface NewExpense {
  id: string;
  /** In the currency's minor unit, above zero. */
  minor: bigint;
  /** ISO 4217. */
  currency: string;
  /** The user's own day, `2026-01-31`. */
  occurredOn: string;
  categoryId: string | null;
  description: string;
}

export type Expense = NewExpense;

/** Where a list stands: the day and the id of the last expense that was shown. */
export interface ExpensePlace {
  occurredOn: string;
  id: string;
}
