/** What the API answers, as the console reads it. Times are UTC ISO 8601, money is a decimal string. The shapes are fixed by the project's HTTP contract. */
import type { Mode, Phase } from "../lifecycle/state.ts";

export type { Mode, Phase };

/** How long this instance's own wakes took. `readyAt` is null while nobody waits, and while nobody can say when the start begins. */
export interface Estimate {
  p50Seconds: number;
  p90Seconds: number;
  samples: number;
  readyAt: string | null;
}

/** `GET /database`. */
export interface DatabaseView {
  id: string;
  phase: Phase;
  serving: boolean;
  attention: { code: string; since: string; what: string; doThis: string } | null;
  rdsStatus: string;
  since: string;
  lastActivityAt: string | null;
  sleepsAt: string | null;
  code: string;
  reason: string;
  mode: Mode;
  estimate: Estimate | null;
  leases: { id: string; by: string; why: string; expiresAt: string }[];
  hold: { until: string; by: string; reason: string } | null;
  lastBackupAt: string | null;
  /** Somebody waits for it. */
  wake?: { by: string; at: string } | null;
}

/** One item of `GET /database/history`. `lastedSeconds` is how long the phase before lasted. */
export interface HistoryItem {
  at: string;
  from: Phase;
  phase: Phase;
  action: string;
  code: string;
  cause: string;
  by: string;
  reason: string;
  rdsStatus: string;
  lastedSeconds: number | null;
}

export interface SavingsMonth {
  /** `2026-11`. */
  month: string;
  awakeSeconds: number;
  asleepSeconds: number;
  spent: string;
  saved: string;
}

/** `GET /database/savings`. */
export interface Savings {
  currency: string;
  pricePerHour: string;
  since: string;
  awakeSeconds: number;
  asleepSeconds: number;
  spent: string;
  saved: string;
  months: SavingsMonth[];
}

export interface Category {
  id: string;
  name: string;
}

export interface Expense {
  id: string;
  amount: string;
  currency: string;
  /** The user's own day, `2026-11-21`. */
  occurredOn: string;
  categoryId: string | null;
  description: string | null;
}

/** A list answer; `next` is the cursor of the next page. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** What the server writes into the page. */
export interface Settings {
  authUrl: string;
  clientId: string;
  part: "all" | "lifecycle";
}

const phases: Record<Phase, true> = { asleep: true, waking: true, awake: true, "falling-asleep": true };

export function isPhase(value: unknown): value is Phase {
  return typeof value === "string" && Object.hasOwn(phases, value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Looks at what the page can't do without; an answer that fails is from an API that this page does not know. */
export function isDatabaseView(value: unknown): value is DatabaseView {
  return isRecord(value) && isPhase(value.phase) && typeof value.serving === "boolean" && typeof value.since === "string" && Array.isArray(value.leases);
}
