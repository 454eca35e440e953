/** `/jobs`: work that needs the database and that nobody waits for. Asked for, and looked at, while the database sleeps. */
import * as z from "zod/mini";
import { isEnded, type Job, newJob, UnknownJob } from "../../jobs/job.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { callerOf } from "../caller.ts";
import { idOf, noSuch } from "../finance/path.ts";
import { keyReused } from "../idempotency-key.ts";
import { decodeCursor, encodeCursor, page } from "../page.ts";
import { retryAfter } from "../problem.ts";
import { readable as orNewer } from "../readable.ts";
import { parseBody, parseQuery } from "../validate.ts";
import { acceptedAt } from "./accepted.ts";
import { madeBy } from "./ids.ts";
import { jobQuery, newJobBody, showJob } from "./job-schemas.ts";
import { LOOKED_AT, mayHaveOneMore } from "./open-jobs.ts";

export interface JobDeps {
  jobs: {
    create(job: Job): Promise<{ job: Job; made: boolean }>;
    read(owner: string, id: string): Promise<Job | null>;
    newest(owner: string, limit: number, before: Pick<Job, "id" | "createdAt"> | null): Promise<Job[]>;
  };
  /** Milliseconds since the epoch. */
  now(): number;
  newId(): string;
}

const LIST = "jobs";
const keys = z.tuple([z.int(), z.uuid()]);

const readable = orNewer("This job", UnknownJob);
const accepted = acceptedAt("/jobs", showJob);

export function jobRoutes({ jobs, now, newId }: JobDeps): Route[] {
  async function post(request: ApiRequest): Promise<Reply> {
    const { sub, username } = callerOf(request.event);
    const { id, hash } = madeBy(request, sub, newId);
    const { kind, ...parameters } = parseBody(newJobBody, request.body);
    const again = (there: Job): Reply => {
      if (there.requestHash !== hash) throw keyReused();
      return accepted(there, true);
    };
    const there = hash === null ? null : await readable(jobs.read(sub, id));
    if (there !== null) return again(there);
    mayHaveOneMore(await jobs.newest(sub, LOOKED_AT, null));
    const job = newJob({ owner: sub, id, kind, userId: sub, by: username, parameters, requestHash: hash }, now());
    const { job: kept, made } = await readable(jobs.create(job));
    return made ? accepted(kept) : again(kept);
  }

  async function list(request: ApiRequest): Promise<Reply> {
    const { sub } = callerOf(request.event);
    const { limit, cursor } = parseQuery(jobQuery, request.query);
    const before = cursor === undefined ? null : decodeCursor(LIST, keys, cursor);
    const rows = await jobs.newest(sub, limit + 1, before === null ? null : { createdAt: before[0], id: before[1] });
    return { status: 200, body: page(rows, limit, showJob, ({ createdAt, id }) => encodeCursor(LIST, [createdAt, id])) };
  }

  async function get(request: ApiRequest): Promise<Reply> {
    const { sub } = callerOf(request.event);
    const job = await readable(jobs.read(sub, idOf(request, "job")));
    if (job === null) throw noSuch("job");
    return { status: 200, body: showJob(job), headers: isEnded(job) ? {} : retryAfter(2) };
  }

  return [
    { method: "POST", path: "/jobs", handler: post },
    { method: "GET", path: "/jobs", handler: list },
    { method: "GET", path: "/jobs/{id}", handler: get },
  ];
}
