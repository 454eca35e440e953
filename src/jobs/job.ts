/**
 * Work that needs SQL and that nobody waits for: an item in DynamoDB, taken up when the database serves. Its states, and every write to it as data with the
 * condition that stands in the write itself. Pure. Times are milliseconds since the epoch.
 *
 *     waiting -> running -> done | failed
 *        ^---------'  handed on, tried again, or its runner died
 */
import type { Condition, StateWrite } from "../lifecycle/writes.ts";

export type JobState = "waiting" | "running" | "done" | "failed";

export interface Progress {
  done: number;
  /** Null while nobody knows. */
  total: number | null;
}

/** Where the next runner goes on, in the words of the kind of work. */
export type Cursor = Readonly<Record<string, unknown>> | null;

export interface Job {
  v: 1;
  /** The user's `sub`; `system`; `run:<id>` for a part of a job over many users. */
  owner: string;
  id: string;
  kind: string;
  /** In whose name it works, and whose wakes it uses up; null for work of the system's own. */
  userId: string | null;
  /** For people to read: whose work it is. */
  by: string;
  parameters: Record<string, unknown>;
  state: JobState;
  /** How often it has been taken up: the fencing token of whoever works on it. A write by an earlier one is refused. */
  attempt: number;
  /** Who has taken it up last. */
  runner: string | null;
  /** How often it failed, a runner's death included. */
  failures: number;
  /** How many wakes were meant for it; and when the last of them was noted here, which is before it was asked for (see `countWake`). */
  wakes: number;
  wakeAt: number | null;
  /** Not taken up again before. */
  notBefore: number | null;
  /** Where the next runner goes on. */
  cursor: Cursor;
  progress: Progress | null;
  result: unknown;
  /** Why it waits, or failed: a sentence for its user. */
  reason: string | null;
  /** What made the request for it unique, where it came with an `Idempotency-Key`. */
  requestHash: string | null;
  createdAt: number;
  updatedAt: number;
  /** Until when its runner has it to itself. */
  leaseUntil: number | null;
}

/** Seconds that an ended job is kept. */
export const KEPT_SECONDS = 90 * 86_400;
/** A runner has a job to itself for so long (ms), and renews with each step of its progress. */
export const LEASE_MS = 180_000;
/** Clocks differ. */
export const SLACK_MS = 5000;
/** After so many failures it is given up. */
export const MAX_FAILURES = 3;
/** Pauses (ms) after the first and the second failure: the second is as long as a failover takes. */
const PAUSES_MS = [10_000, 60_000] as const;
/** The pause (ms) where something has to come first, such as a migration behind its deployment. */
const LONG_PAUSE_MS = 15 * 60_000;
/** The first wake and two more. */
export const MAX_WAKES = 3;

/** An item that this code can't read: nobody works on it, and nothing is lost. */
export class UnknownJob extends Error {
  override readonly name = "UnknownJob";
  constructor(item: Record<string, unknown>) {
    super(`the job "${String(item.id)}" has version ${String(item.v)}, and a form that this code does not know; it reads version 1`);
  }
}

export interface NewJob {
  owner: string;
  id: string;
  kind: string;
  userId: string | null;
  by: string;
  parameters: Record<string, unknown>;
  requestHash?: string | null;
}

export const newJob = (what: NewJob, now: number): Job => ({
  v: 1,
  ...what,
  requestHash: what.requestHash ?? null,
  state: "waiting",
  attempt: 0,
  runner: null,
  failures: 0,
  wakes: 0,
  wakeAt: null,
  notBefore: null,
  cursor: null,
  progress: null,
  result: null,
  reason: null,
  createdAt: now,
  updatedAt: now,
  leaseUntil: null,
});

const STATES: readonly unknown[] = ["waiting", "running", "done", "failed"] satisfies JobState[];

/** Reads an item; attributes that an older writer of this version did not know get their first value. Throws `UnknownJob`. */
export function parseJob(item: Record<string, unknown>): Job {
  const first = newJob({ owner: "", id: "", kind: "", userId: null, by: "", parameters: {} }, 0);
  const { open: _, expiresAt: __, ...rest } = item;
  const job = { ...first, ...rest } as Job;
  const texts = [job.owner, job.id, job.kind, job.by].every((value) => typeof value === "string");
  const numbers = [job.attempt, job.failures, job.wakes, job.createdAt, job.updatedAt].every((value) => typeof value === "number");
  const times = [job.wakeAt, job.notBefore, job.leaseUntil].every((value) => value === null || typeof value === "number");
  const isMap = typeof job.parameters === "object" && job.parameters !== null;
  if (job.v !== 1 || !texts || !numbers || !times || !isMap || !STATES.includes(job.state)) throw new UnknownJob(item);
  return job;
}

export const isEnded = ({ state }: Job): boolean => state === "done" || state === "failed";

/** A part of a job over many users has no life of its own: its whole is what is open. */
export const isPart = ({ owner }: Pick<Job, "owner">): boolean => owner.startsWith("run:");

/** May be taken up now: it waits and its pause is over, or its runner has not been heard of. */
export const isReady = (job: Job, now: number): boolean =>
  job.state === "waiting" ? (job.notBefore ?? 0) <= now : job.state === "running" && (job.leaseUntil ?? 0) + SLACK_MS < now;

