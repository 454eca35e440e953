/** `/runs`. */
import { newMonthlyRun, runList, runQuery, runShown } from "../desk/run-schemas.ts";
import { waiting as waitingJob } from "./jobs.ts";
import { type Operation, operation } from "./operation.ts";

export const requests = { NewMonthlyRun: newMonthlyRun };
export const answers = { Run: runShown, RunList: runList };

const waiting = { ...waitingJob, id: "01931c5e-7c1d-8a52-9f6e-3b1c7d2e4f51", kind: "monthly", month: "2026-10" };
const done = {
  ...waiting,
  id: "monthly:2026-10:2026-11-01T06",
  state: "done",
  attempt: 3,
  progress: { done: 9871, total: 10_000 },
  result: { month: "2026-10", processed: 9870, failed: 1 },
  createdAt: "2026-11-01T06:00:07.000Z",
  updatedAt: "2026-11-01T06:31:12.000Z",
};

export const operations: readonly Operation[] = [
  operation({
    id: "listRuns",
    method: "GET",
    path: "/runs",
    tag: "Runs",
    summary: "Work over all users, newest first",
    description:
      "Monthly runs and daily sweeps, whoever or whatever began them, and deletions of users. Works while the database sleeps; the list may be a moment behind.",
    query: runQuery,
    responses: { 200: { description: "A page of them.", schema: runList, example: { items: [done], next: null } } },
    problems: ["bad-cursor"],
  }),
  operation({
    id: "runMonth",
    method: "POST",
    path: "/runs/monthly",
    tag: "Runs",
    summary: "Make the reports of a month for all users",
    description:
      "What the schedule does on the 1st, for one month: the newest that is over for anybody, or the one before. Each user gets the report of a month once, however many runs there are; those that failed are tried anew, and users whose month is not over yet are left to a later run. One that is under way for this month is this one. `result` counts users of that month: `processed` (with or without entries to report), and `failed`. Works while the database sleeps, and wakes it.",
    headers: ["Idempotency-Key"],
    body: { schema: newMonthlyRun, example: { month: "2026-10" } },
    responses: { 202: { description: "It waits.", schema: runShown, headers: ["Location", "Retry-After"], example: waiting } },
    problems: ["unavailable"],
  }),
  operation({
    id: "getRun",
    method: "GET",
    path: "/runs/{id}",
    tag: "Runs",
    summary: "How far a run is",
    description: "Works while the database sleeps. `Retry-After` says when it is worth asking again; it is missing once the run has ended.",
    paramsExample: { id: waiting.id },
    responses: { 200: { description: "The run.", schema: runShown, headers: ["Retry-After"], example: done } },
    problems: ["not-found", "unavailable"],
  }),
  operation({
    id: "retryRun",
    method: "POST",
    path: "/runs/{id}/retry",
    tag: "Runs",
    summary: "Try a run again that was given up",
    description:
      "For who has mended what was wrong: it is open again as if it had not been tried, and goes on where it was. One that is under way stays as it is. Works while the database sleeps, and wakes it.",
    paramsExample: { id: waiting.id },
    responses: { 202: { description: "It waits, or is under way.", schema: runShown, headers: ["Location", "Retry-After"], example: waiting } },
    problems: ["not-found", "conflict", "unavailable"],
  }),
];
