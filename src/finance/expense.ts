/** Expenses in the domain's words. Pure. */

export const kinds = ["expense", "refund", "income", "transfer"] as const;
export type Kind = (typeof kinds)[number];
export const statuses = ["pending", "cleared"] as const;
export type Status = (typeof statuses)[number];

/** A new expense, checked. */
export interface NewExpense {
  id: string;
  kind: Kind;
  /** In the currency's minor unit, above zero whatever the kind. */
  minor: bigint;
  /** ISO 4217. */
  currency: string;
  /** The user's own day, `2026-01-31`. */
  occurredOn: string;
  categoryId: string | null;
  accountId: string | null;
  merchant: string;
  description: string;
  /** In order, each once. */
  tags: readonly string[];
  status: Status;
  /** The expense that a refund gives back; null: it names none. */
  refundOf: string | null;
  /** Null: no receipt. */
  receiptId: string | null;
}

export interface Expense extends NewExpense {
  version: number;
}

/** Whether the kind counts in spending and in budgets: an expense adds, a refund takes away; what was earned or only moved is neither. */
export const counts = (kind: Kind): boolean => kind === "expense" || kind === "refund";

/** What of an expense decides what is spent where and when. */
export type Counted = Pick<Expense, "kind" | "minor" | "currency" | "occurredOn" | "categoryId">;

/** The places that a change from `before` to `after` touches (null: it was not there, or is gone); none when no sum changes. */
export function touchedBy(before: Counted | null, after: Counted | null): { categoryId: string | null; occurredOn: string }[] {
  const same =
    before !== null &&
    after !== null &&
    before.kind === after.kind &&
    before.minor === after.minor &&
    before.currency === after.currency &&
    before.occurredOn === after.occurredOn &&
    before.categoryId === after.categoryId;
  if (same) return [];
  return [before, after].flatMap((each) => (each !== null && counts(each.kind) ? [{ categoryId: each.categoryId, occurredOn: each.occurredOn }] : []));
}

/** The expense that a refund names, as far as the rules ask. */
export interface Refunded {
  kind: Kind;
  currency: string;
}

/** Why an expense can't give back another: the end of a sentence that begins with the field `refundOf`; null when it can. `of` null: there is none such. */
export function refundFault({ kind, currency }: Pick<Expense, "kind" | "currency">, of: Refunded | null): string | null {
  if (kind !== "refund") return "is for the kind refund only";
  if (of === null) return "is not one of your expenses";
  if (of.kind !== "expense") return "must be of the kind expense";
  if (of.currency !== currency) return `must be in the same currency, and it is in ${of.currency}`;
  return null;
}

/** By code points, as PostgreSQL's collation "C" orders UTF-8: what is answered to a write and what is read later are the same. */
export function inOrder(tags: Iterable<string>): string[] {
  const points = (tag: string) => [...tag].map((character) => character.codePointAt(0) ?? 0);
  const compare = (a: readonly number[], b: readonly number[]) => {
    const at = a.findIndex((point, i) => point !== b[i]);
    return at === -1 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1);
  };
  return [...new Set(tags)].sort((a, b) => compare(points(a), points(b)));
}
