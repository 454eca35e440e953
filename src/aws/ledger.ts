/** The ledger in DynamoDB: entries by (databaseId, seq), append-only, and monthly totals beside them, so that savings never read years of rows. */
import { type DynamoDBClient, PutItemCommand, QueryCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { LedgerReader, LedgerWriter, MonthTotals } from "../lifecycle/ports.ts";
import { monthsOf } from "../lifecycle/savings.ts";
import type { LedgerEntry } from "../lifecycle/state.ts";
import { taken } from "./conditional.ts";

/** Totals stand in the same table: their key's first half is this, their second the month as a number (202611). */
const totalsKey = (databaseId: string): string => `${databaseId}#months`;

export function ledger({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }): LedgerWriter & LedgerReader {
  /** Refused: done before, by a run that died after it. */
  const once = async (write: Promise<unknown>): Promise<void> => void (await taken(write));
  return {
    async append(databaseId, entries) {
      for (const entry of entries) {
        await once(
          dynamodb.send(
            new PutItemCommand({ TableName: table, Item: marshall({ v: 1, databaseId, ...entry }), ConditionExpression: "attribute_not_exists(databaseId)" }),
          ),
        );
        for (const total of monthsOf(entry))
          await once(dynamodb.send(new UpdateItemCommand({ TableName: table, ...addToMonth(databaseId, entry.seq, total) })));
      }
    },
    async entries(databaseId, limit, before) {
      const { Items = [] } = await dynamodb.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: before === null ? "databaseId = :id" : "databaseId = :id AND seq < :before",
          ExpressionAttributeValues: { ":id": { S: databaseId }, ...(before === null ? {} : { ":before": { N: String(before) } }) },
          ScanIndexForward: false,
          Limit: limit,
        }),
      );
      return Items.map((item) => unmarshall(item) as LedgerEntry & { v: number; databaseId: string }).map(({ v: _, databaseId: __, ...entry }) => entry);
    },
    async months(databaseId) {
      const { Items = [] } = await dynamodb.send(
        new QueryCommand({ TableName: table, KeyConditionExpression: "databaseId = :id", ExpressionAttributeValues: { ":id": { S: totalsKey(databaseId) } } }),
      );
      return Items.map((item) => {
        const { seq, awakeSeconds, asleepSeconds, minimumAddsSeconds, throughSeq } = unmarshall(item) as Record<string, number>;
        const month = String(seq);
        return {
          month: `${month.slice(0, 4)}-${month.slice(4)}`,
          awakeSeconds: awakeSeconds ?? 0,
          asleepSeconds: asleepSeconds ?? 0,
          minimumAddsSeconds: minimumAddsSeconds ?? 0,
          throughSeq: throughSeq ?? 0,
        };
      });
    },
  };
}

/** Each entry is added once: the total remembers the newest it holds, and entries come in order. */
function addToMonth(databaseId: string, seq: number, total: MonthTotals) {
  return {
    Key: { databaseId: { S: totalsKey(databaseId) }, seq: { N: total.month.replace("-", "") } },
    UpdateExpression: "SET throughSeq = :seq ADD awakeSeconds :awake, asleepSeconds :asleep, minimumAddsSeconds :adds",
    ConditionExpression: "attribute_not_exists(throughSeq) OR throughSeq < :seq",
    ExpressionAttributeValues: marshall({ ":seq": seq, ":awake": total.awakeSeconds, ":asleep": total.asleepSeconds, ":adds": total.minimumAddsSeconds }),
  };
}
