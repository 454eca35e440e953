/**
 * `/me/restore`: an export of everything is brought back to somebody new. The file goes straight to S3 by a form that is signed here; then a job of the kind
 * `restore` brings it into the database. Nothing is written before that.
 */
import * as z from "zod/mini";
import { newJob, UnknownJob } from "../../jobs/job.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { callerOf } from "../caller.ts";
import { idOf } from "../finance/path.ts";
import { problem } from "../problem.ts";
import { readable as orNewer } from "../readable.ts";
import { acceptedAt } from "./accepted.ts";
import { idFrom, madeBy } from "./ids.ts";
import { showJob } from "./job-schemas.ts";
import type { JobDeps } from "./jobs.ts";
import { LOOKED_AT, mayHaveOneMore } from "./open-jobs.ts";

export interface RestoreDeps extends JobDeps {
  uploads: {
    /** A form, to be posted with `fields` before the file. */
    form(owned: { userId: string; id: string }): Promise<{ url: string; fields: Record<string, string>; expiresAt: number }>;
    /** The newest that was uploaded; null: nothing yet. */
    uploaded(owned: { userId: string; id: string }): Promise<{ versionId: string; size: number } | null>;
  };
}

export const restoreMade = z.object({
  id: z.uuid(),
  upload: z.object({ url: z.url(), fields: z.record(z.string(), z.string()), expiresAt: z.iso.datetime() }),
});

const KIND = "restore";

const readable = orNewer("This job", UnknownJob);
const accepted = acceptedAt("/jobs", showJob);

export function restoreRoutes({ jobs, uploads, now, newId }: RestoreDeps): Route[] {
  async function post(request: ApiRequest): Promise<Reply> {
    const { sub } = callerOf(request.event);
    const { id } = madeBy(request, sub, newId);
    const { url, fields, expiresAt } = await uploads.form({ userId: sub, id });
    return { status: 201, body: { id, upload: { url, fields, expiresAt: new Date(expiresAt).toISOString() } }, headers: { location: `/me/restore/${id}` } };
  }

  /** Of one file one job: asked for again it is that one, whatever came of it; another upload under the same id is another file. */
  async function begin(request: ApiRequest): Promise<Reply> {
    const { sub, username } = callerOf(request.event);
    const fileId = idOf(request, "restore");
    const file = await uploads.uploaded({ userId: sub, id: fileId });
    if (file === null) throw problem("conflict", "Its file has not been uploaded yet, or is not kept any more.");
    const id = idFrom(sub, KIND, fileId, file.versionId);
    const there = await readable(jobs.read(sub, id));
    if (there !== null) return accepted(there);
    mayHaveOneMore(await jobs.newest(sub, LOOKED_AT, null));
    const parameters = { v: 1, fileId, versionId: file.versionId };
    return accepted((await readable(jobs.create(newJob({ owner: sub, id, kind: KIND, userId: sub, by: username, parameters }, now())))).job);
  }

  return [
    { method: "POST", path: "/me/restore", handler: post },
    { method: "POST", path: "/me/restore/{id}", handler: begin },
  ];
}
