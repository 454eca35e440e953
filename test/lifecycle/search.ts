/**
 * The fence in every interleaving, on the real rules: `decide`, `transition` with the conditions of its writes, the callers' own writes, and the
 * simulated RDS. Two reconcilers that may freeze or die between any two steps, one user who asks and presses, messages that land late or never,
 * statuses that are stale. One tick is the longest request; durations of the policy are in ticks.
 *
 * Checked at every stop that lands: nobody who was let in is cut off; nobody is told that it serves; nobody was served, and it was not woken, within
 * the idle limit; at every write: no press that still counts is given up. Checked in every state with a press pending: one reconciler and time lead to
 * awake, or to attention when it has expired.
 */
import { apply, databaseUp, freshWorld, type World } from "../../local/rds/model.ts";
import { decide } from "../../src/lifecycle/decide.ts";
import type { Decision, Observation } from "../../src/lifecycle/decision.ts";
import { type Policy, policyOf } from "../../src/lifecycle/policy.ts";
import { type DatabaseState, initialState } from "../../src/lifecycle/state.ts";
import { transition } from "../../src/lifecycle/transition.ts";
import { applyWrite, type Condition, type StateWrite, touch, wake } from "../../src/lifecycle/writes.ts";

export interface SearchOptions {
  policy?: Partial<Policy>;
  /** Conditions of writes that are left out: what must turn the search red. */
  without?: (condition: Condition) => boolean;
  /** Counts the drain from the decision, before its write. */
  drainEarly?: boolean;
  /** Besides, RDS can't be asked at any look. */
  unreachable?: boolean;
  /** Leaves out the look at the clock before a stop is sent. */
  sendLate?: boolean;
  /** Gives up after so many states (the search says so). */
  limit?: number;
}

export interface Found {
  states: number;
  pending: number;
  stops: number;
  wakes: number;
  /** What went wrong, and the steps that led there; null when nothing did. */
  harm: { what: string; steps: string[] } | null;
  complete: boolean;
}

interface Rec {
  pc: "idle" | "read" | "told" | "decided" | "send";
  snap?: DatabaseState;
  status?: string | null;
  write?: StateWrite;
  decision?: Decision;
  stopBefore?: number;
}
interface State {
  now: number;
  item: DatabaseState;
  world: World;
  was: string;
  changed: number;
  net: { kind: "start" | "stop"; sent: number }[];
  recs: [Rec, Rec];
  user: { at: "out" | "read" | "in"; t: number; served: number };
  ids: number;
}

const REQUEST = 1;
const LATENCY = 1;
const STALE = 1;
const NEVER = 1e9;
const T0 = 1000;

export const tickPolicy = (idle: number): Policy => ({
  ...policyOf({ mode: "manage", idleMinutes: 1, checkMinutes: 1, drainSeconds: 1, wakeTimeoutMinutes: 1, forcedStartGraceMinutes: 1, maxBackupAgeHours: 0 }),
  idleMs: idle,
  checkMs: 1,
  drainMs: REQUEST + 1,
  wakeTimeoutMs: NEVER,
  forcedStartGraceMs: idle,
  slackMs: 0,
  stopWindowMs: 1,
  stopTimeoutMs: LATENCY,
  staleMs: STALE,
  lookMs: 1,
  outsideLookMs: 1,
  stopRetryMs: 1,
  firstWakeAttentionMs: NEVER,
  refusedAttentionMs: NEVER,
  blindAttentionMs: NEVER,
});

function initial(): State {
  const started = apply({ ...freshWorld(T0 - 100, { backupWindow: null }), pace: { startMs: 1, stopMs: 1, backupMs: 1, maintenanceMs: 1 } }, T0 - 50, {
    command: "start",
  }).world;
  const world = apply(started, T0, { tick: true }).world;
  const item: DatabaseState = {
    ...initialState("dormouse", T0),
    phase: "awake",
    serving: true,
    awakeSince: T0,
    rdsStatus: "available",
    observedAt: T0,
    period: 1,
  };
  return {
    now: T0,
    item,
    world,
    was: "available",
    changed: -NEVER,
    net: [],
    recs: [{ pc: "idle" }, { pc: "idle" }],
    user: { at: "out", t: 0, served: 0 },
    ids: 0,
  };
}

/** What of the item cannot matter here is kept still, so that the space is finite. */
const settled = (item: DatabaseState): DatabaseState => ({
  ...item,
  seq: 0,
  outbox: [],
  wakeSeconds: [],
  automaticRestartAt: null,
  lastAction: item.lastAction && { ...item.lastAction, attempts: 1 },
});

