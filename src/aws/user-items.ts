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

/** Of a table with the user for its first key, and `id` for its second. */
export function itemsOf({ dynamodb, table, name, user }: TableOf & { user: string }): UserStore {
  async function* keys(sub: string): AsyncGenerator<Key, void, undefined> {
    const input = {
      KeyConditionExpression: "#user = :sub",
      ProjectionExpression: "#user, #id",
      ExpressionAttributeNames: { "#user": user, "#id": "id" },
      ExpressionAttributeValues: { ":sub": { S: sub } },
      ConsistentRead: true,
    };
    for await (const { [user]: owner, id } of queried({ dynamodb, table }, input))
      if (typeof owner === "string" && typeof id === "string") yield { [user]: { S: owner }, id: { S: id } };
  }
  return {
    name,
    async clear(sub, goOn) {
      let gone = 0;
      for await (const Key of keys(sub)) {
        await dynamodb.send(new DeleteItemCommand({ TableName: table, Key }));
        if (++gone % 100 === 0) await goOn();
      }
      return gone;
    },
    async count(sub) {
      let n = 0;
      for await (const _ of keys(sub)) n++;
      return n;
    },
  };
}

/** Single items, by keys that are made of the user. */
export function itemsAt({ dynamodb, table, name, keys }: TableOf & { keys: (sub: string) => readonly Key[] }): UserStore {
  const isThere = async (Key: Key) => (await dynamodb.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))).Item !== undefined;
  const count = async (sub: string) => {
    let n = 0;
    for (const Key of keys(sub)) if (await isThere(Key)) n++;
    return n;
  };
  return {
    name,
    count,
    async clear(sub) {
      let gone = 0;
      for (const Key of keys(sub)) {
        if (!(await isThere(Key))) continue;
        await dynamodb.send(new DeleteItemCommand({ TableName: table, Key }));
        gone++;
      }
      return gone;
    },
  };
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
  return {
    name: `files in ${folder}`,
    async clear(sub, goOn) {
      let gone = 0;
      for await (const which of versions(sub)) {
        await s3.send(new DeleteObjectCommand({ Bucket: bucket, ...which }));
        if (++gone % 50 === 0) await goOn();
      }
      return gone;
    },
    async count(sub) {
      let n = 0;
      for await (const _ of versions(sub)) n++;
      return n;
    },
  };
}
