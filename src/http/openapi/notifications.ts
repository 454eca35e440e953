/** `/notifications`. */

import * as z from "zod/mini";
import { linkQuery } from "../desk/mail-links.ts";
import { changedNotification, notificationList, notificationQuery, notificationShown, subscriptionShown } from "../desk/notification-schemas.ts";
import { type Operation, operation } from "./operation.ts";

export const requests = { ChangedNotification: changedNotification };
export const answers = { Notification: notificationShown, NotificationList: notificationList, MailSubscription: subscriptionShown };

const notification = {
  id: "01931c5e-7c1d-7a52-9f6e-3b1c7d2e4f50",
  kind: "budget-threshold",
  subject: "Groceries: 80% of the budget is spent",
  text: "You have spent €249.00 of the €300.00 (83%) that you planned for “Groceries” from November 1 – 30, 2026. €51.00 are left.",
  data: {
    v: 1,
    budgetId: "01931c5e-7c1d-7a52-9f6e-3b1c7d2e4f51",
    name: "Groceries",
    categoryId: null,
    threshold: 80,
    from: "2026-11-01",
    to: "2026-11-30",
    currency: "EUR",
    amount: "300.00",
    carried: "0.00",
    effective: "300.00",
    spent: "249.00",
    percent: 83,
    unconverted: [],
  },
  state: "sent",
  deliveryMethod: "sns",
  reason: null,
  read: false,
  readAt: null,
  createdAt: "2026-11-21T17:00:00.000Z",
};
const subscription = { state: "confirmed", deliveryMethod: "sns", address: "ann@example.com", since: "2026-11-21T17:00:00.000Z", reason: null };

const page = z.string();
const html = "text/html; charset=utf-8";
const over = { 410: { description: "The link is over: a page.", schema: page, contentType: html } };

/** The pages behind the links in mails that SES sends. */
const links = [
  { does: "confirm", Does: "Confirm", what: "mails to the address that the link was sent to" },
  { does: "unsubscribe", Does: "Unsubscribe", what: "to get no more mails" },
].flatMap(({ does, Does, what }): Operation[] => [
  operation({
    id: `show${Does}`,
    method: "GET",
    path: `/notifications/${does}`,
    tag: "Notifications",
    summary: `${Does}: the page behind the link in a mail`,
    description: `Asks whether one wants ${what}. It does nothing by itself: programs that look through mails open every link.`,
    query: linkQuery,
    headers: ["Accept-Language"],
    responses: { 200: { description: "A page with a button.", schema: page, contentType: html }, ...over },
  }),
  operation({
    id: `${does}ByLink`,
    method: "POST",
    path: `/notifications/${does}`,
    tag: "Notifications",
    summary: `${Does}: what the page's button does${does === "unsubscribe" ? ", and the reader's own program (RFC 8058)" : ""}`,
    description: "Whoever has the link may: it is signed. A body is not looked at. Done twice, it is done once.",
    query: linkQuery,
    headers: ["Accept-Language"],
    responses: { 200: { description: "It is done: a page.", schema: page, contentType: html }, ...over },
  }),
]);

export const operations: readonly Operation[] = [
  ...links,
  operation({
    id: "listNotifications",
    method: "GET",
    path: "/notifications",
    tag: "Notifications",
    summary: "What I was told of, newest first",
    description:
      "Works while the database sleeps. `subject` and `text` are what the mail says. `state`: `sent` when it went out, `skipped` when nobody wanted it by mail (`reason` says why), `failed` when it could not be sent. Kept for 180 days.",
    query: notificationQuery,
    responses: { 200: { description: "A page of them.", schema: notificationList, example: { items: [notification], next: null, unread: 1 } } },
    problems: ["bad-cursor"],
  }),
  operation({
    id: "changeNotification",
    method: "PATCH",
    path: "/notifications/{id}",
    tag: "Notifications",
    summary: "Mark one as read, or as unread again",
    description: "`readAt` stays when it was read for the first time.",
    paramsExample: { id: notification.id },
    body: { schema: changedNotification, example: { read: true } },
    responses: {
      200: { description: "As it is now.", schema: notificationShown, example: { ...notification, read: true, readAt: "2026-11-21T17:05:00.000Z" } },
    },
    problems: ["not-found", "unavailable"],
  }),
  operation({
    id: "getMailSubscription",
    method: "GET",
    path: "/notifications/subscription",
    tag: "Notifications",
    summary: "Whether I get mails, and where",
    description: "`pending`: the address's owner has not said yes yet. No mail goes out before that.",
    responses: { 200: { description: "The subscription; `none` without one.", schema: subscriptionShown, example: subscription } },
    problems: ["unavailable"],
  }),
  operation({
    id: "subscribeToMails",
    method: "POST",
    path: "/notifications/subscription",
    tag: "Notifications",
    summary: "Get mails",
    description:
      "To the e-mail address that the sign-in has verified. Its owner is asked first, by a mail with a link; asked again, that mail comes again, at most once a minute. Takes no body, and needs no `Idempotency-Key`: there is one subscription for each user.",
    headers: ["Accept-Language"],
    responses: {
      200: { description: "It is confirmed already.", schema: subscriptionShown, example: subscription },
      202: { description: "A mail asks for consent.", schema: subscriptionShown, example: { ...subscription, state: "pending" } },
    },
    problems: ["conflict", "unavailable"],
  }),
  operation({
    id: "unsubscribeFromMails",
    method: "DELETE",
    path: "/notifications/subscription",
    tag: "Notifications",
    summary: "Get no mails any more",
    description: "What there is to tell is in the list all the same.",
    responses: { 204: { description: "There is none now." } },
    problems: ["unavailable"],
  }),
];