/** The world at `now`, with the change of status noted for stale looks. */
function moved(state: State, now: number, world: World): Partial<State> {
  return world.status === state.world.status ? { now, world } : { now, world, was: state.world.status, changed: now };
}

function observation(now: number, status: string | null, up: boolean | null): Observation {
  const look =
    up === null
      ? null
      : up
        ? { answered: true as const, sessions: [], newestOutsideAt: null, sessionCount: null, tidied: null }
        : { answered: false as const, why: "refused" };
  return { runner: "r", at: now, status, problem: null, automaticRestartAt: null, backupWindow: null, look, jitter: 0 };
}

export function search(options: SearchOptions & { idle: number }): Found {
  const policy = { ...tickPolicy(options.idle), ...options.policy };
  const idle = options.idle;
  const limited = (write: StateWrite): StateWrite => (options.without ? { ...write, when: write.when.filter((c) => !options.without?.(c)) } : write);

  const decided = (state: State, p: number, o: Observation): State => {
    const rec = state.recs[p] as Rec;
    const snap = rec.snap as DatabaseState;
    const decision = decide(o, snap, policy, state.now);
    if (decision.action === "look") return withRec(state, p, { pc: "told", snap, status: o.status });
    const stopId = `s${state.ids + 1}`;
    const { write: real } = transition(snap, o, decision, policy, { now: state.now, stopId, cause: { kind: "timer", by: "t" }, timerAt: null, watcher: null });
    const early = options.drainEarly && decision.action === "drain" ? { ...(real.set.stop as object), drainUntil: state.now + policy.drainMs } : null;
    const write = early ? { ...real, set: { ...real.set, stop: early } } : real;
    return {
      ...withRec(state, p, { pc: "decided", snap, write: limited(write), decision, stopBefore: state.now + policy.stopWindowMs }),
      ids: state.ids + (decision.action === "drain" ? 1 : 0),
    };
  };

  function* nexts(state: State): Generator<[string, State, string?]> {
    const { item, user, net, recs, now, world } = state;
    const requestDue = user.at === "in" && user.t + REQUEST <= now;
    if (!requestDue && !net.some(({ sent }) => sent + LATENCY <= now))
      yield ["tick", { ...state, ...moved(state, now + 1, apply(world, now + 1, { tick: true }).world) }];

    for (const [k, { kind }] of net.entries()) {
      const action = kind === "stop" ? "StopDBInstance" : "StartDBInstance";
      const after = apply(world, now, { action, input: { DBInstanceIdentifier: world.id } }).world;
      let harm: string | undefined;
      if (kind === "stop" && after.status === "stopping" && world.status !== "stopping") {
        if (user.at === "in") harm = "a request was cut off";
        else if (item.serving) harm = "stopped while it says that it serves";
        else if (user.served && now - user.served < idle) harm = "stopped within the idle limit of a request";
        else if (item.awakeSince && now - item.awakeSince < idle) harm = "stopped just after a wake";
      }
      yield [`${kind} lands`, { ...state, ...moved(state, now, after), net: net.filter((_, i) => i !== k) }, harm];
    }

    // A background request reads and does not touch: nothing but the drain protects it.
    if (user.at === "out" && item.serving) yield ["background user is served", { ...state, user: { ...user, at: "in", t: now } }];
    if (user.at === "out" && item.serving) yield ["user reads: serving", { ...state, user: { ...user, at: "read", t: now } }];
    if (user.at === "read") {
      const touched = applyWrite(item, limited(touch(now)));
      // Refused because the activity time is not older is success, as in the adapter: it serves, and somebody touched at this very moment.
      const letIn = touched !== null || (item.serving && (item.lastActivityAt ?? 0) >= now);
      yield letIn
        ? ["user touches and is served", { ...state, item: touched ?? item, user: { at: "in", t: now, served: now } }]
        : ["user is refused", { ...state, user: { ...user, at: "out" } }];
    }
    if (user.at === "in") yield ["user is done", { ...state, user: { ...user, at: "out" } }];
    if (user.at === "out" && !item.serving) {
      const pressed = applyWrite(item, limited(wake({ id: `w${state.ids + 1}`, by: "ann", cause: "button", at: now, expiresAt: now + policy.wakeTimeoutMs })));
      if (pressed !== null) yield ["user presses", { ...state, ids: state.ids + 1, item: pressed }];
    }

    for (const p of [0, 1]) {
      const r = recs[p] as Rec;
      if (r.pc === "idle") yield [`R${p} reads ${item.phase}`, withRec(state, p, { pc: "read", snap: item })];
      if (r.pc === "read")
        for (const status of new Set([world.status, ...(now - state.changed <= STALE ? [state.was] : []), ...(options.unreachable ? [null] : [])])) {
          const after = decided(state, p, observation(state.now, status, null));
          yield [`R${p} is told ${status} and decides ${after.recs[p]?.decision?.action ?? "to look"}`, after];
        }
      // SELECT 1 can't be stale.
      if (r.pc === "told") {
        const after = decided(state, p, observation(state.now, r.status ?? null, databaseUp(world)));
        yield [`R${p} looks and decides ${after.recs[p]?.decision?.action}`, after];
      }
      if (r.pc === "decided" && r.write && r.decision) {
        const after = applyWrite(item, r.write);
        const { action } = r.decision;
        if (after === null) yield [`R${p} is refused`, withRec(state, p, { pc: "idle" })];
        else {
          const sends = action === "start" || action === "stop";
          const fresh = after.wake === null && item.wake !== null && item.wake.expiresAt > now && !after.serving;
          const harm = fresh ? "a press that still counts was given up" : undefined;
          yield [
            `R${p} writes ${action}: ${after.phase}`,
            { ...withRec(state, p, sends ? { pc: "send", decision: r.decision, stopBefore: r.stopBefore ?? 0 } : { pc: "idle" }), item: settled(after) },
            harm,
          ];
        }
      }
      if (r.pc === "send" && r.decision) {
        const kind = r.decision.action === "stop" ? "stop" : "start";
        const inTime = kind === "start" || options.sendLate || now < (r.stopBefore ?? 0);
        const there = net.length < 2;
        yield [
          `R${p} ${inTime ? `sends the ${kind}` : "is too late to stop"}`,
          { ...withRec(state, p, { pc: "idle" }), net: inTime && there ? [...net, { kind, sent: now }] : net },
        ];
        yield [`R${p} dies before it sends`, withRec(state, p, { pc: "idle" })];
      }
    }
  }

  const fates = new Map<string, boolean>();
  /** From here, with one fair reconciler and time, is the database awake in the end? What the others were about to do does not matter, so many states have one fate. */
  function leadsToAwake(from: State): boolean {
    const alone: State = { ...from, recs: [{ pc: "idle" }, { pc: "idle" }], user: { ...from.user, at: "out" } };
    const k = key(alone, idle, limited);
    const fate = fates.get(k) ?? awakens(alone);
    fates.set(k, fate);
    return fate;
  }

  function awakens(from: State): boolean {
    let s = from;
    for (let step = 0; step < 60; step++) {
      if (s.item.phase === "awake" && s.item.serving && s.item.wake === null && databaseUp(s.world)) return true;
      if (s.item.wake === null && s.item.attention?.code === "wake-expired") return true;
      for (const { kind } of s.net) {
        const action = kind === "stop" ? "StopDBInstance" : "StartDBInstance";
        s = { ...s, ...moved(s, s.now, apply(s.world, s.now, { action, input: { DBInstanceIdentifier: s.world.id } }).world) };
      }
      s = withRec({ ...s, net: [] }, 0, { pc: "read", snap: s.item });
      s = decided(s, 0, observation(s.now, s.world.status, null));
      if (s.recs[0].pc === "told") s = decided(s, 0, observation(s.now, s.world.status, databaseUp(s.world)));
      const { write, decision, stopBefore } = s.recs[0];
      const after = write ? applyWrite(s.item, write) : null;
      if (after !== null) {
        const kind = decision?.action === "start" ? "start" : decision?.action === "stop" && s.now < (stopBefore ?? 0) ? "stop" : null;
        s = { ...s, item: settled(after), net: kind ? [{ kind, sent: s.now }] : [] };
      }
      s = { ...s, ...moved(s, s.now + 1, apply(s.world, s.now + 1, { tick: true }).world) };
    }
    return false;
  }

  const parents = new Map<string, [string, string] | null>();
  const first = initial();
  const firstKey = key(first, idle, limited);
  parents.set(firstKey, null);
  const queue: ([string, State] | undefined)[] = [[firstKey, first]];
  const found: Found = { states: 0, pending: 0, stops: 0, wakes: 0, harm: null, complete: true };
  const path = (at: string, last: string[] = []): string[] => {
    const steps = [...last];
    for (let k: string | undefined = at; k !== undefined; ) {
      const parent: [string, string] | null | undefined = parents.get(k);
      if (!parent) break;
      steps.unshift(parent[1]);
      k = parent[0];
    }
    return steps;
  };
  for (let q = 0; q < queue.length; q++) {
    const [k, state] = queue[q] as [string, State];
    queue[q] = undefined;
    if (state.item.wake !== null) {
      found.pending++;
      if (!leadsToAwake(state)) {
        found.harm = { what: "a press is lost", steps: path(k) };
        break;
      }
    }
    for (const [what, after, harm] of nexts(state)) {
      if (what === "stop lands" && after.world.status === "stopping") found.stops++;
      if (what.includes("writes serve")) found.wakes++;
      if (harm) {
        found.harm = { what: harm, steps: path(k, [`${state.now - T0}: ${what}`]) };
        break;
      }
      const nk = key(after, idle, limited);
      if (parents.has(nk)) continue;
      parents.set(nk, [k, `${state.now - T0}: ${what}`]);
      queue.push([nk, after]);
    }
    if (found.harm) break;
    if (options.limit && parents.size > options.limit) {
      found.complete = false;
      break;
    }
  }
  found.states = parents.size;
  return found;
}

