/**
 * E-mail by SNS: one topic, one subscription for each user with a filter policy that lets in what is published for that user alone. SNS itself asks the
 * address's owner for consent, and puts a link for unsubscribing under every mail.
 */
import {
  FilterPolicyLimitExceededException,
  GetSubscriptionAttributesCommand,
  InvalidParameterException,
  InvalidParameterValueException,
  NotFoundException,
  PublishCommand,
  type SNSClient,
  SubscribeCommand,
  SubscriptionLimitExceededException,
  UnsubscribeCommand,
  ValidationException,
} from "@aws-sdk/client-sns";
import { Refused, type Sender } from "../notifications/send.ts";
import { type MailWay, NoSubscription } from "../notifications/subscribing.ts";
import type { Subscription } from "../notifications/subscription.ts";

/** What SNS knows of a subscription; null: none of that name. */
export type SnsState = "pending" | "confirmed" | null;

export interface SnsTopic {
  /** Asks for the owner's consent; the subscription's ARN. The filter stands in the call itself: without it, that person would get everybody's mail. */
  subscribe(userId: string, address: string): Promise<string>;
  state(arn: string): Promise<SnsState>;
  unsubscribe(arn: string): Promise<void>;
}

/** A pending subscription can't be unsubscribed from; it ends by itself. */
const isInvalid = (error: unknown) =>
  error instanceof InvalidParameterException || error instanceof InvalidParameterValueException || error instanceof ValidationException;

export function snsTopic({ sns, topic }: { sns: SNSClient; topic: string }): SnsTopic {
  return {
    async subscribe(userId, address) {
      const { SubscriptionArn } = await sns.send(
        new SubscribeCommand({
          TopicArn: topic,
          Protocol: "email",
          Endpoint: address,
          Attributes: { FilterPolicy: JSON.stringify({ userId: [userId] }) },
          ReturnSubscriptionArn: true,
        }),
      );
      if (SubscriptionArn === undefined) throw new Error("SNS gave no ARN for a subscription");
      return SubscriptionArn;
    },
    async state(arn) {
      try {
        const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }));
        return Attributes?.PendingConfirmation === "false" ? "confirmed" : "pending";
      } catch (error) {
        if (error instanceof NotFoundException || isInvalid(error)) return null;
        throw error;
      }
    },
    async unsubscribe(arn) {
      try {
        await sns.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
      } catch (error) {
        if (!(error instanceof NotFoundException) && !isInvalid(error)) throw error;
      }
    },
  };
}

/** For `subscribing.ts`. */
export const snsWay = (topic: SnsTopic): MailWay => ({
  method: "sns",
  async ask({ userId, address }) {
    try {
      return await topic.subscribe(userId, address);
    } catch (cause) {
      if (cause instanceof FilterPolicyLimitExceededException || cause instanceof SubscriptionLimitExceededException)
        throw new NoSubscription("As many people get mails this way as Amazon SNS has filters for.", { cause });
      if (isInvalid(cause)) throw new NoSubscription("Amazon SNS does not take this address: it may get the mails of another user already.", { cause });
      throw cause;
    }
  },
  // Without a name it was never asked for: whoever began that died.
  state: async ({ arn }) => (arn === null ? null : topic.state(arn)),
  end: async ({ arn }) => (arn === null ? undefined : topic.unsubscribe(arn)),
});

/** Whether this is an answer of AWS, as against a failure on the way there. */
export const answered = (error: unknown): boolean =>
  error instanceof Error && "$metadata" in error && typeof (error.$metadata as { httpStatusCode?: unknown } | undefined)?.httpStatusCode === "number";

/** What was answered with an error was not sent; `final` when the mail itself is what SNS or SES will not have. */
export const refusalOf = (error: unknown, final: boolean): unknown =>
  answered(error) && error instanceof Error ? new Refused(`${error.name}: ${error.message}`, final) : error;

/** One attempt with `publisher`: whether a second one is right is for the claim to say. */
export function snsSender(deps: {
  publisher: SNSClient;
  topic: string;
  state: SnsTopic["state"];
  subscription: (userId: string) => Promise<Subscription | null>;
}): Sender {
  return {
    method: "sns",
    async recipient(userId) {
      const subscription = await deps.subscription(userId);
      if (subscription?.method !== "sns" || subscription.arn === null) return { skip: "there is no subscription" };
      const state = await deps.state(subscription.arn);
      if (state === null) return { skip: "the subscription has ended" };
      return state === "pending" ? { skip: "the subscription is not confirmed" } : { address: subscription.address };
    },
    async send({ userId }, _, { subject, text }) {
      try {
        await deps.publisher.send(
          new PublishCommand({
            TopicArn: deps.topic,
            Subject: subject,
            Message: text,
            MessageAttributes: { userId: { DataType: "String", StringValue: userId } },
          }),
        );
      } catch (error) {
        throw refusalOf(error, isInvalid(error));
      }
    },
  };
}
