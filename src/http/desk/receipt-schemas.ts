/** What `/receipts` takes and gives. */
import * as z from "zod/mini";
import { mismatch, nameFault } from "../../receipts/file-name.ts";
import { contentTypes, MAX_SIZE } from "../../receipts/file-type.ts";
import type { Receipt } from "../../receipts/receipt.ts";
import { pageQuery } from "../page.ts";
import { uuid } from "../validate.ts";

const fileName = z.string("must be the name of a file").check(z.trim(), (payload) => {
  const fault = nameFault(payload.value);
  if (fault !== null) payload.issues.push({ code: "custom", message: fault, input: payload.value });
});
const sizeAllowed = `must be a whole number of bytes from 1 to ${MAX_SIZE}`;
const contentType = z.enum(contentTypes, `must be one of ${contentTypes.join(", ")}`);

export const newReceipt = z
  .strictObject({ fileName, contentType, size: z.int(sizeAllowed).check(z.gte(1, sizeAllowed), z.lte(MAX_SIZE, sizeAllowed)) })
  .check((payload) => {
    const fault = mismatch(payload.value.fileName, payload.value.contentType);
    if (fault !== null) payload.issues.push({ code: "custom", path: ["contentType"], message: fault, input: payload.value.contentType });
  });

export const receiptQuery = z.strictObject(pageQuery());

/** One that is being deleted is not shown. */
const state = z.enum(["awaiting", "ready", "refused"]);

export const receiptMade = z.object({
  id: uuid(),
  state,
  /** Null when its file is there already, which a repeated request may find. */
  upload: z.nullable(z.object({ url: z.url(), fields: z.record(z.string(), z.string()), expiresAt: z.iso.datetime() })),
});

const shown = {
  id: uuid(),
  fileName: z.string(),
  contentType: z.enum(contentTypes),
  size: z.int(),
  state,
  /** Of a refused one: why, in a sentence. */
  reason: z.nullable(z.string()),
  createdAt: z.iso.datetime(),
};
export const receiptListed = z.object(shown);
export const receiptList = z.object({ items: z.array(receiptListed), next: z.nullable(z.string()) });
/** Of a ready one: a link that downloads it. */
export const receipt = z.object({ ...shown, download: z.nullable(z.object({ url: z.url(), expiresAt: z.iso.datetime() })) });

export const shownState = (given: Receipt["state"]): z.output<typeof state> => (given === "leaving" ? "refused" : given);

export const listedReceipt = (given: Receipt): z.output<typeof receiptListed> => ({
  id: given.id,
  fileName: given.fileName,
  contentType: given.contentType,
  size: given.size,
  state: shownState(given.state),
  reason: given.reason,
  createdAt: new Date(given.createdAt).toISOString(),
});
