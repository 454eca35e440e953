/** The queue of notifications to send. */
import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { NotifyMessage } from "../notifications/send.ts";

/** As many as SQS takes at once. */
const BATCH = 10;

/** Puts messages into the queue, in tens; gives back those that it did not take. Throws when it can't be asked. */
export const notifyQueue =
  ({ sqs, url }: { sqs: SQSClient; url: string }) =>
  async (messages: readonly NotifyMessage[]): Promise<readonly NotifyMessage[]> => {
    const refused: NotifyMessage[] = [];
    for (let i = 0; i < messages.length; i += BATCH) {
      const batch = messages.slice(i, i + BATCH);
      const Entries = batch.map((message, at) => ({ Id: String(at), MessageBody: JSON.stringify(message) }));
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      refused.push(...Failed.flatMap(({ Id }) => batch[Number(Id)] ?? []));
    }
    return refused;
  };
