/** `/reports`: asked for at any time, made when the database is awake, and got while it sleeps again. A report is a job of the kind `report`. */
import { contentOf, readRequest } from "../../reports/request.ts";
import type { ApiRequest, Route } from "../api.ts";
import { parseBody } from "../validate.ts";
import { type FileJobDeps, fileJobs } from "./file-jobs.ts";
import { fileOf, newReport, showReport } from "./report-schemas.ts";

export const REPORT = "report";

export function reportRoutes(deps: FileJobDeps): Route[] {
  const { ask, list, get, download } = fileJobs(deps, {
    kind: REPORT,
    path: "/reports",
    contentOf(parameters) {
      const read = readRequest(parameters);
      return read === null ? null : contentOf(read);
    },
    fileOf,
    show: showReport,
  });
  return [
    { method: "POST", path: "/reports", handler: (request: ApiRequest) => ask(request, parseBody(newReport, request.body)) },
    { method: "GET", path: "/reports", handler: list },
    { method: "GET", path: "/reports/{id}", handler: get },
    { method: "GET", path: "/reports/{id}/download", handler: download },
  ];
}
