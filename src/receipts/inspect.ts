/**
 * Looks at an upload and makes a receipt of it, or refuses it. Runs twice, late and out of order, and may be killed at any line: an upload is deleted last, so
 * what was cut off is done again by the next look (the event's retry, or somebody's `GET`), and only one look makes the receipt ready.
 */
import { calledBy, contentTypes, MAX_SIZE, typeOf } from "./file-type.ts";
import { type Owned, receiptKey, uploadAt } from "./place.ts";
import type { Files, ReceiptStore, Upload } from "./ports.ts";
import { isThere, type Receipt } from "./receipt.ts";

/** What came of it, for the log. */
export type Inspected = "not an upload" | "gone" | "not awaited" | "refused" | "ready" | "ready already";

/** Why an upload is not the file that was announced, as a sentence for its user; null: it is. */
export function fault({ contentType, fileName }: Pick<Receipt, "contentType" | "fileName">, upload: Pick<Upload, "first" | "size">): string | null {
  if (upload.size === 0) return `${fileName} is empty.`;
  if (upload.size > MAX_SIZE) return `${fileName} is larger than 10 MB.`;
  const found = typeOf(upload.first);
  if (found === contentType) return null;
  const expected = `${fileName} is not ${calledBy(contentType)}, whatever its name says`;
  return found === null ? `${expected}. A receipt may be a JPEG, PNG or GIF image or a PDF document.` : `${expected}: it is ${calledBy(found)}.`;
}

export interface InspectPorts {
  files: Files;
  receipts: ReceiptStore;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** One version of an upload (null: the newest). Throws what the ports throw: then it is to be called again. */
export async function inspect({ files, receipts, now }: InspectPorts, key: string, versionId: string | null): Promise<Inspected> {
  const owned = uploadAt(key);
  if (owned === null) return "not an upload";
  const upload = await files.look(key, versionId);
  if (upload === null) return "gone";
  const done = async (what: Inspected): Promise<Inspected> => {
    await files.drop(key, upload.versionId);
    return what;
  };
  const receipt = await receipts.read(owned);
  if (receipt === null) {
    // It was deleted while an earlier look was cut off: that one's copy has nobody else who knows of it.
    for (const type of contentTypes) await files.dropAll(receiptKey(owned, type));
    return done("not awaited");
  }
  if (!isThere(receipt, now())) return done("not awaited");
  if (receipt.state === "ready") return done("ready already");
  const reason = fault(receipt, upload);
  if (reason !== null) {
    await receipts.refuse(owned, reason);
    return done("refused");
  }
  const to = receiptKey(owned, receipt.contentType);
  if (!(await receipts.hold(owned))) return done("ready already");
  const kept = await files.keep({ key, versionId: upload.versionId }, to, receipt.contentType);
  if (kept === null) return "gone";
  if (await receipts.ready(owned, { key: to, versionId: kept, size: upload.size })) return done("ready");
  // Refused: another look was first, it was deleted meanwhile, or this very write came through and its answer was lost.
  const after = await receipts.read(owned);
  if (after?.state === "ready" && after.versionId === kept) return done("ready");
  await files.drop(to, kept);
  return done(after?.state === "ready" ? "ready already" : "not awaited");
}

/** Deletes what a leaving receipt has left, and then the receipt. May be killed and run again. Does nothing for one that is not leaving. */
export async function clear({ files, receipts }: Pick<InspectPorts, "files" | "receipts">, owned: Owned): Promise<void> {
  const receipt = await receipts.read(owned);
  if (receipt?.state !== "leaving") return;
  await files.dropAll(receiptKey(owned, receipt.contentType));
  await receipts.forget(owned);
}
