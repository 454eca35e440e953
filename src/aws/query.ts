/** Queries of DynamoDB, page by page. */
import { type AttributeValue, type DynamoDBClient, QueryCommand, type QueryCommandInput } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";

export interface Queried {
  dynamodb: DynamoDBClient;
  table: string;
}

export type QueryInput = Omit<QueryCommandInput, "TableName">;

/** Its items, in their order; a page is asked for when the ones before it have been read. */
export async function* queried({ dynamodb, table }: Queried, input: QueryInput): AsyncGenerator<Record<string, unknown>, void, undefined> {
  let from: Record<string, AttributeValue> | undefined = input.ExclusiveStartKey;
  do {
    const page = await dynamodb.send(new QueryCommand({ TableName: table, ...input, ExclusiveStartKey: from }));
    for (const item of page.Items ?? []) yield unmarshall(item);
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
}

/** What `take` makes of its items, until there are `limit`. */
export async function queryUpTo<T>(at: Queried, input: QueryInput, limit: number, take: (item: Record<string, unknown>) => readonly T[]): Promise<T[]> {
  const found: T[] = [];
  for await (const item of queried(at, input)) {
    found.push(...take(item));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

type Item = Record<string, unknown>;

/** For `queryUpTo`: an item that this code can't read is left alone, and said. */
export const parsedOr =
  <T>(parse: (item: Item) => T, onUnreadable: (error: unknown) => void) =>
  (item: Item): T[] => {
    try {
      return [parse(item)];
    } catch (error) {
      onUnreadable(error);
      return [];
    }
  };
