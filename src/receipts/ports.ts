/** What the rules of receipts need from outside. */
import type { ContentType } from "./file-type.ts";
import type { Owned } from "./place.ts";
import type { Receipt } from "./receipt.ts";

export interface Upload {
  /** The first bytes, `FIRST_BYTES` at most. */
  first: Uint8Array;
  /** In bytes. */
  size: number;
  /** The very version that was looked at. */
  versionId: string;
}

/** The files in the bucket, version by version. */
export interface Files {
  /** One version of an upload; the newest unless told. null: there is none. */
  look(key: string, versionId: string | null): Promise<Upload | null>;
  /** Copies one version of an upload to where it is served from, as that type. The version that it became; null: the upload is gone. */
  keep(from: { key: string; versionId: string }, to: string, type: ContentType): Promise<string | null>;
  /** Deletes one version; as if done when there is none. */
  drop(key: string, versionId: string): Promise<void>;
  /** Deletes every version of a file. */
  dropAll(key: string): Promise<void>;
}

/** The items. Every write has its guard in its condition and answers false when it is refused. */
export interface ReceiptStore {
  read(owned: Owned): Promise<Receipt | null>;
  /** From `awaiting` or `refused`: it is not forgotten by itself any more, because a file of it may be lying there. */
  hold(owned: Owned): Promise<boolean>;
  /** From `awaiting` or `refused`. */
  ready(owned: Owned, file: { key: string; versionId: string; size: number }): Promise<boolean>;
  /** From `awaiting` or `refused`. */
  refuse(owned: Owned, reason: string): Promise<boolean>;
  /** From any state, or again; whoever clears away is told each time. With `unattached` only one that no expense ever took. */
  leave(owned: Owned, condition?: "unattached"): Promise<boolean>;
  /** Forgets one that is leaving. */
  forget(owned: Owned): Promise<boolean>;
}

/** The items as those see them who ask for receipts. */
export interface ReceiptBook {
  /** Puts it where there is none of its id, or one that has expired: the receipt that is there now, and whether this call made it. */
  create(receipt: Receipt): Promise<{ receipt: Receipt; made: boolean }>;
  read(owned: Owned): Promise<Receipt | null>;
  /** A user's own, the newest first, from behind a place; `next` null: there are no more. */
  list(userId: string, limit: number, after: Place | null): Promise<{ receipts: Receipt[]; next: Place | null }>;
  /** From any state, or again; whoever clears away is told each time. With `unattached` only one that no expense ever took. */
  leave(owned: Owned, condition?: "unattached"): Promise<boolean>;
}

/** Where a receipt stands in its user's list. */
export interface Place {
  createdAt: number;
  id: string;
}

/** Links that are good for a while, by themselves: whoever has one needs no token. */
export interface Links {
  /** A form that takes one file of this type, to be posted with `fields` before the file. */
  upload(owned: Owned, type: ContentType): Promise<{ url: string; fields: Record<string, string>; expiresAt: number }>;
  /** Downloads that version under its name; nothing shows it as a page. */
  download(file: { key: string; versionId: string; fileName: string; contentType: ContentType }): Promise<{ url: string; expiresAt: number }>;
  /** When the newest upload came (milliseconds); null: there is none. */
  uploadedAt(owned: Owned): Promise<number | null>;
}
