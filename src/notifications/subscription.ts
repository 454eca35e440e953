/** Whether somebody gets mails, and where. One for each user. Pure; times are milliseconds since the epoch. */
import type { DeliveryMethod } from "./notification.ts";

/** `pending`: asked for, and not confirmed by the address's owner. `suppressed`: the address bounced, or its owner complained. */
export type SubscriptionState = "pending" | "confirmed" | "suppressed";
const STATES: readonly unknown[] = ["pending", "confirmed", "suppressed"] satisfies SubscriptionState[];

export interface Subscription {
  v: 1;
  userId: string;
  method: DeliveryMethod;
  address: string;
  /** With SNS it is SNS that knows whether it is confirmed: this says what was known last. */
  state: SubscriptionState;
  /** SNS's own name for it; null with SES. */
  arn: string | null;
  /** Links in mails are good for this one alone. */
  nonce: string;
  /** Where this application was reached, for links: `https://…`, no slash at the end. */
  origin: string;
  since: number;
  /** Why it is suppressed. */
  reason: string | null;
}

export class UnknownSubscription extends Error {
  override readonly name = "UnknownSubscription";
  constructor(item: Record<string, unknown>) {
    super(`a subscription has version ${String(item.v).slice(0, 40)} or another form than this code writes; it reads version 1`);
  }
}

/** Throws `UnknownSubscription`. */
export function parseSubscription(item: Record<string, unknown>): Subscription {
  const { v, userId, method, address, state, arn = null, nonce, origin, since, reason = null } = item;
  const texts = [userId, address, nonce, origin].every((value) => typeof value === "string");
  const maybe = [arn, reason].every((value) => value === null || typeof value === "string");
  if (v !== 1 || !texts || !maybe || !(method === "sns" || method === "ses") || !STATES.includes(state) || typeof since !== "number")
    throw new UnknownSubscription(item);
  return { v, userId, method, address, state, arn, nonce, origin, since, reason } as Subscription;
}
