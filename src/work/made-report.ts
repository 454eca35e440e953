/** A report that somebody gets without asking for it each time: one for each name that it has, in their own list as if they had asked. */
import { createHash } from "node:crypto";
import { claim, finish, type Job, newJob } from "../jobs/job.ts";
import { type Kind, Stopped, type Work } from "../jobs/ports.ts";
import type { ReportRequest } from "../reports/request.ts";

export interface MadeReportDeps {
  jobs: { read(owner: string, id: string): Promise<Job | null>; create(job: Job): Promise<unknown> };
  /** The work of a report. */
  make: Kind;
  now(): number;
}

/** A UUID version 8 (RFC 9562): the same out of the same. */
export function reportIdOf(...parts: readonly string[]): string {
  const bytes = createHash("sha256").update(JSON.stringify(parts)).digest().subarray(0, 16);
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Whether it is there already. */
export const isMade = async ({ jobs }: Pick<MadeReportDeps, "jobs">, sub: string, id: string): Promise<boolean> => (await jobs.read(sub, id)) !== null;

/**
 * Made, and then put into its user's list: killed before that it is made again under the same name, which takes the file's place and is told of once.
 * `work` is what it is made in, and keeps that one alive.
 */
export async function madeReport({ jobs, make, now }: MadeReportDeps, work: Work, sub: string, id: string, request: ReportRequest): Promise<void> {
  const at = now();
  const fresh = newJob({ owner: sub, id, kind: "report", userId: sub, by: work.job.by, parameters: { ...request } }, at);
  const job = claim(fresh, work.job.runner ?? "", at).next;
  const ending = await make({ job, isLate: work.isLate, goOn: () => work.goOn() });
  if (!("result" in ending)) throw new Stopped("a report is made in one go");
  await jobs.create(finish(job, ending.result, now()).next);
}
