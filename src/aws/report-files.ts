/** Reports in S3: put as they are made, in parts where they are large, and got by links that are good for a few minutes. */
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

/** The least that S3 takes for a part that is not the last, in bytes. */
export const PART_BYTES = 5 * 1024 * 1024;

/** How long a link for a download is good (ms). */
export const LINK_MS = 5 * 60_000;

/** Parts of `PART_BYTES` at least, but for the last one. */
async function* inParts(chunks: AsyncIterable<Uint8Array>, least: number): AsyncGenerator<Buffer, void, undefined> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes < least) continue;
    yield Buffer.concat(held);
    held = [];
    bytes = 0;
  }
  if (held.length > 0) yield Buffer.concat(held);
}

const headers = (type: string) => ({ ContentType: type, ContentDisposition: "attachment", CacheControl: "private, no-store" });

const versionOf = ({ VersionId }: { VersionId?: string | undefined }): string => {
  if (VersionId === undefined || VersionId === "null") throw new Error("the bucket of files keeps no versions");
  return VersionId;
};

export interface ReportFilesOptions {
  s3: S3Client;
  bucket: string;
  partBytes?: number;
}

/**
 * `save` of `src/work/report.ts`: one part at a time is in memory, and the maker waits while it is sent. An upload that is not completed is no object, and the
 * bucket's rule for unfinished ones takes its parts away: whoever is killed can't.
 */
export function reportFiles({ s3, bucket, partBytes = PART_BYTES }: ReportFilesOptions) {
  return {
    async save(key: string, type: string, chunks: AsyncIterable<Uint8Array>): Promise<string> {
      const at = { Bucket: bucket, Key: key };
      const parts = inParts(chunks, partBytes);
      const first = (await parts.next()).value ?? Buffer.alloc(0);
      const second = (await parts.next()).value ?? Buffer.alloc(0);
      if (second.length === 0) return versionOf(await s3.send(new PutObjectCommand({ ...at, ...headers(type), Body: first })));
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...at, ...headers(type) }));
      if (UploadId === undefined) throw new Error("S3 began an upload without an id");
      try {
        const done: { ETag: string | undefined; PartNumber: number }[] = [];
        const send = async (Body: Buffer) => {
          const PartNumber = done.length + 1;
          const { ETag } = await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body }));
          done.push({ ETag, PartNumber });
        };
        await send(first);
        await send(second);
        for await (const part of parts) await send(part);
        return versionOf(await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts: done } })));
      } finally {
        // Whoever makes the parts lets go of what they hold.
        await parts.return();
      }
    },
  };
}

export interface ReportLink {
  url: string;
  /** Milliseconds. */
  expiresAt: number;
}

/** Links are signed here, without a call. They end with the credentials of the role that signed them, if not sooner. */
export function reportLinks({ s3, bucket, now }: { s3: S3Client; bucket: string; now(): number }) {
  return {
    async download({ key, versionId, fileName }: { key: string; versionId: string; fileName: string }): Promise<ReportLink> {
      const expiresAt = now() + LINK_MS;
      // Made here out of days and a format: nothing in it needs escaping.
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        VersionId: versionId,
        ResponseContentDisposition: `attachment; filename="${fileName}"`,
      });
      return { url: await getSignedUrl(s3, command, { expiresIn: LINK_MS / 1000 }), expiresAt };
    },
  };
}
