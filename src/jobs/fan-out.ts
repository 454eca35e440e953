/**
 * Work over many users: a part of its own for each, put if absent by (run, user), so that whoever goes on after a runner's death does none of them twice. One
 * poor user's failure is that part's and does not stop the rest. How far it is, is counted from the parts.
 */
import { claim, fail, finish, handOn, isEnded, type Job, type JobState, newJob, type Step } from "./job.ts";
import { type Ending, hopeOf, Stopped, type Work } from "./ports.ts";

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
  /** All of an owner's. */
  of(owner: string): Promise<Job[]>;
  count(owner: string): Promise<Record<JobState, number>>;
}

export interface FanOut {
  parts: PartStore;
  users: Users;
  /** One user's part. Done again when a runner dies in it, so it has to bear that; what it throws is that part's failure. */
  one(userId: string): Promise<unknown>;
  now(): number;
  report(what: { failed: string; error: unknown }): void;
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

/** Whoever has the whole has its parts: one that another runner had is taken from it. */
const isFree = (part: Job, now: number): boolean => part.state === "running" || (part.state === "waiting" && (part.notBefore ?? 0) <= now);

/** The ids that are given, as pages. */
export function listed(ids: readonly string[]): Users {
  const all = [...new Set(ids)].sort();
  return { page: async (after, limit) => all.filter((id) => after === null || id > after).slice(0, limit), total: all.length };
}

/** Ends with `{done, failed}` when every part has ended, or hands on where the next runner goes on. */
export async function fanOut(work: Work, { parts, users, one, now, report }: FanOut): Promise<Ending> {
  const owner = `run:${work.job.id}`;
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
  for (let after = cursor; ; ) {
    const ids = await users.page(after, PAGE);
    for (const id of ids) {
      if (work.isLate()) {
        await tell(after);
        return { handOn: { after } };
      }
      await (now() - toldAt > TOLD_MS ? tell(after) : work.goOn());
      const { job } = await parts.create(newJob({ owner, id, kind: work.job.kind, userId: id, by: work.job.by, parameters: {} }, now()));
      if (isFree(job, now())) await attempt(job);
      after = id;
    }
    if (ids.length === 0) break;
    await tell(after);
  }
  return last(work, { parts, now }, owner, attempt);
}

/** Those that failed once are tried again, and those whose runner died are taken up, until each has ended. */
async function last(work: Work, { parts, now }: Pick<FanOut, "parts" | "now">, owner: string, attempt: (job: Job) => Promise<void>): Promise<Ending> {
  const cursor = work.job.cursor;
  for (const job of await parts.of(owner)) {
    if (work.isLate()) return { handOn: cursor };
    if (!isFree(job, now())) continue;
    await work.goOn();
    await attempt(job);
  }
  const { waiting, running, done, failed } = await parts.count(owner);
  await work.goOn({ progress: { done: done + failed, total: done + failed + waiting + running } });
  if (waiting + running > 0) return { handOn: cursor, pauseMs: PAUSE_MS };
  const result: FanOutResult = { done, failed };
  return { result };
}
