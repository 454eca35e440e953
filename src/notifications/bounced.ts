/** Mails that came back for good, or that their reader did not want: SES tells it in events, and no more are sent to that address. */
import type { SubscriptionStore } from "./subscribing.ts";

export interface Bounced {
  userId: string;
  addresses: readonly string[];
  /** For its user to read. */
  why: string;
}

/** The tag by which a mail names its user; SES gives it back in events. */
export const USER_TAG = "user";

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const addressesIn = (value: unknown): string[] =>
  list(value).flatMap((each) => (typeof fields(each).emailAddress === "string" ? [String(fields(each).emailAddress)] : []));

/** An event of EventBridge whose `source` is SES, from SES's "event publishing" contents. */
export const isSesEvent = (event: unknown): boolean => fields(event).source === "aws.ses";

/** Null for what is no reason to stop: a mailbox that is full for now, an event of another kind, a mail of somebody else's. */
export function readBounced(event: unknown): Bounced | null {
  const { eventType, mail, bounce, complaint } = fields(fields(event).detail);
  const [userId] = list(fields(fields(mail).tags)[USER_TAG]);
  if (typeof userId !== "string" || userId === "") return null;
  if (eventType === "Bounce" && fields(bounce).bounceType === "Permanent")
    return { userId, addresses: addressesIn(fields(bounce).bouncedRecipients), why: "a mail to it came back for good" };
  if (eventType === "Complaint") return { userId, addresses: addressesIn(fields(complaint).complainedRecipients), why: "a mail to it was marked as unwanted" };
  return null;
}

/** Suppresses the subscription, if it is still the one for that address. Whether it was. */
export async function suppress(store: SubscriptionStore, { userId, addresses, why }: Bounced): Promise<boolean> {
  for (;;) {
    const kept = await store.read(userId);
    const isTheirs = addresses.some((address) => address.toLowerCase() === kept?.address.toLowerCase());
    if (kept === null || kept.method !== "ses" || !isTheirs) return false;
    if (kept.state === "suppressed" || (await store.replace({ ...kept, state: "suppressed", reason: why }, kept.nonce))) return true;
  }
}
