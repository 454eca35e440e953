/** The control plane's routes behind the real API, with a store in memory that applies the real writes under their real conditions. */
import { type ApiHandler, api } from "../../../src/http/api.ts";
import { databaseRoutes } from "../../../src/http/control/database.ts";
import type { ControlDeps } from "../../../src/http/control/deps.ts";
import { historyRoutes } from "../../../src/http/control/history.ts";
import { meRoutes } from "../../../src/http/control/me.ts";
import { stayingUpRoutes } from "../../../src/http/control/staying-up.ts";
import { policyOf } from "../../../src/lifecycle/policy.ts";
import type { CallerStore, MonthTotals, Outcome, ReconcileEvent } from "../../../src/lifecycle/ports.ts";
import { type DatabaseState, initialState, type LedgerEntry, parseState } from "../../../src/lifecycle/state.ts";
import * as writes from "../../../src/lifecycle/writes.ts";
import { type Answer, type Call, send } from "../events.ts";
import { memoryProfiles } from "./profile-store.ts";

export const NOW = Date.UTC(2026, 10, 21, 9);
export const HOUR = 3_600_000;
export const iso = (at: number) => new Date(at).toISOString();

export const settings = {
  mode: "manage" as "manage" | "watch",
  idleMinutes: 60,
  checkMinutes: 15,
  drainSeconds: 20,
  wakeTimeoutMinutes: 60,
  forcedStartGraceMinutes: 10,
  maxBackupAgeHours: 168,
};

/** Awake since an hour, and in use. */
export const awake: Partial<DatabaseState> = {
  phase: "awake",
  phaseSince: NOW - HOUR,
  awakeSince: NOW - HOUR,
  serving: true,
  period: 1,
  rdsStatus: "available",
  observedAt: NOW - 1000,
  lastActivityAt: NOW - 60_000,
  code: "in-use",
  reason: "sleeps at 10:00 UTC if nobody uses it",
};
export const asleep: Partial<DatabaseState> = {
  phase: "asleep",
  phaseSince: NOW - 2 * HOUR,
  rdsStatus: "stopped",
  code: "asleep",
  reason: "asleep; nobody asked for it",
};
export const intent = (more: Partial<NonNullable<DatabaseState["wake"]>> = {}): NonNullable<DatabaseState["wake"]> => ({
  id: "earlier",
  by: "bob",
  cause: "button",
  at: NOW - 1000,
  expiresAt: NOW + HOUR,
  ...more,
});

export interface Memory {
  handler: ApiHandler;
  /** The item as it lies in the table; null before the first look. Any shape, for items of another version. */
  item: DatabaseState | null;
  now: number;
  /** Writes that were accepted. */
  writes: number;
  kicks: ReconcileEvent[];
  asks: ReconcileEvent[];
  /** Charges of the budget, by user. */
  charges: Record<string, number>;
  entries: LedgerEntry[];
  totals: MonthTotals[];
  months(): Promise<MonthTotals[]>;
  logged: { message: string; extra: Record<string, unknown> }[];
  /** Accepts a write or refuses it, as the table would. */
  write(write: writes.StateWrite): Promise<boolean>;
  /** What the reconciler answers when it is asked. */
  onAsk(event: ReconcileEvent): Promise<Outcome>;
  ann(call: Call): Promise<Answer>;
  ben(call: Call): Promise<Answer>;
  olga(call: Call): Promise<Answer>;
}

/** The database sends no signal of its own in memory: a turn of the event loop stands for the network, so that calls interleave. */
const network = () => new Promise((resolve) => setImmediate(resolve));

