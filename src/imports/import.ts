/**
 * An import as its item in DynamoDB has it, which reads while the database sleeps: its states, and every write to it as data with the condition that stands
 * in the write itself. Its rows are in PostgreSQL. Pure. Times are milliseconds since the epoch.
 *
 *     awaiting -> checking -> checked -> committing -> committed -> undoing -> undone
 *                    |  ^-------'  another mapping                    ^
 *                    '-> unreadable                 (from any state) -'
 *
 * Each step is a job, and raises `run`: what an earlier step's job still has to say is refused.
 */
import type { Condition, StateWrite } from "../lifecycle/writes.ts";
import type { HowRead, SaidOfFile } from "./read.ts";
import { type Format, formats } from "./words.ts";

export const importStates = ["awaiting", "checking", "checked", "unreadable", "committing", "committed", "undoing", "undone"] as const;
export type ImportState = (typeof importStates)[number];

/** What a job of the kind `import` does. */
export const steps = ["check", "commit", "undo"] as const;
export type Step = (typeof steps)[number];

/** What the rows come to: of a dry run, or of what was entered. */
export interface Counts {
  /** Of the file. */
  rows: number;
  bad: number;
  duplicates: number;
  /** Rows that are to be entered, or were. */
  added: number;
  /** Of those: how many of each kind, transfers with both their sides included. */
  kinds: Record<string, number>;
  /** The first and the last day of them; null: there are none. */
  from: string | null;
  to: string | null;
}

export interface Import {
  v: 1;
  userId: string;
  id: string;
  format: Format;
  accountId: string;
  /** What its user has said of the file. */
  said: SaidOfFile;
  state: ImportState;
  run: number;
  /** The job of the last step; null: there was none. */
  jobId: string | null;
  /** The file in S3, once a step has looked at it. */
  versionId: string | null;
  size: number | null;
  /** How it was read, and what the rows come to. */
  how: HowRead | null;
  counts: Counts | null;
  /** Of an undo. */
  undone: { removed: number; kept: number } | null;
  /** Why it is `unreadable`, or back where it was: a sentence. */
  reason: string | null;
  /** What made the request for it unique, where it came with an `Idempotency-Key`. */
  requestHash: string | null;
  createdAt: number;
  updatedAt: number;
  /** Forgotten after this time, unless it is committed. */
  expiresAt: number | null;
}

/** The most that a file may have, in bytes. */
export const MAX_FILE = 50 * 1024 * 1024;
/** How long a link for an upload is good (ms): longer than the slowest line takes for 50 MB. */
export const UPLOAD_MS = 30 * 60_000;
/** What is not committed is forgotten after this time (ms). Its file goes a day later than what S3 is told, at the latest. */
export const FORGOTTEN_MS = 7 * 86_400_000;

/** Written by a newer version, or by nobody who knows the rules. */
export class UnknownImport extends Error {
  override readonly name = "UnknownImport";
  constructor(item: Record<string, unknown>) {
    super(`the import "${String(item.id).slice(0, 40)}" has version ${String(item.v).slice(0, 40)} or another form than this code writes; it reads version 1`);
  }
}

export const newImport = (what: Pick<Import, "userId" | "id" | "format" | "accountId" | "said" | "requestHash">, now: number): Import => ({
  v: 1,
  ...what,
  state: "awaiting",
  run: 0,
  jobId: null,
  versionId: null,
  size: null,
  how: null,
  counts: null,
  undone: null,
  reason: null,
  createdAt: now,
  updatedAt: now,
  expiresAt: now + FORGOTTEN_MS,
});

const isIn = <T extends string>(values: readonly T[], value: unknown): value is T => (values as readonly unknown[]).includes(value);

/** An item of the table. Throws `UnknownImport`. */
export function parseImport(item: Record<string, unknown>): Import {
  const first = newImport({ userId: "", id: "", format: "csv", accountId: "", said: {}, requestHash: null }, 0);
  const { expiresAt, ...rest } = item;
  const read = { ...first, ...rest, expiresAt: typeof expiresAt === "number" ? expiresAt * 1000 : null } as Import;
  const texts = [read.userId, read.id, read.accountId].every((value) => typeof value === "string" && value !== "");
  const numbers = [read.run, read.createdAt, read.updatedAt].every((value) => typeof value === "number");
  const isMap = typeof read.said === "object" && read.said !== null;
  if (read.v !== 1 || !texts || !numbers || !isMap || !isIn(formats, read.format) || !isIn(importStates, read.state)) throw new UnknownImport(item);
  return read;
}

