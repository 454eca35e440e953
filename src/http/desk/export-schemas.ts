/** What `/exports` and `/me/export` take and give. */
import * as z from "zod/mini";
import { type ExportRequest, exportFormats, filterFault, isEverything, readExportRequest } from "../../exports/request.ts";
import { kinds, statuses } from "../../finance/expense.ts";
import type { Job } from "../../jobs/job.ts";
import { calendarDay, currency } from "../finance/fields.ts";
import { text, uuid } from "../validate.ts";

/** Days are both in, `categoryId` is a category with its children, `tag` is a tag to the letter. */
const filter = z
  .strictObject({
    from: z.optional(calendarDay),
    to: z.optional(calendarDay),
    accountId: z.optional(uuid()),
    categoryId: z.optional(uuid()),
    kind: z.optional(z.enum(kinds, `must be one of ${kinds.join(", ")}`)),
    status: z.optional(z.enum(statuses, `must be one of ${statuses.join(", ")}`)),
    currency: z.optional(currency),
    tag: z.optional(text({ min: 1, max: 50 })),
  })
  .check((payload) => {
    const fault = payload.issues.length > 0 ? null : filterFault(payload.value);
    if (fault !== null) payload.issues.push({ code: "custom", message: fault, input: payload.value, path: ["to"] });
  });

export const newExport = z.strictObject({
  format: z.enum(exportFormats, `must be one of ${exportFormats.join(", ")}`),
  filter: z._default(z.optional(filter), {}),
});

/** What is asked for as everything. */
export const everything: ExportRequest = { format: "json", filter: {} };

const file = z.object({
  fileName: z.string(),
  /** Entries. */
  rows: z.int(),
  bytes: z.int(),
  /** The file can be got until then. */
  keptUntil: z.iso.datetime(),
});

const keptFile = z.object({
  v: z.literal(1),
  key: z.string(),
  versionId: z.string(),
  fileName: z.string(),
  rows: z.int(),
  bytes: z.int(),
  keptUntil: z.int(),
});

const shown = {
  id: z.uuid(),
  state: z.enum(["waiting", "running", "done", "failed"]),
  request: z.object({ format: z.string(), filter: z.record(z.string(), z.string()) }),
  progress: z.nullable(z.object({ done: z.int(), total: z.nullable(z.int()) })),
  /** Null until it is done. */
  file: z.nullable(file),
  reason: z.nullable(z.string()),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
};
export const exportShown = z.object(shown);
export const exportList = z.object({ items: z.array(exportShown), next: z.nullable(z.string()) });
export const exportDownload = z.object({ url: z.url(), fileName: z.string(), expiresAt: z.iso.datetime() });
/** With a link of its own where there is a file; null where there is none yet, or none any more. */
export const ownExport = z.object({ ...shown, download: z.nullable(exportDownload) });

const iso = (at: number) => new Date(at).toISOString();

/** The file of a job that is done; null where there is none, or one that this code can't read. */
export function exportFileOf({ state, result }: Job): z.output<typeof keptFile> | null {
  if (state !== "done") return null;
  const read = z.safeParse(keptFile, result);
  return read.success ? read.data : null;
}

/** Whether the job makes everything of its user, as `POST /me/export` asks for it. */
export function makesEverything({ parameters }: Job): boolean {
  const read = readExportRequest(parameters);
  return read !== null && read.format === everything.format && isEverything(read);
}

export function showExport(job: Job): z.output<typeof exportShown> {
  const kept = exportFileOf(job);
  const { format, filter: chosen = {} } = job.parameters as { format: string; filter?: Record<string, string> };
  return {
    id: job.id,
    state: job.state,
    request: { format, filter: chosen },
    progress: job.progress,
    file: kept === null ? null : { fileName: kept.fileName, rows: kept.rows, bytes: kept.bytes, keptUntil: iso(kept.keptUntil) },
    reason: job.reason,
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
  };
}
