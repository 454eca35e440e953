/** `/jobs`. */
import { jobList, jobQuery, jobShown, newJobBody } from "../desk/job-schemas.ts";
import { weeklyRecap } from "./examples-spending.ts";
import { type Operation, operation } from "./operation.ts";

export const requests = { NewJob: newJobBody };
export const answers = { Job: jobShown, JobList: jobList };

export const waiting = {
  id: "01931c5e-7c1d-7a52-9f6e-3b1c7d2e4f50",
  kind: "recap",
  state: "waiting",
  attempt: 0,
  progress: null,
  result: null,
  reason: null,
  createdAt: "2026-11-21T17:00:00.000Z",
  updatedAt: "2026-11-21T17:00:00.000Z",
};
const done = { ...waiting, state: "done", attempt: 1, result: weeklyRecap, updatedAt: "2026-11-21T17:06:12.000Z" };

export const operations: readonly Operation[] = [
  operation({
    id: "listJobs",
    method: "GET",
    path: "/jobs",
    tag: "Jobs",
    summary: "My jobs, newest first",
    description: "Works while the database sleeps. The list may be a moment behind; a job by its id is not. Jobs are kept for 90 days after their end.",
    query: jobQuery,
    responses: { 200: { description: "A page of them.", schema: jobList, example: { items: [done], next: null } } },
    problems: ["bad-cursor"],
  }),
  operation({
    id: "addJob",
    method: "POST",
    path: "/jobs",
    tag: "Jobs",
    summary: "Have something done when the database is awake",
    description:
      "Works while the database sleeps, and wakes it: within what its user may wake it in a day, once for all jobs that wait. `recap`: the weekly recap of the week that holds `on`, or of the last full week. With an `Idempotency-Key` the same request is the same job, for as long as that is kept.",
    headers: ["Idempotency-Key"],
    body: { schema: newJobBody, example: { kind: "recap" } },
    responses: { 202: { description: "It waits.", schema: jobShown, headers: ["Location", "Retry-After"], example: waiting } },
    problems: ["conflict", "unavailable"],
  }),
  operation({
    id: "getJob",
    method: "GET",
    path: "/jobs/{id}",
    tag: "Jobs",
    summary: "How far a job is",
    description: "Works while the database sleeps. `Retry-After` says when it is worth asking again; it is missing once the job has ended.",
    paramsExample: { id: waiting.id },
    responses: { 200: { description: "The job.", schema: jobShown, headers: ["Retry-After"], example: done } },
    problems: ["not-found", "unavailable"],
  }),
];
