/** Whom the daily sweep has to look at, in DynamoDB: one item for each user, and two sparse indexes. */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { type Changes, type ChangesStore, hasSeenAll } from "../notifications/changes.ts";
import { taken } from "./conditional.ts";
import { type QueryInput, queryUpTo } from "./query.ts";

export function changes({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }): ChangesStore {
  const number = (value: unknown) => (typeof value === "number" ? value : null);
  /** Subs of an index. */
  const subs = (input: QueryInput) => queryUpTo({ dynamodb, table }, input, Number.POSITIVE_INFINITY, ({ sub }) => (typeof sub === "string" ? [sub] : []));
  return {
    async raise(sub, now) {
      await dynamodb.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { sub: { S: sub } },
          UpdateExpression: "ADD #count :one SET #dirty = :dirty, #at = :now",
          ExpressionAttributeNames: { "#count": "count", "#dirty": "dirty", "#at": "raisedAt" },
          ExpressionAttributeValues: { ":one": { N: "1" }, ":dirty": { S: "1" }, ":now": { N: String(now) } },
        }),
      );
    },
    async read(sub): Promise<Changes | null> {
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: table, Key: { sub: { S: sub } }, ConsistentRead: true }));
      if (Item === undefined) return null;
      const { count, dirty, raisedAt, dueOn } = unmarshall(Item);
      return { sub, count: number(count) ?? 0, dirty: dirty === "1", raisedAt: number(raisedAt), dueOn: typeof dueOn === "string" ? dueOn : null };
    },
    async settle(sub, seen, lookedAt, dueOn) {
      const due = dueOn === null ? { set: "", remove: "#due, #on" } : { set: "SET #due = :yes, #on = :on", remove: "" };
      const remove = [due.remove, hasSeenAll(seen, lookedAt) ? "#dirty" : ""].filter((each) => each !== "").join(", ");
      const values = { ":count": { N: String(seen.count) }, ...(dueOn === null ? {} : { ":yes": { S: "1" }, ":on": { S: dueOn } }) };
      const expression = `${due.set} ${remove === "" ? "" : `REMOVE ${remove}`}`.trim();
      const names = { "#count": "count", "#due": "due", "#on": "dueOn", ...(remove.includes("#dirty") ? { "#dirty": "dirty" } : {}) };
      // Refused: raised since, and the next sweep looks again.
      await taken(
        dynamodb.send(
          new UpdateItemCommand({
            TableName: table,
            Key: { sub: { S: sub } },
            UpdateExpression: expression,
            ConditionExpression: "#count = :count",
            ExpressionAttributeNames: names,
            ExpressionAttributeValues: values,
          }),
        ),
      );
    },
    async toSweep(day) {
      const values = { ":yes": { S: "1" } };
      const [dirty, due] = await Promise.all([
        subs({ IndexName: "dirty", KeyConditionExpression: "dirty = :yes", ExpressionAttributeValues: values }),
        subs({ IndexName: "due", KeyConditionExpression: "due = :yes AND dueOn <= :day", ExpressionAttributeValues: { ...values, ":day": { S: day } } }),
      ]);
      return [...new Set([...dirty, ...due])].sort();
    },
  };
}
