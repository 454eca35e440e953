/**
 * Work over many users: a part of its own for each, put if absent by (run, user), so that whoever goes on after a runner's death does none of them twice. One
 * poor user's failure is that part's and does not stop the rest. How far it is, is counted from the parts.
 */
import { anew, claim, fail, finish, handOn, isEnded, isReady, type Job, type JobState, newJob, type Step, UnknownJob } from "./job.ts";
import { type Ending, hopeOf, NotYet, Stopped, type Work } from "./ports.ts";

/** Users by the order of their ids. */
export interface Users {
  /** Those after `after`, at most `limit`; none: there are no more. */
  page(after: string | null, limit: number): Promise<string[]>;
  /** How many there are; null where nobody knows. */
  total: number | null;
}

export interface PartStore {
  /** Puts it if there is none of that id: the one that is there. */
  create(job: Job): Promise<{ job: Job }>;
  write(job: Pick<Job, "owner" | "id">, step: Step): Promise<boolean>;
  /** Those of an owner's that have not ended. */
  left(owner: string): Promise<Job[]>;
  count(owner: string): Promise<Record<JobState, number>>;
}

export interface FanOut {
  parts: PartStore;
  users: Users;
  /** For parts that outlive a run: who of a key has ended is not done again, and another run tries anew what this one gave up. */
  shared?: SharedParts;
  /** Whether this user has a part in it now; asked only where there is none yet. */
  wants?(userId: string): Promise<boolean>;
  /** One user's part. Done again when a runner dies in it, so it has to bear that; what it throws is that part's failure. */
  one(userId: string): Promise<unknown>;
  now(): number;
  report(what: { failed: string; error: unknown }): void;
}

export interface SharedParts {
  /** `run:` and what the runs have in common. */
  owner: string;
  /** An owner's parts by their ids, both ends included. */
  between(owner: string, first: string, last: string): Promise<Job[]>;
}

export interface FanOutResult {
  done: number;
  failed: number;
}

const PAGE = 50;
/** How old a progress may be (ms). */
const TOLD_MS = 30_000;
/** Until those that failed are tried again (ms). */
const PAUSE_MS = 10_000;

/** Whoever has the whole has its parts: one that another runner had is taken from it, unless another run may have it. */
const freeIn =
  (shared: SharedParts | undefined) =>
  (part: Job, now: number): boolean =>
    isReady(part, now) || (part.state === "running" && shared === undefined);

/** The ids that are given, as pages. */
export function listed(ids: readonly string[]): Users {
  const all = [...new Set(ids)].sort();
  return { page: async (after, limit) => all.filter((id) => after === null || id > after).slice(0, limit), total: all.length };
}

/** Ends with `{done, failed}` when every part has ended, or hands on where the next runner goes on. */
export async function fanOut(work: Work, { parts, users, shared, wants = async () => true, one, now, report }: FanOut): Promise<Ending> {
  const owner = shared?.owner ?? `run:${work.job.id}`;
  const isFree = freeIn(shared);
  const counted = await parts.count(owner);
  const ran = { done: counted.done, failed: counted.failed };
  const cursor = typeof work.job.cursor?.after === "string" ? work.job.cursor.after : null;

  /** Tries one part, once. */
  const attempt = async (seen: Job): Promise<void> => {
    const taken = claim(seen, work.job.runner ?? "", now());
    if (!(await parts.write(seen, taken))) return;
    const end = async (step: Step) => {
      if (!(await parts.write(taken.next, step))) return;
      if (step.next.state === "done") ran.done++;
      if (step.next.state === "failed") ran.failed++;
    };
    if (isEnded(taken.next)) return void ran.failed++;
    try {
      await end(finish(taken.next, await one(seen.id), now()));
    } catch (error) {
      if (error instanceof Stopped) {
        await parts.write(taken.next, handOn(taken.next, now()));
        throw error;
      }
      report({ failed: work.job.kind, error });
      await end(fail(taken.next, error instanceof Error ? error.name : typeof error, now(), hopeOf(error)));
    }
  };

  let toldAt = now();
  const tell = async (after: string | null): Promise<void> => {
    await work.goOn({ cursor: { after }, progress: { done: ran.done + ran.failed, total: users.total } });
    toldAt = now();
  };
  /** What there is of a page's users. */
  const known = async (ids: readonly string[]): Promise<ReadonlyMap<string, Job>> => {
    const sorted = [...ids].sort();
    const [first, last] = [sorted[0], sorted.at(-1)];
    if (shared === undefined || first === undefined || last === undefined) return new Map();
    return new Map((await shared.between(owner, first, last)).map((part) => [part.id, part]));
  };
  /** Null: there is one that this version can't read. It is left alone, and does not stop the rest. */
  const made = async (part: Job): Promise<Job | null> => {
    try {
      return (await parts.create(part)).job;
    } catch (error) {
      if (!(error instanceof UnknownJob)) throw error;
      report({ failed: work.job.kind, error });
      return null;
    }
  };
  /** The user's part, if there is anything to do in it. */
  const partOf = async (id: string, there: Job | undefined): Promise<Job | null> => {
    if (there === undefined && !(await wants(id))) return null;
    const run = work.job.id;
    const part = there ?? newJob({ owner, id, kind: work.job.kind, userId: id, by: work.job.by, parameters: { run } }, now());
    const job = there ?? (await made(part));
    if (job === null) return null;
    if (job.state !== "failed" || job.parameters.run === run || shared === undefined) return isFree(job, now()) ? job : null;
    const again = anew(job, run, now());
    if (!(await parts.write(job, again))) return null;
    ran.failed--;
    return again.next;
  };
  for (let after = cursor; ; ) {
    const ids = await users.page(after, PAGE);
    const there = await known(ids);
    for (const id of ids) {
      if (work.isLate()) {
        await tell(after);
        return { handOn: { after } };
      }
      await (now() - toldAt > TOLD_MS ? tell(after) : work.goOn());
      const part = await partOf(id, there.get(id));
      if (part !== null) await attempt(part);
      after = id;
    }
    if (ids.length === 0) break;
    await tell(after);
  }
  return last(work, { parts, now, isFree }, owner, attempt);
}

/** Those that failed once are tried again, and those whose runner died are taken up, until each has ended. */
async function last(
  work: Work,
  { parts, now, isFree }: Pick<FanOut, "parts" | "now"> & { isFree: ReturnType<typeof freeIn> },
  owner: string,
  attempt: (job: Job) => Promise<void>,
): Promise<Ending> {
  const cursor = work.job.cursor;
  for (const job of await parts.left(owner)) {
    if (work.isLate()) return { handOn: cursor };
    if (!isFree(job, now())) continue;
    await work.goOn();
    await attempt(job);
  }
  const { waiting, running, done, failed } = await parts.count(owner);
  await work.goOn({ progress: { done: done + failed, total: done + failed + waiting + running } });
  if (waiting + running > 0) {
    // Parts that this version can't read are for the next one, for as long as tries last: for ever would keep the database up.
    const left = await parts.left(owner);
    const still = await parts.count(owner);
    if (left.length === 0 && still.waiting + still.running > 0)
      throw new NotYet(`${done} parts of it are done, ${failed} have failed, and ${waiting + running} were begun by a newer version of Dormouse`);
    return { handOn: cursor, pauseMs: PAUSE_MS };
  }
  const result: FanOutResult = { done, failed };
  return { result };
}
