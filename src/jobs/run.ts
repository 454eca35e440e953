/**
 * Runs what waits, once the database serves: each job taken up by a conditional write, one after another, under one lease of the database that keeps it up.
 * It may run twice at once, late, and be killed at any line: what it had taken up is taken up again when its lease has passed.
 */
import { liveLeases } from "../lifecycle/idle.ts";
import type { CallerStore, Invocation } from "../lifecycle/ports.ts";
import { JOBS_LEASE, runnerLease, WAITS } from "./call.ts";
import { callAgain, claim, fail, finish, goOn, handOn, isReady, type Job, LEASE_MS, type Step } from "./job.ts";
import { hopeOf, type JobStore, type Kind, Stopped, type Work } from "./ports.ts";

export interface RunPorts {
  databaseId: string;
  store: Pick<CallerStore, "read" | "acquire" | "renew" | "release">;
  jobs: JobStore;
  kinds: Readonly<Record<string, Kind>>;
  /** What is done each time that somebody runs, jobs or not, and again behind jobs: the outbox. What it throws is reported and survived. */
  first: () => Promise<void>;
  /** What is done behind the jobs while the database is up anyway. The same holds for it. */
  last: () => Promise<void>;
  /** How long waiting jobs keep the database up (ms): longer than the pause between two checks. */
  keepUpMs: number;
  run: Invocation;
  report(what: { job: Job } | { failed: string; error: unknown }): void;
}

export interface Ran {
  done: number;
  failed: number;
  /** Handed on, or to be tried again. */
  waiting: number;
}

/** A runner takes nothing new so long before its end, and hands on what it has (ms). */
export const RESERVE_MS = 120_000;
/** It waits for a pause's end when it is this near (ms). */
const WAIT_MS = 65_000;
/** An index is a moment behind its table: before a runner ends it looks once more after this (ms). */
export const INDEX_LAG_MS = 1000;
const PAGE = 50;
/** So many jobs that can't be written are no fault of theirs. */
const MAX_BROKEN = 3;

/** Work that fails throws nothing here: it is a job that failed. What throws is a write that was not answered, when everything else is done. */
export async function runJobs(ports: RunPorts): Promise<Ran> {
  const { jobs, run, report } = ports;
  const broken = new Map<string, unknown>();
  const ran: Ran = { done: 0, failed: 0, waiting: 0 };
  const isLate = () => run.remainingMs() < RESERVE_MS;
  const lease = leaseOf(ports, run.newId());
  // Not serving: it is called again when it does.
  if (!(await lease.begin())) return ran;
  await attempt(ports, "first", ports.first);
  try {
    let lookedAgain = false;
    for (;;) {
      const open = (await jobs.open(PAGE)).filter(({ id }) => !broken.has(id));
      const ready = open.filter((job) => isReady(job, run.now()));
      if (ready.length > 0 && isLate()) break;
      if (ready.length === 0) {
        const pause = Math.min(...open.filter(({ state }) => state === "waiting").map(({ notBefore }) => (notBefore ?? 0) - run.now()));
        if (pause <= WAIT_MS && !isLate()) {
          await run.sleep(Math.max(100, pause));
          // By force it may have been put to sleep meanwhile.
          if (!(await lease.renewIfHeld())) return ran;
          lookedAgain = false;
          continue;
        }
        // Whoever sees this lease calls nobody: what was written until it is gone has to be found here.
        await lease.release();
        if (lookedAgain || isLate()) break;
        await run.sleep(INDEX_LAG_MS);
        lookedAgain = true;
        continue;
      }
      lookedAgain = false;
      for (const job of ready) {
        if (isLate()) break;
        if (!(await lease.keep(job.by, `work: ${job.kind}${ready.length > 1 ? ` and ${ready.length - 1} more` : ""}`))) return ran;
        try {
          const ended = await runOne(ports, job, lease, isLate);
          if (ended !== null) ran[ended]++;
        } catch (error) {
          // An item that can't be written must not stand in the way of those behind it; a table that can't be is another matter.
          broken.set(job.id, error);
          if (broken.size >= MAX_BROKEN) throw error;
          report({ failed: job.kind, error });
        }
      }
    }
    if (ran.done + ran.failed + ran.waiting > 0) await attempt(ports, "first", ports.first);
    await attempt(ports, "last", ports.last);
  } finally {
    await attempt(ports, "release", () => lease.release());
  }
  await attempt(ports, "again", () => leave(ports, broken));
  // Lambda calls again.
  for (const error of broken.values()) throw error;
  return ran;
}

