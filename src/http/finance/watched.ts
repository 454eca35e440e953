/** A write that changes what counts as spent: budgets' thresholds are looked at in its transaction, by the user's own calendar. */
import { checkThresholds, type Touched, watchOf } from "../../database/thresholds.ts";
import type { Tx } from "../../database/users.ts";
import type { ApiRequest, Reply } from "../api.ts";
import { type Caller, callerOf } from "../caller.ts";
import type { FinanceDeps } from "./deps.ts";

/** Call it once, after the last write. */
export type Check = (touched: Touched) => Promise<void>;

/** `deps.write`, with the profile read beside the admission rather than inside the transaction. */
export async function watchedWrite(deps: FinanceDeps, request: ApiRequest, work: (tx: Tx, caller: Caller, check: Check) => Promise<Reply>): Promise<Reply> {
  const profile = deps.profiles.read(callerOf(request.event).sub);
  // Whoever is not let in never asks for it.
  profile.catch(() => {});
  return deps.write(request, async (tx, caller) => {
    const watch = watchOf(await profile, deps);
    return work(tx, caller, (touched) => checkThresholds(tx, caller.sub, watch, touched));
  });
}
