/**
 * The one path of every trigger: observe, decide, act, record. It may run twice, late or out of order, and be killed at any line: every write
 * is conditional, every effect is repeated or undone by the next run. I/O comes in by ports; what to do is decided in `decide`.
 */
import { decide } from "./decide.ts";
import type { Decision, Observation } from "./decision.ts";
import type { Policy } from "./policy.ts";
import type { AwakeHook, Instance, Invocation, LedgerWriter, Outcome, Prober, ReconcileEvent, ReconcilerStore, Timer } from "./ports.ts";
import { type DatabaseState, UnknownVersion } from "./state.ts";
import { transition } from "./transition.ts";
import { turn } from "./writes.ts";

export interface Ports {
  store: ReconcilerStore;
  instance: Instance;
  prober: Prober;
  timer: Timer;
  ledger: LedgerWriter;
  /** Null where nobody waits. */
  hook: AwakeHook | null;
  run: Invocation;
  /**
   * Told of every decision that was written, and of everything that failed on the way and was survived. `wokeMs` when with this decision a wake came about
   * that somebody had asked for: from the press to serving.
   */
  report(what: { decision: Decision; state: DatabaseState; wokeMs?: number } | { failed: string; error: unknown }): void;
}

/** A run waits for the next look inside its own invocation when it is this near (ms); else the timer calls. */
const WAIT_MS = 90_000;
/** One-off timers come to the minute: they are set earlier by one, and the run waits out the rest (ms). */
const TIMER_LEAD_MS = 60_000;
/** What a run keeps in hand for a probe and its writes (ms). */
const RESERVE_MS = 60_000;
const MAX_REFUSALS = 20;
/** The least between two looks after doing nothing (ms). */
const MIN_PAUSE_MS = 200;

export async function reconcile(ports: Ports, policy: Policy, event: ReconcileEvent): Promise<Outcome> {
  const { store, run, report } = ports;
  const { databaseId } = event;
  const runner = run.newId();
  let lookFirst = event.cause.kind === "look" || event.cause.kind === "schedule";
  // A timer that has called is over, whatever its time says: it comes to the minute.
  let timerSpent = event.cause.kind === "timer";
  let refusals = 0;
  // Tidyings of this run that no accepted write tells of.
  let unrecorded = 0;
  for (;;) {
    let state: DatabaseState;
    try {
      state = (await store.read(databaseId)) ?? (await store.ensure(databaseId, run.now()));
    } catch (error) {
      if (!(error instanceof UnknownVersion)) throw error;
      // Trying again would not make it readable. `GET /database` shows it as attention.
      report({ failed: "state", error });
      return { phase: "awake", action: "none", code: "unknown-version", reason: error.message, blockers: [] };
    }
    const observation = { ...(await observe(ports, databaseId, runner)), unrecorded };
    let decision = decide(observation, state, policy, run.now());
    if (decision.action === "look" || (lookFirst && state.phase === "awake" && observation.status !== null)) {
      await lookInside(ports, policy, state, observation, decision.action === "look" ? decision : { quietMs: policy.idleMs });
      decision = decide(observation, state, policy, run.now());
    }
    const now = run.now();
    const waits = !event.once && waitsHere(state, decision, runner, now, run.remainingMs());
    const timerAt = await setTimer(ports, timerSpent ? { ...state, timerAt: null } : state, decision, runner, waits, event.once === true, now);
    const watcher = waits ? { id: runner, until: (decision.nextCheckAt ?? now) + 10_000 } : state.watcher?.id === runner ? null : state.watcher;
    const { write, next } = transition(state, observation, decision, policy, { now, stopId: run.newId(), cause: event.cause, timerAt, watcher });
    if (!(await store.write(databaseId, write))) {
      // Somebody spoke, or another run acted, since the read: look again. This is how of two runs one acts.
      if (++refusals > MAX_REFUSALS) return outcome(state, decision);
      // The timer may have been moved, and the state does not say so.
      timerSpent = true;
      if (observation.look?.answered && observation.look.tidied !== null) unrecorded++;
      await run.sleep(20 + run.random() * 80 * Math.min(refusals, 10));
      continue;
    }
    // A new awake period, and not one that goes on after a press during the drain.
    const woke = state.wake !== null && next.awakeSince !== null && next.awakeSince !== state.awakeSince ? { wokeMs: now - state.wake.at } : {};
    const beganToServe = next.serving && !state.serving;
    state = next;
    timerSpent = false;
    if (observation.look?.answered) unrecorded = 0;
    lookFirst = false;
    report({ decision, state, ...woke });
    if (beganToServe) await tell(ports, databaseId);
    state = await act(ports, policy, state, decision);
    state = await flush(ports, state);

    const answered = !event.once || state.stopRequest === null || decision.action === "none";
    if (event.once && answered) return outcome(state, decision);
    if (decision.nextCheckAt === null || (!waits && !event.once && decision.nextCheckAt > run.now())) return outcome(state, decision);
    if (run.remainingMs() < RESERVE_MS) return outcome(state, decision);
    // A decision to do nothing never leads to another without a pause.
    const pause = decision.action === "none" ? MIN_PAUSE_MS : 0;
    await run.sleep(Math.max(pause, decision.nextCheckAt - run.now()));
  }
}

