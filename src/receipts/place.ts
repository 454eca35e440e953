/** Where files of receipts lie in the bucket: an upload waits in `uploads/`, and only what was looked at is in `receipts/`. Pure. */
import { type ContentType, extensionOf } from "./file-type.ts";

export interface Owned {
  /** A user's `sub`. */
  userId: string;
  /** The receipt's. */
  id: string;
}

/** A `sub` in a key: what an issuer may put into one and S3 would read as a folder, or escape, is written in percent form. */
export const folderOf = (userId: string): string =>
  encodeURIComponent(userId).replace(/[.!'()*~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

const decoded = (folder: string): string | null => {
  try {
    return decodeURIComponent(folder);
  } catch {
    return null;
  }
};

const id = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

export const UPLOADS = "uploads/";
export const RECEIPTS = "receipts/";

export const uploadKey = ({ userId, id }: Owned): string => `${UPLOADS}${folderOf(userId)}/${id}`;

export const receiptKey = ({ userId, id }: Owned, type: ContentType): string => `${RECEIPTS}${folderOf(userId)}/${id}.${extensionOf(type)}`;

function ownedBy(key: string, pattern: RegExp): Owned | null {
  const [, folder = "", id = ""] = pattern.exec(key) ?? [];
  const userId = decoded(folder);
  // Only the one form that is written here is read: two keys are never the same receipt's.
  return userId === null || userId === "" || folderOf(userId) !== folder ? null : { userId, id };
}

/** Whose upload lies at a key; null: nobody's. */
export const uploadAt = (key: string): Owned | null => ownedBy(key, new RegExp(`^${UPLOADS}([^/]+)/(${id})$`));

/** Whose receipt lies at a key; null: nobody's. */
export const receiptAt = (key: string): Owned | null => ownedBy(key, new RegExp(`^${RECEIPTS}([^/]+)/(${id})\\.[a-z]+$`));
