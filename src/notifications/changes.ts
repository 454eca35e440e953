/**
 * Who has to be looked at by the daily sweep. A threshold is looked at by the write that crosses it; what no write crosses, time does: a period that begins
 * with what was carried over, or with an expense that was entered ahead. Each write raises its user's counter before it is committed; the sweep clears it
 * on the value that it read before it looked, and keeps the next day on which time alone may cross something. Pure; days are `2026-11-21`.
 */

export interface Changes {
  sub: string;
  /** How often it was raised. */
  count: number;
  /** Raised since the last look. */
  dirty: boolean;
  /** Milliseconds; null: never. */
  raisedAt: number | null;
  /** Null: time alone crosses nothing. */
  dueOn: string | null;
}

export interface ChangesStore {
  /** Before a write is committed. */
  raise(sub: string, now: number): Promise<void>;
  /** Consistent. Null: there was no write yet. */
  read(sub: string): Promise<Changes | null>;
  /** After a look that began at `lookedAt` (milliseconds), from what was read before it. */
  settle(sub: string, seen: Changes, lookedAt: number, dueOn: string | null): Promise<void>;
  /** Users who are dirty, or due by this day. */
  toSweep(day: string): Promise<string[]>;
}

/** A write that raised the counter so long before a look (ms) was committed before it: no request lives half as long. */
export const SETTLED_MS = 60_000;

/** Whether a look that began then has seen every write that had raised the counter. */
export const hasSeenAll = (seen: Changes, lookedAt: number): boolean => seen.raisedAt === null || lookedAt - seen.raisedAt >= SETTLED_MS;

/** Users for one job. */
export const SWEPT_AT_ONCE = 500;

export interface SweepJob {
  id: string;
  users: string[];
}

/**
 * The jobs of a day's sweep; none when nobody has to be looked at, and then nothing wakes. Their ids are the day's: decided twice, they are the same ones.
 * `at` in milliseconds. The sweep runs when the day has begun in every time zone: at noon UTC.
 */
export function sweepJobs(users: readonly string[], at: number): SweepJob[] {
  const day = new Date(at).toISOString().slice(0, 10);
  const jobs: SweepJob[] = [];
  for (let i = 0; i < users.length; i += SWEPT_AT_ONCE)
    jobs.push({ id: `sweep:${day}${i === 0 ? "" : `:${i / SWEPT_AT_ONCE}`}`, users: users.slice(i, i + SWEPT_AT_ONCE) });
  return jobs;
}
