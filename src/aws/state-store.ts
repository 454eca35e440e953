/** The state item in DynamoDB: every method one conditional UpdateItem or one consistent GetItem. */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { ReconcilerStore } from "../lifecycle/ports.ts";
import { type DatabaseState, initialState, parseState } from "../lifecycle/state.ts";
import { create, type StateWrite } from "../lifecycle/writes.ts";
import { taken } from "./conditional.ts";
import { updateParameters } from "./expression.ts";

export interface Table {
  dynamodb: DynamoDBClient;
  table: string;
}

const KEY = "databaseId";

/** Throws `UnknownVersion` for an item that this code cannot read. */
export async function readState({ dynamodb, table }: Table, databaseId: string): Promise<DatabaseState | null> {
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: table, Key: { [KEY]: { S: databaseId } }, ConsistentRead: true }));
  return Item === undefined ? null : parseState(unmarshall(Item));
}

/** false: refused by its condition. */
export async function writeState({ dynamodb, table }: Table, databaseId: string, write: StateWrite): Promise<boolean> {
  return taken(dynamodb.send(new UpdateItemCommand({ TableName: table, Key: { [KEY]: { S: databaseId } }, ...updateParameters(write, KEY) })));
}

export async function ensureState(at: Table, databaseId: string, now: number): Promise<DatabaseState> {
  const first = initialState(databaseId, now);
  if (await writeState(at, databaseId, create(first))) return first;
  return (await readState(at, databaseId)) ?? first;
}

export function reconcilerStore(at: Table): ReconcilerStore {
  return {
    read: (databaseId) => readState(at, databaseId),
    ensure: (databaseId, now) => ensureState(at, databaseId, now),
    write: (databaseId, write) => writeState(at, databaseId, write),
  };
}
