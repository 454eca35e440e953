/** Large expenses, told of in the transaction that writes them: those of the user's own limit or more, each once. */
import { createHash } from "node:crypto";
import type { NewExpense } from "../finance/expense.ts";
import { formatAmount, parseAmount } from "../finance/money.ts";
import type { AmountOf } from "../finance/profile.ts";
import { momentOf, uuid7 } from "../finance/uuid7.ts";
import { type Payload, tell } from "./outbox.ts";
import type { Tx } from "./users.ts";

type Amounts = Pick<NewExpense, "kind" | "minor" | "currency">;

/** An expense as it was, null for a new one, and as it is. */
export interface Written {
  before: Amounts | null;
  after: Pick<NewExpense, "id" | "kind" | "minor" | "currency" | "merchant" | "occurredOn">;
}

/** What the outbox calls it. */
export const LARGE_EXPENSE = "large-expense";
/** So many of a digest are named. */
const NAMED = 5;

/**
 * Tells of those that have become large by this write: one by one, or where they are many in one digest. An expense is compared in its own currency with a
 * limit in the same one. Its message has its id from the expense: raised above the limit again it is the message that is there. `now` in milliseconds.
 */
export async function tellLargeExpenses(tx: Tx, user: string, limit: AmountOf | null, written: readonly Written[], now: number): Promise<void> {
  const parsed = limit === null ? null : parseAmount(limit.amount, limit.currency);
  if (limit === null || !parsed?.ok) return;
  const isLarge = ({ kind, minor, currency }: Amounts) => kind === "expense" && currency === limit.currency && minor >= parsed.minor;
  const large = written.filter(({ before, after }) => isLarge(after) && (before === null || !isLarge(before))).map(({ after }) => after);
  const [first, second] = large;
  if (first === undefined) return;
  const payload = second === undefined ? one(first, limit) : many(large, limit);
  await tell(tx, user, [{ id: idOf(first.id), kind: LARGE_EXPENSE, payload }], now);
}

/** Always the same for an expense, and of the time at which that was made. */
const idOf = (expenseId: string): string => uuid7(momentOf(expenseId), createHash("sha256").update(`${LARGE_EXPENSE} ${expenseId}`).digest());

const one = ({ id, minor, currency, merchant, occurredOn }: Written["after"], limit: AmountOf): Payload => ({
  v: 1,
  expenseId: id,
  amount: formatAmount(minor, currency),
  currency,
  merchant,
  occurredOn,
  limit: limit.amount,
});

function many(large: readonly Written["after"][], { amount, currency }: AmountOf): Payload {
  const largest = [...large].sort((a, b) => (a.minor > b.minor ? -1 : a.minor < b.minor ? 1 : 0)).slice(0, NAMED);
  return {
    v: 2,
    count: large.length,
    total: formatAmount(
      large.reduce((sum, { minor }) => sum + minor, 0n),
      currency,
    ),
    currency,
    limit: amount,
    largest: largest.map(({ id, minor, merchant, occurredOn }) => ({ expenseId: id, amount: formatAmount(minor, currency), merchant, occurredOn })),
  };
}
