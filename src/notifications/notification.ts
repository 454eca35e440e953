/**
 * One notification, as its item in DynamoDB has it: its states, and every write to it as data with the condition that stands in the write itself. Pure.
 * Times are milliseconds since the epoch.
 *
 *     queued -> sending -> sent | failed | skipped
 *        ^---------'  refused for now
 *
 * Neither SNS nor SES takes an idempotency token for e-mail. So a claim is written before a mail is sent, and its outcome after. Killed before the claim:
 * queued still. Killed after it: nobody knows whether the mail has gone, and it is sent once more. That makes one mail at every place to die, but between
 * acceptance and record, where it is one or two, and none only for whoever dies twice in the middle.
 */
import type { Condition, StateWrite } from "../lifecycle/writes.ts";

export type NotificationState = "queued" | "sending" | "sent" | "failed" | "skipped";
const STATES: readonly unknown[] = ["queued", "sending", "sent", "failed", "skipped"] satisfies NotificationState[];

export type DeliveryMethod = "sns" | "ses";

export interface Notification {
  v: 1;
  /** The `sub`. */
  userId: string;
  /** The outbox row's UUID, version 7: so items sort by time. */
  id: string;
  kind: string;
  /** See data.ts. */
  data: Record<string, unknown>;
  /** BCP 47: how its user writes numbers and days, and in which language. */
  language: string;
  state: NotificationState;
  /** How often it was taken up: the fencing token of whoever sends it. */
  attempt: number;
  /** Claims of which nobody knows what came. */
  lost: number;
  deliveryMethod: DeliveryMethod | null;
  /** The address that it was sent to. */
  to: string | null;
  claimedAt: number | null;
  /** A random token of the sender that has it: by this it knows its own claim again when the answer to it was lost. */
  claimedBy: string | null;
  createdAt: number;
  updatedAt: number;
  /** Why it was skipped or failed, or why it waits. For people. */
  reason: string | null;
  readAt: number | null;
}

/** Seconds that one is kept, from its making. */
export const KEPT_SECONDS = 180 * 86_400;
/** A claim holds for so long (ms): longer than a sender lives, shorter than its message stays out of sight. */
export const CLAIM_MS = 120_000;
/** So many claims may end without an outcome: the first, and the one that is sent once more. */
export const MAX_LOST = 2;
/** What is refused for now is tried again for so long (ms). */
export const GIVE_UP_MS = 3 * 86_400_000;

/** Attributes beside the notification's own: `queued` and `at` put it into the index of those that are not settled. */
export interface NotificationItem extends Notification {
  queued?: "1";
  at?: number;
  /** DynamoDB's TTL, in seconds. */
  expiresAt: number;
}

export interface NewNotification {
  userId: string;
  id: string;
  kind: string;
  data: Record<string, unknown>;
  language: string;
}

/** The item of a new one. `createdAt` is the cause's time. */
export const newItem = (what: NewNotification, createdAt: number, now: number): NotificationItem => ({
  v: 1,
  ...what,
  state: "queued",
  attempt: 0,
  lost: 0,
  deliveryMethod: null,
  to: null,
  claimedAt: null,
  claimedBy: null,
  createdAt,
  updatedAt: now,
  reason: null,
  readAt: null,
  queued: "1",
  at: now,
  expiresAt: Math.floor(createdAt / 1000) + KEPT_SECONDS,
});

