/** `/notifications`: what its user was told of, and whether they get it by mail. Works while the database sleeps. */
import * as z from "zod/mini";
import { localeAccepted, type StoredProfile } from "../../finance/profile.ts";
import { markRead, type Notification, type Step, UnknownNotification } from "../../notifications/notification.ts";
import { Refused } from "../../notifications/send.ts";
import { NoSubscription, type SubscribingPorts, subscribe, subscriptionOf, unsubscribe } from "../../notifications/subscribing.ts";
import { UnknownSubscription } from "../../notifications/subscription.ts";
import type { ApiLogger, ApiRequest, Reply, Route } from "../api.ts";
import { errorFacts } from "../api.ts";
import { type Caller, callerOf } from "../caller.ts";
import { idOf, noSuch } from "../finance/path.ts";
import { decodeCursor, encodeCursor, page } from "../page.ts";
import { problem, retryAfter } from "../problem.ts";
import { readable as orNewer } from "../readable.ts";
import { parseBody, parseQuery, uuid } from "../validate.ts";
import { changedNotification, notificationQuery, showNotification, showSubscription } from "./notification-schemas.ts";

export interface NotificationDeps extends SubscribingPorts {
  notifications: {
    list(userId: string, limit: number, before: string | null): Promise<Notification[]>;
    unread(userId: string, of: number): Promise<number>;
    read(userId: string, id: string): Promise<Notification | null>;
    write(notification: Pick<Notification, "userId" | "id">, write: Step["write"]): Promise<boolean>;
  };
  profiles: { read(sub: string): Promise<StoredProfile> };
  /** The verified e-mail of an access token's user; null when there is none. May throw. */
  addressOf(token: string, sub: string): Promise<string | null>;
  logger: ApiLogger;
}

const LIST = "notifications";
const keys = z.tuple([uuid()]);
/** Unread ones are counted among so many of the newest. */
const COUNTED = 200;

const readable = orNewer("This", UnknownNotification, UnknownSubscription);

/** Where this API is reached: the gateway says it, not the caller. On one's own machine there is no TLS. */
export function originOf({ event }: ApiRequest): string {
  const { domainName } = event.requestContext;
  return `${/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(domainName) ? "http" : "https"}://${domainName}`;
}

export function notificationRoutes(deps: NotificationDeps): Route[] {
  const { notifications, logger } = deps;

  async function list(request: ApiRequest): Promise<Reply> {
    const { sub } = callerOf(request.event);
    const { limit, cursor } = parseQuery(notificationQuery, request.query);
    const before = cursor === undefined ? null : decodeCursor(LIST, keys, cursor)[0];
    const [rows, unread] = await Promise.all([notifications.list(sub, limit + 1, before), notifications.unread(sub, COUNTED)]);
    return { status: 200, body: { ...page(rows, limit, showNotification, ({ id }) => encodeCursor(LIST, [id])), unread } };
  }

  async function patch(request: ApiRequest): Promise<Reply> {
    const { sub } = callerOf(request.event);
    const id = idOf(request, "notification");
    const { read } = parseBody(changedNotification, request.body);
    const found = await readable(notifications.read(sub, id));
    if (found === null) throw noSuch("notification");
    // Read is read, since the first time.
    const readAt = read ? (found.readAt ?? deps.now()) : null;
    if (readAt !== found.readAt && !(await notifications.write(found, markRead(readAt)))) throw noSuch("notification");
    return { status: 200, body: showNotification({ ...found, readAt }) };
  }

  /** The address that mails go to: the one that the sign-in has verified. */
  async function addressOf(request: ApiRequest, { sub }: Caller, profile: StoredProfile): Promise<string> {
    const token = /^Bearer\s+(\S+)\s*$/i.exec(request.event.headers?.authorization ?? "")?.[1];
    try {
      const address = token === undefined ? null : await deps.addressOf(token, sub);
      if (address !== null) return address;
    } catch (error) {
      logger.info("the e-mail could not be looked up", { error: errorFacts(error) });
    }
    if (profile.email !== null) return profile.email;
    throw problem("conflict", "Your sign-in tells of no verified e-mail address that mails could go to.");
  }

  async function show(request: ApiRequest): Promise<Reply> {
    const { sub } = callerOf(request.event);
    return { status: 200, body: showSubscription(await readable(subscriptionOf(deps, sub))) };
  }

  async function post(request: ApiRequest): Promise<Reply> {
    const caller = callerOf(request.event);
    const profile = await deps.profiles.read(caller.sub);
    const language = profile.version > 0 ? profile.locale : (localeAccepted(request.event.headers?.["accept-language"]) ?? profile.locale);
    const address = await addressOf(request, caller, profile);
    try {
      const subscription = await readable(subscribe(deps, { userId: caller.sub, address, language, origin: originOf(request) }));
      if (subscription === null) throw problem("conflict", "Your subscription is being changed from elsewhere at the same time.", { headers: retryAfter(1) });
      return { status: subscription.state === "confirmed" ? 200 : 202, body: showSubscription(subscription) };
    } catch (error) {
      if (error instanceof Refused)
        throw problem("unavailable", "No mail could be sent to ask for your consent. Ask again later.", { cause: error, headers: retryAfter(60) });
      if (!(error instanceof NoSubscription)) throw error;
      throw problem("conflict", `${error.message} You are not subscribed.`, { cause: error.cause });
    }
  }

  async function remove(request: ApiRequest): Promise<Reply> {
    const { sub } = callerOf(request.event);
    await readable(unsubscribe(deps, sub));
    return { status: 204 };
  }

  return [
    { method: "GET", path: "/notifications", handler: list },
    { method: "PATCH", path: "/notifications/{id}", handler: patch },
    { method: "GET", path: "/notifications/subscription", handler: show },
    { method: "POST", path: "/notifications/subscription", handler: post },
    { method: "DELETE", path: "/notifications/subscription", handler: remove },
  ];
}
