/**
 * Sends one notification: once, or where nobody can know, once more. May be called with the same message twice, late, at once by two, and be killed at any
 * line. What is looked up is looked up before the claim, so that between the claim and its outcome there is the mail and nothing else.
 */
import { isKind, type Preferences } from "./kinds.ts";
import { claim, type DeliveryMethod, type Notification, type Outcome, type Step, settle, UnknownNotification } from "./notification.ts";
import { type Mail, render } from "./render.ts";

/** What stands in the queue: where to look. */
export interface NotifyMessage {
  v: 1;
  userId: string;
  id: string;
}

/** Null for what is no such message. */
export function readMessage(value: unknown): NotifyMessage | null {
  if (typeof value !== "object" || value === null) return null;
  const { v, userId, id } = value as Record<string, unknown>;
  return v === 1 && typeof userId === "string" && userId !== "" && typeof id === "string" && id !== "" ? { v, userId, id } : null;
}

export interface Recipient {
  address: string;
  /** A page that stops all mails, where the sender brings no link of its own. */
  unsubscribe?: string;
}

/** Thrown by a sender that was told no: surely nothing was sent. `final`: and never will be. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly final: boolean;
  constructor(why: string, final: boolean) {
    super(why);
    this.final = final;
  }
}

/** The message has to come again, or goes to the dead letters. */
export class NotSent extends Error {
  override readonly name = "NotSent";
}

export interface Sender {
  method: DeliveryMethod;
  /** Who gets this user's mails, asked anew before each. Sends nothing. */
  recipient(userId: string): Promise<Recipient | { skip: string }>;
  /** Throws `Refused`; whatever else it throws leaves open whether the mail goes. */
  send(notification: Notification, recipient: Recipient, mail: Mail): Promise<void>;
}

export interface SendPorts {
  store: {
    /** Consistent. Null: there is none. Throws `UnknownNotification`. */
    read(userId: string, id: string): Promise<Notification | null>;
    /** false: refused by its condition. */
    write(notification: Notification, write: Step["write"]): Promise<boolean>;
  };
  preferences(userId: string): Promise<Preferences>;
  sender: Sender;
  /** Milliseconds. */
  now(): number;
  /** Random, never twice the same. */
  newToken(): string;
  /** What came of it, and what failed on the way. */
  report(what: { notification: Notification } | { failed: string; error: unknown }): void;
}

/** `again`: the message has to come again. `done`: it may go. Throws when what it stands on does: then it has to come again as well. */
export async function sendNotification(ports: SendPorts, message: NotifyMessage): Promise<"done" | "again"> {
  const { store, sender, now, report } = ports;
  let seen: Notification | null;
  try {
    seen = await store.read(message.userId, message.id);
  } catch (error) {
    if (!(error instanceof UnknownNotification)) throw error;
    report({ failed: "read", error });
    return "again";
  }
  // Too old to be there still.
  if (seen === null) return "done";
  const record = async (step: Step) => {
    if (await store.write(step.next, step.write)) report({ notification: step.next });
    return "done" as const;
  };
  const token = ports.newToken();
  const first = claim(seen, now(), token);
  if (first === "over") return "done";
  if (first === "held") return "again";
  if (first.next.state === "failed") return record(first);

  const ready = await prepare(ports, seen);
  if ("is" in ready) return record(settle(seen, ready, now()));

  // The time of the claim is from after the look-ups, however long they took.
  const claimed = claim(seen, now(), token);
  if (typeof claimed === "string") return "again";
  // Refused where somebody else was faster; or where it came through, its answer was lost, and the client sent it again.
  if (!(await store.write(seen, claimed.write)) && (await store.read(message.userId, message.id))?.claimedBy !== token) return "again";
  let outcome: Outcome;
  try {
    await sender.send(claimed.next, ready.recipient, ready.mail);
    outcome = { is: "sent", by: sender.method, to: ready.recipient.address };
  } catch (error) {
    report({ failed: "send", error });
    // Nobody knows: it stays claimed, and is sent once more when the claim has gone stale.
    if (!(error instanceof Refused)) return "again";
    outcome = error.final ? { is: "failed", why: error.message, by: sender.method } : { is: "later", why: error.message };
  }
  await record(settle(claimed.next, outcome, now()));
  return outcome.is === "later" ? "again" : "done";
}

/** The mail and whom it goes to; or why there is none. */
async function prepare({ preferences, sender }: SendPorts, notification: Notification): Promise<{ recipient: Recipient; mail: Mail } | Outcome> {
  const { userId, kind } = notification;
  if (!isKind(kind) || render(notification) === null) return { is: "failed", why: "this version of Dormouse can't read it" };
  const [wanted, recipient] = await Promise.all([preferences(userId), sender.recipient(userId)]);
  if (!wanted[kind]) return { is: "skipped", why: "mails of this kind are switched off" };
  if ("skip" in recipient) return { is: "skipped", why: recipient.skip };
  const mail = render(notification, recipient);
  return mail === null ? { is: "failed", why: "this version of Dormouse can't read it" } : { recipient, mail };
}
