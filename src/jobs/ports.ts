/** What jobs need from outside, in their own words. */
import type { Cursor, Job, Progress, Step } from "./job.ts";

export interface JobStore {
  /** What waits or runs, oldest first; at most `limit`. It may be a moment behind. */
  open(limit: number): Promise<Job[]>;
  /** false: refused by its condition. */
  write(job: Pick<Job, "owner" | "id">, step: Step): Promise<boolean>;
}

/** What kind of work gets. Each method throws `Stopped` when the job is no longer this runner's, or the database is going to sleep. */
export interface Work {
  readonly job: Job;
  /**
   * To be called at least once a minute, and before each piece of work that must not be done twice at once: renews what keeps the job and the database, when
   * it is time to. With a change it always writes.
   */
  goOn(change?: { progress?: Progress; cursor?: Cursor }): Promise<void>;
  /** The runner's time is nearly over: end with `{ handOn: cursor }`. */
  isLate(): boolean;
}

/** What came of it; or where the next runner goes on, and after which pause (ms). */
export type Ending = { result: unknown } | { handOn: Cursor; pauseMs?: number };
export type Kind = (work: Work) => Promise<Ending>;

/** Thrown by work that can never succeed: it is not tried again. Its message is shown to the user. */
export class Hopeless extends Error {
  override readonly name = "Hopeless";
}

/** Thrown where work can't begin yet and nothing of it is wrong: it counts as a failure, so that it has an end, but is tried again only after a long pause. */
export class NotYet extends Error {
  override readonly name = "NotYet";
}

/** Work ends here, through no fault of its own: it goes back to waiting. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

/** Whether what was thrown is to be tried again, and when. */
export const hopeOf = (error: unknown): "never" | "soon" | "later" => (error instanceof Hopeless ? "never" : error instanceof NotYet ? "later" : "soon");
