import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { createPresignedPost, type PresignedPostOptions } from "@aws-sdk/s3-presigned-post";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Storage, startStorage } from "../../local/fauxqs.ts";
import { Keyring, type Principal } from "../../local/gate.ts";
import { s3Calls } from "../../local/s3/calls.ts";

const operator: Principal = { name: "operator", accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret", may: "everything" };
const desk: Principal = {
  name: "desk",
  accessKeyId: "AKIADESK",
  secretAccessKey: "desk-secret",
  may: [
    { action: "s3:PutObject", resource: "arn:aws:s3:::dormouse-files/uploads/*" },
    { action: "s3:GetObject", resource: "arn:aws:s3:::dormouse-files/uploads/*" },
  ],
};
const page = "http://127.0.0.1:5000";
const Bucket = "dormouse-files";
const events: Record<string, unknown>[] = [];
let now = Date.now();
const keyring = new Keyring({ now: () => now, after: () => ({ cancel() {} }) });
keyring.add(operator);
keyring.add(desk);
let dir: string;
let storage: Storage;
const clientOf = (who: Principal, forcePathStyle = false) =>
  new S3Client({
    endpoint: storage.s3.url,
    region: "eu-central-1",
    credentials: { accessKeyId: who.accessKeyId, secretAccessKey: who.secretAccessKey },
    maxAttempts: 1,
    forcePathStyle,
  });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-s3-"));
  const buckets = { [Bucket]: { uploads: true } };
  storage = await startStorage({ dataDir: dir, keyring, buckets, isAllowed: (origin) => origin === page, onEvent: (event) => events.push(event as never) });
});
afterAll(async () => {
  await storage.close();
  await rm(dir, { recursive: true });
});
beforeEach(() => {
  now = Date.now();
  events.length = 0;
});

const put = async (Key: string, Body: string) =>
  (await clientOf(operator).send(new PutObjectCommand({ Bucket, Key, Body, ContentType: "text/plain" }))).VersionId ?? "";
const get = async (Key: string, VersionId?: string) =>
  (await clientOf(operator).send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();
const versions = async (Prefix: string) =>
  ((await clientOf(operator).send(new ListObjectVersionsCommand({ Bucket, Prefix }))).Versions ?? []).map(({ Key, VersionId, IsLatest }) => [
    Key,
    VersionId,
    IsLatest,
  ]);

describe("versions of an object", () => {
  it("stay when another is written over them, are read and copied by their ids, and go one by one", async () => {
    const [first, second] = [await put("a/ü 1+.txt", "one"), await put("a/ü 1+.txt", "two")];
    expect([await get("a/ü 1+.txt"), await get("a/ü 1+.txt", first), await get("a/ü 1+.txt", second)]).toEqual(["two", "one", "two"]);
    const s3 = clientOf(operator);
    const copied = await s3.send(
      new CopyObjectCommand({
        Bucket,
        Key: "b/copy",
        CopySource: `${Bucket}/${encodeURIComponent("a/ü 1+.txt")}?versionId=${first}`,
        ContentType: "image/png",
        MetadataDirective: "REPLACE",
      }),
    );
    expect(await get("b/copy", copied.VersionId)).toBe("one");
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: "b/copy" }))).toMatchObject({ ContentType: "image/png", VersionId: copied.VersionId });
    expect(await versions("a/")).toEqual([
      ["a/ü 1+.txt", second, true],
      ["a/ü 1+.txt", first, false],
    ]);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "a/ü 1+.txt", VersionId: second }));
    expect(await get("a/ü 1+.txt")).toBe("one");
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "a/ü 1+.txt", VersionId: first }));
    await expect(get("a/ü 1+.txt")).rejects.toMatchObject({ name: "NoSuchKey" });
    await expect(get("a/ü 1+.txt", first)).rejects.toMatchObject({ name: "NoSuchVersion" });
    expect(await versions("a/")).toEqual([]);
  });

  it("stay behind a deletion without a version", async () => {
    const version = await put("c", "kept");
    await clientOf(operator).send(new DeleteObjectCommand({ Bucket, Key: "c" }));
    await expect(get("c")).rejects.toMatchObject({ name: "NoSuchKey" });
    expect(await get("c", version)).toBe("kept");
  });

  it("are those of their own key, whatever other keys begin with it", async () => {
    await put("d", "1");
    const inside = await put("d/e", "2");
    expect(await get("d")).toBe("1");
    await clientOf(operator).send(new DeleteObjectCommand({ Bucket, Key: "d/e", VersionId: inside }));
    expect([await get("d"), (await versions("d")).length]).toEqual(["1", 1]);
  });

  it("lie where nobody else finds them", async () => {
    const hidden = clientOf(operator, true);
    await expect(hidden.send(new ListObjectVersionsCommand({ Bucket: `${Bucket}.versions` }))).rejects.toMatchObject({ name: "NoSuchBucket" });
  });
});