/** An item that this code can't read. It is left as it is. */
export class UnknownNotification extends Error {
  override readonly name = "UnknownNotification";
  constructor(item: Record<string, unknown>) {
    super(
      `the notification "${String(item.id).slice(0, 40)}" has version ${String(item.v).slice(0, 40)} or another form than this code writes; it reads version 1`,
    );
  }
}

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const orNull = (is: (value: unknown) => boolean) => (value: unknown) => value === undefined || value === null || is(value);
const isMap = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Throws `UnknownNotification`. */
export function parseNotification(item: Record<string, unknown>): Notification {
  const { v, userId, id, kind, data, language, state, attempt, lost = 0, createdAt, updatedAt } = item;
  const { deliveryMethod = null, to = null, claimedAt = null, claimedBy = null, reason = null, readAt = null } = item;
  const fits =
    v === 1 &&
    [userId, id, kind, language].every(isText) &&
    isMap(data) &&
    STATES.includes(state) &&
    [attempt, lost, createdAt, updatedAt].every(isNumber) &&
    [deliveryMethod, to, reason, claimedBy].every(orNull(isText)) &&
    [claimedAt, readAt].every(orNull(isNumber));
  if (!fits) throw new UnknownNotification(item);
  return {
    v,
    userId,
    id,
    kind,
    data,
    language,
    state,
    attempt,
    lost,
    deliveryMethod,
    to,
    claimedAt,
    claimedBy,
    createdAt,
    updatedAt,
    reason,
    readAt,
  } as Notification;
}

/** A write, and the notification after it. */
export interface Step {
  write: StateWrite;
  next: Notification;
}

const readable: Condition = { path: "v", is: "equals", value: 1 };
const still = ({ state, attempt }: Notification): Condition[] => [
  readable,
  { path: "state", is: "equals", value: state },
  { path: "attempt", is: "equals", value: attempt },
];

function step(notification: Notification, change: Partial<Notification>, now: number): Step {
  const next = { ...notification, ...change, updatedAt: now };
  const settled = next.state !== "queued" && next.state !== "sending";
  const set = { ...change, updatedAt: now };
  const write = settled ? { set, remove: ["queued", "at"] } : { set: { ...set, queued: "1", at: now } };
  return { next, write: { ...write, when: still(notification) } };
}

/** `held`: another sender is at it, or died just now. `over`: nothing is to be done. */
export type Claim = Step | "held" | "over";

/** Takes it up for sending; `token`: never used before. The step's `next` is failed when it was lost too often. */
export function claim(notification: Notification, now: number, token: string): Claim {
  const { state, attempt, claimedAt } = notification;
  if (state !== "queued" && state !== "sending") return "over";
  const lost = notification.lost + (state === "sending" ? 1 : 0);
  if (state === "sending" && now - (claimedAt ?? 0) < CLAIM_MS) return "held";
  if (lost >= MAX_LOST)
    return step(
      notification,
      { state: "failed", attempt: attempt + 1, lost, reason: "its sender ended twice in the middle: it may have come, once or twice" },
      now,
    );
  return step(notification, { state: "sending", attempt: attempt + 1, lost, claimedAt: now, claimedBy: token, reason: null }, now);
}

/** What came of sending. `later`: refused for now, and surely not sent. */
export type Outcome =
  | { is: "sent"; by: DeliveryMethod; to: string }
  | { is: "skipped"; why: string }
  | { is: "failed"; why: string; by?: DeliveryMethod }
  | { is: "later"; why: string };

/** Records it; refused when another sender has taken it up since. */
export function settle(notification: Notification, outcome: Outcome, now: number): Step {
  if (outcome.is === "sent") return step(notification, { state: "sent", deliveryMethod: outcome.by, to: outcome.to, reason: null }, now);
  if (outcome.is === "skipped") return step(notification, { state: "skipped", reason: outcome.why }, now);
  if (outcome.is === "failed") return step(notification, { state: "failed", reason: outcome.why, ...(outcome.by ? { deliveryMethod: outcome.by } : {}) }, now);
  if (now - notification.createdAt >= GIVE_UP_MS) return step(notification, { state: "failed", reason: `for three days: ${outcome.why}` }, now);
  return step(notification, { state: "queued", claimedAt: null, reason: outcome.why }, now);
}

/** Its message is sent again: not once more before the next sweep's time. Refused when it was taken up since. */
export const requeue = (notification: Notification, now: number): StateWrite => ({ set: { at: now }, when: still(notification) });

/** Its user has read it, or wants it to look unread. */
export const markRead = (readAt: number | null): StateWrite => ({ set: { readAt }, when: [readable] });
