/**
 * Files that are made by a job, when the database is awake: asked for at any time, and got while it sleeps again. What reports and exports share: the same one
 * asked for again while it is made is the same one, only its own kind of job is seen, and each download is another link.
 */
import * as z from "zod/mini";
import { isEnded, type Job, newJob, UnknownJob } from "../../jobs/job.ts";
import type { ApiRequest, Reply } from "../api.ts";
import { callerOf } from "../caller.ts";
import { canonical } from "../canonical.ts";
import { idOf, noSuch } from "../finance/path.ts";
import { keyReused } from "../idempotency-key.ts";
import { decodeCursor, encodeCursor, pageQuery } from "../page.ts";
import { problem, retryAfter } from "../problem.ts";
import { readable as orNewer } from "../readable.ts";
import { parseQuery } from "../validate.ts";
import { acceptedAt } from "./accepted.ts";
import { idFrom, madeBy } from "./ids.ts";
import type { JobDeps } from "./jobs.ts";
import { LOOKED_AT, mayHaveOneMore } from "./open-jobs.ts";

export interface FileLinks {
  download(file: { key: string; versionId: string; fileName: string }): Promise<{ url: string; expiresAt: number }>;
}

export interface FileJobDeps extends JobDeps {
  links: FileLinks;
}

export interface MadeFile {
  key: string;
  versionId: string;
  fileName: string;
  /** After this time (milliseconds) it is gone; kept as long as its job where nothing is said. */
  keptUntil?: number;
}

/** What one kind of file is. */
export interface FileKind {
  /** The job's kind, and the word for it in sentences. */
  kind: string;
  /** Where the files are listed, such as `/reports`; it is also the name of its cursors. */
  path: string;
  /** What makes two requests one, of a job's parameters; null for some that this code can't read. */
  contentOf(parameters: Record<string, unknown>): unknown;
  /** The file of a job that is done; null where there is none that this code can read. */
  fileOf(job: Job): MadeFile | null;
  show(job: Job): unknown;
}

/** Jobs read at once for a page of files: other kinds lie between them. */
const READ = 100;

const keys = z.tuple([z.int(), z.uuid()]);
export const fileQuery = z.strictObject(pageQuery());

export function fileJobs({ jobs, links, now, newId }: FileJobDeps, { kind, path, contentOf, fileOf, show }: FileKind) {
  const name = path.slice(1);
  const isOne = (job: Job): boolean => job.kind === kind;

  /** Throws the problem `unavailable` (503) for a job of a newer version. */
  const readable = orNewer(`This ${kind}`, UnknownJob);

  const accepted = acceptedAt(path, show);

  /** Has it made, unless the same is being made. `wanted`: what the request was parsed to. */
  async function ask(request: ApiRequest, wanted: unknown): Promise<Reply> {
    const { sub, username } = callerOf(request.event);
    const keyed = madeBy(request, sub, newId);
    const parameters = JSON.parse(JSON.stringify(wanted)) as Record<string, unknown>;
    if (keyed.hash !== null) {
      const there = await readable(jobs.read(sub, keyed.id));
      if (there !== null && there.requestHash !== keyed.hash) throw keyReused();
      if (there !== null) return accepted(there, true);
    }
    const newest = await jobs.newest(sub, LOOKED_AT, null);
    const content = canonical(contentOf(parameters));
    const same = newest.filter((job) => isOne(job) && canonical(contentOf(job.parameters)) === content);
    let id = keyed.id;
    if (keyed.hash === null) {
      const running = same.find((job) => !isEnded(job));
      if (running !== undefined) return accepted(running);
      // Two that ask at once make one: the id is made of what is asked for, and of the last one that was made of it.
      id = idFrom(sub, kind, content, same[0]?.id ?? null, same[0]?.createdAt ?? null);
    }
    mayHaveOneMore(newest);
    const job = newJob({ owner: sub, id, kind, userId: sub, by: username, parameters, requestHash: keyed.hash }, now());
    const { job: kept, made } = await readable(jobs.create(job));
    if (!made && kept.requestHash !== keyed.hash) throw keyReused();
    return accepted(kept, !made && keyed.hash !== null);
  }

  /** A user's files, newest first, as they are asked for. */
  async function* all(sub: string, from: Pick<Job, "id" | "createdAt"> | null): AsyncGenerator<Job, void, undefined> {
    let before = from;
    for (;;) {
      const some = await jobs.newest(sub, READ, before);
      yield* some.filter(isOne);
      before = some.at(-1) ?? null;
      if (some.length < READ) return;
    }
  }

  async function list(request: ApiRequest): Promise<Reply> {
    const { sub } = callerOf(request.event);
    const { limit, cursor } = parseQuery(fileQuery, request.query);
    const given = cursor === undefined ? null : decodeCursor(name, keys, cursor);
    const found: Job[] = [];
    for await (const job of all(sub, given === null ? null : { createdAt: given[0], id: given[1] })) {
      found.push(job);
      if (found.length > limit) break;
    }
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    const next = found.length > limit && last !== undefined ? encodeCursor(name, [last.createdAt, last.id]) : null;
    return { status: 200, body: { items: shown.map(show), next } };
  }

  async function own(request: ApiRequest): Promise<Job> {
    const { sub } = callerOf(request.event);
    const job = await readable(jobs.read(sub, idOf(request, kind)));
    if (job === null || !isOne(job)) throw noSuch(kind);
    return job;
  }

  async function get(request: ApiRequest): Promise<Reply> {
    const job = await own(request);
    return { status: 200, body: show(job), headers: isEnded(job) ? {} : retryAfter(2) };
  }

  const isKept = ({ keptUntil }: MadeFile): boolean => keptUntil === undefined || now() < keptUntil;

  /** Each time another link, good for minutes: one that lived longer would die with the credentials that signed it. */
  async function linkOf(file: MadeFile): Promise<{ url: string; fileName: string; expiresAt: string }> {
    const { url, expiresAt } = await links.download(file);
    return { url, fileName: file.fileName, expiresAt: new Date(expiresAt).toISOString() };
  }

  async function download(request: ApiRequest): Promise<Reply> {
    const job = await own(request);
    const file = fileOf(job);
    if (file === null) {
      if (job.state === "done")
        throw problem("unavailable", `This ${kind} was written by another version of Dormouse; this one can't read it.`, { headers: retryAfter(60) });
      const why = job.state === "failed" ? `The ${kind} could not be made: ${job.reason ?? "the log has more"}.` : `The ${kind} is not ready yet.`;
      throw problem("conflict", why, job.state === "failed" ? {} : { headers: retryAfter(2) });
    }
    if (!isKept(file)) throw problem("not-found", `The file of this ${kind} is kept no longer. Ask for it again.`);
    return { status: 200, body: await linkOf(file), headers: { "cache-control": "no-store" } };
  }

  return { ask, list, get, download, all, isKept, linkOf };
}
