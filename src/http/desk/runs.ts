/** `/runs`: work over all users, for operators. It is nobody's own, so it stands in the list of the system. Asked for, and looked at, while the database sleeps. */
import * as z from "zod/mini";
import { isEnded, type Job, reopen, type Step, UnknownJob } from "../../jobs/job.ts";
import { MONTHLY, monthlyJob, monthsToRun, SYSTEM } from "../../jobs/monthly.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { operatorOf } from "../caller.ts";
import { noSuch } from "../finance/path.ts";
import { keyReused } from "../idempotency-key.ts";
import { decodeCursor, encodeCursor, page } from "../page.ts";
import { problem, retryAfter } from "../problem.ts";
import { readable as orNewer } from "../readable.ts";
import { parseBody, parseQuery } from "../validate.ts";
import { acceptedAt } from "./accepted.ts";
import { idFrom, madeBy } from "./ids.ts";
import type { JobDeps } from "./jobs.ts";
import { LOOKED_AT } from "./open-jobs.ts";
import { newMonthlyRun, runQuery, showRun } from "./run-schemas.ts";

const LIST = "runs";
const keys = z.tuple([z.int(), z.string()]);

const readable = orNewer("This run", UnknownJob);
const accepted = acceptedAt("/runs", showRun);

export interface RunDeps extends Omit<JobDeps, "jobs"> {
  jobs: JobDeps["jobs"] & { write(job: Pick<Job, "owner" | "id">, step: Step): Promise<boolean> };
}

export function runRoutes({ jobs, now, newId }: RunDeps): Route[] {
  /** One of that month that has not ended is this one. Two at once would do no harm either: whatever runs there are share their parts. */
  async function monthly(request: ApiRequest): Promise<Reply> {
    const { sub, username } = operatorOf(request.event);
    const keyed = madeBy(request, sub, newId);
    const { month } = parseBody(newMonthlyRun, request.body);
    const months = monthsToRun(now());
    if (!months.includes(month)) {
      const detail = `must be ${months.join(" or ")}: a month that is over, and not so long that nobody knows who has had its report`;
      throw problem("bad-fields", `/month ${detail}.`, { errors: [{ pointer: "/month", detail }] });
    }
    if (keyed.hash !== null) {
      const there = await readable(jobs.read(SYSTEM, keyed.id));
      if (there !== null && there.requestHash !== keyed.hash) throw keyReused();
      if (there !== null) return accepted(there, true);
    }
    const same = (await jobs.newest(SYSTEM, LOOKED_AT, null)).filter(({ kind, parameters }) => kind === MONTHLY && parameters.month === month);
    let { id } = keyed;
    if (keyed.hash === null) {
      const running = same.find((job) => !isEnded(job) && job.parameters.madeBy === undefined);
      if (running !== undefined) return accepted(running, false);
      id = idFrom(MONTHLY, month, same[0]?.id ?? null, same[0]?.createdAt ?? null);
    }
    const { job, made } = await readable(jobs.create(monthlyJob(id, { month, madeBy: null }, username, keyed.hash, now())));
    return accepted(job, !made && keyed.hash !== null);
  }

  async function list(request: ApiRequest): Promise<Reply> {
    operatorOf(request.event);
    const { limit, cursor } = parseQuery(runQuery, request.query);
    const before = cursor === undefined ? null : decodeCursor(LIST, keys, cursor);
    const rows = await jobs.newest(SYSTEM, limit + 1, before === null ? null : { createdAt: before[0], id: before[1] });
    return { status: 200, body: page(rows, limit, showRun, ({ createdAt, id }) => encodeCursor(LIST, [createdAt, id])) };
  }

  async function get(request: ApiRequest): Promise<Reply> {
    operatorOf(request.event);
    const { id = "" } = request.params;
    const job = id === "" || id.length > 200 ? null : await readable(jobs.read(SYSTEM, id));
    if (job === null) throw noSuch("run");
    return { status: 200, body: showRun(job), headers: isEnded(job) ? {} : retryAfter(2) };
  }

  /** Sent again, or by two at once, it is open again once. */
  async function retry(request: ApiRequest): Promise<Reply> {
    operatorOf(request.event);
    const { id = "" } = request.params;
    const job = id === "" || id.length > 200 ? null : await readable(jobs.read(SYSTEM, id));
    if (job === null) throw noSuch("run");
    if (!isEnded(job)) return { status: 202, body: showRun(job), headers: { location: `/runs/${id}`, ...retryAfter(2) } };
    if (job.state === "done") throw problem("conflict", "This run is done: there is nothing to try again.");
    const again = reopen(job, now());
    await jobs.write(job, again);
    return { status: 202, body: showRun(again.next), headers: { location: `/runs/${id}`, ...retryAfter(2) } };
  }

  return [
    { method: "POST", path: "/runs/monthly", handler: monthly },
    { method: "POST", path: "/runs/{id}/retry", handler: retry },
    { method: "GET", path: "/runs", handler: list },
    { method: "GET", path: "/runs/{id}", handler: get },
  ];
}