it("an event in EventBridge's form tells of each version that is written, and how", async () => {
  const first = await put("e", "1234");
  const { VersionId } = await clientOf(operator).send(new CopyObjectCommand({ Bucket, Key: "f", CopySource: `${Bucket}/e?versionId=${first}` }));
  await expect.poll(() => events).toHaveLength(2);
  expect(events[0]).toMatchObject({
    source: "aws.s3",
    "detail-type": "Object Created",
    account: "123456789012",
    resources: [`arn:aws:s3:::${Bucket}`],
    detail: { bucket: { name: Bucket }, object: { key: "e", size: 4, "version-id": first }, reason: "PutObject" },
  });
  expect(events[1]).toMatchObject({ detail: { object: { key: "f", "version-id": VersionId }, reason: "CopyObject" } });
});

it("a link says how what it leads to is to be shown, and that is signed", async () => {
  await put("g", "<b>hi</b>");
  const url = await getSignedUrl(
    clientOf(operator),
    new GetObjectCommand({ Bucket, Key: "g", ResponseContentType: "application/pdf", ResponseContentDisposition: 'attachment; filename="a.pdf"' }),
    { expiresIn: 60 },
  );
  const answer = await fetch(url);
  expect([answer.status, answer.headers.get("content-type"), answer.headers.get("content-disposition")]).toEqual([
    200,
    "application/pdf",
    'attachment; filename="a.pdf"',
  ]);
  expect((await fetch(url.replace("attachment", "inline"))).status).toBe(403);
  now += 61_000;
  expect((await fetch(url)).status).toBe(403);
});

