/** From a row of the outbox to a notification. */
import type { Carrier } from "./drain.ts";
import { KINDS } from "./kinds.ts";
import { type NotificationItem, newItem } from "./notification.ts";

export interface CarryPorts {
  /** Puts it if there is none of that user and id. */
  put(item: NotificationItem): Promise<boolean>;
  /** BCP 47: how this user writes. */
  languageOf(userId: string): Promise<string>;
  /** Milliseconds. */
  now(): number;
}

/** A carrier for each kind of notification. What a payload holds is judged by whoever renders it: carried on is what was told, as it was told. */
export function notificationCarriers({ put, languageOf, now }: CarryPorts): Record<string, Carrier> {
  const carry: Carrier = async ({ user, id, kind, payload, createdAt }) => {
    await put(newItem({ userId: user, id, kind, data: payload, language: await languageOf(user) }, createdAt, now()));
  };
  return Object.fromEntries(KINDS.map((kind) => [kind, carry]));
}
