/** `/database`, `/database/start`, `/database/stop`. */
import * as z from "zod/mini";
import { retryAfterSeconds } from "../../lifecycle/estimate.ts";
import { liveWake } from "../../lifecycle/idle.ts";
import type { Outcome } from "../../lifecycle/ports.ts";
import { presentUnknown } from "../../lifecycle/present.ts";
import { type DatabaseState, initialState, UnknownVersion } from "../../lifecycle/state.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { callerOf, operatorOf } from "../caller.ts";
import { problem, retryAfter } from "../problem.ts";
import { requireWelcome } from "../refused.ts";
import { parseBody } from "../validate.ts";
import { type ControlDeps, intentOf, kick, refuseInWatchMode, shown, stateOf } from "./deps.ts";

export const StopBody = z.strictObject({ force: z._default(z.optional(z.boolean("must be true or false")), false) });
export const NoBody = z.strictObject({});

/** A pending wake that nobody seems to be working on is called for again after this (ms). */
const QUIET_WAKE_MS = 10_000;

export function databaseRoutes(deps: ControlDeps): Route[] {
  return [
    { method: "GET", path: "/database", handler: (request) => get(deps, request) },
    { method: "POST", path: "/database/start", handler: (request) => start(deps, request) },
    { method: "POST", path: "/database/stop", handler: (request) => stop(deps, request) },
  ];
}

async function get(deps: ControlDeps, request: ApiRequest): Promise<Reply> {
  // The gateway's `$default` is public and ends here too: `/database/` is a path that it does not know, and the router does.
  const caller = callerOf(request.event);
  try {
    const state = await deps.store.read(deps.databaseId);
    requireWelcome(state ?? {}, caller, deps.now());
    return shown(deps, state ?? initialState(deps.databaseId, deps.now()));
  } catch (error) {
    if (error instanceof UnknownVersion) return { status: 200, body: presentUnknown(error.item, deps.databaseId, deps.policy, deps.now()) };
    throw error;
  }
}

const waking = (deps: ControlDeps, state: DatabaseState): Reply => shown(deps, state, 202, retryAfter(retryAfterSeconds(state, deps.now())));

/** The button. "Awake" is said only after a conditional touch; otherwise an intent is written, once, however many press. */
async function start(deps: ControlDeps, request: ApiRequest): Promise<Reply> {
  const caller = callerOf(request.event);
  parseBody(NoBody, request.body ?? {});
  refuseInWatchMode(deps, "start");
  const state = await stateOf(deps);
  requireWelcome(state, caller, deps.now());
  if (caller.background) throw problem("conflict", "A background request (Dormouse-Background: ?1) does not wake the database.");
  if (state.serving && (await deps.store.touch(deps.databaseId, deps.now()))) return shown(deps, await stateOf(deps));
  return wake(deps, caller, state);
}

async function wake(deps: ControlDeps, caller: ReturnType<typeof callerOf>, state: DatabaseState): Promise<Reply> {
  const now = deps.now();
  const pending = liveWake(state, now);
  if (pending !== null) {
    const watched = state.watcher !== null && state.watcher.until > now;
    if (!watched && now - pending.at > QUIET_WAKE_MS) await kick(deps, "button", caller.username);
    return waking(deps, state);
  }
  if (!caller.operator && !(await deps.budget.allows(caller.sub, deps.wakesPerUserPerDay, now)))
    throw problem(
      "too-many-wakes",
      `You have woken the database ${deps.wakesPerUserPerDay} times today (UTC), which is as often as one person may. Ask an operator, or wait until tomorrow.`,
      {
        headers: retryAfter((86_400_000 - (now % 86_400_000)) / 1000),
      },
    );
  const intent = intentOf(deps, caller, "button");
  if (await deps.store.wake(deps.databaseId, intent)) {
    await kick(deps, "button", caller.username);
    if (!caller.operator)
      await deps.budget
        .charge(caller.sub, intent.id, now)
        .catch((error) => deps.logger.error("a wake could not be counted", { error: error instanceof Error ? error.message : String(error) }));
  }
  return waking(deps, await stateOf(deps));
}

const refused = ({ reason, blockers }: Pick<Outcome, "reason" | "blockers">) => problem("stop-refused", `${reason}.`, { extra: { blockers } });

/** Sleep now. The reconciler decides: it alone can look for sessions that did not come through here. */
async function stop(deps: ControlDeps, request: ApiRequest): Promise<Reply> {
  const caller = operatorOf(request.event);
  const { force } = parseBody(StopBody, request.body ?? {});
  refuseInWatchMode(deps, "stop");
  const state = await stateOf(deps);
  requireWelcome(state, caller, deps.now());
  if (state.phase === "asleep" && liveWake(state, deps.now()) === null) return shown(deps, state);
  if (state.phase === "falling-asleep" && liveWake(state, deps.now()) === null) return shown(deps, state, 202);
  if (state.phase !== "awake")
    throw problem("conflict", "The database is waking; RDS stops an instance only once it is available.", { extra: { phase: state.phase } });

  const id = deps.newId();
  const asked = await deps.store.requestStop(deps.databaseId, { id, by: caller.username, at: deps.now(), force });
  if (asked) {
    const outcome = await deps.reconciler.ask({ databaseId: deps.databaseId, cause: { kind: "stop", by: caller.username } }).catch((error) => {
      throw problem("unavailable", "The reconciler did not answer. The stop stands for two minutes and may still be carried out.", {
        cause: error,
        headers: retryAfter(5),
      });
    });
    if (outcome.action === "refuse" && outcome.blockers.length > 0) throw refused(outcome);
    // Another run may have met the request first, and refused it.
    const { stopRefused } = await stateOf(deps);
    if (stopRefused?.id === id) throw refused(stopRefused);
    await kick(deps, "stop", caller.username);
  }
  const after = await stateOf(deps);
  return shown(deps, after, after.phase === "asleep" ? 200 : 202);
}
