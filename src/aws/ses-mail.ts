/**
 * E-mail by SES (v2): from an address of one's own, with a consent, bounces and links for unsubscribing that are ours to care for. Each mail can be stopped by
 * one press in the reader's program (`List-Unsubscribe`, `List-Unsubscribe-Post`: RFC 8058).
 */
import { BadRequestException, MessageRejected, type SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { USER_TAG } from "../notifications/bounced.ts";
import { CONFIRM_MS, type LinkTokens } from "../notifications/links.ts";
import { confirmationMail, type Mail } from "../notifications/render.ts";
import { Refused, type Sender } from "../notifications/send.ts";
import { type MailWay, NoSubscription } from "../notifications/subscribing.ts";
import type { Subscription } from "../notifications/subscription.ts";
import { refusalOf } from "./sns-mail.ts";

export interface SesMailer {
  ses: SESv2Client;
  /** The sender's address. */
  from: string;
  /** Whose events tell of bounces. */
  configurationSet: string;
}

/** SES's own bounds for a tag's value. */
const TAG = /^[A-Za-z0-9_-]{1,256}$/;
const utf8 = (Data: string) => ({ Data, Charset: "UTF-8" });

/** The content or the address. An identity that is not verified yet may be in an hour; SES says it with the same error. */
const isFinal = (error: unknown): boolean => error instanceof BadRequestException || (error instanceof MessageRejected && !/not verified/i.test(error.message));

/** Throws `Refused` where SES said no. */
async function post({ ses, from, configurationSet }: SesMailer, userId: string, to: string, mail: Mail, unsubscribe: string | null): Promise<void> {
  const headers =
    unsubscribe === null
      ? []
      : [
          { Name: "List-Unsubscribe", Value: `<${unsubscribe}>` },
          { Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click" },
        ];
  try {
    await ses.send(
      new SendEmailCommand({
        FromEmailAddress: `Dormouse <${from}>`,
        Destination: { ToAddresses: [to] },
        Content: { Simple: { Subject: utf8(mail.subject), Body: { Text: utf8(mail.text), Html: utf8(mail.html) }, Headers: headers } },
        ConfigurationSetName: configurationSet,
        ...(TAG.test(userId) ? { EmailTags: [{ Name: USER_TAG, Value: userId }] } : {}),
      }),
    );
  } catch (error) {
    throw refusalOf(error, isFinal(error));
  }
}

const pageOf = ({ origin }: Pick<Subscription, "origin">, page: "confirm" | "unsubscribe", token: string) => `${origin}/notifications/${page}?token=${token}`;

export interface SesWayDeps extends SesMailer {
  tokens: LinkTokens;
  /** Milliseconds. */
  now(): number;
}

/** For `subscribing.ts`. */
export function sesWay({ tokens, now, ...mailer }: SesWayDeps): MailWay {
  return {
    method: "ses",
    async ask(subscription, language) {
      const { userId, nonce, address } = subscription;
      const token = await tokens.sign({ does: "confirm", userId, nonce, expiresAt: now() + CONFIRM_MS });
      try {
        await post(mailer, userId, address, confirmationMail(language, address, pageOf(subscription, "confirm", token)), null);
      } catch (cause) {
        if (!(cause instanceof Refused) || !cause.final) throw cause;
        throw new NoSubscription("Amazon SES takes no mail for your address.", { cause });
      }
      return null;
    },
    // Nobody but Dormouse knows of it.
    state: async ({ state }) => state,
    end: async () => {},
  };
}

export interface SesSenderDeps extends SesMailer {
  tokens: LinkTokens;
  subscription(userId: string): Promise<Subscription | null>;
}

/** `ses` makes one attempt: whether a second one is right is for the claim to say. */
export function sesSender({ tokens, subscription, ...mailer }: SesSenderDeps): Sender {
  return {
    method: "ses",
    async recipient(userId) {
      const kept = await subscription(userId);
      if (kept?.method !== "ses") return { skip: "there is no subscription" };
      if (kept.state === "pending") return { skip: "the subscription is not confirmed" };
      if (kept.state === "suppressed") return { skip: `no mails go to the address: ${kept.reason ?? "it is suppressed"}` };
      const token = await tokens.sign({ does: "unsubscribe", userId, nonce: tokens.tagOf(kept.address), expiresAt: null });
      return { address: kept.address, unsubscribe: pageOf(kept, "unsubscribe", token) };
    },
    send: ({ userId }, { address, unsubscribe }, mail) => post(mailer, userId, address, mail, unsubscribe ?? null),
  };
}
