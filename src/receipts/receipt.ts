/** A receipt in the domain's words: what is known of a file while it is awaited, looked at, kept and thrown away. Pure. */
import { type ContentType, isContentType } from "./file-type.ts";
import type { Owned } from "./place.ts";

/**
 * `awaiting`: its file may be uploaded. `ready`: its file was looked at and kept. `refused`: what was uploaded was something else; a right one may still come
 * while the upload's link lives. `leaving`: it is being deleted, and nothing brings it back.
 */
export const states = ["awaiting", "ready", "refused", "leaving"] as const;
export type ReceiptState = (typeof states)[number];

export interface Receipt extends Owned {
  fileName: string;
  contentType: ContentType;
  /** In bytes: as announced, and once it is ready as it is. */
  size: number;
  state: ReceiptState;
  /** Of a refused one: a sentence for its user. */
  reason: string | null;
  /** Of a ready one: where its file is, and in which version. */
  key: string | null;
  versionId: string | null;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Forgotten after this time (milliseconds); null: kept. */
  expiresAt: number | null;
  /** When an expense took it last (milliseconds); null: none ever did. */
  attachedAt: number | null;
  /** SHA-256 of the request that made it under an `Idempotency-Key`; null: it had none. */
  requestHash: string | null;
}

/** How long an upload's link is good (ms): longer than the slowest line takes for 10 MB, shorter than the role's own credentials live. */
export const UPLOAD_MS = 15 * 60_000;
/** How long a download's link is good (ms). */
export const DOWNLOAD_MS = 3_600_000;
/** A receipt without a file is forgotten after this time (ms): behind the day after which S3 forgets the upload. */
export const FORGOTTEN_MS = 2 * 86_400_000;

/** Written by a newer version, or by nobody who knows the rules. */
export class UnknownReceipt extends Error {
  override readonly name = "UnknownReceipt";
  constructor(v: unknown) {
    super(`a receipt of the unknown version ${JSON.stringify(v) ?? "undefined"}, or without its attributes`);
  }
}

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isState = (value: unknown): value is ReceiptState => (states as readonly unknown[]).includes(value);

/** An item of the table as a receipt. Throws `UnknownReceipt`. */
export function parseReceipt(item: Record<string, unknown>): Receipt {
  const { v, userId, id, fileName, contentType, size, state, createdAt } = item;
  const optional = <T>(name: string, is: (value: unknown) => value is T): T | null => {
    const value = item[name];
    if (value === undefined || value === null) return null;
    if (!is(value)) throw new UnknownReceipt(v);
    return value;
  };
  if (
    v !== 1 ||
    !isText(userId) ||
    !isText(id) ||
    !isText(fileName) ||
    !isContentType(contentType) ||
    !isNumber(size) ||
    !isState(state) ||
    !isNumber(createdAt)
  )
    throw new UnknownReceipt(v);
  const expires = optional("expiresAt", isNumber);
  return {
    userId,
    id,
    fileName,
    contentType,
    size,
    state,
    reason: optional("reason", isText),
    key: optional("key", isText),
    versionId: optional("versionId", isText),
    createdAt,
    expiresAt: expires === null ? null : expires * 1000,
    attachedAt: optional("attachedAt", isNumber),
    requestHash: optional("requestHash", isText),
  };
}

/** Whether its user sees it: DynamoDB forgets what has expired hours later, and what is leaving is gone already. */
export const isThere = (receipt: Receipt, now: number): boolean => receipt.state !== "leaving" && (receipt.expiresAt === null || receipt.expiresAt > now);