const readable: Condition = { path: "v", is: "equals", value: 1 };
/** Nobody has taken it up or ended it since it was read. */
const unchanged = (job: Job): Condition[] => [
  readable,
  { path: "state", is: "equals", value: job.state },
  { path: "attempt", is: "equals", value: job.attempt },
  // A lease that was renewed meanwhile belongs to somebody who lives.
  ...(job.leaseUntil === null ? [] : ([{ path: "leaseUntil", is: "equals", value: job.leaseUntil }] satisfies Condition[])),
];
/** Only who took it up last, and only while nobody else has. */
const mine = (job: Job): Condition[] => [readable, { path: "state", is: "equals", value: "running" }, { path: "attempt", is: "equals", value: job.attempt }];

/** A write, and the job after it. */
export interface Step {
  write: StateWrite;
  next: Job;
}

function step(job: Job, change: Partial<Job>, now: number, when: Condition[]): Step {
  const next: Job = { ...job, ...change, updatedAt: now };
  const set = { ...change, updatedAt: now };
  if (!isEnded(next)) return { next, write: { set, when } };
  // The index `open` lists what has the attribute.
  return { next, write: { set: { ...set, expiresAt: Math.floor(now / 1000) + KEPT_SECONDS }, remove: ["open"], when } };
}

/** Takes it up. One whose runner died has failed once more; the last failure is its end. */
export function claim(job: Job, runner: string, now: number): Step {
  const failures = job.failures + (job.state === "running" ? 1 : 0);
  const taken = { attempt: job.attempt + 1, runner, failures };
  if (failures >= MAX_FAILURES)
    return step(job, { ...taken, state: "failed", leaseUntil: null, reason: job.reason ?? "its runner ended before it did, three times" }, now, unchanged(job));
  const reason = failures > 0 ? job.reason : null;
  return step(job, { ...taken, state: "running", leaseUntil: now + LEASE_MS, notBefore: null, reason }, now, unchanged(job));
}

/** A sign of life, with how far it is and where the next one would go on. */
export const goOn = (job: Job, change: { progress?: Progress; cursor?: Cursor }, now: number): Step =>
  step(job, { ...change, leaseUntil: now + LEASE_MS }, now, mine(job));

export const finish = (job: Job, result: unknown, now: number): Step =>
  step(job, { state: "done", result: result ?? null, reason: null, leaseUntil: null, cursor: null, progress: whole(job.progress) }, now, mine(job));

/** Progress is noted now and then: whoever looks at the end sees all of it. */
const whole = (progress: Progress | null): Progress | null => (progress?.total == null ? progress : { ...progress, done: progress.total });

/** Back to waiting, without a failure: its runner's time was over, or the database went to sleep under it. */
export const handOn = (job: Job, now: number, change: { cursor?: Cursor; reason?: string; notBefore?: number } = {}): Step =>
  step(job, { ...change, state: "waiting", leaseUntil: null }, now, mine(job));

/** One failure: tried again after a pause, and given up after the third. `never`: what will never succeed is not tried again; `later`: after a long pause. */
export function fail(job: Job, reason: string, now: number, hope: "never" | "soon" | "later" = "soon"): Step {
  const failures = job.failures + 1;
  const pause = hope === "later" ? LONG_PAUSE_MS : PAUSES_MS[job.failures];
  if (hope === "never" || failures >= MAX_FAILURES || pause === undefined)
    return step(job, { state: "failed", failures, reason, leaseUntil: null }, now, mine(job));
  return step(job, { state: "waiting", failures, reason, leaseUntil: null, notBefore: now + pause }, now, mine(job));
}

/** A part that was given up in another run, tried anew in this one. */
export const anew = (job: Job, run: string, now: number): Step =>
  step(job, { state: "waiting", failures: 0, reason: null, notBefore: null, parameters: { ...job.parameters, run } }, now, unchanged(job));

/** One that was given up is open again, as if it had not been tried; it goes on where it was. For who has mended what was wrong. */
export function reopen(job: Job, now: number): Step {
  const { next, write } = step(job, { state: "waiting", failures: 0, wakes: 0, wakeAt: null, reason: null, notBefore: null }, now, unchanged(job));
  return { next, write: { ...write, set: { ...write.set, open: "1" }, remove: ["expiresAt"] } };
}

/** Says why it waits; null where that is said already. */
export const say = (job: Job, reason: string, now: number): Step | null => (job.reason === reason ? null : step(job, { reason }, now, unchanged(job)));

/** Changes nothing: a write of a waiting job is a record in the stream, by which another runner is called. */
export const callAgain = (job: Job, now: number): Step => step(job, {}, now, unchanged(job));

const openStill: Condition = { path: "open", is: "present" };

/**
 * Notes that the database is to be woken for it once more, before that is asked for; null when that was done often enough. `lastWakeAt`: when the newest
 * wake intent of the database was written. Where that was before the last note, whoever made the note died before he asked: the note still stands, and is
 * used now. So a wake is counted before it is made, and none that was not made is counted.
 */
export function countWake(job: Job, lastWakeAt: number | null, now: number): Step | null {
  const unused = job.wakeAt !== null && (lastWakeAt === null || lastWakeAt < job.wakeAt);
  const wakes = unused ? job.wakes : job.wakes + 1;
  if (wakes > MAX_WAKES) return null;
  return step(job, { wakes, wakeAt: now }, now, [...unchanged(job), openStill, { path: "wakes", is: "equals", value: job.wakes }]);
}

/** For one whose wakes are used up, once the database sleeps again: none of them is under way any more, and no runner has its turn without another. */
export const giveUp = (job: Job, now: number): Step =>
  step(
    job,
    {
      state: "failed",
      reason: (job.failures > 0 ? job.reason : null) ?? "the database was woken for it three times, and it did not come about",
      leaseUntil: null,
    },
    now,
    [...unchanged(job), openStill, { path: "wakes", is: "equals", value: job.wakes }],
  );
