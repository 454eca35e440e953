/** What `/reports` takes and gives. */
import * as z from "zod/mini";
import type { Job } from "../../jobs/job.ts";
import { languages } from "../../reports/format.ts";
import { formats, reportKinds, requestFault } from "../../reports/request.ts";
import { calendarDay, currency } from "../finance/fields.ts";
import { pageQuery } from "../page.ts";

const monthAllowed = "must be a month such as 2026-10";

const fields = {
  kind: z.enum(reportKinds, `must be one of ${reportKinds.join(", ")}`),
  /** Weekly: a day of the week. */
  on: z.optional(calendarDay),
  /** Monthly. */
  month: z.optional(z.string(monthAllowed).check(z.regex(/^\d{4}-(0[1-9]|1[0-2])$/, monthAllowed))),
  /** Custom, both days included. */
  from: z.optional(calendarDay),
  to: z.optional(calendarDay),
  language: z.optional(z.enum(languages, `must be one of ${languages.join(", ")}`)),
  currency: z.optional(currency),
  format: z._default(z.optional(z.enum(formats, `must be one of ${formats.join(", ")}`)), "pdf"),
};

export const newReport = z.strictObject(fields).check((payload) => {
  // A field that is wrong by itself has been named.
  const fault = payload.issues.length > 0 ? null : requestFault(payload.value);
  if (fault !== null) payload.issues.push({ code: "custom", message: fault.why, input: payload.value, path: [fault.field] });
});

export const reportQuery = z.strictObject(pageQuery());

/** What a job that is done has for its result, as far as it is shown. */
const file = z.object({
  title: z.string(),
  fileName: z.string(),
  from: z.string(),
  to: z.string(),
  currency: z.string(),
  /** Entries in the list. */
  rows: z.int(),
  bytes: z.int(),
  /** Null: the format has none. */
  pages: z.nullable(z.int()),
  /** Characters that the fonts of a PDF lack, such as `U+65E5`. */
  missing: z.array(z.object({ character: z.string(), count: z.int() })),
});

/** Where the file lies: not shown. */
export const keptFile = z.extend(file, { v: z.literal(1), key: z.string(), versionId: z.string() });

export const reportShown = z.object({
  id: z.uuid(),
  state: z.enum(["waiting", "running", "done", "failed"]),
  request: z.object({
    kind: z.string(),
    on: z.optional(z.string()),
    month: z.optional(z.string()),
    from: z.optional(z.string()),
    to: z.optional(z.string()),
    language: z.optional(z.string()),
    currency: z.optional(z.string()),
    format: z.string(),
  }),
  progress: z.nullable(z.object({ done: z.int(), total: z.nullable(z.int()) })),
  /** Null until it is done. */
  file: z.nullable(file),
  reason: z.nullable(z.string()),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export const reportList = z.object({ items: z.array(reportShown), next: z.nullable(z.string()) });

export const reportDownload = z.object({ url: z.url(), fileName: z.string(), expiresAt: z.iso.datetime() });

const iso = (at: number) => new Date(at).toISOString();

/** The file of a job that is done; null where there is none, or one that this code can't read. */
export function fileOf({ state, result }: Job): z.output<typeof keptFile> | null {
  if (state !== "done") return null;
  const read = z.safeParse(keptFile, result);
  return read.success ? read.data : null;
}

export function showReport(job: Job): z.output<typeof reportShown> {
  const kept = fileOf(job);
  return {
    id: job.id,
    state: job.state,
    request: job.parameters as z.output<typeof reportShown>["request"],
    progress: job.progress,
    file: kept === null ? null : z.parse(file, kept),
    reason: job.reason,
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
  };
}
