/** How many jobs of a user may wait or run at once: each may wake the database. */
import { isEnded, type Job } from "../../jobs/job.ts";
import { problem, retryAfter } from "../problem.ts";

export const MAX_OPEN = 20;
/** Among so many of the newest they are looked for, and one that is asked for again. */
export const LOOKED_AT = 100;

/** Throws the problem `conflict` (409) when there are too many among the user's newest for one more. */
export function mayHaveOneMore(newest: readonly Job[]): void {
  const open = newest.filter((job) => !isEnded(job)).length;
  if (open >= MAX_OPEN)
    throw problem("conflict", `${open} of your jobs wait or run, which is as many as one person may have at once.`, { headers: retryAfter(60) });
}
