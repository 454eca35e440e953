/** A write that changes what counts as spent: in its transaction budgets' thresholds are looked at, by the user's own calendar, and what is large is told. */
import { tellLargeExpenses, type Written } from "../../database/large-expenses.ts";
import { checkThresholds, type Touched, watchOf } from "../../database/thresholds.ts";
import type { Tx } from "../../database/users.ts";
import type { ApiRequest, Reply } from "../api.ts";
import { type Caller, callerOf } from "../caller.ts";
import type { FinanceDeps } from "./deps.ts";

/** Call it once, after the last write. `written`: expenses that were made or changed. */
export type Check = (touched: Touched, written?: readonly Written[]) => Promise<void>;

/** `deps.write`, with the profile read beside the admission rather than inside the transaction. */
export async function watchedWrite(deps: FinanceDeps, request: ApiRequest, work: (tx: Tx, caller: Caller, check: Check) => Promise<Reply>): Promise<Reply> {
  const profile = deps.profiles.read(callerOf(request.event).sub);
  // Whoever is not let in never asks for it.
  profile.catch(() => {});
  return deps.write(request, async (tx, caller) => {
    const { calendar, largeExpense } = await profile;
    const watch = watchOf({ calendar }, deps);
    return work(tx, caller, async (touched, written = []) => {
      await checkThresholds(tx, caller.sub, watch, touched);
      await tellLargeExpenses(tx, caller.sub, largeExpense, written, watch.now);
    });
  });
}
