/** Jobs keep the database up as a lease does, and wake it when it sleeps: derived from the job's own item, so that there is no second write to lose. */
import { liveLeases, liveWake } from "../lifecycle/idle.ts";
import type { CallerStore, WakeBudget } from "../lifecycle/ports.ts";
import type { DatabaseState, Mode } from "../lifecycle/state.ts";
import { clock } from "../lifecycle/words.ts";
import { countWake, giveUp, isReady, type Job, MAX_WAKES, say } from "./job.ts";
import type { JobStore } from "./ports.ts";

/** The one lease of all jobs that wait: a hundred jobs are one reason to stay up. Whoever is called for it takes a lease of its own and releases this one. */
export const JOBS_LEASE = "jobs";
/** The lease of a runner. */
export const runnerLease = (runId: string): string => `${JOBS_LEASE}-${runId}`;
/** Why it is there: for somebody who was called, or for jobs that wait for the end of a pause, for whom nobody is. */
const CALLED = "work:";
export const WAITS = "waits:";
const isRunner = (id: string): boolean => id.startsWith(runnerLease(""));

/** So many work at once, however many jobs there are: each has a connection, and new accounts have few Lambdas. */
export const MAX_RUNNERS = 2;
/** A runner that was called so long ago (ms) and has not begun is called again. */
const CALL_MS = 60_000;
/** A job that waited already when the database was put to sleep: somebody wanted that, by force or in AWS, and it is not undone for so long (ms). */
export const REST_MS = 3_600_000;
/** Work that nobody has taken up for so long, though runners are called for it, keeps the database up no longer (ms): the runners may be broken. */
const IN_VAIN_MS = 3_600_000;
/** Between a job and the courier's look at it there may be so much (ms). */
const LATE_MS = 60_000;
/** Jobs written at once. */
const AT_ONCE = 20;

export interface CallPorts {
  databaseId: string;
  store: Pick<CallerStore, "read" | "ensure" | "wake" | "acquire" | "release">;
  jobs: Pick<JobStore, "write">;
  budget: WakeBudget;
  wakesPerUserPerDay: number;
  /** Calls the reconciler, and does not wait. */
  reconcile(by: string): Promise<void>;
  /** Calls a runner, and does not wait. */
  runner(): Promise<void>;
  mode: Mode;
  /** How long waiting jobs keep the database up (ms): longer than the pause between two checks. */
  keepUpMs: number;
  wakeTimeoutMs: number;
  now(): number;
}

export type Called = "nothing" | "runner" | "wake" | "waiting";

/**
 * For jobs that are open: where the database serves, keeps it up and calls a runner; else asks for it to be woken, once for all of them. Wakes nothing in
 * watch mode, nothing for users who have woken it often enough today, and nothing for a job that it was woken for often enough: that one is given up.
 * Safe to repeat, and to die in, at any line.
 */
export async function callFor(ports: CallPorts, open: readonly Job[]): Promise<Called> {
  const { store, databaseId, now } = ports;
  const ready = open.filter((job) => isReady(job, now()));
  const [first] = ready;
  if (first === undefined) return "nothing";
  let state = (await store.read(databaseId)) ?? (await store.ensure(databaseId, now()));
  if (state.serving) {
    const called = await callRunner(ports, state, first, ready);
    if (called !== null) return called;
    // It has begun to fall asleep: a wake takes that back.
    state = (await store.read(databaseId)) ?? state;
    if (state.serving) return "waiting";
  }
  // Somebody is waking it already: that serves these as well, and a runner is called when it does.
  if (liveWake(state, now()) !== null) {
    // Nobody has begun yet: the call may have been lost behind the intent.
    if (state.phase === "asleep") await ports.reconcile(first.by);
    return "waiting";
  }
  if (ports.mode === "watch") {
    await sayAll(ports, ready, "it waits until somebody wakes the database: Dormouse only watches this one");
    return "waiting";
  }
  const rests = (job: Job) => goesToRest(state) && waitedThen(job, state) && now() < state.phaseSince + REST_MS;
  const resting = ready.filter(rests);
  if (resting.length > 0)
    await sayAll(ports, resting, `the database was put to sleep while it waited; it is woken again from ${clock(state.phaseSince + REST_MS, now())} on`);
  return wakeFor(
    ports,
    state,
    ready.filter((job) => !rests(job)),
  );
}

