/** What the routes that work while the database sleeps answer, as the console reads it. Times are UTC ISO 8601. */
import { isRecord } from "../types.ts";

export interface Job {
  id: string;
  kind: string;
  state: "waiting" | "running" | "done" | "failed";
  /** `total` is null while nobody knows. */
  progress: { done: number; total: number | null } | null;
  result: unknown;
  /** Why it waits, or failed. */
  reason: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface News {
  id: string;
  kind: string;
  /** Both in the reader's language. */
  subject: string;
  text: string;
  /** What became of its mail. */
  state: "queued" | "sending" | "sent" | "failed" | "skipped";
  reason: string | null;
  createdAt: string;
  readAt: string | null;
}

export interface Subscription {
  state: "none" | "pending" | "confirmed" | "suppressed";
  address: string | null;
  reason: string | null;
}

const states: Record<Job["state"], true> = { waiting: true, running: true, done: true, failed: true };
const subscribed: Record<Subscription["state"], true> = { none: true, pending: true, confirmed: true, suppressed: true };

export const isJob = (value: unknown): value is Job =>
  isRecord(value) &&
  typeof value.id === "string" &&
  typeof value.kind === "string" &&
  typeof value.createdAt === "string" &&
  Object.hasOwn(states, String(value.state));

export const isNews = (value: unknown): value is News =>
  isRecord(value) && typeof value.id === "string" && typeof value.subject === "string" && typeof value.text === "string" && typeof value.createdAt === "string";

export const isSubscription = (value: unknown): value is Subscription => isRecord(value) && Object.hasOwn(subscribed, String(value.state));

export const isOpen = ({ state }: Pick<Job, "state">): boolean => state === "waiting" || state === "running";