function withRec(state: State, p: number, rec: Rec): State {
  return { ...state, recs: p === 0 ? [rec, state.recs[1]] : [state.recs[0], rec] };
}

/**
 * Only differences of time and equality of ids matter: so seen, the space is finite, and the search has no horizon. A reconciler whose write is bound to
 * be refused is one that has not begun.
 */
function key(s: State, idle: number, conditions: (write: StateWrite) => StateWrite): string {
  const ago = (t: number | null, far = idle) => (t === null ? "-" : Math.min(s.now - t, far));
  const ahead = (t: number | null | undefined) => (t === null || t === undefined ? "-" : Math.max(t - s.now, -LATENCY - STALE - 2));
  const seen = (i: DatabaseState) =>
    [
      i.phase[0],
      i.phase[2],
      +i.serving,
      i.wake ? (i.wake.id === s.item.wake?.id ? 1 : 2) : 0,
      i.wake ? +(i.wake.at > (i.observedAt ?? 0)) : 0,
      i.wake && i.wake.expiresAt < NEVER ? Math.max(0, i.wake.expiresAt - s.now) : 0,
      i.stop ? `${i.stop.stage[0]}${i.stop.id === s.item.stop?.id}${ahead(i.stop.drainUntil)}${ahead(i.stop.stopBefore)}` : 0,
      +(i.rev === s.item.rev),
      +(i.turn === s.item.turn),
      ago(Math.max(i.lastActivityAt ?? 0, i.lastWakeAt ?? 0, i.awakeSince ?? 0)),
      +((i.lastActivityAt ?? 0) >= s.now),
      ago(i.awakeSince),
      i.lastAction ? i.lastAction.kind + ago(i.lastAction.at, STALE + 1) : 0,
      i.phase === "asleep" ? ago(i.phaseSince, STALE + 1) : 0,
      i.rdsStatus,
    ].join();
  const holdsStill = conditions({ set: {}, when: [{ path: "turn", is: "equals", value: s.item.turn }] }).when.length > 0;
  const rec = (r: Rec) => {
    if (r.pc === "idle") return "i";
    if (r.pc === "send") return `s${r.decision?.action}${ahead(r.stopBefore)}`;
    if (holdsStill && r.snap?.turn !== s.item.turn) return "i";
    if (r.pc !== "decided") return [r.pc, r.snap ? seen(r.snap) : 0, r.status ?? ""].join();
    const { set, when } = r.write as StateWrite;
    if (when.some((c) => c.path === "rev") && r.snap?.rev !== s.item.rev) return "i";
    const stop = set.stop as DatabaseState["stop"] | undefined;
    return [
      "d",
      r.decision?.action,
      r.decision?.phase,
      +(r.decision?.serving ?? false),
      when.map((c) => c.path).join("+"),
      ...("wake" in set ? [r.snap?.wake?.id === s.item.wake?.id] : []),
      holdsStill ? "" : seen(r.snap as DatabaseState),
      ahead(set.observedAt as number),
      stop ? `${ahead(stop.drainUntil)}${ahead(stop.stopBefore)}` : "",
      set.awakeSince === undefined ? "" : ago(set.awakeSince as number | null),
      set.lastAction ? ago((set.lastAction as { at: number }).at, STALE + 1) : "",
      set.rdsStatus,
      ahead(r.stopBefore),
    ].join();
  };
  const world = `${s.world.status}${s.world.next ? ahead(s.world.next.at) : ""}`;
  const recent = s.now - s.changed <= STALE ? `${s.was}${s.now - s.changed}` : 0;
  const net = s.net.map((m) => m.kind + (s.now - m.sent)).sort();
  const user = [s.user.at, s.user.at === "in" ? s.now - s.user.t : 0, s.user.served ? ago(s.user.served) : -1];
  return [seen(s.item), world, recent, net.join(), s.recs.map(rec).sort().join(";"), user.join()].join("|");
}
