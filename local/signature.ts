/** Signature Version 4, the verifying side, after AWS's "Create a signed AWS API request" (IAM user guide). */
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from "node:crypto";
import type { SignedRequest } from "./gate.ts";

export interface Signature {
  accessKeyId: string;
  /** The eight digits of the scope. */
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  /** When it was signed, milliseconds since the epoch. */
  at: number;
  /** The time stamp as it was signed. */
  stamp: string;
  /** Of a presigned URL; null for a signature in the header. */
  expiresSeconds: number | null;
  hex: string;
}

const emptyHash = sha256("");

/** Reads what the request claims; null when there is no well-formed signature at all. */
export function readSignature(request: SignedRequest): Signature | null {
  const header = request.headers.authorization;
  if (header !== undefined) {
    const match = /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(header);
    const stamp = one(request.headers["x-amz-date"]);
    if (!match || stamp === undefined) return null;
    return build(match[1], match[2], match[3], stamp, null);
  }
  const query = queryOf(request.path);
  const value = (name: string) => query.find(([key]) => key === name)?.[1];
  if (value("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256") return null;
  const expires = Number(value("X-Amz-Expires"));
  if (!Number.isInteger(expires) || expires < 1 || expires > 604_800) return null;
  return build(value("X-Amz-Credential"), value("X-Amz-SignedHeaders"), value("X-Amz-Signature"), value("X-Amz-Date"), expires);
}

/** Whether the signature is what this secret makes of the request. */
export function verifies(request: SignedRequest, signature: Signature, secret: string): boolean {
  const payload = payloadHash(request, signature);
  if (payload === null) return false;
  const canonical = [
    request.method,
    canonicalPath(request.path, signature.service),
    canonicalQuery(request.path),
    ...signature.signedHeaders.map((name) => `${name}:${(one(request.headers[name]) ?? "").trim().replace(/\s+/g, " ")}`),
    "",
    signature.signedHeaders.join(";"),
    payload,
  ].join("\n");
  const scope = `${signature.date}/${signature.region}/${signature.service}/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${signature.stamp}\n${scope}\n${sha256(canonical)}`;
  const expected = signed(secret, signature, toSign);
  const given = Buffer.from(signature.hex, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The signature of a text under the secret's key for this day, region and service. */
export function signed(secret: string, scope: Pick<Signature, "date" | "region" | "service">, text: string): Buffer {
  return hmac(signingKey(secret, scope), text);
}

/** The keys of a few principals for a day: each request is signed under one of them, and making one costs more than the rest of the check. */
const keys = new Map<string, KeyObject>();
const KEYS = 1000;

function signingKey(secret: string, { date, region, service }: Pick<Signature, "date" | "region" | "service">): KeyObject {
  const name = JSON.stringify([secret, date, region, service]);
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = createSecretKey([date, region, service, "aws4_request"].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`)));
  if (keys.size >= KEYS) keys.clear();
  keys.set(name, key);
  return key;
}

function build(credential: string | undefined, headers: string | undefined, hex: string | undefined, stamp: string | undefined, expiresSeconds: number | null) {
  const [accessKeyId, date, region, service, end, ...more] = (credential ?? "").split("/");
  const time = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(stamp ?? "");
  if (!accessKeyId || !date || !region || !service || end !== "aws4_request" || more.length > 0 || !time || !headers || !hex || !stamp) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = time.slice(1).map(Number);
  if (!stamp.startsWith(date)) return null;
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  return { accessKeyId, date, region, service, signedHeaders: headers.split(";"), at, stamp, expiresSeconds, hex } satisfies Signature;
}

/** null when the hash that was signed is not that of the body. */
function payloadHash(request: SignedRequest, signature: Signature): string | null {
  const claimed = one(request.headers["x-amz-content-sha256"]);
  if (claimed !== undefined) {
    if (signature.service === "s3" && (claimed === "UNSIGNED-PAYLOAD" || claimed.startsWith("STREAMING-"))) return claimed;
    return claimed === sha256(request.body) ? claimed : null;
  }
  if (signature.expiresSeconds !== null) return signature.service === "s3" ? "UNSIGNED-PAYLOAD" : emptyHash;
  return sha256(request.body);
}

/** The path as it was sent, encoded once more for every service but S3. */
function canonicalPath(path: string, service: string): string {
  const bare = path.split("?", 1)[0] || "/";
  if (service === "s3") return bare;
  const kept: string[] = [];
  for (const part of bare.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") kept.pop();
    else kept.push(encode(part));
  }
  return `/${kept.join("/")}${kept.length > 0 && bare.endsWith("/") ? "/" : ""}`;
}

function canonicalQuery(path: string): string {
  return queryOf(path)
    .filter(([key]) => key !== "X-Amz-Signature")
    .map(([key, value]) => `${encode(key)}=${encode(value)}`)
    .sort()
    .join("&");
}

/** Decodes as URIs do; a `+` stays a `+`. */
function queryOf(path: string): [string, string][] {
  const start = path.indexOf("?");
  if (start < 0) return [];
  return path
    .slice(start + 1)
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [decode(pair), ""] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(",") : value;
}

function sha256(data: string | Buffer): string {
  return hash("sha256", data, "hex");
}

function hmac(key: Buffer | KeyObject, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
