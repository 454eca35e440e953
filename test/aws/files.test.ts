import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectVersionsCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Storage, startStorage } from "../../local/fauxqs.ts";
import { Keyring } from "../../local/gate.ts";
import { files } from "../../src/aws/files.ts";
import { links } from "../../src/aws/links.ts";
import { uploadKey } from "../../src/receipts/place.ts";
import { beginningOf } from "../receipts/files.ts";

const bucket = "dormouse-files";
const credentials = { accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret" };
const owned = { userId: "a/b ü%", id: "019aa5d0-0c44-7a55-b7de-3f1c2a9b8d70" };
let dir: string;
let storage: Storage;
let s3: S3Client;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-files-"));
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

const put = async (Key: string, Body: Uint8Array) =>
  (await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType: "text/html", Metadata: { a: "b" } }))).VersionId ?? "";

describe("files in the bucket", () => {
  it("are looked at version by version: their first bytes and their size, however small", async () => {
    const { look } = files({ s3, bucket });
    const key = uploadKey(owned);
    const long = await put(key, Buffer.alloc(1000, 7));
    const short = await put(key, Buffer.from("abc"));
    const empty = await put(key, new Uint8Array());
    expect(await look(key, long)).toEqual({ first: new Uint8Array(16).fill(7), size: 1000, versionId: long });
    expect(await look(key, short)).toEqual({ first: new Uint8Array(Buffer.from("abc")), size: 3, versionId: short });
    expect(await look(key, empty)).toEqual({ first: new Uint8Array(), size: 0, versionId: empty });
    expect(await look(key, null)).toMatchObject({ versionId: empty });
    expect(await look(key, `${empty}x`)).toBe(null);
    expect(await look("uploads/nobody/x", null)).toBe(null);
  });

  it("are kept by copying one version, with the type that was found and nothing that the upload said of itself", async () => {
    const { keep } = files({ s3, bucket });
    const key = `${uploadKey(owned)}2`;
    const first = await put(key, beginningOf("image/png"));
    await put(key, Buffer.from("<html>"));
    const kept = await keep({ key, versionId: first }, "receipts/x y/1.png", "image/png");
    const found = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: "receipts/x y/1.png", VersionId: kept ?? "" }));
    expect(Buffer.from((await found.Body?.transformToByteArray()) ?? [])).toEqual(beginningOf("image/png"));
    expect(found).toMatchObject({ ContentType: "image/png", Metadata: {} });
    expect(await keep({ key, versionId: "none" }, "receipts/x y/2.png", "image/png")).toBe(null);
    expect(await keep({ key: "uploads/none", versionId: first }, "receipts/x y/2.png", "image/png")).toBe(null);
  });

  it("go with every version, and no others go with them", async () => {
    const { dropAll, drop } = files({ s3, bucket });
    for (const body of ["1", "2", "3"]) await put("receipts/u/1.png", Buffer.from(body));
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "receipts/u/1.png" }));
    const other = await put("receipts/u/1.png2", Buffer.from("other"));
    await dropAll("receipts/u/1.png");
    await dropAll("receipts/u/1.png");
    await drop("receipts/u/1.png", "none");
    const left = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: "receipts/u/" }));
    expect(left.Versions?.map(({ VersionId }) => VersionId)).toEqual([other]);
  });

  it("go page by page, markers of deletions too", async () => {
    const deleted: (string | undefined)[] = [];
    const mock = mockClient(new S3Client({ region: "eu-central-1", credentials }));
    mock
      .on(ListObjectVersionsCommand, { Prefix: "k" })
      .resolvesOnce({ IsTruncated: true, NextKeyMarker: "k", NextVersionIdMarker: "1", Versions: [{ Key: "k", VersionId: "1" }] })
      .resolvesOnce({ Versions: [{ Key: "kk", VersionId: "3" }], DeleteMarkers: [{ Key: "k", VersionId: "2" }] });
    mock.on(DeleteObjectCommand).callsFake(({ VersionId }) => void deleted.push(VersionId));
    await files({ s3: mock as unknown as S3Client, bucket }).dropAll("k");
    expect(deleted).toEqual(["1", "2"]);
    expect(mock.commandCalls(ListObjectVersionsCommand)[1]?.args[0].input).toMatchObject({ KeyMarker: "k", VersionIdMarker: "1" });
  });

  it("of a bucket without versions are not judged at all, and what else fails is not taken for a file that is gone", async () => {
    const mock = mockClient(new S3Client({ region: "eu-central-1", credentials }));
    const { look, keep } = files({ s3: mock as unknown as S3Client, bucket });
    mock
      .on(GetObjectCommand)
      .resolvesOnce({ ContentLength: 3 })
      .rejects(Object.assign(new Error("no"), { name: "AccessDenied" }));
    await expect(look("k", null)).rejects.toThrow("keeps no versions");
    await expect(look("k", null)).rejects.toMatchObject({ name: "AccessDenied" });
    mock.onAnyCommand().rejects(Object.assign(new Error("slow down"), { name: "SlowDown" }));
    await expect(keep({ key: "k", versionId: "1" }, "to", "image/gif")).rejects.toMatchObject({ name: "SlowDown" });
  });
});

describe("links", () => {
  const now = Date.now();
  const made = () => links({ s3, bucket, now: () => now });

  it("take one file of the announced type, up to 10 MB, to its user's place", async () => {
    const { url, fields, expiresAt } = await made().upload(owned, "application/pdf");
    expect(expiresAt).toBe(now + 900_000);
    expect(fields).toMatchObject({ key: uploadKey(owned), "Content-Type": "application/pdf" });
    const send = (change: Record<string, string>, body: Uint8Array<ArrayBuffer>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ ...fields, ...change })) form.append(name, value);
      form.append("file", new Blob([body]), "whatever");
      return fetch(url, { method: "POST", body: form });
    };
    expect((await send({}, new Uint8Array(10 * 1024 * 1024))).status).toBe(204);
    expect((await send({}, new Uint8Array(10 * 1024 * 1024 + 1))).status).toBe(400);
    expect((await send({}, new Uint8Array())).status).toBe(400);
    expect((await send({ "Content-Type": "text/html" }, new Uint8Array(1))).status).toBe(403);
    expect((await send({ key: "receipts/a/b.pdf" }, new Uint8Array(1))).status).toBe(403);
    expect(await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: uploadKey(owned) }))).toMatchObject({
      ContentLength: 10 * 1024 * 1024,
      ContentType: "application/pdf",
    });
    expect(Math.abs(((await made().uploadedAt(owned)) ?? 0) - now)).toBeLessThan(60_000);
    expect(await made().uploadedAt({ ...owned, userId: "bob" })).toBe(null);
  });

  it("download that very version under its name, never as a page", async () => {
    const key = "receipts/a/1.png";
    const versionId = await put(key, beginningOf("image/png"));
    await put(key, Buffer.from("<html>"));
    const { url, expiresAt } = await made().download({ key, versionId, fileName: 'Zürich "1".png', contentType: "image/png" });
    expect(expiresAt).toBe(now + 3_600_000);
    const answer = await fetch(url);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(beginningOf("image/png"));
    expect(Object.fromEntries(["content-type", "content-disposition", "cache-control"].map((name) => [name, answer.headers.get(name)]))).toEqual({
      "content-type": "image/png",
      "content-disposition": `attachment; filename="Z_rich _1_.png"; filename*=UTF-8''Z%C3%BCrich%20%221%22.png`,
      "cache-control": "private, no-store",
    });
  });
});
