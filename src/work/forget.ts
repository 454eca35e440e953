/**
 * Work of the kind `forget`: takes away everything of a user who has deleted their account, store by store, and looks again into each. May be killed at any
 * line: what is gone is gone, and the rest is done by the next one.
 */
import { FORGET, readLeaving } from "../jobs/forget.ts";
import { type Job, SLACK_MS } from "../jobs/job.ts";
import { partsOf } from "../jobs/monthly.ts";
import { Hopeless, type Kind, NotYet } from "../jobs/ports.ts";

/** One place where something of a user lies. */
export interface UserStore {
  /** As the result counts it, such as `rows in expenses`. */
  name: string;
  /** Takes away all there is: how much. `goOn` is called now and then. */
  clear(sub: string, goOn: () => Promise<void>): Promise<number>;
  /** How much there is. */
  count(sub: string): Promise<number>;
}

export interface ForgetDeps {
  /** They are let in nowhere from now on, if they are not refused already: since when (milliseconds). */
  refuse(sub: string, now: number): Promise<number>;
  jobs: {
    read(owner: string, id: string): Promise<Job | null>;
    /** All of a user's that have not ended. */
    left(owner: string): Promise<Job[]>;
    remove(owner: string, id: string): Promise<void>;
  };
  stores: readonly UserStore[];
  /** Where they are known by the name by which they sign in. */
  named(username: string): readonly UserStore[];
  /** What is still looked up outside: cleared once that is done. */
  last: readonly UserStore[];
  /** What was done outside of this network; null: not yet. */
  outside(jobId: string): Promise<string | null>;
  now(): number;
}

/** A request that was let in before they were refused has ended by then (ms). */
const LONGEST_REQUEST_MS = 30_000;
/** Until it is asked again whether what is outside is done, and how often (ms). */
const PAUSE_MS = 10_000;
const MAX_PAUSES = 18;
/** Looks into all stores: what came in between is taken away by the next one. */
const PASSES = 3;
/** Months whose reports may be under way. */
const MONTHS = 4;

const isRecord = (value: unknown): value is Record<string, number> => typeof value === "object" && value !== null;

export function forgetKind({ refuse, jobs, stores, named, last, outside, now }: ForgetDeps): Kind {
  return async (work) => {
    const leaving = readLeaving(work.job);
    if (leaving === null) throw new Hopeless(`this version of Dormouse can't read whom the job of the kind ${FORGET} is about`);
    const { sub, id, username } = leaving;
    const here = [...stores, ...named(username)];
    let cursor: Record<string, unknown> = { ...work.job.cursor };
    const keep = (more: Record<string, unknown>) => {
      cursor = { ...cursor, ...more };
      return work.goOn({ cursor });
    };
    const since = await refuse(sub, now());

    // Work of theirs: what waits is taken away, and what is under way ends with its lease, which nobody can renew any more.
    let busyUntil = typeof cursor.busyUntil === "number" ? cursor.busyUntil : since + LONGEST_REQUEST_MS;
    const open = [...(await jobs.left(sub)), ...(await partsOfMonths(sub))];
    for (const { state, leaseUntil } of open) if (state === "running") busyUntil = Math.max(busyUntil, (leaseUntil ?? 0) + SLACK_MS);
    await keep({ busyUntil });
    for (const job of open) await jobs.remove(job.owner, job.id);
    if (now() < busyUntil) return { handOn: cursor, pauseMs: Math.min(busyUntil - now(), 60_000) };

    const removed = new Map<string, number>(isRecord(cursor.removed) ? Object.entries(cursor.removed) : []);
    const clear = async (all: readonly UserStore[]) => {
      for (const { name, clear } of all) {
        const gone = await clear(sub, () => work.goOn());
        if (gone > 0) await keep({ removed: Object.fromEntries(removed.set(name, (removed.get(name) ?? 0) + gone)) });
        else await work.goOn();
      }
    };
    await clear(here);

    const signIn = await outside(id);
    if (signIn === null) {
      const pauses = (typeof cursor.pauses === "number" ? cursor.pauses : 0) + 1;
      if (pauses > MAX_PAUSES) throw new NotYet("everything is deleted but the sign-in, for which nobody has come");
      return { handOn: { ...cursor, pauses }, pauseMs: PAUSE_MS };
    }

    await clear(last);
    const all = [...here, ...last];
    let left: Record<string, number> = {};
    for (let pass = 1; pass <= PASSES; pass++) {
      left = {};
      for (const { name, count } of all) left[name] = await count(sub);
      if (Object.values(left).every((n) => n === 0)) return { result: { v: 1, removed: Object.fromEntries(removed), left, signIn } };
      await clear(all);
    }
    throw new Error(`something of a user came back: ${JSON.stringify(left)}`);
  };

  async function partsOfMonths(sub: string): Promise<Job[]> {
    const found: Job[] = [];
    const [year = 0, month = 1] = new Date(now()).toISOString().split("-").map(Number);
    for (let n = 0; n < MONTHS; n++) {
      const part = await jobs.read(partsOf(new Date(Date.UTC(year, month - 1 - n, 1)).toISOString().slice(0, 7)), sub);
      if (part !== null) found.push(part);
    }
    return found;
  }
}