describe("an upload by form", () => {
  const post = (change: Partial<PresignedPostOptions> = {}, who = desk) =>
    createPresignedPost(clientOf(who), {
      Bucket,
      Key: "uploads/ann/1",
      Fields: { "Content-Type": "image/png" },
      Conditions: [["content-length-range", 1, 10]],
      Expires: 60,
      ...change,
    });
  const send = (url: string, fields: Record<string, string>, body: BlobPart = "12345", headers: Record<string, string> = {}) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", new Blob([body], { type: "text/html" }), "x.html");
    return fetch(url, { method: "POST", body: form, headers });
  };
  const codeOf = async (answer: Response) => [answer.status, /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1]];

  it("that keeps to its policy is written with the type that was signed, and told", async () => {
    const { url, fields } = await post();
    const answer = await send(url, fields);
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
    const VersionId = answer.headers.get("x-amz-version-id");
    expect(await clientOf(operator).send(new HeadObjectCommand({ Bucket, Key: "uploads/ann/1" }))).toMatchObject({
      ContentType: "image/png",
      ContentLength: 5,
      VersionId,
    });
    await expect.poll(() => events).toHaveLength(1);
    expect(events[0]).toMatchObject({ detail: { object: { key: "uploads/ann/1", size: 5, "version-id": VersionId }, reason: "PostObject" } });
    expect((await send(url, fields, "67890")).status).toBe(204);
  });

  it.each<[string, Record<string, string>, string, (string | number)[]]>([
    ["another key", { key: "uploads/bob/1" }, "12345", [403, "AccessDenied"]],
    ["another type", { "Content-Type": "text/html" }, "12345", [403, "AccessDenied"]],
    ["a field that the policy does not name", { "x-amz-meta-a": "b" }, "12345", [403, "AccessDenied"]],
    ["another signature", { "X-Amz-Signature": "0".repeat(64) }, "12345", [403, "SignatureDoesNotMatch"]],
    [
      "another signer",
      { "X-Amz-Credential": `AKIANOBODY/${new Date().toISOString().slice(0, 10).replaceAll("-", "")}/eu-central-1/s3/aws4_request` },
      "12345",
      [403, "InvalidAccessKeyId"],
    ],
    [
      "a policy of its own",
      { Policy: Buffer.from('{"expiration":"2099-01-01T00:00:00Z","conditions":[]}').toString("base64") },
      "12345",
      [403, "SignatureDoesNotMatch"],
    ],
    ["no file at all in it", {}, "", [400, "EntityTooSmall"]],
    ["a byte too many", {}, "12345678901", [400, "EntityTooLarge"]],
  ])("with %s is refused", async (_, change, body, expected) => {
    const { url, fields } = await post();
    expect(await codeOf(await send(url, { ...fields, ...change }, body))).toEqual(expected);
    expect(events).toEqual([]);
  });

  it("without a policy, too late, or signed by one who may not write there is refused", async () => {
    const { url, fields } = await post();
    const { Policy: _, ...rest } = fields;
    expect(await codeOf(await send(url, rest))).toEqual([403, "AccessDenied"]);
    now += 61_000;
    expect(await codeOf(await send(url, fields))).toEqual([403, "AccessDenied"]);
    const elsewhere = await post({ Key: "receipts/ann/1" });
    expect(await codeOf(await send(elsewhere.url, elsewhere.fields))).toEqual([403, "AccessDenied"]);
  });

  it("may come from a page of an allowed origin, and only by POST", async () => {
    const { url, fields } = await post();
    const from = async (origin: string) => (await send(url, fields, "12345", { origin })).headers.get("access-control-allow-origin");
    expect([await from(page), await from("https://elsewhere.example")]).toEqual([page, null]);
    const preflight = async (origin: string, method: string) =>
      (await fetch(url, { method: "OPTIONS", headers: { origin, "access-control-request-method": method } })).status;
    expect([await preflight(page, "POST"), await preflight(page, "DELETE"), await preflight("https://elsewhere.example", "POST")]).toEqual([200, 403, 403]);
  });

  it("that is no form is refused", async () => {
    const answer = await fetch(`${storage.s3.url}/${Bucket}`, { method: "POST", body: "x", headers: { "content-type": "multipart/form-data; boundary=y" } });
    expect(await codeOf(answer)).toEqual([400, "MalformedPOSTRequest"]);
  });
});

it("a request is the actions that AWS would ask for: of a copy, its source's too", () => {
  const call = (method: string, url: string, headers = {}) =>
    s3Calls({ method, url, headers }).map(({ action, resource }) => `${action} ${resource.slice(13)}`);
  expect(call("PUT", "/files/a/b.pdf")).toEqual(["s3:PutObject files/a/b.pdf"]);
  expect(call("GET", "/files/a?versionId=1")).toEqual(["s3:GetObjectVersion files/a"]);
  expect(call("DELETE", "/files/a?versionId=1")).toEqual(["s3:DeleteObjectVersion files/a"]);
  expect(call("HEAD", "/files/a")).toEqual(["s3:GetObject files/a"]);
  expect(call("GET", "/files?list-type=2")).toEqual(["s3:ListBucket files"]);
  expect(call("GET", "/files?versions")).toEqual(["s3:ListBucketVersions files"]);
  expect(call("PUT", "/files/b", { "x-amz-copy-source": "files/a%20c?versionId=1" })).toEqual(["s3:PutObject files/b", "s3:GetObjectVersion files/a c"]);
  expect(call("PATCH", "/files/x")).toEqual(["* files/x"]);
});
