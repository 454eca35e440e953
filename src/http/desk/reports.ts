/** `/reports`: asked for at any time, made when the database is awake, and got while it sleeps again. A report is a job of the kind `report`. */
import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { isEnded, type Job, newJob, UnknownJob } from "../../jobs/job.ts";
import { contentOf, readRequest } from "../../reports/request.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { callerOf } from "../caller.ts";
import { canonical } from "../canonical.ts";
import { idOf, noSuch } from "../finance/path.ts";
import { keyReused, REPLAYED } from "../idempotency-key.ts";
import { decodeCursor, encodeCursor } from "../page.ts";
import { problem, retryAfter } from "../problem.ts";
import { parseBody, parseQuery } from "../validate.ts";
import { madeBy } from "./ids.ts";
import { type JobDeps, MAX_OPEN } from "./jobs.ts";
import { fileOf, newReport, reportQuery, showReport } from "./report-schemas.ts";

export const REPORT = "report";

export interface ReportDeps extends JobDeps {
  links: { download(file: { key: string; versionId: string; fileName: string }): Promise<{ url: string; expiresAt: number }> };
}

/** Among so many of the newest jobs one that is the same is looked for. */
const LOOKED_AT = 100;
/** Jobs read at once for a page of reports: other kinds lie between them. */
const READ = 100;

const LIST = "reports";
const keys = z.tuple([z.int(), z.uuid()]);

const isReport = ({ kind }: Job): boolean => kind === REPORT;

/** Throws the problem `unavailable` (503) for a report of a newer version. */
async function readable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof UnknownJob)) throw cause;
    throw problem("unavailable", "This report was written by a newer version of Dormouse; this one can't read it.", { cause, headers: retryAfter(60) });
  }
}

/** A UUID version 8 (RFC 9562) out of anything: the same out of the same. */
function idFrom(...parts: readonly unknown[]): string {
  const bytes = createHash("sha256").update(canonical(parts)).digest().subarray(0, 16);
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function reportRoutes({ jobs, links, now, newId }: ReportDeps): Route[] {
  const accepted = (job: Job, replayed: boolean): Reply => ({
    status: 202,
    body: showReport(job),
    headers: { location: `/reports/${job.id}`, ...(isEnded(job) ? {} : retryAfter(2)), ...(replayed ? { [REPLAYED]: "true" } : {}) },
  });

  async function post(request: ApiRequest): Promise<Reply> {
    const { sub, username } = callerOf(request.event);
    const keyed = madeBy(request, sub, newId);
    const wanted = parseBody(newReport, request.body);
    const parameters = JSON.parse(JSON.stringify(wanted)) as Record<string, unknown>;
    if (keyed.hash !== null) {
      const there = await readable(jobs.read(sub, keyed.id));
      if (there !== null && there.requestHash !== keyed.hash) throw keyReused();
      if (there !== null) return accepted(there, true);
    }
    const newest = await jobs.newest(sub, LOOKED_AT, null);
    const content = canonical(contentOf(wanted));
    const same = newest.filter((job) => {
      const read = isReport(job) ? readRequest(job.parameters) : null;
      return read !== null && canonical(contentOf(read)) === content;
    });
    let id = keyed.id;
    if (keyed.hash === null) {
      const running = same.find((job) => !isEnded(job));
      if (running !== undefined) return accepted(running, false);
      // Two that ask at once make one: the id is made of what is asked for, and of the last one that was made of it.
      id = idFrom(sub, REPORT, content, same[0]?.id ?? null, same[0]?.createdAt ?? null);
    }
    const open = newest.filter((job) => !isEnded(job)).length;
    if (open >= MAX_OPEN)
      throw problem("conflict", `${open} of your jobs wait or run, which is as many as one person may have at once.`, { headers: retryAfter(60) });
    const job = newJob({ owner: sub, id, kind: REPORT, userId: sub, by: username, parameters, requestHash: keyed.hash }, now());
    const { job: kept, made } = await readable(jobs.create(job));
    if (!made && kept.requestHash !== keyed.hash) throw keyReused();
    return accepted(kept, !made && keyed.hash !== null);
  }

  /** Reports among a user's jobs, from behind a place; `next` is where the page after them begins. */
  async function list(request: ApiRequest): Promise<Reply> {
    const { sub } = callerOf(request.event);
    const { limit, cursor } = parseQuery(reportQuery, request.query);
    const given = cursor === undefined ? null : decodeCursor(LIST, keys, cursor);
    let before = given === null ? null : { createdAt: given[0], id: given[1] };
    const found: Job[] = [];
    for (let behind = true; behind && found.length <= limit; ) {
      const some = await jobs.newest(sub, READ, before);
      found.push(...some.filter(isReport));
      before = some.at(-1) ?? null;
      behind = some.length === READ;
    }
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    const next = found.length > limit && last !== undefined ? encodeCursor(LIST, [last.createdAt, last.id]) : null;
    return { status: 200, body: { items: shown.map(showReport), next } };
  }

  async function own(request: ApiRequest): Promise<Job> {
    const { sub } = callerOf(request.event);
    const job = await readable(jobs.read(sub, idOf(request, "report")));
    if (job === null || !isReport(job)) throw noSuch("report");
    return job;
  }

  async function get(request: ApiRequest): Promise<Reply> {
    const job = await own(request);
    return { status: 200, body: showReport(job), headers: isEnded(job) ? {} : retryAfter(2) };
  }

  /** Each time another link, good for minutes: one that lived longer would die with the credentials that signed it. */
  async function download(request: ApiRequest): Promise<Reply> {
    const job = await own(request);
    const file = fileOf(job);
    if (file === null) {
      if (job.state === "done")
        throw problem("unavailable", "This report was written by another version of Dormouse; this one can't read it.", { headers: retryAfter(60) });
      const why = job.state === "failed" ? `The report could not be made: ${job.reason ?? "the log has more"}.` : "The report is not ready yet.";
      throw problem("conflict", why, job.state === "failed" ? {} : { headers: retryAfter(2) });
    }
    const { url, expiresAt } = await links.download(file);
    return { status: 200, body: { url, fileName: file.fileName, expiresAt: new Date(expiresAt).toISOString() }, headers: { "cache-control": "no-store" } };
  }

  return [
    { method: "POST", path: "/reports", handler: post },
    { method: "GET", path: "/reports", handler: list },
    { method: "GET", path: "/reports/{id}", handler: get },
    { method: "GET", path: "/reports/{id}/download", handler: download },
  ];
}
