/** Carries what the data plane wrote to a streamed table to where it goes: signals to the reconciler. */
import { Logger } from "@aws-lambda-powertools/logger";
import { LambdaClient } from "@aws-sdk/client-lambda";
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { carrySignals } from "../src/aws/carry.ts";
import { patience } from "../src/aws/clients.ts";
import { reconciler } from "../src/aws/functions.ts";
import { readConfig } from "../src/config.ts";

export const variables = ["RECONCILE_FUNCTION"] as const;

const config = readConfig(process.env, variables);
const carry = carrySignals({ reconciler: reconciler(new LambdaClient(patience(5000)), config.reconcileFunction), logger: new Logger() });

export const handler = (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => carry(event);
