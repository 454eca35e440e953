/** S3 as pages and functions meet it: the gate, uploads by form, CORS, versions, and an event for each object that is written. Behind it is fauxqs. */
import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { account, authenticate, authorize, Denied, type Keyring, region } from "../gate.ts";
import { readBody } from "../serve.ts";
import { s3Calls } from "./calls.ts";
import { Refused, readPosted } from "./posted.ts";
import { pathOf, type S3Answer, type S3Handler, versioned, type Written } from "./versions.ts";

export interface S3Options {
  keyring: Keyring;
  /** fauxqs. */
  store: S3Handler;
  /** The buckets of system.json by their full names, and whether pages may post to them. All others are neither versioned nor heard of. */
  buckets: Readonly<Record<string, { uploads: boolean }>>;
  /** Whether a page of this origin may post. */
  isAllowed(origin: string): boolean;
  /** EventBridge's "Object Created". */
  onEvent(event: object): void;
}

const bodyLimit = 64 * 1024 * 1024;
const escaped = (text: string) => text.replace(/[<&>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

export function refusal(status: number, code: string, message: string): S3Answer {
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: Buffer.from(`<Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`),
  };
}

export function s3Front(options: S3Options): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { keyring, buckets } = options;
  const objects = versioned(
    options.store,
    (bucket) => Object.hasOwn(buckets, bucket),
    (written) => void created(written).catch(() => {}),
  );

  async function created({ bucket, key, versionId, reason }: Written): Promise<void> {
    const { headers } = await options.store({ method: "HEAD", url: pathOf(bucket, key), headers: {}, body: Buffer.alloc(0) });
    options.onEvent({
      version: "0",
      id: randomUUID(),
      "detail-type": "Object Created",
      source: "aws.s3",
      account,
      time: new Date(keyring.clock.now()).toISOString().replace(/\.\d+Z$/, "Z"),
      region,
      resources: [`arn:aws:s3:::${bucket}`],
      detail: {
        version: "0",
        bucket: { name: bucket },
        object: {
          key,
          size: Number(headers["content-length"] ?? 0),
          etag: String(headers.etag ?? "").replaceAll('"', ""),
          "version-id": versionId,
          sequencer: versionId.slice(0, 12).toUpperCase(),
        },
        "request-id": randomBytes(8).toString("hex").toUpperCase(),
        requester: account,
        reason,
      },
    });
  }

  async function answerTo(request: IncomingMessage, body: Buffer): Promise<S3Answer> {
    const { method = "GET", url = "/", headers } = request;
    const [bucket = "", ...rest] = new URL(url, "http://local").pathname.slice(1).split("/").map(decodeURIComponent);
    const key = rest.join("/");
    const type = headers["content-type"] ?? "";
    if (method === "POST" && key === "" && type.startsWith("multipart/form-data")) {
      const posted = await readPosted(keyring, bucket, type, body);
      const { status, ...answer } = await objects({
        method: "PUT",
        url: pathOf(bucket, posted.key),
        headers: posted.headers,
        body: posted.file,
        reason: "PostObject",
      });
      if (status >= 300) return { status, ...answer };
      const made = `<PostResponse><Bucket>${bucket}</Bucket><Key>${escaped(posted.key)}</Key></PostResponse>`;
      return { ...answer, status: posted.status, body: Buffer.from(posted.status === 201 ? made : "") };
    }
    const principal = await authenticate(keyring, { method, path: url, headers, body });
    for (const { action, resource } of s3Calls(request)) authorize(keyring, principal, action, resource);
    const answer = await objects({ method, url, headers: { ...headers }, body });
    // Whether something is not there S3 tells only those who may list the bucket; to others it says that they may not read it.
    if (answer.status === 404 && key !== "" && (method === "GET" || method === "HEAD"))
      authorize(keyring, principal, "s3:ListBucket", `arn:aws:s3:::${bucket}`);
    return overridden(answer, url);
  }

  const corsOf = ({ headers: { origin }, url = "/" }: IncomingMessage): Record<string, string> | null => {
    const bucket = decodeURIComponent(new URL(url, "http://local").pathname.split("/")[1] ?? "");
    if (origin === undefined || !(Object.hasOwn(buckets, bucket) && buckets[bucket]?.uploads) || !options.isAllowed(origin)) return null;
    return { "access-control-allow-origin": origin, "access-control-allow-methods": "POST", vary: "Origin" };
  };

  return async (request, response) => {
    const cors = corsOf(request);
    const body = await readBody(request, bodyLimit);
    if (body === null) return void response.writeHead(413, { connection: "close" }).end();
    let answer: S3Answer;
    if (request.method === "OPTIONS") {
      const allowed = cors !== null && request.headers["access-control-request-method"] === "POST";
      const asked = request.headers["access-control-request-headers"];
      answer = allowed
        ? { status: 200, headers: asked === undefined ? {} : { "access-control-allow-headers": asked }, body: Buffer.alloc(0) }
        : refusal(403, "AccessForbidden", "CORSResponse: This CORS request is not allowed.");
    } else {
      answer = await answerTo(request, body).catch((error: unknown) => {
        if (error instanceof Denied) return refusal(403, "AccessDenied", error.message);
        if (error instanceof Refused) return refusal(error.status, error.code, error.message);
        throw error;
      });
    }
    const headers = Object.fromEntries(
      Object.entries(answer.headers).filter(([name, value]) => value !== undefined && name !== "connection" && name !== "transfer-encoding"),
    ) as Record<string, string>;
    const crossing = cors !== null && (request.method === "POST" || request.method === "OPTIONS") ? cors : {};
    const own = answer.body.length > 0 && request.method !== "HEAD" ? { "content-length": String(answer.body.length) } : {};
    response.writeHead(answer.status, { ...headers, ...own, ...crossing }).end(request.method === "HEAD" ? undefined : answer.body);
  };
}

/** `response-content-type` and its like, which a presigned link may carry, in the place of the object's own. */
function overridden(answer: S3Answer, url: string): S3Answer {
  if (answer.status !== 200 && answer.status !== 206) return answer;
  const named = [...new URL(url, "http://local").searchParams].filter(([name]) => name.startsWith("response-"));
  return { ...answer, headers: { ...answer.headers, ...Object.fromEntries(named.map(([name, value]) => [name.slice("response-".length), value])) } };
}
