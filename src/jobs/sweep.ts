/** The daily sweep's decision: who has to be looked at, and the jobs for it. Where there is nobody, nothing is written, and nothing wakes. */
import { type ChangesStore, sweepJobs } from "../notifications/changes.ts";
import { type Job, newJob } from "./job.ts";

export interface SweepPorts {
  changes: Pick<ChangesStore, "toSweep">;
  jobs: {
    /** Puts it if there is none of that id. */
    create(job: Job): Promise<{ made: boolean }>;
  };
  now(): number;
}

/** Decided again on the same day, by a schedule that came twice or late, they are the jobs that are there already. How many users, and how many new jobs. */
export async function beginSweep({ changes, jobs, now }: SweepPorts): Promise<{ users: number; jobs: number }> {
  const at = now();
  const users = await changes.toSweep(new Date(at).toISOString().slice(0, 10));
  let made = 0;
  for (const { id, users: some } of sweepJobs(users, at)) {
    const job = newJob({ owner: "system", id, kind: "sweep", userId: null, by: "the daily sweep", parameters: { users: some } }, at);
    if ((await jobs.create(job)).made) made++;
  }
  return { users: users.length, jobs: made };
}
