import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompleteMultipartUploadCommand, GetObjectCommand, S3Client, UploadPartCommand } from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Storage, startStorage } from "../../local/fauxqs.ts";
import { Keyring } from "../../local/gate.ts";
import { PART_BYTES, reportFiles, reportLinks } from "../../src/aws/report-files.ts";

const bucket = "dormouse-files";
const credentials = { accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret" };
let dir: string;
let storage: Storage;
let s3: S3Client;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-report-files-"));
  const keyring = new Keyring();
  keyring.add({ name: "operator", ...credentials, may: "everything" });
  storage = await startStorage({ dataDir: dir, keyring, buckets: { [bucket]: { uploads: true } } });
  s3 = new S3Client({ endpoint: storage.s3.url, region: "eu-central-1", credentials, maxAttempts: 1 });
});
afterAll(async () => {
  s3.destroy();
  await storage.close();
  await rm(dir, { recursive: true });
});

/** Chunks of these lengths, each of its own byte; tells how many have been made, and whether it was let go. */
function source(lengths: readonly number[]) {
  const seen = { made: 0, ended: false };
  const chunks = async function* () {
    try {
      for (const [i, length] of lengths.entries()) {
        seen.made++;
        yield new Uint8Array(length).fill(i + 1);
      }
    } finally {
      seen.ended = true;
    }
  };
  return { seen, chunks: chunks(), whole: Buffer.concat(lengths.map((length, i) => Buffer.alloc(length, i + 1))) };
}

const got = async (key: string, versionId: string) => {
  const found = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
  return { bytes: Buffer.from((await found.Body?.transformToByteArray()) ?? []), type: found.ContentType };
};

describe("a report's file", () => {
  it.each([
    ["small", [10, 20, 30]],
    ["empty", []],
    ["as long as one part", [PART_BYTES]],
    ["in several parts", [PART_BYTES - 5, 10, PART_BYTES, 3_000_000]],
  ])("%s is what was made, part by part", async (name, lengths) => {
    const { chunks, whole } = source(lengths);
    const key = `reports/ann/${name.replaceAll(" ", "-")}.pdf`;
    const version = await reportFiles({ s3, bucket }).save(key, "application/pdf", chunks);
    const { bytes, type } = await got(key, version);
    expect(bytes.equals(whole)).toBe(true);
    expect(type).toBe("application/pdf");
  });

  it("that can't be made to its end is no file", async () => {
    const failing = async function* () {
      yield new Uint8Array(PART_BYTES);
      yield new Uint8Array(PART_BYTES);
      yield new Uint8Array(PART_BYTES);
      throw new Error("the database went away");
    };
    await expect(reportFiles({ s3, bucket }).save("reports/ann/failed.pdf", "application/pdf", failing())).rejects.toThrow("the database went away");
    await expect(s3.send(new GetObjectCommand({ Bucket: bucket, Key: "reports/ann/failed.pdf" }))).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it("whose part S3 refuses is given up, and its maker stops and lets go", async () => {
    const client = new S3Client({ region: "eu-central-1", credentials });
    const mock = mockClient(client);
    mock.onAnyCommand().resolves({ UploadId: "u", VersionId: "v" } as never);
    mock.on(UploadPartCommand).rejects(new Error("SlowDown"));
    const { chunks, seen } = source([6, 6, 6, 6, 6, 6]);
    await expect(reportFiles({ s3: client, bucket, partBytes: 5 }).save("reports/ann/x.pdf", "application/pdf", chunks)).rejects.toThrow("SlowDown");
    expect(seen).toEqual({ made: 2, ended: true });
    expect(mock.commandCalls(CompleteMultipartUploadCommand).length).toBe(0);
  });

  it("is got by a link that names it, and by none that is changed", async () => {
    const { chunks, whole } = source([100]);
    const key = "reports/ann/link.csv";
    const versionId = await reportFiles({ s3, bucket }).save(key, "text/csv; charset=utf-8", chunks);
    const at = Date.now();
    const { url, expiresAt } = await reportLinks({ s3, bucket, now: () => at }).download({ key, versionId, fileName: "report-2026-10.csv" });
    expect(expiresAt).toBe(at + 300_000);
    const answer = await fetch(url);
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="report-2026-10.csv"');
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(Buffer.from(await answer.arrayBuffer()).equals(whole)).toBe(true);
    expect((await fetch(url.replace("link.csv", "small.pdf"))).status).toBe(403);
  });
});
