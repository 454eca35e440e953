/** 202 for what a job is going to do: where to look, and when it is worth it. */
import { isEnded, type Job } from "../../jobs/job.ts";
import type { Reply } from "../api.ts";
import { REPLAYED } from "../idempotency-key.ts";
import { retryAfter } from "../problem.ts";

/** `path`: where jobs of this kind are looked at, such as `/jobs`. `replayed`: a request that has come before has its answer again. */
export const acceptedAt =
  (path: string, show: (job: Job) => unknown) =>
  (job: Job, replayed = false): Reply => ({
    status: 202,
    body: show(job),
    headers: { location: `${path}/${job.id}`, ...(isEnded(job) ? {} : retryAfter(2)), ...(replayed ? { [REPLAYED]: "true" } : {}) },
  });
