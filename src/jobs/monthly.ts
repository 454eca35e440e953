/**
 * The monthly run: a report for each user and local month in which they entered something. Its triggers only put jobs, one for each month, and put them
 * again without harm; what makes it whole is that each (user, month) has a part of its own, shared by all runs of that month. Pure but for the put.
 * Months are `2026-10`.
 */
import { type Job, newJob } from "./job.ts";

export const MONTHLY = "monthly";
/** In whose list the jobs are that are nobody's. */
export const SYSTEM = "system";

/** The month `n` before this one. */
export function monthBefore(month: string, n: number): string {
  const [year = 0, of = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, of - 1 - n, 1)).toISOString().slice(0, 7);
}

/** A day has begun for somebody so long (ms) before it begins in UTC. */
const FARTHEST_EAST_MS = 14 * 3_600_000;

/**
 * Months that may be run at `now` (milliseconds): the newest that is over for anybody, and the one before it. No older ones: parts are forgotten 90 days
 * after their end, and who is not known to have had a report would get it again.
 */
export function monthsToRun(now: number): [string, string] {
  const current = new Date(now + FARTHEST_EAST_MS).toISOString().slice(0, 7);
  return [monthBefore(current, 1), monthBefore(current, 2)];
}

/** Of the runs of one month, whoever started them. */
export const partsOf = (month: string): string => `run:month-${month}`;

/** Who came later had no part in that month's own runs: what they have brought along from before is no news to them. Milliseconds. */
const lastOfItsOwn = (month: string): number => Date.parse(`${monthBefore(month, -1)}-02T12:00:00Z`);

export interface MonthlyParameters {
  month: string;
  /** Only users who were there by then, in milliseconds; null: all. */
  madeBy: number | null;
}

export function readMonthly({ month, madeBy = null }: Readonly<Record<string, unknown>>): MonthlyParameters | null {
  if (typeof month !== "string" || !/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) return null;
  return madeBy === null || typeof madeBy === "number" ? { month, madeBy } : null;
}

export const monthlyJob = (id: string, { month, madeBy }: MonthlyParameters, by: string, requestHash: string | null, now: number): Job =>
  newJob({ owner: SYSTEM, id, kind: MONTHLY, userId: null, by, parameters: { month, ...(madeBy === null ? {} : { madeBy }) }, requestHash }, now);

export interface MonthlyPorts {
  jobs: {
    /** Puts it if there is none of that id. */
    create(job: Job): Promise<{ made: boolean }>;
  };
  now(): number;
}

/** By the schedule: the month that is over, and what is missing of the one before. A trigger that comes twice within its hour puts nothing more. */
export async function beginMonthly({ jobs, now }: MonthlyPorts): Promise<{ months: string[]; jobs: number }> {
  const at = now();
  const months = monthsToRun(at);
  let made = 0;
  for (const [i, month] of months.entries()) {
    const parameters = { month, madeBy: i === 0 ? null : lastOfItsOwn(month) };
    const id = `${MONTHLY}:${month}:${new Date(at).toISOString().slice(0, 13)}`;
    if ((await jobs.create(monthlyJob(id, parameters, "the monthly run", null, at))).made) made++;
  }
  return { months: [...months], jobs: made };
}
