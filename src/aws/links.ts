/** Links to S3 for uploads and downloads of receipts: signed here, without a call. They end with the credentials of the role that signed them, if not sooner. */
import { GetObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { createPresignedPost } from "@aws-sdk/s3-presigned-post";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { attachment } from "../receipts/file-name.ts";
import { MAX_SIZE } from "../receipts/file-type.ts";
import { uploadKey } from "../receipts/place.ts";
import type { Links } from "../receipts/ports.ts";
import { DOWNLOAD_MS, UPLOAD_MS } from "../receipts/receipt.ts";
import { isGone } from "./files.ts";

export function links({ s3, bucket, now }: { s3: S3Client; bucket: string; now(): number }): Links {
  return {
    async upload(owned, type) {
      const expiresAt = now() + UPLOAD_MS;
      const { url, fields } = await createPresignedPost(s3, {
        Bucket: bucket,
        Key: uploadKey(owned),
        Fields: { "Content-Type": type },
        Conditions: [["content-length-range", 1, MAX_SIZE]],
        Expires: UPLOAD_MS / 1000,
      });
      return { url, fields, expiresAt };
    },
    async download({ key, versionId, fileName, contentType }) {
      const expiresAt = now() + DOWNLOAD_MS;
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        VersionId: versionId,
        ResponseContentType: contentType,
        ResponseContentDisposition: attachment(fileName),
        ResponseCacheControl: "private, no-store",
      });
      return { url: await getSignedUrl(s3, command, { expiresIn: DOWNLOAD_MS / 1000 }), expiresAt };
    },
    async uploadedAt(owned) {
      try {
        const { LastModified } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: uploadKey(owned) }));
        return LastModified?.getTime() ?? null;
      } catch (error) {
        if (isGone(error)) return null;
        throw error;
      }
    },
  };
}
