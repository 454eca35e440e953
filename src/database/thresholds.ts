/** Budgets' thresholds, looked at in the transaction that writes. */
import type { Transaction } from "kysely";
import { type Calendar, type Day, todayIn } from "../finance/periods.ts";
import type { Tables } from "./schema.ts";

/** When a write happens, for whom: the user's own day, and how they count time. */
export interface Watch {
  /** The user's. */
  today: Day;
  calendar: Calendar;
  /** Milliseconds since the epoch. */
  now: number;
  /** A new UUID, version 7. */
  newId(): string;
}

export function watchOf({ calendar }: { calendar: Calendar }, deps: { now(): number; newId(): string }): Watch {
  const now = deps.now();
  return { today: todayIn(calendar.timeZone, now), calendar, now, newId: () => deps.newId() };
}

/** What a write touched: the old place of an expense and the new one. `everything`: a rate or the tree of categories, which count for whatever is there. */
export type Touched = readonly { categoryId: string | null; occurredOn: Day }[] | "everything";

/**
 * Tells of thresholds that this transaction's write has crossed. Call it once in a transaction, after its last write.
 */
export async function checkThresholds(_tx: Transaction<Tables>, _user: string, _watch: Watch, _touched: Touched): Promise<void> {}
