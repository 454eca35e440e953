/** In the ledger, the name of a user who leaves: from then on their `sub` stands in its place. All else of an entry stays as it was written. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { renamed } from "../lifecycle/names.ts";
import type { LedgerEntry } from "../lifecycle/state.ts";
import type { UserStore } from "../work/forget.ts";
import { taken } from "./conditional.ts";
import { type Queried, queried } from "./query.ts";
import { storeOf } from "./user-items.ts";

type Named = Pick<LedgerEntry, "seq" | "by" | "reason">;

interface Renaming {
  was: Named;
  is: Pick<LedgerEntry, "by" | "reason">;
}

export function ledgerNames({ databaseId, ...at }: Queried & { databaseId: string }, username: string): UserStore {
  async function* naming(sub: string): AsyncGenerator<Renaming, void, undefined> {
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
  const rename = ({ was, is }: Renaming) =>
    taken(
      at.dynamodb.send(
        new UpdateItemCommand({
          TableName: at.table,
          Key: { databaseId: { S: databaseId }, seq: { N: String(was.seq) } },
          UpdateExpression: "SET #by = :by, reason = :reason",
          ConditionExpression: "#by = :wasBy AND reason = :wasReason",
          ExpressionAttributeNames: { "#by": "by" },
          ExpressionAttributeValues: { ":by": { S: is.by }, ":reason": { S: is.reason }, ":wasBy": { S: was.by }, ":wasReason": { S: was.reason } },
        }),
      ),
    );
  return storeOf("names in the ledger", naming, rename);
}
