/**
 * `/imports`: a bank's file, first looked through and then entered. Asked for and looked at while the database sleeps; each step is a job that wakes it. The
 * file goes straight to S3.
 */
import { isDeepStrictEqual } from "node:util";
import * as z from "zod/mini";
import { ask, askedOf, type Import, isThere, mayAsk, newImport, type Step, UnknownImport } from "../../imports/import.ts";
import type { SaidOfFile } from "../../imports/read.ts";
import { isEnded, type Job, newJob, UnknownJob } from "../../jobs/job.ts";
import type { StateWrite } from "../../lifecycle/writes.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { type Caller, callerOf } from "../caller.ts";
import { idOf, noSuch } from "../finance/path.ts";
import { keyReused, REPLAYED } from "../idempotency-key.ts";
import { decodeCursor, encodeCursor, page } from "../page.ts";
import { problem, retryAfter } from "../problem.ts";
import { readable as orNewer } from "../readable.ts";
import { parseBody, parseQuery } from "../validate.ts";
import { madeBy } from "./ids.ts";
import { checkBody, importQuery, newImportBody, saidOf, showImport } from "./import-schemas.ts";
import type { JobDeps } from "./jobs.ts";
import { LOOKED_AT, mayHaveOneMore } from "./open-jobs.ts";

interface OwnedImport {
  userId: string;
  id: string;
}

export interface ImportDeps extends JobDeps {
  imports: {
    create(one: Import): Promise<{ there: Import; made: boolean }>;
    read(owned: OwnedImport): Promise<Import | null>;
    list(userId: string, limit: number, after: { createdAt: number; id: string } | null): Promise<Import[]>;
    write(owned: OwnedImport, write: StateWrite): Promise<boolean>;
    forget(owned: OwnedImport): Promise<boolean>;
  };
  uploads: {
    form(owned: OwnedImport): Promise<{ url: string; fields: Record<string, string>; expiresAt: number }>;
    /** The newest that was uploaded; null: nothing yet. */
    uploaded(owned: OwnedImport): Promise<{ versionId: string; size: number } | null>;
  };
}

const KIND = "import";
const LIST = "imports";
const keys = z.tuple([z.int(), z.uuid()]);

const readable = orNewer("This import", UnknownImport, UnknownJob);

