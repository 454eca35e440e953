/** What the links in mails do to a subscription of the way that has no links of its own. Asked twice, or by two at once, it is done once. */
import type { LinkClaims, LinkTokens } from "./links.ts";
import type { SubscriptionStore } from "./subscribing.ts";

export interface ByLinkPorts {
  store: SubscriptionStore;
  tagOf: LinkTokens["tagOf"];
  /** Milliseconds. */
  now(): number;
}

/** How often somebody else may be faster. */
const ATTEMPTS = 3;

/** `over`: the link is for a subscription that is no more. */
export async function actByLink(ports: ByLinkPorts, claims: LinkClaims): Promise<"done" | "over"> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const outcome = await (claims.does === "confirm" ? confirm(ports, claims) : unsubscribe(ports, claims));
    if (outcome !== null) return outcome;
  }
  throw new Error("a subscription is being changed from elsewhere all the time");
}

/** Null: somebody else was faster. An address that bounced since has to be asked for anew. */
async function confirm({ store, now }: ByLinkPorts, { userId, nonce }: LinkClaims): Promise<"done" | "over" | null> {
  const kept = await store.read(userId);
  if (kept === null || kept.method !== "ses" || kept.nonce !== nonce || kept.state === "suppressed") return "over";
  if (kept.state === "confirmed") return "done";
  return (await store.replace({ ...kept, state: "confirmed", since: now() }, nonce)) ? "done" : null;
}

/** Where there is none for this address any more, no mails come: that is what was wanted. */
async function unsubscribe({ store, tagOf }: ByLinkPorts, { userId, nonce }: LinkClaims): Promise<"done" | null> {
  const kept = await store.read(userId);
  if (kept === null || kept.method !== "ses" || tagOf(kept.address) !== nonce) return "done";
  return (await store.remove(userId, kept.nonce)) ? "done" : null;
}
