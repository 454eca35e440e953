/** What the API answers, as the console reads it: types of the modules that answer, none of their code. Times are UTC ISO 8601, money is a decimal string. */
import type { presentEntry, DatabaseView as Shown } from "../lifecycle/present.ts";
import type { Savings } from "../lifecycle/savings.ts";
import type { Mode, Phase } from "../lifecycle/state.ts";

export type { Mode, Phase, Savings };

/** `GET /database`. */
export type DatabaseView = Shown;

/** One item of `GET /database/history`. `lastedSeconds` is how long the phase before lasted. */
export type HistoryItem = ReturnType<typeof presentEntry>;

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
