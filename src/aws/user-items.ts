/** A user's items in DynamoDB and files in S3, to be taken away: nothing of them is read but where they lie. */
import { DeleteItemCommand, type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, ListObjectVersionsCommand, type ListObjectVersionsCommandInput, type S3Client } from "@aws-sdk/client-s3";
import { folderOf } from "../receipts/place.ts";
import type { UserStore } from "../work/forget.ts";
import { queried } from "./query.ts";

interface TableOf {
  dynamodb: DynamoDBClient;
  table: string;
  name: string;
}

type Key = Record<string, { S: string }>;

/** Takes away one after the other of what `find` finds. `remove`: false where it was gone already. A sign of life is given each `every` of them. */
export function storeOf<T>(name: string, find: (sub: string) => AsyncIterable<T>, remove: (one: T) => Promise<unknown>, every = 100): UserStore {
  return {
    name,
    async clear(sub, goOn) {
      let gone = 0;
      for await (const one of find(sub)) {
        if ((await remove(one)) === false) continue;
        if (++gone % every === 0) await goOn();
      }
      return gone;
    },
    async count(sub) {
      let n = 0;
      for await (const _ of find(sub)) n++;
      return n;
    },
  };
}

const removeItem =
  ({ dynamodb, table }: TableOf) =>
  (Key: Key) =>
    dynamodb.send(new DeleteItemCommand({ TableName: table, Key }));

/** Of a table with the user for its first key, and `id` for its second. */
export function itemsOf({ user, ...of }: TableOf & { user: string }): UserStore {
  async function* keys(sub: string): AsyncGenerator<Key, void, undefined> {
    const input = {
      KeyConditionExpression: "#user = :sub",
      ProjectionExpression: "#user, #id",
      ExpressionAttributeNames: { "#user": user, "#id": "id" },
      ExpressionAttributeValues: { ":sub": { S: sub } },
      ConsistentRead: true,
    };
    for await (const { [user]: owner, id } of queried(of, input))
      if (typeof owner === "string" && typeof id === "string") yield { [user]: { S: owner }, id: { S: id } };
  }
  return storeOf(of.name, keys, removeItem(of));
}

/** Single items, by keys that are made of the user. */
export function itemsAt({ keys, ...of }: TableOf & { keys: (sub: string) => readonly Key[] }): UserStore {
  async function* there(sub: string): AsyncGenerator<Key, void, undefined> {
    for (const Key of keys(sub))
      if ((await of.dynamodb.send(new GetItemCommand({ TableName: of.table, Key, ConsistentRead: true }))).Item !== undefined) yield Key;
  }
  return storeOf(of.name, there, removeItem(of));
}

/** Every version of every file in the user's part of a folder, and every mark of a deletion. */
export function filesIn({ s3, bucket, folder }: { s3: S3Client; bucket: string; folder: string }): UserStore {
  async function* versions(sub: string): AsyncGenerator<{ Key: string; VersionId: string }, void, undefined> {
    let from: Pick<ListObjectVersionsCommandInput, "KeyMarker" | "VersionIdMarker"> = {};
    for (;;) {
      const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: `${folder}/${folderOf(sub)}/`, ...from }));
      for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])])
        if (Key !== undefined && VersionId !== undefined) yield { Key, VersionId };
      if (!page.IsTruncated || page.NextKeyMarker === undefined) return;
      from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
  }
  return storeOf(`files in ${folder}`, versions, (which) => s3.send(new DeleteObjectCommand({ Bucket: bucket, ...which })), 50);
}
