/** `/receipts`: files that go with expenses. The files themselves go straight to S3 and come from there; all of it works while the database sleeps. */
import * as z from "zod/mini";
import type { Owned } from "../../receipts/place.ts";
import type { Links, ReceiptBook } from "../../receipts/ports.ts";
import { FORGOTTEN_MS, isThere, type Receipt, UnknownReceipt } from "../../receipts/receipt.ts";
import { type ApiLogger, type ApiRequest, errorFacts, type Reply, type Route } from "../api.ts";
import { callerOf } from "../caller.ts";
import { idOf, noSuch } from "../finance/path.ts";
import { keyReused, REPLAYED } from "../idempotency-key.ts";
import { decodeCursor, encodeCursor } from "../page.ts";
import { problem, retryAfter } from "../problem.ts";
import { readable as orNewer } from "../readable.ts";
import { parseBody, parseQuery } from "../validate.ts";
import { madeBy } from "./ids.ts";
import { listedReceipt, newReceipt, receiptQuery, shownState } from "./receipt-schemas.ts";

export interface ReceiptDeps {
  receipts: ReceiptBook;
  links: Links;
  /** Calls for a look at what was uploaded, without waiting. */
  inspector: { look(owned: Owned): Promise<void> };
  /** Milliseconds since the epoch. */
  now(): number;
  newId(): string;
  logger: ApiLogger;
}

const LIST = "receipts";
const keys = z.tuple([z.int(), z.uuid()]);
/** Uploads are looked at within a second or two. One that still waits after so long has lost its event (ms). */
const LOST_MS = 5000;

const iso = (at: number) => new Date(at).toISOString();

const readable = orNewer("This receipt", UnknownReceipt);

export function receiptRoutes({ receipts, links, inspector, now, newId, logger }: ReceiptDeps): Route[] {
  /** Nobody waits for it: a call that fails is made again by the next request. */
  const lookAgain = async ({ userId, id }: Owned): Promise<void> => {
    try {
      await inspector.look({ userId, id });
    } catch (error) {
      logger.error("inspect could not be called", { error: errorFacts(error) });
    }
  };

  async function own(request: ApiRequest): Promise<Receipt | null> {
    const { sub } = callerOf(request.event);
    return readable(receipts.read({ userId: sub, id: idOf(request, "receipt") }));
  }

  async function post(request: ApiRequest): Promise<Reply> {
    const { sub } = callerOf(request.event);
    const { id, hash } = madeBy(request, sub, newId);
    const given = parseBody(newReceipt, request.body);
    const at = now();
    const wanted: Receipt = {
      ...given,
      userId: sub,
      id,
      state: "awaiting",
      reason: null,
      key: null,
      versionId: null,
      createdAt: at,
      expiresAt: at + FORGOTTEN_MS,
      attachedAt: null,
      requestHash: hash,
    };
    const { receipt, made } = await readable(receipts.create(wanted));
    if (receipt.requestHash !== hash) throw keyReused();
    if (receipt.state === "leaving") throw problem("conflict", "What was made under this Idempotency-Key has been deleted. A new receipt needs a new key.");
    const upload = receipt.state === "ready" ? null : await links.upload(receipt, receipt.contentType);
    return {
      status: 201,
      body: { id, state: shownState(receipt.state), upload: upload && { ...upload, expiresAt: iso(upload.expiresAt) } },
      headers: { location: `/receipts/${id}`, ...(made ? {} : { [REPLAYED]: "true" }) },
    };
  }

  async function list(request: ApiRequest): Promise<Reply> {
    const { sub } = callerOf(request.event);
    const { limit, cursor } = parseQuery(receiptQuery, request.query);
    const [createdAt, id] = cursor === undefined ? [] : decodeCursor(LIST, keys, cursor);
    const after = createdAt === undefined || id === undefined ? null : { createdAt, id };
    const { receipts: found, next } = await readable(receipts.list(sub, limit, after));
    return { status: 200, body: { items: found.map(listedReceipt), next: next && encodeCursor(LIST, [next.createdAt, next.id]) } };
  }

  async function get(request: ApiRequest): Promise<Reply> {
    const receipt = await own(request);
    if (receipt === null || !isThere(receipt, now())) throw noSuch("receipt");
    const { key, versionId, state } = receipt;
    if (state === "awaiting") {
      const uploadedAt = await links.uploadedAt(receipt);
      if (uploadedAt !== null && now() - uploadedAt > LOST_MS) await lookAgain(receipt);
    }
    const download = state === "ready" && key !== null && versionId !== null ? await links.download({ ...receipt, key, versionId }) : null;
    return {
      status: 200,
      body: { ...listedReceipt(receipt), download: download && { ...download, expiresAt: iso(download.expiresAt) } },
      headers: state === "awaiting" ? retryAfter(1) : {},
    };
  }

  /** What it has left in S3 goes as soon as the table's stream has told of it. */
  async function remove(request: ApiRequest): Promise<Reply> {
    const receipt = await own(request);
    if (receipt === null || !isThere(receipt, now())) throw noSuch("receipt");
    if (await receipts.leave(receipt, "unattached")) return { status: 204 };
    if ((await own(request)) === null) throw noSuch("receipt");
    throw problem("in-use", "The receipt belongs to an expense. It goes with the expense, or when the expense gets another one or none.", {
      extra: { uses: [{ what: "expenses", count: 1 }] },
    });
  }

  return [
    { method: "POST", path: "/receipts", handler: post },
    { method: "GET", path: "/receipts", handler: list },
    { method: "GET", path: "/receipts/{id}", handler: get },
    { method: "DELETE", path: "/receipts/{id}", handler: remove },
  ];
}
