/** `/receipts`. */
import { newReceipt, receiptList, receiptMade, receiptQuery, receipt as receiptShown } from "../desk/receipt-schemas.ts";
import { type Operation, operation } from "./operation.ts";
import { ids } from "./shared.ts";

export const requests = { NewReceipt: newReceipt };
export const answers = { Receipt: receiptShown, ReceiptMade: receiptMade, ReceiptList: receiptList };

const announced = { fileName: "market.jpg", contentType: "image/jpeg", size: 184_320 };
const listed = { id: ids.receipt, ...announced, state: "ready", reason: null, createdAt: "2026-11-17T18:04:00.000Z" };
const shown = {
  ...listed,
  download: { url: "https://files.s3.eu-central-1.amazonaws.com/receipts/ann/019aa5d0.jpg?X-Amz-Signature=0a1b", expiresAt: "2026-11-17T19:05:00.000Z" },
};
const paramsExample = { id: ids.receipt };

export const operations: readonly Operation[] = [
  operation({
    id: "listReceipts",
    method: "GET",
    path: "/receipts",
    tag: "Receipts",
    summary: "My receipts, newest first",
    description: "Works while the database sleeps. The list may be a moment behind; a receipt by its id is not.",
    query: receiptQuery,
    responses: { 200: { description: "A page.", schema: receiptList, example: { items: [listed], next: null } } },
    problems: ["bad-cursor", "unavailable"],
  }),
  operation({
    id: "createReceipt",
    method: "POST",
    path: "/receipts",
    tag: "Receipts",
    summary: "Upload a receipt",
    description:
      "Announces a file and answers with a form for it: post `upload.fields`, and behind them the file as `file`, to `upload.url` as multipart/form-data, within 15 minutes. JPEG, PNG and GIF images and PDF documents of up to 10 MB. Then ask `GET /receipts/{id}` until it is `ready`, and give its id to an expense as `receiptId`. A file that is not what its name says is `refused`, with a reason. What no expense has is deleted after a day.\n\nWorks while the database sleeps. The same request under the same `Idempotency-Key` is the same receipt, with a form anew.",
    headers: ["Idempotency-Key"],
    body: { schema: newReceipt, example: announced },
    responses: {
      201: {
        description: "It awaits its file.",
        schema: receiptMade,
        headers: ["Location", "Idempotency-Replayed"],
        example: {
          id: ids.receipt,
          state: "awaiting",
          upload: {
            url: "https://files.s3.eu-central-1.amazonaws.com/",
            fields: { key: `uploads/…/${ids.receipt}`, "Content-Type": "image/jpeg", Policy: "…", "X-Amz-Signature": "…" },
            expiresAt: "2026-11-17T18:19:00.000Z",
          },
        },
      },
    },
    problems: ["conflict", "unavailable"],
  }),
  operation({
    id: "getReceipt",
    method: "GET",
    path: "/receipts/{id}",
    tag: "Receipts",
    summary: "One receipt, with a link to its file",
    description:
      "`awaiting`: its file was not uploaded or not looked at yet; ask again. `ready`: `download` is a link for an hour, which needs no token and always saves the file under its name. `refused`: `reason` says why; another upload by the same form may still be right. Works while the database sleeps.",
    paramsExample,
    responses: { 200: { description: "The receipt.", schema: receiptShown, headers: ["Retry-After"], example: shown } },
    problems: ["not-found", "unavailable"],
  }),
  operation({
    id: "deleteReceipt",
    method: "DELETE",
    path: "/receipts/{id}",
    tag: "Receipts",
    summary: "Remove one that no expense has",
    description: "An expense's receipt goes with the expense, or when the expense gets another one or none. Works while the database sleeps.",
    paramsExample,
    responses: { 204: { description: "It is gone, and its file with it." } },
    problems: ["not-found", "in-use", "unavailable"],
  }),
];