/** DynamoDB forgets hours after it should. */
export const isThere = ({ expiresAt }: Pick<Import, "expiresAt">, now: number): boolean => expiresAt === null || expiresAt > now;

const unchanged = ({ run, state }: Import): Condition[] => [
  { path: "v", is: "equals", value: 1 },
  { path: "run", is: "equals", value: run },
  { path: "state", is: "equals", value: state },
];

export interface Change {
  write: StateWrite;
  next: Import;
}

function change(one: Import, set: Partial<Import>, now: number): Change {
  const next = { ...one, ...set, updatedAt: now };
  const { expiresAt, ...rest } = set;
  const expires = expiresAt === undefined || expiresAt === null ? {} : { expiresAt: Math.ceil(expiresAt / 1000) };
  return {
    next,
    write: { set: { ...rest, ...expires, updatedAt: now }, ...(expiresAt === null ? { remove: ["expiresAt"] } : {}), when: unchanged(one) },
  };
}

const during = { check: "checking", commit: "committing", undo: "undoing" } as const satisfies Record<Step, ImportState>;

/** The next step is asked for: the job is made after this, under the id that stands here, so that it can be made again by whoever finds that it is missing. */
export const ask = (one: Import, step: Step, jobId: string, more: Partial<Pick<Import, "said" | "versionId" | "size">>, now: number): Change =>
  change(
    one,
    {
      ...more,
      state: during[step],
      run: one.run + 1,
      jobId,
      reason: null,
      ...(step === "check" ? { how: null, counts: null, expiresAt: now + FORGOTTEN_MS } : {}),
      ...(step === "commit" ? { expiresAt: null } : {}),
    },
    now,
  );

/** What a step's job has to say at its end; it is taken only from the job of the last step. */
export type Outcome =
  | { state: "checked"; how: HowRead; counts: Counts }
  | { state: "unreadable"; reason: string }
  | { state: "committed"; counts: Counts }
  | { state: "undone"; undone: { removed: number; kept: number } };

export function settle(one: Pick<Import, "run">, step: Step, outcome: Outcome, now: number): StateWrite {
  const ends = outcome.state === "undone" || outcome.state === "checked" || outcome.state === "unreadable";
  return {
    set: { ...outcome, updatedAt: now, ...(ends ? { expiresAt: Math.ceil((now + FORGOTTEN_MS) / 1000) } : {}) },
    when: [
      { path: "v", is: "equals", value: 1 },
      { path: "run", is: "equals", value: one.run },
      { path: "state", is: "equals", value: during[step] },
    ],
  };
}

/** Which steps may be asked for. A step whose job has failed may be asked for again. */
export function mayAsk(state: ImportState, step: Step, hasFailed: boolean): boolean {
  if (step === "undo") return state !== "undone" && (state !== "undoing" || hasFailed);
  if (step === "check") return state === "awaiting" || state === "checking" || state === "checked" || state === "unreadable";
  return state === "checked" || (state === "committing" && hasFailed);
}

/** What a job of the kind `import` is told. */
export interface StepAsked {
  v: 1;
  step: Step;
  importId: string;
  run: number;
  accountId: string;
  format: Format;
  said: SaidOfFile;
  versionId: string | null;
}

export const askedOf = ({ id, run, accountId, format, said, versionId }: Import, step: Step): StepAsked => ({
  v: 1,
  step,
  importId: id,
  run,
  accountId,
  format,
  said,
  versionId,
});

/** Null for what this version can't read. */
export function readAsked(parameters: Record<string, unknown>): StepAsked | null {
  const { v, step, importId, run, accountId, format, said, versionId } = parameters;
  const texts = [importId, accountId].every((value) => typeof value === "string");
  if (v !== 1 || !isIn(steps, step) || !texts || typeof run !== "number" || !isIn(formats, format) || typeof said !== "object" || said === null) return null;
  if (versionId !== null && typeof versionId !== "string") return null;
  return { v, step, importId: String(importId), run, accountId: String(accountId), format, said: said as SaidOfFile, versionId };
}