export function importRoutes({ imports, uploads, jobs, now, newId }: ImportDeps): Route[] {
  const jobOf = async ({ userId, jobId }: Import): Promise<Job | null> => (jobId === null ? null : readable(jobs.read(userId, jobId)));

  async function own(request: ApiRequest, { sub }: Caller): Promise<Import> {
    const one = await readable(imports.read({ userId: sub, id: idOf(request, "import") }));
    if (one === null || !isThere(one, now())) throw noSuch("import");
    return one;
  }

  const accepted = (one: Import, job: Job): Reply => ({
    status: 202,
    body: showImport(one, job),
    headers: { location: `/imports/${one.id}`, ...retryAfter(2) },
  });

  /** The job of the import's last step: made where whoever asked for it died before. */
  async function jobFor(one: Import, step: Step, { username }: Caller): Promise<Job> {
    const parameters = { ...askedOf(one, step) };
    const job = newJob({ owner: one.userId, id: one.jobId ?? "", kind: KIND, userId: one.userId, by: username, parameters }, now());
    return (await readable(jobs.create(job))).job;
  }

  async function begin(one: Import, step: Step, more: Partial<Pick<Import, "said" | "versionId" | "size">>, caller: Caller): Promise<Reply> {
    mayHaveOneMore(await jobs.newest(caller.sub, LOOKED_AT, null));
    const { write, next } = ask(one, step, newId(), more, now());
    if (!(await imports.write(one, write)))
      throw problem("conflict", "The import is being changed from elsewhere at the same time.", { headers: retryAfter(1) });
    return accepted(next, await jobFor(next, step, caller));
  }

  async function post(request: ApiRequest): Promise<Reply> {
    const { sub } = callerOf(request.event);
    const { id, hash } = madeBy(request, sub, newId);
    const { format, accountId, mapping } = parseBody(newImportBody, request.body);
    const wanted = newImport({ userId: sub, id, format, accountId, said: saidOf(mapping), requestHash: hash }, now());
    const { there, made } = await readable(imports.create(wanted));
    if (there.requestHash !== hash) throw keyReused();
    const upload = there.state === "awaiting" ? await uploads.form(there) : null;
    return {
      status: 201,
      body: { ...showImport(there, null), upload: upload && { ...upload, expiresAt: new Date(upload.expiresAt).toISOString() } },
      headers: { location: `/imports/${id}`, ...(made ? {} : { [REPLAYED]: "true" }) },
    };
  }

  async function list(request: ApiRequest): Promise<Reply> {
    const { sub } = callerOf(request.event);
    const { limit, cursor } = parseQuery(importQuery, request.query);
    const [createdAt, id] = cursor === undefined ? [] : decodeCursor(LIST, keys, cursor);
    const found = await readable(imports.list(sub, limit + 1, createdAt === undefined || id === undefined ? null : { createdAt, id }));
    return {
      status: 200,
      body: page(
        found,
        limit,
        (one) => showImport(one, null),
        (last) => encodeCursor(LIST, [last.createdAt, last.id]),
      ),
    };
  }

  async function get(request: ApiRequest): Promise<Reply> {
    const one = await own(request, callerOf(request.event));
    const job = await jobOf(one);
    const body = showImport(one, job);
    const moves = body.state === "checking" || body.state === "committing" || body.state === "undoing";
    return { status: 200, body, headers: moves ? retryAfter(2) : {} };
  }

  /** The dry run, and each further one with another mapping. */
  async function check(request: ApiRequest): Promise<Reply> {
    const caller = callerOf(request.event);
    const { mapping } = parseBody(checkBody, request.body ?? {});
    const one = await own(request, caller);
    const said: SaidOfFile = mapping === undefined ? one.said : saidOf(mapping);
    if (!mayAsk(one.state, "check", false)) throw problem("conflict", `The import is ${one.state}: it can't be looked through again.`);
    if (one.state === "checking" && isDeepStrictEqual(said, one.said)) {
      const job = await jobFor(one, "check", caller);
      if (!isEnded(job)) return accepted(one, job);
    }
    const file = await uploads.uploaded(one);
    if (file === null) throw problem("conflict", "Its file has not been uploaded yet, or is not kept any more.");
    return begin(one, "check", { said, ...file }, caller);
  }

  async function commit(request: ApiRequest): Promise<Reply> {
    const caller = callerOf(request.event);
    const one = await own(request, caller);
    const job = one.state === "committing" ? await jobFor(one, "commit", caller) : null;
    if (job !== null && !isEnded(job)) return accepted(one, job);
    if (one.state === "committed") return { status: 200, body: showImport(one, null) };
    if (!mayAsk(one.state, "commit", job !== null)) throw problem("conflict", `The import is ${one.state}: only one that was looked through can be entered.`);
    return begin(one, "commit", {}, caller);
  }

  /** What it has made goes. One for which nothing was ever done is simply forgotten. */
  async function remove(request: ApiRequest): Promise<Reply> {
    const caller = callerOf(request.event);
    const one = await own(request, caller);
    if (one.state === "undone" || (one.state === "awaiting" && (await imports.forget(one)))) return { status: 204 };
    const job = one.state === "undoing" ? await jobFor(one, "undo", caller) : null;
    if (job !== null && !isEnded(job)) return accepted(one, job);
    return begin(one, "undo", {}, caller);
  }

  return [
    { method: "POST", path: "/imports", handler: post },
    { method: "GET", path: "/imports", handler: list },
    { method: "GET", path: "/imports/{id}", handler: get },
    { method: "POST", path: "/imports/{id}/check", handler: check },
    { method: "POST", path: "/imports/{id}/commit", handler: commit },
    { method: "DELETE", path: "/imports/{id}", handler: remove },
  ];
}
