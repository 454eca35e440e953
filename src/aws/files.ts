/** Files of receipts in S3, version by version. The bucket has to keep versions. */
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { FIRST_BYTES } from "../receipts/file-type.ts";
import type { Files, Upload } from "../receipts/ports.ts";

const GONE: ReadonlySet<string> = new Set(["NoSuchKey", "NoSuchVersion", "NotFound"]);

/** Whether S3 says that there is no such object or version (to one who may list the bucket; to others it says AccessDenied). */
export const isGone = (error: unknown): boolean => error instanceof Error && GONE.has(error.name);

/** A version's id. Throws where the bucket keeps none: nothing would be safe to judge then. */
function versionOf({ VersionId }: { VersionId?: string | undefined }): string {
  if (VersionId === undefined || VersionId === "null") throw new Error("the bucket of files keeps no versions");
  return VersionId;
}

/** Such as `uploads/a%2520b/…`: what a header of a copy wants. */
const encoded = (key: string) => key.split("/").map(encodeURIComponent).join("/");

export function files({ s3, bucket }: { s3: S3Client; bucket: string }): Files {
  const drop = async (key: string, versionId: string): Promise<void> => {
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
  };
  return {
    drop,
    async look(key, versionId): Promise<Upload | null> {
      const which = { Bucket: bucket, Key: key, ...(versionId === null ? {} : { VersionId: versionId }) };
      try {
        const answer = await s3.send(new GetObjectCommand({ ...which, Range: `bytes=0-${FIRST_BYTES - 1}` }));
        const first = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
        const size = Number(/\/(\d+)$/.exec(answer.ContentRange ?? "")?.[1] ?? answer.ContentLength);
        return { first, size, versionId: versionOf(answer) };
      } catch (error) {
        if (isGone(error)) return null;
        // An empty object has no first bytes.
        if (!(error instanceof Error) || error.name !== "InvalidRange") throw error;
      }
      try {
        const answer = await s3.send(new HeadObjectCommand(which));
        return { first: new Uint8Array(), size: answer.ContentLength ?? 0, versionId: versionOf(answer) };
      } catch (error) {
        if (isGone(error)) return null;
        throw error;
      }
    },
    async keep(from, to, type) {
      try {
        const answer = await s3.send(
          new CopyObjectCommand({
            Bucket: bucket,
            Key: to,
            CopySource: `${bucket}/${encoded(from.key)}?versionId=${encodeURIComponent(from.versionId)}`,
            // Nothing of what the upload said of itself is kept.
            MetadataDirective: "REPLACE",
            TaggingDirective: "REPLACE",
            ContentType: type,
            ContentDisposition: "attachment",
          }),
        );
        return versionOf(answer);
      } catch (error) {
        if (isGone(error)) return null;
        throw error;
      }
    },
    async dropAll(key) {
      let from: Pick<ListObjectVersionsCommandInput, "KeyMarker" | "VersionIdMarker"> = {};
      for (;;) {
        const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key, ...from }));
        for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])])
          if (Key === key && VersionId !== undefined) await drop(key, VersionId);
        if (!page.IsTruncated || page.NextKeyMarker === undefined) return;
        from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
      }
    },
  };
}
