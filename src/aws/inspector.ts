/** Calls for the function `inspect`, and does not wait for it: it looks at uploads by itself; this is for what an event lost. */
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { OwnEvent } from "../receipts/events.ts";
import type { Owned } from "../receipts/place.ts";

export function inspector(lambda: LambdaClient, name: string): { look(owned: Owned): Promise<void> } {
  return {
    async look({ userId, id }) {
      const event: OwnEvent = { v: 1, look: { userId, id } };
      await lambda.send(new InvokeCommand({ FunctionName: name, InvocationType: "Event", Payload: JSON.stringify(event) }));
    },
  };
}
