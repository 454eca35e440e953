/** Finds by state what a stream, a queue or a sender lost: notifications that are neither settled nor moved for a while, and asks for them again. */
import { type Notification, requeue, type Step } from "./notification.ts";
import type { NotifyMessage } from "./send.ts";

export interface LostPorts {
  store: {
    /** Those not settled that were last touched before `before`, the longest first. */
    waiting(before: number, limit: number): Promise<Notification[]>;
    write(notification: Notification, write: Step["write"]): Promise<boolean>;
  };
  /** Puts messages into the queue; those that it did not take. */
  enqueue(messages: readonly NotifyMessage[]): Promise<readonly NotifyMessage[]>;
  now(): number;
}

/** As long as a notification may take on its usual way (ms). */
export const LOST_AFTER_MS = 15 * 60_000;
const LIMIT = 1000;

export const messageOf = ({ userId, id }: Pick<Notification, "userId" | "id">): NotifyMessage => ({ v: 1, userId, id });

/** How many were asked for again. A message too many changes nothing: so first the message, then the mark that keeps it from the next sweep. */
export async function askForLost({ store, enqueue, now }: LostPorts): Promise<number> {
  const waiting = await store.waiting(now() - LOST_AFTER_MS, LIMIT);
  const refused = new Set((await enqueue(waiting.map(messageOf))).map(({ id }) => id));
  const asked = waiting.filter(({ id }) => !refused.has(id));
  for (const notification of asked) await store.write(notification, requeue(notification, now()));
  return asked.length;
}
