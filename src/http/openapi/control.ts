/** `/database…`. */
import { NoBody, StopBody } from "../control/database.ts";
import { Query as HistoryQuery } from "../control/history.ts";
import { HoldBody, LeaseBody, RenewBody } from "../control/staying-up.ts";
import { databaseView, estimate, history, leaseShown, ledgerEntry, savingsShown } from "./control-schemas.ts";
import { type Operation, operation } from "./operation.ts";

export const answers = { Estimate: estimate, Lease: leaseShown, Database: databaseView, LedgerEntry: ledgerEntry, History: history, Savings: savingsShown };
export const requests = { StopDatabase: StopBody, HoldDatabase: HoldBody, NewLease: LeaseBody, RenewedLease: RenewBody };

const asleep = {
  id: "dormouse",
  phase: "asleep",
  serving: false,
  verified: true,
  attention: null,
  rdsStatus: "stopped",
  since: "2026-11-20T18:02:11.000Z",
  lastActivityAt: "2026-11-20T17:00:40.000Z",
  sleepsAt: null,
  code: "asleep",
  reason: "nobody has asked for it",
  mode: "manage",
  estimate: { p50Seconds: 252, p90Seconds: 341, samples: 20, readyAt: null },
  leases: [],
  hold: null,
  lastBackupAt: "2026-11-20T03:10:00.000Z",
  wake: null,
};
const waking = {
  ...asleep,
  phase: "waking",
  rdsStatus: "starting",
  since: "2026-11-21T07:30:00.000Z",
  code: "starting",
  reason: "ann asked for it",
  estimate: { ...asleep.estimate, readyAt: "2026-11-21T07:34:12.000Z" },
  wake: { by: "ann", at: "2026-11-21T07:30:00.000Z" },
};
const awake = {
  ...asleep,
  phase: "awake",
  serving: true,
  rdsStatus: "available",
  since: "2026-11-21T07:34:10.000Z",
  lastActivityAt: "2026-11-21T07:41:02.000Z",
  sleepsAt: "2026-11-21T08:41:02.000Z",
  code: "not-idle",
  reason: "idle for 2 min, limit 60 min",
};
const lease = { id: "0d0f0f5e-6f4e-4a51-9d8e-0a4c0b1f7a11", by: "ann", why: "nightly import", expiresAt: "2026-11-21T09:00:00.000Z" };
const held = { ...awake, hold: { until: "2026-11-21T18:00:00.000Z", by: "olga", reason: "demo" } };

const view = (description: string, example: unknown) => ({ description, schema: databaseView, example });
const later = (description: string, example: unknown) => ({ ...view(description, example), headers: ["Retry-After"] as const });

