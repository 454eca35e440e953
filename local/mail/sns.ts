/**
 * E-mail by SNS, which fauxqs does not have: subscriptions that the address's owner has to confirm, filter policies, and links under every mail. The topics
 * are those of system.json; what is none of their e-mail's business is answered with null, and goes on to fauxqs.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { account, region } from "../gate.ts";
import type { Mails } from "./mails.ts";

interface Subscribed {
  arn: string;
  topic: string;
  endpoint: string;
  /** JSON as it was given; null: everything. */
  filter: string | null;
  confirmed: boolean;
  token: string;
  /** Milliseconds since the epoch: one that is not confirmed ends after 48 hours. */
  at: number;
}

export interface SnsAnswer {
  status: number;
  xml: string;
}

export interface SnsMail {
  /** A call in the query protocol; null for what is not e-mail. */
  handle(form: URLSearchParams): SnsAnswer | null;
  /** What the link in a mail does; the sentence that its page says. */
  confirm(token: string): string;
  unsubscribe(token: string): string;
}

export interface SnsMailOptions {
  dataDir: string;
  /** Full names of the topics. */
  topics: readonly string[];
  mails: Mails;
  /** Address of the pages behind the links, no slash at the end. Known when it is asked for. */
  pages(): string;
  now(): number;
}

const PENDING_MS = 48 * 3_600_000;
/** AWS's quota for filter policies on one topic. */
const MAX_FILTERS = 200;

export const topicArn = (name: string) => `arn:aws:sns:${region}:${account}:${name}`;

