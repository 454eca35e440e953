/** An entry for the build's test: real clients, used as the functions use them. */

import { styleHash } from "virtual:console";
import { routes } from "virtual:routes";
import { ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DBInstanceNotFoundFault, DescribeDBInstancesCommand, RDSClient, StopDBInstanceCommand } from "@aws-sdk/client-rds";
import { Signer } from "@aws-sdk/rds-signer";

const once = { maxAttempts: 1 };
const rds = new RDSClient(once);
const dynamodb = new DynamoDBClient(once);
const lambda = new LambdaClient(once);

async function failure(run: Promise<unknown>): Promise<unknown> {
  try {
    await run;
    return "no failure";
  } catch (error) {
    const known = { fault: error instanceof DBInstanceNotFoundFault, condition: error instanceof ConditionalCheckFailedException };
    return error instanceof Error ? { name: error.name, message: error.message, ...known } : String(error);
  }
}

const id = { DBInstanceIdentifier: "dormouse" };
const key = { TableName: "dormouse-state", Key: { databaseId: { S: "dormouse" } } };

/** What each call came to. */
export async function handler(): Promise<Record<string, unknown>> {
  const described = await rds.send(new DescribeDBInstancesCommand(id));
  const item = await dynamodb.send(new GetItemCommand(key));
  const invoked = await lambda.send(new InvokeCommand({ FunctionName: "dormouse-probe", Payload: "{}" }));
  return {
    status: described.DBInstances?.[0]?.DBInstanceStatus,
    restartsAt: described.DBInstances?.[0]?.AutomaticRestartTime?.toISOString(),
    declared: await failure(rds.send(new StopDBInstanceCommand(id))),
    undeclared: await failure(rds.send(new StopDBInstanceCommand(id))),
    item: item.Item,
    refused: await failure(dynamodb.send(new UpdateItemCommand(key))),
    payload: invoked.Payload === undefined ? null : Buffer.from(invoked.Payload).toString(),
    token: await new Signer({ hostname: "localhost", port: 5432, username: "dormouse_app" }).getAuthToken(),
    styleHash,
    routes,
  };
}
