/** SDK clients: made once for each container, by the composition root, and passed in. Timeouts so that a reply that never comes is an error and not a hung run. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";

interface Timeouts {
  maxAttempts: number;
  requestHandler: { connectionTimeout: number; requestTimeout: number; throwOnRequestTimeout: true };
}

/** Client settings: how long one attempt may take (ms), and how many there are (with the SDK's back-off and jitter between them). */
export const patience = (requestTimeout: number, maxAttempts = 4): Timeouts => ({
  maxAttempts,
  requestHandler: { connectionTimeout: 2000, requestTimeout, throwOnRequestTimeout: true },
});

export const dynamodbClient = (): DynamoDBClient => new DynamoDBClient(patience(3000));
