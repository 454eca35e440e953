/** What `/imports` takes and gives. */
import * as z from "zod/mini";
import { fields } from "../../imports/columns.ts";
import { type Import, importStates } from "../../imports/import.ts";
import type { SaidOfFile } from "../../imports/read.ts";
import { formats, separators } from "../../imports/words.ts";
import type { Job } from "../../jobs/job.ts";
import { pageQuery } from "../page.ts";
import { text, uuid } from "../validate.ts";

const MAX_COLUMN = 1000;
const columnAllowed = `must be the name of a column, its place from 1 to ${MAX_COLUMN}, or null for none`;
const place = z.int(columnAllowed).check(z.gte(1, columnAllowed), z.lte(MAX_COLUMN, columnAllowed));
const name = z.string(columnAllowed).check(z.minLength(1, columnAllowed), z.maxLength(200, columnAllowed));
const column = z.optional(z.union([place, name, z.null()], columnAllowed));
const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) => z.optional(z.enum(values, `must be one of ${values.join(", ")}`));
const lineAllowed = "must be a whole number from 0 to 1000";

/** What a user says of a file; the rest is guessed. OFX and QFX say themselves what is what, but for their encoding. */
export const mappingSaid = z.strictObject({
  /** A label of the Encoding Standard, such as `windows-1252`. */
  encoding: z.optional(text({ min: 1, max: 40 })),
  separator: z.optional(z.enum(separators, "must be a comma, a semicolon, a tab or a bar")),
  /** The line on which the header ends; 0: there is none. */
  header: z.optional(z.int(lineAllowed).check(z.gte(0, lineAllowed), z.lte(1000, lineAllowed))),
  decimals: oneOf([".", ","]),
  days: oneOf(["ymd", "dmy", "mdy"]),
  /** The sign of money that goes out. */
  out: oneOf(["negative", "positive"]),
  columns: z.optional(z.strictObject(Object.fromEntries(fields.map((field) => [field, column])) as Record<(typeof fields)[number], typeof column>)),
});

export const newImportBody = z.strictObject({
  format: z.enum(formats, `must be one of ${formats.join(", ")}`),
  accountId: uuid(),
  mapping: z.optional(mappingSaid),
});

export const checkBody = z.strictObject({ mapping: z.optional(mappingSaid) });

export const importQuery = z.strictObject(pageQuery());

const counts = z.object({
  /** Of the file. */
  rows: z.int(),
  bad: z.int(),
  duplicates: z.int(),
  /** That are to be entered, or were: of each kind, a transfer where both its sides are there. */
  added: z.int(),
  kinds: z.record(z.string(), z.int()),
  from: z.nullable(z.string()),
  to: z.nullable(z.string()),
});

const read = z.object({
  encoding: z.string(),
  /** The encoding was guessed, and may well be another. */
  encodingUnsure: z.boolean(),
  /** Null for OFX and QFX. */
  csv: z.nullable(
    z.object({
      mapping: z.object({
        separator: z.string(),
        header: z.int(),
        decimals: z.string(),
        days: z.string(),
        out: z.string(),
        columns: z.record(z.string(), z.nullable(z.int())),
      }),
      /** The columns' names in the file. */
      names: z.array(z.string()),
      /** What may well be otherwise. */
      unsure: z.array(z.string()),
    }),
  ),
});

const shown = {
  id: uuid(),
  format: z.enum(formats),
  accountId: uuid(),
  /** As it was said. */
  mapping: z.record(z.string(), z.unknown()),
  state: z.enum([...importStates, "failed"]),
  /** Why it can't be read, or what failed. */
  reason: z.nullable(z.string()),
  /** How it was read; null before. */
  read: z.nullable(read),
  /** What the rows come to; null before. */
  counts: z.nullable(counts),
  /** Of an undo: how many entries went, or were gone; and how many stay, because they were changed since. */
  undone: z.nullable(z.object({ removed: z.int(), kept: z.int() })),
  /** Rows, of a step that is under way. */
  progress: z.nullable(z.object({ done: z.int(), total: z.nullable(z.int()) })),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
};

export const importShown = z.object(shown);
export const importMade = z.object({
  ...shown,
  /** Null when its file has been looked at already, which a repeated request may find. */
  upload: z.nullable(z.object({ url: z.url(), fields: z.record(z.string(), z.string()), expiresAt: z.iso.datetime() })),
});
export const importList = z.object({ items: z.array(importShown), next: z.nullable(z.string()) });

const iso = (at: number) => new Date(at).toISOString();

/** Members that were left out count as not said: they come from JSON. */
export const saidOf = (mapping: z.output<typeof mappingSaid> | undefined): SaidOfFile => JSON.parse(JSON.stringify(mapping ?? {})) as SaidOfFile;

/** `job`: of the last step; null: there is none, or nobody looked. */
export function showImport(one: Import, job: Pick<Job, "state" | "reason" | "progress"> | null): z.output<typeof importShown> {
  const underWay = one.state === "checking" || one.state === "committing" || one.state === "undoing";
  const failed = underWay && job?.state === "failed";
  return {
    id: one.id,
    format: one.format,
    accountId: one.accountId,
    mapping: { ...one.said },
    state: failed ? "failed" : one.state,
    reason: underWay ? (job?.reason ?? null) : one.reason,
    read: one.how === null ? null : z.parse(read, one.how),
    counts: one.counts,
    undone: one.undone,
    progress: underWay ? (job?.progress ?? null) : null,
    createdAt: iso(one.createdAt),
    updatedAt: iso(one.updatedAt),
  };
}
