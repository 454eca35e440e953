/** What the routes that work while the database sleeps answer: types of the schemas that they answer with, none of their code. Times are UTC ISO 8601. */
import type * as z from "zod/mini";
import type { profileShown } from "../../http/control/me.ts";
import type { exportShown } from "../../http/desk/export-schemas.ts";
import type { importShown } from "../../http/desk/import-schemas.ts";
import type { jobShown } from "../../http/desk/job-schemas.ts";
import type { notificationShown, subscriptionShown } from "../../http/desk/notification-schemas.ts";
import type { account } from "../../http/finance/account-schemas.ts";
import type { importRow } from "../../http/finance/import-schemas.ts";
import { isRecord } from "../types.ts";

export type Job = z.output<typeof jobShown>;
export type Export = z.output<typeof exportShown>;
export type Import = z.output<typeof importShown>;
export type ImportRow = z.output<typeof importRow>;
export type Account = z.output<typeof account>;
export type News = z.output<typeof notificationShown>;
export type Subscription = z.output<typeof subscriptionShown>;

/** What of a profile is chosen here. */
export type Choices = Pick<z.output<typeof profileShown>, "notifications" | "largeExpense" | "weeklyReport">;

export const areChoices = (value: unknown): value is Choices =>
  isRecord(value) && isRecord(value.notifications) && typeof value.weeklyReport === "boolean" && (value.largeExpense === null || isRecord(value.largeExpense));

const states: Record<Job["state"], true> = { waiting: true, running: true, done: true, failed: true };
const subscribed: Record<Subscription["state"], true> = { none: true, pending: true, confirmed: true, suppressed: true };

export const isJob = (value: unknown): value is Job =>
  isRecord(value) &&
  typeof value.id === "string" &&
  typeof value.kind === "string" &&
  typeof value.createdAt === "string" &&
  Object.hasOwn(states, String(value.state));

export const isExport = (value: unknown): value is Export =>
  isRecord(value) &&
  isRecord(value.request) &&
  typeof value.id === "string" &&
  typeof value.createdAt === "string" &&
  Object.hasOwn(states, String(value.state));

const importStates: Record<Import["state"], true> = {
  awaiting: true,
  checking: true,
  checked: true,
  unreadable: true,
  committing: true,
  committed: true,
  undoing: true,
  undone: true,
  failed: true,
};

export const isImport = (value: unknown): value is Import =>
  isRecord(value) && typeof value.id === "string" && typeof value.createdAt === "string" && Object.hasOwn(importStates, String(value.state));

export const isImportRow = (value: unknown): value is ImportRow => isRecord(value) && typeof value.line === "number";

export const isAccount = (value: unknown): value is Account => isRecord(value) && typeof value.id === "string" && typeof value.name === "string";

export const isNews = (value: unknown): value is News =>
  isRecord(value) && typeof value.id === "string" && typeof value.subject === "string" && typeof value.text === "string" && typeof value.createdAt === "string";

export const isSubscription = (value: unknown): value is Subscription => isRecord(value) && Object.hasOwn(subscribed, String(value.state));

export const isOpen = ({ state }: Pick<Job, "state">): boolean => state === "waiting" || state === "running";
