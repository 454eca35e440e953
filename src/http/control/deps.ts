/** What the control plane's routes are made of. */
import type { Policy } from "../../lifecycle/policy.ts";
import type { CallerStore, LedgerReader, Reconciler, WakeBudget } from "../../lifecycle/ports.ts";
import { presentDatabase } from "../../lifecycle/present.ts";
import { type DatabaseState, initialState, UnknownVersion, type WakeCause, type WakeIntent } from "../../lifecycle/state.ts";
import type { ApiLogger, Reply } from "../api.ts";
import type { Caller } from "../caller.ts";
import { problem } from "../problem.ts";

export interface ControlDeps {
  databaseId: string;
  policy: Policy;
  store: CallerStore;
  reconciler: Reconciler;
  ledger: LedgerReader;
  budget: WakeBudget;
  wakesPerUserPerDay: number;
  /** US dollars. */
  pricePerHour: number;
  now(): number;
  newId(): string;
  logger: ApiLogger;
}

/** The state, or what it is before anybody looked. Throws the problem `state-unreadable` for an item of a newer version. */
export async function stateOf({ store, databaseId, now }: ControlDeps): Promise<DatabaseState> {
  try {
    return (await store.read(databaseId)) ?? initialState(databaseId, now());
  } catch (error) {
    if (error instanceof UnknownVersion)
      throw problem("state-unreadable", "The database's state was written by a newer version of Dormouse; nothing is started or stopped by this one.", {
        cause: error,
      });
    throw error;
  }
}

export const shown = (deps: ControlDeps, state: DatabaseState, status = 200, headers: Record<string, string> = {}): Reply => ({
  status,
  body: presentDatabase(state, deps.policy, deps.now()),
  headers,
});

export function intentOf({ newId, now, policy }: ControlDeps, caller: Caller, cause: WakeCause): WakeIntent {
  const at = now();
  return { id: newId(), by: caller.username, cause, at, expiresAt: at + policy.wakeTimeoutMs };
}

/** Calls for a reconcile. The intent stands in the state, so a call that is lost only costs time: the scheduled check finds it. */
export async function kick({ reconciler, databaseId, logger }: ControlDeps, kind: "button" | "hold" | "stop" | "release", by: string): Promise<void> {
  try {
    await reconciler.kick({ databaseId, cause: { kind, by } });
  } catch (error) {
    logger.error("reconcile could not be called", { error: error instanceof Error ? error.message : String(error) });
  }
}

export function refuseInWatchMode(deps: ControlDeps, what: string): void {
  if (deps.policy.mode === "watch")
    throw problem("watch-mode", `Dormouse only watches this database (mode "watch"), so it does not ${what} it. Set the mode to "manage" to let it act.`);
}
