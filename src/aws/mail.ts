/** By which of the two ways mails go out. */
import type { SESv2Client } from "@aws-sdk/client-sesv2";
import type { SNSClient } from "@aws-sdk/client-sns";
import type { LinkTokens } from "../notifications/links.ts";
import type { Sender } from "../notifications/send.ts";
import type { MailWay } from "../notifications/subscribing.ts";
import type { Subscription } from "../notifications/subscription.ts";
import { sesSender, sesWay } from "./ses-mail.ts";
import { snsSender, snsTopic, snsWay } from "./sns-mail.ts";

export interface MailDeps {
  config: { mailSender: "sns" | "ses"; mailFrom: string; mailTopic: string; mailConfigurationSet: string };
  sns: SNSClient;
  ses: SESv2Client;
  tokens: LinkTokens;
}

/** Throws where SES is chosen and nobody said in whose name. */
const mailer = ({ config, ses }: MailDeps) => {
  if (config.mailFrom === "") throw new Error("The configuration is wrong: with MAIL_SENDER ses, MAIL_FROM has to be the sender's address.");
  return { ses, from: config.mailFrom, configurationSet: config.mailConfigurationSet };
};

export const mailWay = (deps: MailDeps & { now(): number }): MailWay =>
  deps.config.mailSender === "ses"
    ? sesWay({ ...mailer(deps), tokens: deps.tokens, now: deps.now })
    : snsWay(snsTopic({ sns: deps.sns, topic: deps.config.mailTopic }));

/** `once`: the clients that make one attempt, by which mails go. */
export function mailSender(
  deps: MailDeps & { once: { sns: SNSClient; ses: SESv2Client }; subscription(userId: string): Promise<Subscription | null> },
): Sender {
  const { config, sns, once, tokens, subscription } = deps;
  const topic = config.mailTopic;
  if (config.mailSender === "ses") return sesSender({ ...mailer({ ...deps, ses: once.ses }), tokens, subscription });
  return snsSender({ publisher: once.sns, topic, state: snsTopic({ sns, topic }).state, subscription });
}
