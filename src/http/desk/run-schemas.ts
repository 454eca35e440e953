/** What `/runs` takes and gives. */
import * as z from "zod/mini";
import type { Job } from "../../jobs/job.ts";
import { readMonthly } from "../../jobs/monthly.ts";
import { pageQuery } from "../page.ts";
import { jobShown, showJob } from "./job-schemas.ts";

const allowed = "must be a month such as 2026-10";

export const newMonthlyRun = z.strictObject({ month: z.string(allowed).check(z.regex(/^\d{4}-(0[1-9]|1[0-2])$/, allowed)) });

export const runQuery = z.strictObject(pageQuery());

/** A run's id says when it was decided where a schedule did that. `month`: of a monthly run. */
export const runShown = z.extend(jobShown, { id: z.string(), month: z.nullable(z.string()) });

export const runList = z.object({ items: z.array(runShown), next: z.nullable(z.string()) });

export const showRun = (job: Job): z.output<typeof runShown> => ({ ...showJob(job), month: readMonthly(job.parameters)?.month ?? null });
