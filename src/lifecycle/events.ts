/** Every trigger of the reconciler, as one event. Pure. */
import type { ReconcileEvent } from "./ports.ts";

const KINDS = new Set(["button", "request", "hold", "timer", "schedule", "rds-event", "stop", "look", "release", "job"]);
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/**
 * Calls of our own (`{databaseId, cause}`), EventBridge's schedule, RDS's events. An event is only ever a reason to look: what it says of the
 * instance may be late, doubled or out of order, and is not believed. Throws an Error for anything else.
 */
export function reconcileEvent(event: unknown, databaseId: string): ReconcileEvent {
  if (isObject(event) && typeof event.databaseId === "string" && isObject(event.cause)) {
    const { kind, by } = event.cause;
    if (typeof kind === "string" && KINDS.has(kind) && typeof by === "string")
      return { databaseId: event.databaseId, cause: { kind: kind as ReconcileEvent["cause"]["kind"], by }, ...(event.once === true ? { once: true } : {}) };
  }
  if (isObject(event) && event.source === "aws.events") return { databaseId, cause: { kind: "schedule", by: "schedule" } };
  if (isObject(event) && event.source === "aws.rds" && isObject(event.detail))
    return { databaseId, cause: { kind: "rds-event", by: String(event.detail.EventID ?? "rds") } };
  throw new Error("reconcile was called with an event that it does not know");
}