const outcome = (state: DatabaseState, decision: Decision): Outcome => ({
  phase: state.phase,
  action: decision.action,
  code: decision.code,
  reason: decision.reason,
  blockers: decision.blockers ?? [],
});

async function observe({ instance, run, report }: Ports, databaseId: string, runner: string): Promise<Observation> {
  const seen = { runner, at: run.now(), look: null, jitter: run.random() };
  try {
    return { ...seen, problem: null, ...(await instance.describe(databaseId)) };
  } catch (error) {
    report({ failed: "DescribeDBInstances", error });
    return { ...seen, status: null, problem: error instanceof Error ? error.name : String(error), automaticRestartAt: null, backupWindow: null };
  }
}

/** The probe, and what safety asks for beside it. What can't be told is left out: the rules then go by what was known. */
async function lookInside(
  { instance, prober, hook, report }: Ports,
  policy: Policy,
  state: DatabaseState,
  observation: Observation,
  { tidy, quietMs }: Pick<Decision, "tidy" | "quietMs">,
): Promise<void> {
  const { databaseId } = state;
  const quiet = <T>(what: string, asked: Promise<T>): Promise<T | undefined> =>
    asked.catch((error) => {
      report({ failed: what, error });
      return undefined;
    });
  const [look, lastBackupAt, pending] = await Promise.all([
    prober.look({
      databaseId,
      ...(observation.status === null ? {} : { status: observation.status }),
      ...(quietMs === undefined ? {} : { quiet: { ms: quietMs, notBefore: state.awakeSince ?? state.phaseSince } }),
      ...(tidy ? { tidySeconds: policy.tidyMs / 1000 } : {}),
    }),
    state.phase === "awake" ? quiet("DescribeDBSnapshots", instance.lastBackupAt(databaseId)) : undefined,
    state.startedBy?.cause === "aws" ? quiet("DescribePendingMaintenanceActions", instance.maintenancePending(databaseId)) : undefined,
  ]);
  // Where nobody brings messages out, waiting for that would be in vain.
  observation.look = look.answered && hook === null ? { ...look, newestUntoldAt: null } : look;
  if (lastBackupAt !== undefined) observation.lastBackupAt = lastBackupAt;
  if (pending !== undefined) observation.maintenancePending = pending;
}

const otherWatcher = (state: DatabaseState, runner: string, now: number): DatabaseState["watcher"] =>
  state.watcher !== null && state.watcher.id !== runner && state.watcher.until > now ? state.watcher : null;

