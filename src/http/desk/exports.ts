/** `/exports` and `/me/export`: asked for at any time, made when the database is awake, and got while it sleeps again. A job of the kind `export`. */
import { exportContent, readExportRequest } from "../../exports/request.ts";
import { isEnded } from "../../jobs/job.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { callerOf } from "../caller.ts";
import { problem, retryAfter } from "../problem.ts";
import { parseBody } from "../validate.ts";
import { everything, exportFileOf, makesEverything, newExport, showExport } from "./export-schemas.ts";
import { type FileJobDeps, fileJobs } from "./file-jobs.ts";
import { type RestoreDeps, restoreRoutes } from "./restores.ts";

export const EXPORT = "export";

/** With the way back: `/me/restore`. */
export function exportRoutes(deps: FileJobDeps & RestoreDeps): Route[] {
  const { ask, list, get, download, all, isKept, linkOf } = fileJobs(deps, {
    kind: EXPORT,
    path: "/exports",
    contentOf(parameters) {
      const read = readExportRequest(parameters);
      return read === null ? null : exportContent(read);
    },
    fileOf: exportFileOf,
    show: showExport,
  });

  /** The newest export of everything, with a link where it is there: all that somebody needs who only wants what is theirs. */
  async function mine(request: ApiRequest): Promise<Reply> {
    for await (const job of all(callerOf(request.event).sub, null)) {
      if (!makesEverything(job)) continue;
      const file = exportFileOf(job);
      const link = file !== null && isKept(file) ? await linkOf(file) : null;
      return { status: 200, body: { ...showExport(job), download: link }, headers: { "cache-control": "no-store", ...(isEnded(job) ? {} : retryAfter(2)) } };
    }
    throw problem("not-found", "You have asked for no export of everything yet: POST /me/export does.");
  }

  return [
    { method: "POST", path: "/exports", handler: (request: ApiRequest) => ask(request, parseBody(newExport, request.body)) },
    { method: "GET", path: "/exports", handler: list },
    { method: "GET", path: "/exports/{id}", handler: get },
    { method: "GET", path: "/exports/{id}/download", handler: download },
    { method: "POST", path: "/me/export", handler: (request: ApiRequest) => ask(request, everything) },
    { method: "GET", path: "/me/export", handler: mine },
    ...restoreRoutes(deps),
  ];
}
