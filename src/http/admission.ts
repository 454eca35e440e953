/**
 * The gate in front of every data request: nobody uses PostgreSQL while it is not serving, and who uses it keeps it awake.
 *
 * Each request reads the state item (consistently), and touches it too when this container's last touch is older than a touch's worth. A drain that
 * begins after the read waits as long as the longest request may take, so a request that was let in must end by `until`.
 */

import { estimate, retryAfterSeconds } from "../lifecycle/estimate.ts";
import { liveWake } from "../lifecycle/idle.ts";
import { touchEveryMs } from "../lifecycle/policy.ts";
import type { CallerStore, Signal, WakeBudget } from "../lifecycle/ports.ts";
import { type DatabaseState, initialState, type Mode } from "../lifecycle/state.ts";
import { type ApiLogger, errorFacts } from "./api.ts";
import type { Caller } from "./caller.ts";
import { Problem, problem, retryAfter } from "./problem.ts";
import { requireWelcome } from "./refused.ts";

export interface AdmissionDeps {
  databaseId: string;
  store: CallerStore;
  /** Calls for a reconcile. */
  signal(signal: Signal): Promise<void>;
  idleMinutes: number;
  drainSeconds: number;
  wakeOn: "button" | "request";
  wakeTimeoutMinutes: number;
  /** Wakes by requests count like those by the button: a loop must not keep the database up. */
  budget: WakeBudget;
  wakesPerUserPerDay: number;
  mode: Mode;
  /** Milliseconds since the epoch. */
  now(): number;
  newId(): string;
  logger: ApiLogger;
}

export interface Admitted {
  /** The awake period that connections have to belong to. */
  period: number;
  /** When the request has to be over, milliseconds since the epoch. */
  until: number;
}

export interface Admission {
  /** How long a request may take from before it asks, in milliseconds: what a drain waits for those that were let in. */
  longestMs: number;
  /** Lets a request in, or throws the problem `database-asleep` (503), `state-unreadable` (503) or `account-deleted` (403). */
  admit(caller: Caller): Promise<Admitted>;
  /** PostgreSQL could not be reached although it should serve: asks for a look, at most once in 30 s. Never throws. */
  askForLook(): Promise<void>;
}

/** A signal that nobody has carried by then is of no use (DynamoDB's TTL, in seconds). */
const SIGNAL_LIFE_SECONDS = 3600;
const SIGNAL_EVERY_MS = 30_000;

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

const phases: Record<DatabaseState["phase"], string> = {
  asleep: "asleep",
  waking: "waking up",
  awake: "awake, but does not answer yet",
  "falling-asleep": "falling asleep",
};

/** The answer while the database does not serve: the phase, since when, and when it may be back. */
export function asleepProblem(state: DatabaseState, now: number, wakeRequested: boolean): Problem {
  const learned = estimate(state);
  const what = wakeRequested ? "It has been asked to wake." : liveWake(state, now) === null ? "Wake it with POST /database/start." : "It is on its way.";
  return problem("database-asleep", `The database is ${phases[state.phase]}. ${what}`, {
    extra: {
      phase: state.phase,
      serving: false,
      since: iso(state.phaseSince),
      estimate: learned === null ? null : { ...learned, readyAt: iso(learned.readyAt) },
    },
    headers: retryAfter(retryAfterSeconds(state, now)),
  });
}

export function admission(deps: AdmissionDeps): Admission {
  const touchMs = touchEveryMs({ idleMs: deps.idleMinutes * 60_000, drainMs: deps.drainSeconds * 1000 });
  /** This container's last touch that counted, and the period that it was in. */
  let touched: { at: number; period: number } | null = null;
  let lastLookAt = Number.NEGATIVE_INFINITY;
  let lastWakeSignalAt = Number.NEGATIVE_INFINITY;

  const send = (kind: Signal["kind"], by: string) => {
    const at = deps.now();
    return deps.signal({ v: 1, id: deps.newId(), databaseId: deps.databaseId, kind, by, at, expiresAt: Math.floor(at / 1000) + SIGNAL_LIFE_SECONDS });
  };

  async function read(): Promise<DatabaseState> {
    try {
      return (await deps.store.read(deps.databaseId)) ?? initialState(deps.databaseId, deps.now());
    } catch (cause) {
      throw problem("state-unreadable", "The state of the database can't be read now, so nobody is let in.", { cause, headers: retryAfter(5) });
    }
  }

  /** false: refused, because the database does not serve (any more). */
  async function touch(period: number): Promise<boolean> {
    const at = deps.now();
    if (touched !== null && touched.period === period && at - touched.at < touchMs) return true;
    try {
      if (!(await deps.store.touch(deps.databaseId, at))) return false;
    } catch (cause) {
      throw problem("state-unreadable", "The use of the database can't be recorded now, so nobody is let in.", { cause, headers: retryAfter(5) });
    }
    touched = { at, period };
    return true;
  }

  /** With `wake_on = request`, wanting data is wanting it awake. One intent serves everybody; a signal that was lost is sent again by a later request. */
  async function wake(state: DatabaseState, caller: Caller): Promise<DatabaseState> {
    const at = deps.now();
    const pending = liveWake(state, at);
    const intent = pending ?? { id: deps.newId(), by: caller.username, cause: "request" as const, at, expiresAt: at + deps.wakeTimeoutMinutes * 60_000 };
    let caused = false;
    try {
      if (pending === null) {
        if (!caller.operator && !(await deps.budget.allows(caller.sub, deps.wakesPerUserPerDay, at)))
          throw problem(
            "too-many-wakes",
            `The database is asleep, and you have woken it ${deps.wakesPerUserPerDay} times today (UTC), which is as often as one person may.`,
            {
              headers: retryAfter((86_400_000 - (at % 86_400_000)) / 1000),
            },
          );
        // Another's intent that was first serves this caller too, and is not his to pay.
        caused = await deps.store.wake(deps.databaseId, intent);
      }
      if (pending !== null && at - Math.max(pending.at, lastWakeSignalAt) < SIGNAL_EVERY_MS) return state;
      lastWakeSignalAt = at;
      await send("wake", caller.username);
      if (caused && !caller.operator)
        await deps.budget
          .charge(caller.sub, intent.id, at)
          .catch((error: unknown) => deps.logger.error("a wake could not be counted", { error: errorFacts(error) }));
    } catch (error) {
      if (error instanceof Problem) throw error;
      // The answer is 503 either way; the next request tries again.
      deps.logger.error("a wake could not be asked for", { error: errorFacts(error) });
      return state;
    }
    return { ...state, wake: intent };
  }

  const longestMs = deps.drainSeconds * 1000;
  return {
    longestMs,
    async admit(caller) {
      // Before the read: a drain counts from after it.
      const until = deps.now() + longestMs;
      let state = await read();
      requireWelcome(state, caller, deps.now());
      if (state.serving) {
        if (caller.background || (await touch(state.period))) return { period: state.period, until };
        state = await read();
      }
      const wakes = deps.wakeOn === "request" && deps.mode === "manage" && !caller.background;
      const after = wakes ? await wake(state, caller) : state;
      const at = deps.now();
      throw asleepProblem(after, at, wakes && liveWake(after, at) !== null);
    },
    async askForLook() {
      const at = deps.now();
      if (at - lastLookAt < SIGNAL_EVERY_MS) return;
      lastLookAt = at;
      try {
        await send("look", "data");
      } catch (error) {
        deps.logger.error("a look could not be asked for", { error: errorFacts(error) });
      }
    },
  };
}