/** What this one leaves behind calls for the next one; and what waits for the end of a pause keeps the database up until the next check. */
async function leave({ jobs, store, databaseId, keepUpMs, run }: RunPorts, broken: ReadonlyMap<string, unknown>): Promise<void> {
  const open = (await jobs.open(PAGE)).filter(({ id }) => !broken.has(id));
  for (const job of open) if (isReady(job, run.now()) && (await jobs.write(job, callAgain(job, run.now())))) return;
  const paused = open.find(({ state }) => state === "waiting");
  if (paused !== undefined) await store.acquire(databaseId, JOBS_LEASE, { by: paused.by, why: `${WAITS} ${paused.kind}`, expiresAt: run.now() + keepUpMs });
}

type Lease = ReturnType<typeof leaseOf>;

/** The runner's own lease of the database. */
function leaseOf({ store, databaseId, run }: RunPorts, runner: string) {
  const id = runnerLease(runner);
  let held: { until: number; by: string; why: string } | null = null;
  const take = async (by: string, why: string): Promise<boolean> => {
    const until = run.now() + LEASE_MS;
    held = (await store.acquire(databaseId, id, { by, why, expiresAt: until })) ? { until, by, why } : null;
    return held !== null;
  };
  const isFresh = () => held !== null && held.until - run.now() > (LEASE_MS * 2) / 3;
  return {
    runner,
    /** Takes over from the lease by which it was called; before it looks at the list, because nobody else is called while that one is there. */
    async begin(): Promise<boolean> {
      const state = await store.read(databaseId);
      if (state?.serving !== true) return false;
      const call = liveLeases(state, run.now()).find(([name]) => name === JOBS_LEASE)?.[1];
      if (call === undefined) return true;
      if (!(await take(call.by, call.why))) return false;
      await store.release(databaseId, JOBS_LEASE, run.now());
      return true;
    },
    /** Takes it, or renews it, for this work. false: the database does not serve, and whoever waits is told again when it does. */
    async keep(by: string, why: string): Promise<boolean> {
      return isFresh() && held?.by === by && held.why === why ? true : take(by, why);
    },
    /** For work that is under way: a lease that has ended meanwhile is not taken again. */
    async renew(): Promise<boolean> {
      if (held === null) return false;
      const until = run.now() + LEASE_MS;
      if (!(await store.renew(databaseId, id, until, run.now()))) return false;
      held = { ...held, until };
      return true;
    },
    async renewIfHeld(): Promise<boolean> {
      return held === null || this.renew();
    },
    isFresh,
    async release(): Promise<void> {
      if (held === null) return;
      await store.release(databaseId, id, run.now());
      held = null;
    },
  };
}

async function attempt({ report }: RunPorts, what: string, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    report({ failed: what, error });
  }
}

/** Null: somebody else has it. */
async function runOne({ jobs, kinds, run, report }: RunPorts, seen: Job, lease: Lease, isLate: () => boolean): Promise<keyof Ran | null> {
  const taken = claim(seen, lease.runner, run.now());
  if (!(await jobs.write(seen, taken))) return null;
  let job = taken.next;
  if (job.state !== "running") {
    report({ job });
    return "failed";
  }
  const settle = async (step: Step, as: keyof Ran) => {
    if (!(await jobs.write(job, step))) return null;
    report({ job: step.next });
    return as;
  };
  const kind = Object.hasOwn(kinds, job.kind) ? kinds[job.kind] : undefined;
  if (kind === undefined) return settle(fail(job, `there is no such work as "${job.kind}"`, run.now(), "never"), "failed");
  const work: Work = {
    get job() {
      return job;
    },
    isLate,
    async goOn(change) {
      const fresh = lease.isFresh() && (job.leaseUntil ?? 0) - run.now() > (LEASE_MS * 2) / 3;
      if (change === undefined && fresh) return;
      if (!(await lease.renew())) throw new Stopped("the database went to sleep under it");
      const step = goOn(job, change ?? {}, run.now());
      if (!(await jobs.write(job, step))) throw new Stopped("another runner has taken it up");
      job = step.next;
    },
  };
  try {
    const ending = await kind(work);
    if ("handOn" in ending) return await settle(handOn(job, run.now(), { cursor: ending.handOn, notBefore: run.now() + (ending.pauseMs ?? 0) }), "waiting");
    return await settle(finish(job, ending.result, run.now()), "done");
  } catch (error) {
    if (error instanceof Stopped) return settle(handOn(job, run.now(), { reason: `${error.message}: it goes on when the database is awake` }), "waiting");
    report({ failed: job.kind, error });
    const step = fail(job, reasonOf(error), run.now(), hopeOf(error));
    return settle(step, step.next.state === "failed" ? "failed" : "waiting");
  }
}

/** What its user may read. What nobody expected stands in the log, not here. */
const reasonOf = (error: unknown): string =>
  hopeOf(error) !== "soon" && error instanceof Error ? error.message : `it failed (${error instanceof Error ? error.name : typeof error}); the log has more`;
