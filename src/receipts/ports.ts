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
  /** From `awaiting` or `refused`. */
  ready(owned: Owned, file: { key: string; versionId: string; size: number }): Promise<boolean>;
  /** From `awaiting` or `refused`. */
  refuse(owned: Owned, reason: string): Promise<boolean>;
  /** From any state, or again. With `unattached` only one that no expense ever took. */
  leave(owned: Owned, condition?: "unattached"): Promise<boolean>;
  /** Forgets one that is leaving. */
  forget(owned: Owned): Promise<boolean>;
}