const escaped = (text: string) => text.replace(/[<&>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const answer = (action: string, inside: string): SnsAnswer => ({
  status: 200,
  xml: `<${action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${action}Result>${inside}</${action}Result><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`,
});
const fault = (status: number, code: string, message: string): SnsAnswer => ({
  status,
  xml: `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped(message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
});

/** `Attributes.entry.1.key` and its value. */
function entries(form: URLSearchParams, of: string, key: string, value: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (let i = 1; form.has(`${of}.entry.${i}.${key}`); i++) found[form.get(`${of}.entry.${i}.${key}`) ?? ""] = form.get(`${of}.entry.${i}.${value}`) ?? "";
  return found;
}

/** Exact texts only, which is all that is asked for here. A filter of another form throws: it would let in what AWS does not. */
function passes(filter: string | null, attributes: Record<string, string>): boolean {
  if (filter === null) return true;
  const policy = JSON.parse(filter) as Record<string, unknown>;
  return Object.entries(policy).every(([name, wanted]) => {
    if (!Array.isArray(wanted) || wanted.some((each) => typeof each !== "string"))
      throw new Error(`a filter policy that the local SNS does not know: ${filter}`);
    return attributes[name] !== undefined && wanted.includes(attributes[name]);
  });
}

export function snsMail(options: SnsMailOptions): SnsMail {
  const { mails, now } = options;
  const file = join(options.dataDir, "sns-mail.json");
  let subscribed: Subscribed[] = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Subscribed[]) : [];
  const keep = (next: Subscribed[]) => {
    subscribed = next;
    writeFileSync(file, JSON.stringify(next));
  };
  const living = () => subscribed.filter(({ confirmed, at }) => confirmed || now() - at < PENDING_MS);
  const topics = new Set(options.topics.map(topicArn));
  const from = "AWS Notifications <no-reply@sns.amazonaws.com>";

  const askToConfirm = ({ endpoint, topic, token }: Subscribed) =>
    mails.add({
      from,
      to: endpoint,
      subject: "AWS Notification - Subscription Confirmation",
      text: `You have chosen to subscribe to the topic:\n${topic}\n\nTo confirm this subscription, click or visit the link below (If this was in error no action is necessary):\n${options.pages()}/sns/confirm?token=${token}\n`,
      at: now(),
    });

  function subscribe(form: URLSearchParams, topic: string): SnsAnswer {
    const endpoint = form.get("Endpoint") ?? "";
    const attributes = entries(form, "Attributes", "key", "value");
    const filter = attributes.FilterPolicy ?? null;
    if (!/^[^@\s]+@[^@\s]+$/.test(endpoint)) return fault(400, "InvalidParameter", `Invalid parameter: Email address`);
    const known = living().find((one) => one.topic === topic && one.endpoint === endpoint);
    if (known !== undefined && known.filter !== filter)
      return fault(400, "InvalidParameter", "Invalid parameter: Attributes Reason: Subscription already exists with different attributes");
    if (known === undefined && filter !== null && living().filter((one) => one.topic === topic && one.filter !== null).length >= MAX_FILTERS)
      return fault(403, "FilterPolicyLimitExceeded", "Indicates that the number of filter polices in your AWS account exceeds the limit.");
    const one = known ?? { arn: `${topic}:${randomUUID()}`, topic, endpoint, filter, confirmed: false, token: randomBytes(24).toString("hex"), at: now() };
    if (known === undefined) keep([...living(), one]);
    if (!one.confirmed) askToConfirm(one);
    const shown = one.confirmed || form.get("ReturnSubscriptionArn") === "true" ? one.arn : "pending confirmation";
    return answer("Subscribe", `<SubscriptionArn>${shown}</SubscriptionArn>`);
  }

  function publish(form: URLSearchParams, topic: string): SnsAnswer {
    const subject = form.get("Subject") ?? "";
    const message = form.get("Message") ?? "";
    if (message === "") return fault(400, "InvalidParameter", "Invalid parameter: Empty message");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
    if (subject.length >= 100 || /[\u0000-\u001f\u007f]/.test(subject)) return fault(400, "InvalidParameter", "Invalid parameter: Subject");
    const attributes = entries(form, "MessageAttributes", "Name", "Value.StringValue");
    const last = "If you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:";
    for (const { endpoint, filter, token, confirmed, topic: of } of living())
      if (of === topic && confirmed && passes(filter, attributes))
        mails.add({ from, to: endpoint, subject, text: `${message}\n\n--\n${last}\n${options.pages()}/sns/unsubscribe?token=${token}\n`, at: now() });
    return answer("Publish", `<MessageId>${randomUUID()}</MessageId>`);
  }

  function attributesOf(arn: string): SnsAnswer | null {
    const one = living().find((each) => each.arn === arn);
    if (one === undefined) return fault(404, "NotFound", "Subscription does not exist");
    const attributes = {
      SubscriptionArn: one.arn,
      TopicArn: one.topic,
      Protocol: "email",
      Endpoint: one.endpoint,
      PendingConfirmation: String(!one.confirmed),
      ...(one.filter === null ? {} : { FilterPolicy: one.filter }),
    };
    const shown = Object.entries(attributes).map(([key, value]) => `<entry><key>${key}</key><value>${escaped(value)}</value></entry>`);
    return answer("GetSubscriptionAttributes", `<Attributes>${shown.join("")}</Attributes>`);
  }

  return {
    handle(form) {
      const action = form.get("Action");
      const topic = form.get("TopicArn") ?? "";
      const arn = form.get("SubscriptionArn") ?? "";
      if (action === "Subscribe" && form.get("Protocol") === "email" && topics.has(topic)) return subscribe(form, topic);
      if (action === "Publish" && topics.has(topic)) return publish(form, topic);
      if (!topics.has(arn.split(":").slice(0, 6).join(":"))) return null;
      if (action === "GetSubscriptionAttributes") return attributesOf(arn);
      if (action !== "Unsubscribe") return null;
      const one = living().find((each) => each.arn === arn);
      if (one !== undefined && !one.confirmed)
        return fault(400, "InvalidParameter", "Invalid parameter: This subscription is pending confirmation and can't be deleted");
      keep(living().filter((each) => each.arn !== arn));
      return answer("Unsubscribe", "");
    },
    confirm(token) {
      const one = living().find((each) => each.token === token);
      if (one === undefined) return "This link is good no more.";
      keep(living().map((each) => (each === one ? { ...each, confirmed: true } : each)));
      return "Subscription confirmed!";
    },
    unsubscribe(token) {
      const one = living().find((each) => each.token === token);
      if (one === undefined) return "This link is good no more.";
      keep(living().filter((each) => each !== one));
      return "Subscription removed!";
    },
  };
}