/** Whether this run itself waits for the next look. One run watches; another takes over when it needs to look sooner. */
function waitsHere(state: DatabaseState, decision: Decision, runner: string, now: number, remainingMs: number): boolean {
  const at = decision.nextCheckAt;
  if (at === null || decision.patient || at - now > WAIT_MS || remainingMs - (at - now) < RESERVE_MS) return false;
  const other = otherWatcher(state, runner, now);
  return other === null || at + 10_000 < other.until || at <= now;
}

/** Set before acting, so that a run that dies is followed by another. Moved only when it would come too late: one that comes early just looks. */
async function setTimer(
  { timer, report }: Ports,
  state: DatabaseState,
  decision: Decision,
  runner: string,
  waits: boolean,
  once: boolean,
  now: number,
): Promise<number | null> {
  if (decision.nextCheckAt === null) return state.timerAt;
  // Where a run waits (this one, the one that watches, or the one that follows an answer), the timer only has to come after it.
  const watched = waits || once || (decision.nextCheckAt - now <= WAIT_MS && otherWatcher(state, runner, now) !== null);
  const wanted = decision.patient
    ? Math.max(now + 1000, decision.nextCheckAt)
    : watched
      ? Math.max(decision.nextCheckAt, now) + TIMER_LEAD_MS
      : Math.max(now + 1000, decision.nextCheckAt - TIMER_LEAD_MS);
  if (state.timerAt !== null && state.timerAt > now && state.timerAt <= wanted + 1000) return state.timerAt;
  try {
    await timer.set(state.databaseId, wanted);
    return wanted;
  } catch (error) {
    // The scheduled check is the net under the timers.
    report({ failed: "timer", error });
    return null;
  }
}

/** Whoever waits looks by the schedule too: what can't be told now is no reason to fail. */
async function tell({ hook, report }: Ports, databaseId: string): Promise<void> {
  try {
    await hook?.awake(databaseId);
  } catch (error) {
    report({ failed: "hook", error });
  }
}

/** Sends what was decided. Whatever is answered, the next look tells what came of it; a refusal's name is kept for people. */
async function act({ instance, store, run, report }: Ports, policy: Policy, state: DatabaseState, decision: Decision): Promise<DatabaseState> {
  if (decision.action !== "start" && decision.action !== "stop") return state;
  const sent = state.lastAction;
  if (sent === null) return state;
  let lastAction = { ...sent, answered: true };
  try {
    // A run that was frozen since its write must not send: by now the database may have been given back, or put to sleep again.
    const before = decision.action === "start" ? sent.at + policy.startWindowMs : (state.stop?.stopBefore ?? 0);
    if (run.now() < before) await instance[decision.action](state.databaseId);
  } catch (error) {
    report({ failed: decision.action, error });
    lastAction = { ...sent, error: error instanceof Error ? error.name : String(error), answered: isAnswer(error) };
  }
  return (await store.write(state.databaseId, turn(state, { lastAction }, {}))) ? { ...state, lastAction, turn: state.turn + 1 } : state;
}

/** An error that AWS has sent, as against one of the way there: only then is it known that nothing is on its way. */
function isAnswer(error: unknown): boolean {
  const metadata = error instanceof Error && "$metadata" in error ? error.$metadata : null;
  return typeof metadata === "object" && metadata !== null && "httpStatusCode" in metadata && typeof metadata.httpStatusCode === "number";
}

/** Brings the outbox to the ledger. A crash between the two repeats the append, which is idempotent. */
async function flush({ ledger, store, report }: Ports, state: DatabaseState): Promise<DatabaseState> {
  if (state.outbox.length === 0) return state;
  try {
    await ledger.append(state.databaseId, state.outbox);
    return (await store.write(state.databaseId, turn(state, { outbox: [] }, {}))) ? { ...state, outbox: [], turn: state.turn + 1 } : state;
  } catch (error) {
    report({ failed: "ledger", error });
    return state;
  }
}