/** It sleeps, or somebody has put it to sleep by force or in AWS and it is on its way. A drain because nobody used it is undone by work. */
const goesToRest = ({ phase, stop }: DatabaseState): boolean => phase === "asleep" || (phase === "falling-asleep" && (stop === null || stop.force));
/** It was there already when that began. One that was taken up has been while the database served. */
const waitedThen = ({ createdAt, attempt }: Job, { phaseSince }: DatabaseState): boolean => createdAt < phaseSince - (attempt > 0 ? 0 : LATE_MS);

/** Null: the database does not serve any more. */
async function callRunner(
  { store, databaseId, runner, keepUpMs, now }: CallPorts,
  state: DatabaseState,
  first: Job,
  ready: readonly Job[],
): Promise<Called | null> {
  const leases = liveLeases(state, now());
  const call = leases.find(([id]) => id === JOBS_LEASE)?.[1];
  // One that was called and has not begun will find these, and so will those at work: each looks at the list once more when it has let go of its lease.
  if (call?.why.startsWith(CALLED) && now() < call.expiresAt - keepUpMs + CALL_MS) return "waiting";
  if (leases.filter(([id]) => isRunner(id)).length >= MAX_RUNNERS) return "waiting";
  if (now() - Math.max(state.awakeSince ?? state.phaseSince, ...ready.map(({ updatedAt }) => updatedAt)) > IN_VAIN_MS) {
    // Who comes after all takes a lease of his own; without anybody the database sleeps, and its wakes are counted.
    await runner();
    return "runner";
  }
  const why = `${CALLED} ${first.kind}${ready.length > 1 ? ` and ${ready.length - 1} more` : ""}`;
  if (!(await store.acquire(databaseId, JOBS_LEASE, { by: first.by, why, expiresAt: now() + keepUpMs }))) return null;
  try {
    await runner();
  } catch (error) {
    // Or the next to look would wait for whom nobody has called.
    await store.release(databaseId, JOBS_LEASE, now());
    throw error;
  }
  return "runner";
}

async function wakeFor(ports: CallPorts, state: DatabaseState, ready: readonly Job[]): Promise<Called> {
  const { store, databaseId, budget, now } = ports;
  if (ready.length === 0) return "waiting";
  const payer = await payerOf(ports, ready);
  if (payer === null) {
    const often = `${ports.wakesPerUserPerDay} times today (UTC), which is as often as one person may`;
    await sayAll(ports, ready, `the database is asleep, and you have woken it ${often}: it waits until the database is awake`);
    return "waiting";
  }
  const meant = await countAll(ports, state, ready);
  const [woken] = meant;
  if (woken === undefined) return "nothing";
  const at = Math.max(now(), ...meant.map(({ wakeAt }) => wakeAt ?? 0));
  const intent = { id: `job-${woken.id}-${woken.wakes}`, by: payer.by, cause: "job" as const, at, expiresAt: at + ports.wakeTimeoutMs };
  const caused = await store.wake(databaseId, intent);
  await ports.reconcile(payer.by);
  if (caused && payer.userId !== null) await budget.charge(payer.userId, intent.id, now());
  return "wake";
}

/** The first whose user may wake the database once more today. */
async function payerOf({ budget, wakesPerUserPerDay, now }: CallPorts, ready: readonly Job[]): Promise<Job | null> {
  const asked = new Set<string>();
  for (const job of ready) {
    if (job.userId === null) return job;
    if (asked.has(job.userId)) continue;
    asked.add(job.userId);
    if (await budget.allows(job.userId, wakesPerUserPerDay, now())) return job;
  }
  return null;
}

/** Notes a wake on each that may have one more, and gives up the others once the database is asleep. Those whose note was taken. */
async function countAll({ jobs, now }: CallPorts, state: DatabaseState, ready: readonly Job[]): Promise<Job[]> {
  const noted = await all(ready, async (job) => {
    const step = countWake(job, state.lastWakeAt, now());
    if (step !== null) return (await jobs.write(job, step)) ? step.next : null;
    if (state.phase === "asleep" && job.wakes >= MAX_WAKES) await jobs.write(job, giveUp(job, now()));
    return null;
  });
  return noted.filter((job) => job !== null);
}

async function sayAll({ jobs, now }: CallPorts, ready: readonly Job[], reason: string): Promise<void> {
  await all(ready, async (job) => {
    const step = say(job, reason, now());
    if (step !== null) await jobs.write(job, step);
  });
}

async function all<T>(jobs: readonly Job[], each: (job: Job) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < jobs.length; i += AT_ONCE) results.push(...(await Promise.all(jobs.slice(i, i + AT_ONCE).map(each))));
  return results;
}
