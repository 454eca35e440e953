/** Getting mails, and not getting them any more: what a user asks for, over whichever way mails go out. It may be asked twice, and die at any line. */
import type { DeliveryMethod } from "./notification.ts";
import type { Subscription, SubscriptionState } from "./subscription.ts";

export interface SubscriptionStore {
  read(userId: string): Promise<Subscription | null>;
  /** Puts `next` in the place of the one whose nonce is `seen` (null: of none); false: that is not what is there. */
  replace(next: Subscription, seen: string | null): Promise<boolean>;
  /** false: that is not what is there. */
  remove(userId: string, nonce: string): Promise<boolean>;
}

/** A way by which mails go out. */
export interface MailWay {
  method: DeliveryMethod;
  /** Asks the address's owner for consent; the way's own name for the subscription, where it has one. Throws `NoSubscription`. */
  ask(subscription: Subscription, language: string): Promise<string | null>;
  /** Null: the way knows of none (any more). */
  state(subscription: Subscription): Promise<SubscriptionState | null>;
  end(subscription: Subscription): Promise<void>;
}

/** The way will not have it: nobody was subscribed. Its message is for the user. */
export class NoSubscription extends Error {
  override readonly name = "NoSubscription";
}

export interface SubscribingPorts {
  store: SubscriptionStore;
  way: MailWay;
  /** Milliseconds. */
  now(): number;
  newNonce(): string;
}

export interface Wish {
  userId: string;
  address: string;
  language: string;
  /** Where this application is reached. */
  origin: string;
}

/** Consent is asked for again, but not sooner than this after the last time (ms). */
export const ASK_AGAIN_MS = 60_000;

/** The subscription as it is now, its state asked for; null: none. */
export async function subscriptionOf({ store, way }: Pick<SubscribingPorts, "store" | "way">, userId: string): Promise<Subscription | null> {
  const kept = await store.read(userId);
  // One of another way is of no use: no mail goes out by it.
  if (kept === null || kept.method !== way.method) return null;
  const state = await way.state(kept);
  return state === null ? null : { ...kept, state };
}

/** Subscribes, or asks for consent once more. The one that is there stays when it is confirmed. Null: somebody else was faster, ask again. */
export async function subscribe(ports: SubscribingPorts, wish: Wish): Promise<Subscription | null> {
  const { store, way, now, newNonce } = ports;
  const kept = await store.read(wish.userId);
  const same = kept !== null && kept.method === way.method && kept.address === wish.address;
  const state = same ? await way.state(kept) : null;
  if (same && state === "confirmed") return { ...kept, state };
  if (same && state === "pending" && now() - kept.since < ASK_AGAIN_MS) return { ...kept, state };
  // Another address, or another way: the old one must not go on getting mails. It ends first, so that dying in between leaves none rather than two.
  if (kept !== null && !same && kept.method === way.method) await way.end(kept);
  const asked: Subscription = {
    v: 1,
    userId: wish.userId,
    method: way.method,
    address: wish.address,
    state: "pending",
    arn: same ? kept.arn : null,
    nonce: newNonce(),
    origin: wish.origin,
    since: now(),
    reason: null,
  };
  if (!(await store.replace(asked, kept?.nonce ?? null))) return null;
  const arn = await askFor(ports, asked, wish.language);
  const named = { ...asked, arn };
  if (arn !== asked.arn && !(await store.replace(named, asked.nonce))) return null;
  // SNS asks nobody twice who has said yes.
  return { ...named, state: (await way.state(named)) ?? "pending" };
}

async function askFor({ store, way }: SubscribingPorts, asked: Subscription, language: string): Promise<string | null> {
  try {
    return await way.ask(asked, language);
  } catch (error) {
    if (error instanceof NoSubscription) await store.remove(asked.userId, asked.nonce);
    // Nobody was asked, so that it need not wait: who asks again is asked at once.
    else await store.replace({ ...asked, since: asked.since - ASK_AGAIN_MS }, asked.nonce).catch(() => false);
    throw error;
  }
}

/** Ends it. Whoever dies in between is asked again, and finds what is left. */
export async function unsubscribe({ store, way }: SubscribingPorts, userId: string): Promise<void> {
  const kept = await store.read(userId);
  if (kept === null) return;
  if (kept.method === way.method) await way.end(kept);
  await store.remove(userId, kept.nonce);
}
