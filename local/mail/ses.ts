/**
 * As much of SES (v2) as is asked of it: `SendEmail` with a simple content. Mails land in the mailbox. As with the real one, there are addresses that bounce
 * and complain ("Using the mailbox simulator", Amazon SES Developer Guide): what came of them is told in events.
 */
import { randomUUID } from "node:crypto";
import { account, authenticate, authorize, Denied, type Keyring, region } from "../gate.ts";
import { readBody, type Served, sendJson, serve } from "../serve.ts";
import type { Mails } from "./mails.ts";

export interface SesOptions {
  keyring: Keyring;
  mails: Mails;
  /** The configuration sets that there are. */
  configurationSets: readonly string[];
  /** Milliseconds. */
  now(): number;
  /** What EventBridge would be told. */
  onEvent(event: object): void;
  port?: number;
}

interface Input {
  FromEmailAddress?: string;
  Destination?: { ToAddresses?: string[] };
  Content?: {
    Simple?: { Subject?: { Data?: string }; Body?: { Text?: { Data?: string }; Html?: { Data?: string } }; Headers?: { Name: string; Value: string }[] };
  };
  ConfigurationSetName?: string;
  EmailTags?: { Name: string; Value: string }[];
}

const MOST_BYTES = 40 * 1024 * 1024;
const sesArn = (what: string) => `arn:aws:ses:${region}:${account}:${what}`;
const domainOf = (address: string) => address.replace(/^.*</, "").replace(/>.*$/, "").split("@")[1] ?? "";

export const identityArn = (address: string): string => sesArn(`identity/${domainOf(address)}`);
export const configurationSetArn = (name: string): string => sesArn(`configuration-set/${name}`);

/** Null for an address at which nothing happens. */
function whatHappens(address: string): Record<string, unknown> | null {
  const [, name] = /^(bounce|complaint)(?:\+[^@]*)?@simulator\.amazonses\.com$/.exec(address) ?? [];
  if (name === "bounce")
    return {
      "detail-type": "Email Bounced",
      eventType: "Bounce",
      bounce: { bounceType: "Permanent", bounceSubType: "General", bouncedRecipients: [{ emailAddress: address }] },
    };
  if (name === "complaint")
    return { "detail-type": "Email Complaint Received", eventType: "Complaint", complaint: { complainedRecipients: [{ emailAddress: address }] } };
  return null;
}

export function startSes({ keyring, mails, configurationSets, now, onEvent, port }: SesOptions): Promise<Served> {
  return serve(
    async (request, response) => {
      const fail = (status: number, type: string, message: string) => sendJson(response, status, { message }, { "x-amzn-errortype": type });
      const body = await readBody(request, MOST_BYTES);
      if (body === null) return fail(413, "BadRequestException", "The request is too large.");
      if (request.method !== "POST" || request.url !== "/v2/email/outbound-emails") return fail(404, "NotFoundException", "This SES only sends mails.");
      let input: Input;
      try {
        const principal = await authenticate(keyring, { method: request.method, path: request.url, headers: request.headers, body });
        input = JSON.parse(body.toString("utf8")) as Input;
        authorize(keyring, principal, "ses:SendEmail", identityArn(input.FromEmailAddress ?? ""));
        if (input.ConfigurationSetName !== undefined) authorize(keyring, principal, "ses:SendEmail", configurationSetArn(input.ConfigurationSetName));
      } catch (error) {
        if (error instanceof Denied) return fail(403, "AccessDeniedException", error.message);
        throw error;
      }
      const { FromEmailAddress: from = "", Destination, Content, ConfigurationSetName, EmailTags = [] } = input;
      const [to = "", ...others] = Destination?.ToAddresses ?? [];
      const { Subject, Body, Headers = [] } = Content?.Simple ?? {};
      if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(to) || others.length > 0)
        return fail(400, "BadRequestException", "Local part or domain of an address is missing.");
      if (ConfigurationSetName !== undefined && !configurationSets.includes(ConfigurationSetName))
        return fail(404, "NotFoundException", `Configuration set <${ConfigurationSetName}> does not exist.`);
      const MessageId = randomUUID();
      mails.add({
        from,
        to,
        subject: Subject?.Data ?? "",
        text: Body?.Text?.Data ?? "",
        ...(Body?.Html?.Data === undefined ? {} : { html: Body.Html.Data }),
        headers: Object.fromEntries(Headers.map(({ Name, Value }) => [Name, Value])),
        at: now(),
      });
      sendJson(response, 200, { MessageId });
      const happened = whatHappens(to);
      if (happened === null || ConfigurationSetName === undefined) return;
      const { "detail-type": type, ...detail } = happened;
      const tags = { "ses:configuration-set": [ConfigurationSetName], ...Object.fromEntries(EmailTags.map(({ Name, Value }) => [Name, [Value]])) };
      onEvent({
        version: "0",
        id: randomUUID(),
        "detail-type": type,
        source: "aws.ses",
        account,
        region,
        time: new Date(now()).toISOString(),
        resources: [configurationSetArn(ConfigurationSetName)],
        detail: { ...detail, mail: { messageId: MessageId, source: from, destination: [to], tags } },
      });
    },
    { port: port ?? 0, orAnother: true },
  );
}
