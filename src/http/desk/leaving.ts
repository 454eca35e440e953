/** `DELETE /me`: everything of a user goes, whether the database is awake or not. What is answered is the last that they get: from here on their tokens let nobody in. */
import * as z from "zod/mini";
import { FORGET, forgetJob } from "../../jobs/forget.ts";
import type { Job } from "../../jobs/job.ts";
import { REFUSED_MS } from "../../lifecycle/refused.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { callerOf } from "../caller.ts";
import { idFrom } from "./ids.ts";

export interface LeavingDeps {
  /** From now on, unless they are refused already: since when (milliseconds). */
  refuse(sub: string, now: number): Promise<number>;
  jobs: { create(job: Job): Promise<{ job: Job }> };
  /** Milliseconds since the epoch. */
  now(): number;
}

export const accountDeletion = z.object({
  /** The job's, for operators: in its result it says what was there, and that nothing is left. */
  id: z.uuid(),
  state: z.enum(["waiting", "running", "done", "failed"]),
  /** Tokens are refused until they have all ended by themselves. */
  refusedUntil: z.iso.datetime(),
});

const iso = (at: number) => new Date(at).toISOString();

export function leavingRoutes({ refuse, jobs, now }: LeavingDeps): Route[] {
  /** Sent again, because its answer was lost, it is the same job: whom it is about is refused since the same moment. */
  async function leave(request: ApiRequest): Promise<Reply> {
    const { sub, username } = callerOf(request.event);
    const since = await refuse(sub, now());
    const { job } = await jobs.create(forgetJob({ id: idFrom(FORGET, sub, since), sub, username }, now()));
    return { status: 202, body: { id: job.id, state: job.state, refusedUntil: iso(since + REFUSED_MS) } satisfies z.output<typeof accountDeletion> };
  }
  return [{ method: "DELETE", path: "/me", handler: leave }];
}
