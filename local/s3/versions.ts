/**
 * Versions of objects, which fauxqs does not know: each object that is written to a versioned bucket is copied to a shadow of that bucket, under its key and
 * the version's id. Deleting without a version leaves the versions, as S3's delete marker does.
 */
import { randomBytes } from "node:crypto";

export interface S3Request {
  method: string;
  /** With the query. */
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** How it came to be written, as the event says it; told by the request itself unless given. */
  reason?: string;
}

export interface S3Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export type S3Handler = (request: S3Request) => Promise<S3Answer>;

/** An object that has been written. */
export interface Written {
  bucket: string;
  key: string;
  versionId: string;
  reason: string;
}

const SHADOW = ".versions";
export const shadowOf = (bucket: string): string => `${bucket}${SHADOW}`;
export const isShadow = (bucket: string): boolean => bucket.endsWith(SHADOW);

/** A path whose key S3 reads back letter by letter. */
export const pathOf = (bucket: string, key: string): string => `/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;

export const notFound = (code: string, message: string): S3Answer => ({
  status: 404,
  headers: { "content-type": "application/xml" },
  body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`),
});

/** Ids that sort by the time at which they were made. */
let last = 0;
function newVersionId(): string {
  last = Math.max(last + 1, Date.now() * 1000);
  return `${last.toString(36).padStart(12, "0")}${randomBytes(10).toString("hex")}`;
}