export const operations: readonly Operation[] = [
  operation({
    id: "getDatabase",
    method: "GET",
    path: "/database",
    tag: "Database",
    summary: "Asleep or awake",
    description: "The phase, since when and why, when it will sleep, who keeps it awake, and how long a wake takes. Never wakes it, and does not count as use.",
    responses: { 200: view("How it is.", asleep) },
  }),
  operation({
    id: "startDatabase",
    method: "POST",
    path: "/database/start",
    tag: "Database",
    summary: "Wake it: the button",
    description:
      "Pressing it again changes nothing: one wake serves everybody who waits. Then look at `GET /database` every few seconds until `serving`. A background request (`Dormouse-Background: ?1`) wakes nobody: 409.",
    headers: ["Dormouse-Background"],
    body: { schema: NoBody, example: {}, optional: true },
    responses: { 200: view("It is awake, and this press counts as use.", awake), 202: later("It is on its way; `estimate` says for how long.", waking) },
    problems: ["conflict", "watch-mode", "too-many-wakes", "state-unreadable"],
  }),
  operation({
    id: "stopDatabase",
    method: "POST",
    path: "/database/stop",
    tag: "Database",
    summary: "Put it to sleep now",
    description:
      "Waives the idle limit and nothing else: a hold, a lease or a session from outside refuses it, and the answer lists them. With `force` it sleeps all the same, and the ledger says so.",
    body: { schema: StopBody, example: { force: false }, optional: true },
    responses: {
      200: view("It is asleep already.", asleep),
      202: view("It is falling asleep.", { ...awake, phase: "falling-asleep", serving: false, sleepsAt: null }),
    },
    problems: ["conflict", "stop-refused", "watch-mode", "state-unreadable", "unavailable"],
  }),
  operation({
    id: "holdDatabase",
    method: "PUT",
    path: "/database/hold",
    tag: "Database",
    summary: "Keep it awake until",
    description: "At most 7 days; wakes it when it sleeps.",
    body: { schema: HoldBody, example: { until: "2026-11-21T18:00:00Z", reason: "demo" } },
    responses: { 200: view("It is awake and held.", held), 202: later("It is on its way and will be held.", { ...waking, hold: held.hold }) },
    problems: ["watch-mode", "state-unreadable"],
  }),
  operation({
    id: "unholdDatabase",
    method: "DELETE",
    path: "/database/hold",
    tag: "Database",
    summary: "End the hold",
    responses: { 200: view("There is no hold (any more).", awake) },
    problems: ["watch-mode", "state-unreadable"],
  }),
  operation({
    id: "reportActivity",
    method: "POST",
    path: "/database/activity",
    tag: "Database",
    summary: "Say that it is in use",
    description: "For apps of one's own beside the lifecycle. In the background it only looks.",
    headers: ["Dormouse-Background"],
    body: { schema: NoBody, example: {}, optional: true },
    responses: { 200: view("Noted.", awake) },
    problems: ["database-asleep", "state-unreadable"],
  }),
  operation({
    id: "acquireLease",
    method: "POST",
    path: "/database/leases",
    tag: "Database",
    summary: "Keep it awake for a piece of work",
    description: "For work that outlives a request. At most one day away; renew it before. Does not wake: the database has to serve.",
    body: { schema: LeaseBody, example: { why: "nightly import", expiresAt: "2026-11-21T09:00:00Z" } },
    responses: { 201: { description: "The lease.", schema: leaseShown, headers: ["Location"], example: lease } },
    problems: ["conflict", "database-asleep", "state-unreadable"],
  }),
  operation({
    id: "renewLease",
    method: "PUT",
    path: "/database/leases/{id}",
    tag: "Database",
    summary: "Renew a lease",
    description: "When this fails the work that the lease protects has to stop.",
    body: { schema: RenewBody, example: { expiresAt: "2026-11-21T10:00:00Z" } },
    responses: { 200: { description: "The lease with its new end.", schema: leaseShown, example: { ...lease, expiresAt: "2026-11-21T10:00:00.000Z" } } },
    problems: ["not-found", "lease-gone", "state-unreadable"],
  }),
  operation({
    id: "releaseLease",
    method: "DELETE",
    path: "/database/leases/{id}",
    tag: "Database",
    summary: "Give a lease back",
    responses: { 204: { description: "It has ended." } },
    problems: ["not-found", "state-unreadable"],
  }),
  operation({
    id: "listHistory",
    method: "GET",
    path: "/database/history",
    tag: "Database",
    summary: "The ledger, newest first",
    description: "One entry for each change of phase, action or code, with its sentence.",
    query: HistoryQuery,
    queryExample: { limit: "20" },
    responses: {
      200: {
        description: "A page.",
        schema: history,
        example: {
          items: [
            {
              at: "2026-11-20T18:02:11.000Z",
              from: "falling-asleep",
              phase: "asleep",
              action: "none",
              code: "asleep",
              cause: "timer",
              by: "dormouse",
              reason: "idle for 61 min, limit 60 min",
              rdsStatus: "stopped",
              lastedSeconds: 93.4,
            },
          ],
          next: null,
        },
      },
    },
    problems: ["bad-cursor"],
  }),
  operation({
    id: "getSavings",
    method: "GET",
    path: "/database/savings",
    tag: "Database",
    summary: "Hours and money",
    description: "Awake and asleep by UTC month, and the compute that was paid for and not. US dollars.",
    responses: {
      200: {
        description: "The sums since the first look.",
        schema: savingsShown,
        example: {
          currency: "USD",
          pricePerHour: "0.018",
          since: "2026-11-01T00:00:00.000Z",
          awakeSeconds: 90_000,
          asleepSeconds: 1_638_000,
          spent: "0.4500",
          saved: "8.1900",
          months: [{ month: "2026-11", awakeSeconds: 90_000, asleepSeconds: 1_638_000, spent: "0.4500", saved: "8.1900" }],
        },
      },
    },
    problems: ["state-unreadable"],
  }),
];
