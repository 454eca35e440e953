/** `/exports` and `/me/export`. */
import { exportDownload, exportList, exportShown, newExport, ownExport } from "../desk/export-schemas.ts";
import { fileQuery } from "../desk/file-jobs.ts";
import { type Operation, operation } from "./operation.ts";

export const requests = { NewExport: newExport };
export const answers = { Export: exportShown, ExportList: exportList, ExportDownload: exportDownload, OwnExport: ownExport };

const waiting = {
  id: "01931c5e-7c1d-7a52-9f6e-3b1c7d2e4f61",
  state: "waiting",
  request: { format: "json", filter: {} },
  progress: null,
  file: null,
  reason: null,
  createdAt: "2026-11-21T17:00:00.000Z",
  updatedAt: "2026-11-21T17:00:00.000Z",
};
const done = {
  ...waiting,
  state: "done",
  progress: { done: 1204, total: 1204 },
  file: { fileName: "dormouse-2026-11-21.json", rows: 1204, bytes: 391_204, keptUntil: "2026-11-28T17:06:12.000Z" },
  updatedAt: "2026-11-21T17:06:12.000Z",
};
const link = {
  url: "https://dormouse-files.s3.eu-central-1.amazonaws.com/exports/ann/01931c5e-7c1d-7a52-9f6e-3b1c7d2e4f61.json?versionId=1&X-Amz-Expires=300",
  fileName: "dormouse-2026-11-21.json",
  expiresAt: "2026-11-21T17:11:12.000Z",
};
const again =
  "The same export asked for again while it is made is the same one; with an `Idempotency-Key` the same request is, for as long as its job is kept. The file is kept for seven days.";

export const operations: readonly Operation[] = [
  operation({
    id: "listExports",
    method: "GET",
    path: "/exports",
    tag: "Exports",
    summary: "My exports, newest first",
    description: "Works while the database sleeps. The list may be a moment behind; an export by its id is not.",
    query: fileQuery,
    responses: { 200: { description: "A page of them.", schema: exportList, example: { items: [done], next: null } } },
    problems: ["bad-cursor"],
  }),
  operation({
    id: "addExport",
    method: "POST",
    path: "/exports",
    tag: "Exports",
    summary: "Have an export made",
    description: `Works while the database sleeps, and wakes it, within what its user may wake it in a day. \`json\` is everything a user entered, \`csv\`, \`beancount\` and \`ofx\` are entries for other programs; the filter says which entries. ${again}`,
    headers: ["Idempotency-Key"],
    body: { schema: newExport, example: { format: "csv", filter: { from: "2026-01-01", to: "2026-12-31" } } },
    responses: {
      202: {
        description: "It is going to be made.",
        schema: exportShown,
        headers: ["Location", "Retry-After"],
        example: { ...waiting, request: { format: "csv", filter: { from: "2026-01-01", to: "2026-12-31" } } },
      },
    },
    problems: ["conflict", "unavailable"],
  }),
  operation({
    id: "getExport",
    method: "GET",
    path: "/exports/{id}",
    tag: "Exports",
    summary: "How far an export is",
    description: "Works while the database sleeps. `Retry-After` says when it is worth asking again; it is missing once the export is done or has failed.",
    paramsExample: { id: waiting.id },
    responses: { 200: { description: "The export.", schema: exportShown, headers: ["Retry-After"], example: done } },
    problems: ["not-found", "unavailable"],
  }),
  operation({
    id: "downloadExport",
    method: "GET",
    path: "/exports/{id}/download",
    tag: "Exports",
    summary: "A link to an export's file",
    description:
      "Works while the database sleeps. The link is good for five minutes and needs no token; each call gives another one, for as long as the file is kept.",
    paramsExample: { id: waiting.id },
    responses: { 200: { description: "The link.", schema: exportDownload, example: link } },
    problems: ["not-found", "conflict", "unavailable"],
  }),
  operation({
    id: "addOwnExport",
    method: "POST",
    path: "/me/export",
    tag: "Exports",
    summary: "Have everything of mine put into a file",
    description: `The same as \`POST /exports\` with \`{"format": "json"}\`. ${again}`,
    headers: ["Idempotency-Key"],
    responses: { 202: { description: "It is going to be made.", schema: exportShown, headers: ["Location", "Retry-After"], example: waiting } },
    problems: ["conflict", "unavailable"],
  }),
  operation({
    id: "getOwnExport",
    method: "GET",
    path: "/me/export",
    tag: "Exports",
    summary: "Everything of mine, or how far it is",
    description:
      "Works while the database sleeps. The newest export of everything; once it is done with a link to its file, which is good for five minutes and needs no token: each call gives another one.",
    responses: { 200: { description: "The export.", schema: ownExport, headers: ["Retry-After"], example: { ...done, download: link } } },
    problems: ["not-found"],
  }),
];
