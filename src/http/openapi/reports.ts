/** `/reports`. */
import { newReport, reportDownload, reportList, reportQuery, reportShown } from "../desk/report-schemas.ts";
import { type Operation, operation } from "./operation.ts";

export const requests = { NewReport: newReport };
export const answers = { Report: reportShown, ReportList: reportList, ReportDownload: reportDownload };

const waiting = {
  id: "01931c5e-7c1d-7a52-9f6e-3b1c7d2e4f60",
  state: "waiting",
  request: { kind: "monthly", month: "2026-10", format: "pdf" },
  progress: null,
  file: null,
  reason: null,
  createdAt: "2026-11-21T17:00:00.000Z",
  updatedAt: "2026-11-21T17:00:00.000Z",
};
const done = {
  ...waiting,
  state: "done",
  progress: { done: 77, total: 77 },
  file: {
    title: "Monthly spending report, 1 – 31 October 2026",
    fileName: "report-2026-10.pdf",
    from: "2026-10-01",
    to: "2026-10-31",
    currency: "EUR",
    rows: 77,
    bytes: 95_298,
    pages: 5,
    missing: [],
  },
  updatedAt: "2026-11-21T17:06:12.000Z",
};

export const operations: readonly Operation[] = [
  operation({
    id: "listReports",
    method: "GET",
    path: "/reports",
    tag: "Reports",
    summary: "My reports, newest first",
    description: "Works while the database sleeps. The list may be a moment behind; a report by its id is not. Reports are kept for 90 days.",
    query: reportQuery,
    responses: { 200: { description: "A page of them.", schema: reportList, example: { items: [done], next: null } } },
    problems: ["bad-cursor"],
  }),
  operation({
    id: "addReport",
    method: "POST",
    path: "/reports",
    tag: "Reports",
    summary: "Have a report made",
    description:
      "Works while the database sleeps, and wakes it, within what its user may wake it in a day. `weekly`: the week that holds `on`, or the last that is over; `monthly`: `month`, or the last that is over; `custom`: from `from` to `to`. `pdf` is the report itself, with charts, conforming to PDF/UA; `csv` its list of entries; `xlsx` both as tables. Language and currency are the user's own unless they are told. The same report asked for again while it is made is the same one; with an `Idempotency-Key` the same request is, for as long as it is kept. When it lies there, `report-ready` tells its user.",
    headers: ["Idempotency-Key"],
    body: { schema: newReport, example: { kind: "monthly", month: "2026-10", format: "pdf" } },
    responses: { 202: { description: "It is going to be made.", schema: reportShown, headers: ["Location", "Retry-After"], example: waiting } },
    problems: ["conflict", "unavailable"],
  }),
  operation({
    id: "getReport",
    method: "GET",
    path: "/reports/{id}",
    tag: "Reports",
    summary: "How far a report is",
    description: "Works while the database sleeps. `Retry-After` says when it is worth asking again; it is missing once the report is done or has failed.",
    paramsExample: { id: waiting.id },
    responses: { 200: { description: "The report.", schema: reportShown, headers: ["Retry-After"], example: done } },
    problems: ["not-found", "unavailable"],
  }),
  operation({
    id: "downloadReport",
    method: "GET",
    path: "/reports/{id}/download",
    tag: "Reports",
    summary: "A link to a report's file",
    description:
      "Works while the database sleeps. The link is good for five minutes and needs no token; each call gives another one, for as long as the report is kept.",
    paramsExample: { id: waiting.id },
    responses: {
      200: {
        description: "The link.",
        schema: reportDownload,
        example: {
          url: "https://dormouse-files.s3.eu-central-1.amazonaws.com/reports/ann/01931c5e-7c1d-7a52-9f6e-3b1c7d2e4f60.pdf?versionId=1&X-Amz-Expires=300",
          fileName: "report-2026-10.pdf",
          expiresAt: "2026-11-21T17:11:12.000Z",
        },
      },
    },
    problems: ["not-found", "conflict", "unavailable"],
  }),
];