const text = (xml: string, tag: string): string[] =>
  [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, "g"))].map(([, value = ""]) =>
    value.replace(/&(lt|gt|quot|apos|amp|#39);/g, (_, name: string) => ({ lt: "<", gt: ">", quot: '"', apos: "'", "#39": "'", amp: "&" })[name] ?? ""),
  );
const escaped = (value: string) => value.replace(/[<&>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

interface Version {
  key: string;
  versionId: string;
  size: string;
  modified: string;
}

/** `store` is fauxqs; `onWritten` hears of every object that was written. */
export function versioned(store: S3Handler, isVersioned: (bucket: string) => boolean, onWritten: (written: Written) => void): S3Handler {
  const turns = new Map<string, Promise<unknown>>();
  /** One after another for each key, so that a version is what was written with it. */
  const inTurn = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
    const turn = (turns.get(path) ?? Promise.resolve()).then(work, work);
    turns.set(path, turn);
    try {
      return await turn;
    } finally {
      if (turns.get(path) === turn) turns.delete(path);
    }
  };
  const send = (method: string, url: string, headers: S3Request["headers"] = {}) => store({ method, url, headers, body: Buffer.alloc(0) });
  const copy = (from: string, to: string) => send("PUT", to, { "x-amz-copy-source": from });

  async function list(bucket: string, prefix: string): Promise<Version[]> {
    const found: Version[] = [];
    let token: string | undefined;
    do {
      const more = token === undefined ? "" : `&continuation-token=${encodeURIComponent(token)}`;
      const { body } = await send("GET", `/${shadowOf(bucket)}?list-type=2&prefix=${encodeURIComponent(prefix)}${more}`);
      const xml = body.toString("utf8");
      for (const [, entry = ""] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const [path = ""] = text(entry, "Key");
        const at = path.lastIndexOf("/");
        found.push({
          key: path.slice(0, at),
          versionId: path.slice(at + 1),
          size: text(entry, "Size")[0] ?? "0",
          modified: text(entry, "LastModified")[0] ?? "",
        });
      }
      [token] = text(xml, "NextContinuationToken");
    } while (token !== undefined);
    return found;
  }
  /** Of one key, newest first. */
  const versionsOf = async (bucket: string, key: string) =>
    (await list(bucket, `${key}/`)).filter((version) => version.key === key).sort((a, b) => (a.versionId < b.versionId ? 1 : -1));
  const versionPath = (bucket: string, key: string, versionId: string) => pathOf(shadowOf(bucket), `${key}/${versionId}`);

  const write = (request: S3Request, bucket: string, key: string) =>
    inTurn(pathOf(bucket, key), async () => {
      const answer = await store(request);
      if (answer.status >= 300) return answer;
      const copied = request.headers["x-amz-copy-source"] !== undefined;
      const versionId = newVersionId();
      await copy(pathOf(bucket, key), versionPath(bucket, key, versionId));
      const told = request.method === "POST" ? "CompleteMultipartUpload" : copied ? "CopyObject" : "PutObject";
      onWritten({ bucket, key, versionId, reason: request.reason ?? told });
      return { ...answer, headers: { ...answer.headers, "x-amz-version-id": versionId } };
    });

  const remove = (bucket: string, key: string, versionId: string | null) =>
    inTurn(pathOf(bucket, key), async (): Promise<S3Answer> => {
      const answer = (headers: S3Answer["headers"]): S3Answer => ({ status: 204, headers, body: Buffer.alloc(0) });
      if (versionId === null) {
        await send("DELETE", pathOf(bucket, key));
        return answer({ "x-amz-delete-marker": "true", "x-amz-version-id": newVersionId() });
      }
      const [newest, before] = await versionsOf(bucket, key);
      await send("DELETE", versionPath(bucket, key, versionId));
      const isThere = (await send("HEAD", pathOf(bucket, key))).status === 200;
      if (isThere && newest?.versionId === versionId) {
        if (before === undefined) await send("DELETE", pathOf(bucket, key));
        else await copy(versionPath(bucket, key, before.versionId), pathOf(bucket, key));
      }
      return answer({ "x-amz-version-id": versionId });
    });

  async function read(request: S3Request, bucket: string, key: string, versionId: string | null): Promise<S3Answer> {
    if (versionId === null) {
      const answer = await store(request);
      const [newest] = answer.status < 300 ? await versionsOf(bucket, key) : [];
      return newest === undefined ? answer : { ...answer, headers: { ...answer.headers, "x-amz-version-id": newest.versionId } };
    }
    const answer = await store({ ...request, url: versionPath(bucket, key, versionId) });
    if (answer.status === 404)
      return { ...notFound("NoSuchVersion", "The specified version does not exist."), ...(request.method === "HEAD" ? { body: Buffer.alloc(0) } : {}) };
    return { ...answer, headers: { ...answer.headers, "x-amz-version-id": versionId } };
  }

  async function listVersions(bucket: string, prefix: string): Promise<S3Answer> {
    const versions = (await list(bucket, prefix)).sort((a, b) => (a.key === b.key ? (a.versionId < b.versionId ? 1 : -1) : a.key < b.key ? -1 : 1));
    const entries = versions.map(
      ({ key, versionId, size, modified }, at) =>
        `<Version><Key>${escaped(key)}</Key><VersionId>${versionId}</VersionId><IsLatest>${versions[at - 1]?.key !== key}</IsLatest><LastModified>${modified}</LastModified><Size>${size}</Size></Version>`,
    );
    const body = `<?xml version="1.0" encoding="UTF-8"?><ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix>${escaped(prefix)}</Prefix><IsTruncated>false</IsTruncated>${entries.join("")}</ListVersionsResult>`;
    return { status: 200, headers: { "content-type": "application/xml" }, body: Buffer.from(body) };
  }

  return async (request) => {
    const url = new URL(request.url, "http://local");
    const [bucket = "", ...parts] = url.pathname.slice(1).split("/").map(decodeURIComponent);
    const key = parts.join("/");
    if (isShadow(bucket)) return notFound("NoSuchBucket", "The specified bucket does not exist.");
    const { method } = request;
    const versionId = url.searchParams.get("versionId");
    const source = sourceOf(request.headers);
    if (source?.versionId != null && isVersioned(source.bucket)) {
      const { headers } = request;
      request = { ...request, headers: { ...headers, "x-amz-copy-source": versionPath(source.bucket, source.key, source.versionId) } };
    }
    if (!isVersioned(bucket)) return store(request);
    if (key === "") return method === "GET" && url.searchParams.has("versions") ? listVersions(bucket, url.searchParams.get("prefix") ?? "") : store(request);
    if (method === "GET" || method === "HEAD") return read(request, bucket, key, versionId);
    if (method === "DELETE" && !url.searchParams.has("uploadId")) return remove(bucket, key, versionId);
    const writes = method === "PUT" ? !url.searchParams.has("partNumber") : method === "POST" && url.searchParams.has("uploadId");
    return writes ? write(request, bucket, key) : store(request);
  };
}

/** What a copy is made of; null for what is no copy. */
export function sourceOf(headers: S3Request["headers"]): { bucket: string; key: string; versionId: string | null } | null {
  const source = headers["x-amz-copy-source"];
  if (typeof source !== "string") return null;
  const [path = "", query = ""] = source.split("?");
  const [bucket = "", ...key] = decodeURIComponent(path.replace(/^\//, "")).split("/");
  return { bucket, key: key.join("/"), versionId: new URLSearchParams(query).get("versionId") };
}