function callerStore(memory: Memory): CallerStore {
  const read = async () => {
    await network();
    return memory.item === null ? null : parseState(structuredClone(memory.item) as unknown as Record<string, unknown>);
  };
  const ensure = async (databaseId: string, at: number) => {
    await memory.write(writes.create(initialState(databaseId, at)));
    return (await read()) ?? initialState(databaseId, at);
  };
  return {
    read,
    ensure,
    async touch(_, now) {
      if (await memory.write(writes.touch(now))) return true;
      const state = await read();
      return state?.serving === true && (state.lastActivityAt ?? 0) >= now;
    },
    countSession: async () => void (await memory.write(writes.countSession())),
    async wake(databaseId, wanted) {
      if (memory.item === null) await ensure(databaseId, wanted.at);
      return memory.write(writes.wake(wanted));
    },
    acquire: (_, id, lease) => memory.write(writes.acquire(id, lease)),
    renew: (_, id, expiresAt, now) => memory.write(writes.renew(id, expiresAt, now)),
    release: (_, id, now) => memory.write(writes.release(id, now)),
    async hold(databaseId, value, wanted) {
      if (wanted !== null && memory.item === null) await ensure(databaseId, wanted.at);
      return memory.write(writes.hold(value, wanted));
    },
    unhold: (_, now) => memory.write(writes.unhold(now)),
    requestStop: (_, request) => memory.write(writes.requestStop(request)),
  };
}

export function control(state: Partial<DatabaseState> | null, more: { mode?: "manage" | "watch"; wakesPerUserPerDay?: number } = {}): Memory {
  let ids = 0;
  const charged = new Set<string>();
  const claims = (name: string, groups?: string) => ({ sub: `s-${name}`, username: name, ...(groups ? { "cognito:groups": groups } : {}) });
  const memory: Memory = {
    item: state === null ? null : { ...initialState("dormouse", NOW - 24 * HOUR), ...state },
    now: NOW,
    writes: 0,
    kicks: [],
    asks: [],
    charges: {},
    entries: [],
    totals: [],
    months: async () => memory.totals,
    logged: [],
    async write(write) {
      await network();
      const after = writes.applyWrite(memory.item, write);
      if (after === null) return false;
      memory.item = after;
      memory.writes++;
      return true;
    },
    onAsk: async () => ({ phase: "falling-asleep", action: "drain", code: "stop-requested", reason: "olga asked for sleep", blockers: [] }),
    ann: (call) => send(memory.handler, { ...call, claims: claims("ann") }),
    ben: (call) => send(memory.handler, { ...call, claims: claims("ben") }),
    olga: (call) => send(memory.handler, { ...call, claims: claims("olga", "[operators other]") }),
    handler: async () => ({ statusCode: 0 }),
  };
  const deps: ControlDeps = {
    databaseId: "dormouse",
    policy: policyOf({ ...settings, mode: more.mode ?? "manage" }),
    store: callerStore(memory),
    reconciler: {
      async kick(event) {
        memory.kicks.push(event);
      },
      async ask(event) {
        memory.asks.push(event);
        return memory.onAsk(event);
      },
    },
    ledger: {
      entries: async (_, limit, before) => memory.entries.filter(({ seq }) => before === null || seq < before).slice(0, limit),
      months: () => memory.months(),
    },
    budget: {
      async allows(sub, limit) {
        await network();
        return (memory.charges[sub] ?? 0) < limit;
      },
      async charge(sub, wakeId) {
        await network();
        if (charged.has(`${sub} ${wakeId}`)) return;
        charged.add(`${sub} ${wakeId}`);
        memory.charges[sub] = (memory.charges[sub] ?? 0) + 1;
      },
    },
    wakesPerUserPerDay: more.wakesPerUserPerDay ?? 30,
    pricePerHour: 0.018,
    now: () => memory.now,
    newId: () => `id-${++ids}`,
    logger: {
      info: () => {},
      error: (message, extra) => void memory.logged.push({ message, extra }),
    },
  };
  const me = { profiles: memoryProfiles(), addressOf: async () => null, now: deps.now, logger: deps.logger };
  memory.handler = api([...databaseRoutes(deps), ...stayingUpRoutes(deps), ...historyRoutes(deps), ...meRoutes(me)], { logger: deps.logger });
  return memory;
}

export const post = (path: string, body?: unknown, headers: Record<string, string> = {}): Call => ({
  method: "POST",
  path,
  ...(body === undefined ? { headers } : { body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } }),
});
export const put = (path: string, body: unknown): Call => ({ ...post(path, body), method: "PUT" });
export const del = (path: string): Call => ({ method: "DELETE", path });
