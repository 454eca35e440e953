/** The job that deletes a user: whom, and what of it is done where the runner can't reach. Pure but for the calls. */
import { type Job, newJob } from "./job.ts";
import { SYSTEM } from "./monthly.ts";

export const FORGET = "forget";

/** Where the name by which they signed in is kept: in the cursor, which goes with the job's end. The `sub` alone stays. */
export interface Leaving {
  id: string;
  sub: string;
  username: string;
}

/** Nobody's own: its user is let in nowhere any more. No history says their name. */
export const forgetJob = ({ id, sub, username }: Leaving, now: number): Job => ({
  ...newJob({ owner: SYSTEM, id, kind: FORGET, userId: null, by: "somebody who leaves", parameters: { sub } }, now),
  cursor: { username },
});

export function readLeaving({ id, kind, parameters: { sub }, cursor }: Job): Leaving | null {
  const username = cursor?.username;
  return kind === FORGET && typeof sub === "string" && typeof username === "string" ? { id, sub, username } : null;
}

/** Says, by being there, that what is outside of the runner's network is done: the sign-in and the subscription to mails. */
export const OUTSIDE = "outside";
export const outsideOf = (jobId: string): string => `run:${jobId}`;

/** For jobs that wait: calls for what is to be done outside, as often as the job goes back to waiting; that bears being done twice. */
export const callOutside =
  (call: (leaving: Leaving) => Promise<void>) =>
  async (waiting: readonly Job[]): Promise<void> => {
    for (const job of waiting) {
      const leaving = readLeaving(job);
      if (leaving !== null && job.state === "waiting") await call(leaving);
    }
  };
