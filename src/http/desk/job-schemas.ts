/** What `/jobs` takes and gives. */
import * as z from "zod/mini";
import type { Job } from "../../jobs/job.ts";
import { calendarDay } from "../finance/fields.ts";
import { pageQuery } from "../page.ts";

/** The kinds of work that a user may ask for. */
export const newJobBody = z.strictObject({ kind: z.enum(["recap"], "must be recap"), on: z.optional(calendarDay) });

export const jobQuery = z.strictObject(pageQuery());

export const jobShown = z.object({
  id: z.uuid(),
  kind: z.string(),
  state: z.enum(["waiting", "running", "done", "failed"]),
  attempt: z.int(),
  progress: z.nullable(z.object({ done: z.int(), total: z.nullable(z.int()) })),
  result: z.unknown(),
  reason: z.nullable(z.string()),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export const jobList = z.object({ items: z.array(jobShown), next: z.nullable(z.string()) });

const iso = (at: number) => new Date(at).toISOString();

/** Without where its file lies: who may have that gets it by a link. */
function shownResult(result: unknown): unknown {
  if (typeof result !== "object" || result === null || !("versionId" in result)) return result;
  const { key: _, versionId: __, ...shown } = result as Record<string, unknown>;
  return shown;
}

export const showJob = ({ id, kind, state, attempt, progress, result, reason, createdAt, updatedAt }: Job): z.output<typeof jobShown> => ({
  id,
  kind,
  state,
  attempt,
  progress,
  result: shownResult(result),
  reason,
  createdAt: iso(createdAt),
  updatedAt: iso(updatedAt),
});
