/** In the ledger, the name of a user who leaves: from then on their `sub` stands in its place. All else of an entry stays as it was written. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { renamed } from "../lifecycle/names.ts";
import type { LedgerEntry } from "../lifecycle/state.ts";
import type { UserStore } from "../work/forget.ts";
import { taken } from "./conditional.ts";
import { type Queried, queried } from "./query.ts";

type Named = Pick<LedgerEntry, "seq" | "by" | "reason">;

export function ledgerNames({ databaseId, ...at }: Queried & { databaseId: string }, username: string): UserStore {
  async function* naming(sub: string): AsyncGenerator<{ was: Named; is: Pick<LedgerEntry, "by" | "reason"> }, void, undefined> {
    const input = {
      KeyConditionExpression: "databaseId = :id",
      FilterExpression: "#by = :name OR contains(reason, :name)",
      ProjectionExpression: "seq, #by, reason",
      ExpressionAttributeNames: { "#by": "by" },
      ExpressionAttributeValues: { ":id": { S: databaseId }, ":name": { S: username } },
      ConsistentRead: true,
    };
    for await (const item of queried(at, input)) {
      const was = item as unknown as Named;
      const is = renamed(was, username, sub);
      if (is !== null) yield { was, is };
    }
  }
  return {
    name: "names in the ledger",
    async clear(sub, goOn) {
      let gone = 0;
      for await (const { was, is } of naming(sub)) {
        const write = at.dynamodb.send(
          new UpdateItemCommand({
            TableName: at.table,
            Key: { databaseId: { S: databaseId }, seq: { N: String(was.seq) } },
            UpdateExpression: "SET #by = :by, reason = :reason",
            ConditionExpression: "#by = :wasBy AND reason = :wasReason",
            ExpressionAttributeNames: { "#by": "by" },
            ExpressionAttributeValues: {
              ":by": { S: is.by },
              ":reason": { S: is.reason },
              ":wasBy": { S: was.by },
              ":wasReason": { S: was.reason },
            },
          }),
        );
        if (await taken(write)) gone++;
        if (gone % 100 === 99) await goOn();
      }
      return gone;
    },
    async count(sub) {
      let n = 0;
      for await (const _ of naming(sub)) n++;
      return n;
    },
  };
}
