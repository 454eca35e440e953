/** What of a deletion is done outside of the database's network: the subscription to mails, and the sign-in. Safe to repeat, and to die in, at any line. */
import { type Leaving, OUTSIDE, outsideOf } from "../jobs/forget.ts";
import { claim, finish, type Job, newJob } from "../jobs/job.ts";
import type { Subscription } from "../notifications/subscription.ts";

export interface OutsideDeps {
  jobs: { read(owner: string, id: string): Promise<Job | null>; create(job: Job): Promise<unknown> };
  subscriptions: { read(userId: string): Promise<Pick<Subscription, "arn"> | null> };
  unsubscribe(arn: string): Promise<void>;
  /** By the name that they signed in with. */
  deleteUser(username: string): Promise<"deleted" | "gone">;
  now(): number;
}

/** null: of another form. */
export function readForgetEvent(event: unknown): Leaving | null {
  const { v, id, sub, username } = (typeof event === "object" && event !== null ? event : {}) as Record<string, unknown>;
  return v === 1 && typeof id === "string" && typeof sub === "string" && typeof username === "string" ? { id, sub, username } : null;
}

/** The note that it is done comes last, and once: the job goes on only when it is there. */
export const forgetOutside =
  ({ jobs, subscriptions, unsubscribe, deleteUser, now }: OutsideDeps) =>
  async ({ id, sub, username }: Leaving): Promise<"deleted" | "gone" | "before"> => {
    if ((await jobs.read(outsideOf(id), OUTSIDE)) !== null) return "before";
    const subscription = await subscriptions.read(sub);
    if (subscription?.arn) await unsubscribe(subscription.arn);
    const signIn = await deleteUser(username);
    const note = newJob({ owner: outsideOf(id), id: OUTSIDE, kind: OUTSIDE, userId: null, by: "dormouse", parameters: {} }, now());
    await jobs.create(finish(claim(note, OUTSIDE, now()).next, signIn, now()).next);
    return signIn;
  };
