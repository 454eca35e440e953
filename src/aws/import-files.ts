/** Files to import, in S3: a form that takes one, and its bytes as they are read; and all that an import has in AWS, put together. */
import { Readable } from "node:stream";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { createPresignedPost } from "@aws-sdk/s3-presigned-post";
import { MAX_FILE, UPLOAD_MS } from "../imports/import.ts";
import { importKey } from "../imports/place.ts";
import { isGone } from "./files.ts";
import { imports, type OwnedImport } from "./imports.ts";

export interface ImportFilesOptions {
  s3: S3Client;
  bucket: string;
}

export function importUploads({ s3, bucket, now }: ImportFilesOptions & { now(): number }) {
  return {
    /** A form, to be posted with `fields` before the file. Signed here, without a call. */
    async form(owned: OwnedImport): Promise<{ url: string; fields: Record<string, string>; expiresAt: number }> {
      const expiresAt = now() + UPLOAD_MS;
      const { url, fields } = await createPresignedPost(s3, {
        Bucket: bucket,
        Key: importKey(owned),
        // Whatever it says of itself: it is read as what its import says.
        Fields: { "Content-Type": "application/octet-stream" },
        Conditions: [["content-length-range", 1, MAX_FILE]],
        Expires: UPLOAD_MS / 1000,
      });
      return { url, fields, expiresAt };
    },
    /** The newest that was uploaded; null: nothing yet. */
    async uploaded(owned: OwnedImport): Promise<{ versionId: string; size: number } | null> {
      try {
        const { VersionId, ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: importKey(owned) }));
        if (VersionId === undefined || VersionId === "null") throw new Error("the bucket of files keeps no versions");
        return { versionId: VersionId, size: ContentLength ?? 0 };
      } catch (error) {
        if (isGone(error)) return null;
        throw error;
      }
    },
  };
}

/** One version's bytes; null: it is gone. */
export const importBytes =
  ({ s3, bucket }: ImportFilesOptions) =>
  async (owned: OwnedImport, versionId: string): Promise<Readable | null> => {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: importKey(owned), VersionId: versionId }));
      if (!(Body instanceof Readable)) throw new Error("S3 answered without a body");
      return Body;
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  };

export interface ImportStoresOptions extends ImportFilesOptions {
  dynamodb: DynamoDBClient;
  table: string;
  now(): number;
}

/** What the routes and the work need of AWS. */
export const importStores = (options: ImportStoresOptions) => ({
  imports: imports(options),
  uploads: importUploads(options),
  bytes: importBytes(options),
});
