/** What `/notifications` takes and gives. */
import * as z from "zod/mini";
import type { Notification } from "../../notifications/notification.ts";
import { summary } from "../../notifications/render.ts";
import type { Subscription } from "../../notifications/subscription.ts";
import { pageQuery } from "../page.ts";

export const notificationQuery = z.strictObject(pageQuery());

export const changedNotification = z.strictObject({ read: z.boolean("must be true or false") });

export const notificationShown = z.object({
  id: z.string(),
  kind: z.string(),
  /** As the mail says it, in the language of its user. */
  subject: z.string(),
  text: z.string(),
  /** The figures that it is about; their shape is the kind's. */
  data: z.record(z.string(), z.unknown()),
  state: z.enum(["queued", "sending", "sent", "failed", "skipped"]),
  deliveryMethod: z.nullable(z.enum(["sns", "ses"])),
  /** Why there was no mail, or why it waits. */
  reason: z.nullable(z.string()),
  read: z.boolean(),
  readAt: z.nullable(z.iso.datetime()),
  createdAt: z.iso.datetime(),
});

export const notificationList = z.object({
  items: z.array(notificationShown),
  next: z.nullable(z.string()),
  /** Among the newest 200. */
  unread: z.int(),
});

export const subscriptionShown = z.object({
  state: z.enum(["none", "pending", "confirmed", "suppressed"]),
  deliveryMethod: z.nullable(z.enum(["sns", "ses"])),
  address: z.nullable(z.string()),
  since: z.nullable(z.iso.datetime()),
  /** Why no mails go to the address. */
  reason: z.nullable(z.string()),
});

const iso = (at: number) => new Date(at).toISOString();

export function showNotification(notification: Notification): z.output<typeof notificationShown> {
  const { id, kind, data, state, deliveryMethod, reason, readAt, createdAt } = notification;
  return {
    id,
    kind,
    ...summary(notification),
    data,
    state,
    deliveryMethod,
    reason,
    read: readAt !== null,
    readAt: readAt === null ? null : iso(readAt),
    createdAt: iso(createdAt),
  };
}

export function showSubscription(subscription: Subscription | null): z.output<typeof subscriptionShown> {
  if (subscription === null) return { state: "none", deliveryMethod: null, address: null, since: null, reason: null };
  const { state, method, address, since, reason } = subscription;
  return { state, deliveryMethod: method, address, since: iso(since), reason };
}
