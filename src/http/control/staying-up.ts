/** `/database/hold`, `/database/activity`, `/database/leases`: what keeps the database awake, for operators and for apps of one's own. */
import * as z from "zod/mini";
import { retryAfterSeconds } from "../../lifecycle/estimate.ts";
import { presentEstimate } from "../../lifecycle/present.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { type Caller, callerOf, operatorOf } from "../caller.ts";
import { problem, retryAfter } from "../problem.ts";
import { requireWelcome } from "../refused.ts";
import { instant, parseBody, text } from "../validate.ts";
import { type ControlDeps, intentOf, kick, refuseInWatchMode, shown, stateOf } from "./deps.ts";

const DAY_MS = 86_400_000;
/** The longest hold. */
const MAX_HOLD_MS = 7 * DAY_MS;
/** The longest lease, before it has to be renewed. */
const MAX_LEASE_MS = DAY_MS;

export const HoldBody = z.strictObject({ until: instant(), reason: z._default(z.optional(text({ max: 200 })), "") });
export const LeaseBody = z.strictObject({ why: text({ min: 1, max: 200 }), expiresAt: instant() });
export const RenewBody = z.strictObject({ expiresAt: instant() });
export const NoBody = z.strictObject({});

export function stayingUpRoutes(deps: ControlDeps): Route[] {
  return [
    { method: "PUT", path: "/database/hold", handler: (request) => hold(deps, request) },
    { method: "DELETE", path: "/database/hold", handler: (request) => unhold(deps, request) },
    { method: "POST", path: "/database/activity", handler: (request) => activity(deps, request) },
    { method: "POST", path: "/database/leases", handler: (request) => acquire(deps, request) },
    { method: "PUT", path: "/database/leases/{id}", handler: (request) => renew(deps, request) },
    { method: "DELETE", path: "/database/leases/{id}", handler: (request) => release(deps, request) },
  ];
}

function within(deps: ControlDeps, pointer: string, at: number, maximumMs: number, days: string): void {
  const now = deps.now();
  if (at <= now || at > now + maximumMs)
    throw problem("bad-fields", `${pointer} must be in the future and at most ${days} away.`, {
      errors: [{ pointer, detail: `must be in the future and at most ${days} away` }],
    });
}

/** Throws `state-unreadable` before anything is written into an item of a newer version: the writes' own conditions do not ask for it. */
const readable = async (deps: ControlDeps, caller: Caller): Promise<void> => requireWelcome(await stateOf(deps), caller, deps.now());

async function hold(deps: ControlDeps, request: ApiRequest): Promise<Reply> {
  const caller = operatorOf(request.event);
  const { until, reason } = parseBody(HoldBody, request.body);
  within(deps, "/until", until, MAX_HOLD_MS, "7 days");
  refuseInWatchMode(deps, "hold");
  await readable(deps, caller);
  const value = { until, by: caller.username, reason };
  if (await deps.store.hold(deps.databaseId, value, null)) return shown(deps, await stateOf(deps));
  await deps.store.hold(deps.databaseId, value, intentOf(deps, caller, "hold"));
  await kick(deps, "hold", caller.username);
  const state = await stateOf(deps);
  return shown(deps, state, 202, retryAfter(retryAfterSeconds(state, deps.now())));
}

async function unhold(deps: ControlDeps, request: ApiRequest): Promise<Reply> {
  const caller = operatorOf(request.event);
  refuseInWatchMode(deps, "hold");
  await readable(deps, caller);
  if (await deps.store.unhold(deps.databaseId, deps.now())) await kick(deps, "release", caller.username);
  return shown(deps, await stateOf(deps));
}

/** The same answer that a data request gets: nothing here wakes the database by itself. */
async function notServing(deps: ControlDeps): Promise<never> {
  const state = await stateOf(deps);
  throw problem("database-asleep", `The database is ${state.phase}: ${state.reason}.`, {
    extra: { phase: state.phase, estimate: presentEstimate(state) },
    headers: retryAfter(retryAfterSeconds(state, deps.now())),
  });
}

async function activity(deps: ControlDeps, request: ApiRequest): Promise<Reply> {
  const caller = callerOf(request.event);
  parseBody(NoBody, request.body ?? {});
  await readable(deps, caller);
  if (!caller.background && !(await deps.store.touch(deps.databaseId, deps.now()))) return notServing(deps);
  return shown(deps, await stateOf(deps));
}

async function acquire(deps: ControlDeps, request: ApiRequest): Promise<Reply> {
  const caller = callerOf(request.event);
  const { why, expiresAt } = parseBody(LeaseBody, request.body);
  within(deps, "/expiresAt", expiresAt, MAX_LEASE_MS, "one day");
  await readable(deps, caller);
  const id = deps.newId();
  if (await deps.store.acquire(deps.databaseId, id, { by: caller.username, sub: caller.sub, why, expiresAt }))
    return {
      status: 201,
      body: { id, by: caller.username, why, expiresAt: new Date(expiresAt).toISOString() },
      headers: { location: `/database/leases/${id}` },
    };
  const state = await stateOf(deps);
  if (state.serving) throw problem("conflict", `There are ${Object.keys(state.leases).length} leases already, which is as many as one database may have.`);
  return notServing(deps);
}

/** The lease, if it is the caller's (or an operator asks). Somebody else's is as good as none. */
async function own(deps: ControlDeps, request: ApiRequest) {
  const caller = callerOf(request.event);
  const id = request.params.id ?? "";
  const state = await stateOf(deps);
  requireWelcome(state, caller, deps.now());
  const lease = Object.hasOwn(state.leases, id) ? state.leases[id] : undefined;
  const owns = lease !== undefined && (lease.sub === undefined ? lease.by === caller.username : lease.sub === caller.sub);
  if (lease === undefined || !(owns || caller.operator)) throw problem("not-found", "There is no such lease of yours.");
  return { id, lease };
}

async function renew(deps: ControlDeps, request: ApiRequest): Promise<Reply> {
  const { id, lease } = await own(deps, request);
  const { expiresAt } = parseBody(RenewBody, request.body);
  within(deps, "/expiresAt", expiresAt, MAX_LEASE_MS, "one day");
  if (!(await deps.store.renew(deps.databaseId, id, expiresAt, deps.now())))
    throw problem("lease-gone", "The lease has ended, or the database no longer serves: the work that it protects has to stop.");
  return { status: 200, body: { id, by: lease.by, why: lease.why, expiresAt: new Date(expiresAt).toISOString() } };
}

async function release(deps: ControlDeps, request: ApiRequest): Promise<Reply> {
  const { id, lease } = await own(deps, request);
  if (await deps.store.release(deps.databaseId, id, deps.now())) await kick(deps, "release", lease.by);
  return { status: 204 };
}
