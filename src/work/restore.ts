/** Work of the kind `restore`: an export of everything becomes a new user's. */
import {
  CannotRestore,
  hasOwnEntries,
  type Placed,
  restoreAccounts,
  restoreBalances,
  restoreBudgets,
  restoreCategories,
  restoreExpenses,
  restoreRates,
  restoreRefunds,
} from "../database/restore.ts";
import { codeOf } from "../database/unreachable.ts";
import type { Tx } from "../database/users.ts";
import { makeUser } from "../database/users.ts";
import type { WhileServing } from "../database/while-serving.ts";
import type { Counts, ExportList, Item } from "../exports/document.ts";
import { NotAnExport, readExport } from "../exports/read.ts";
import { Hopeless, type Kind } from "../jobs/ports.ts";
import type { FileBytes } from "./import.ts";

export const RESTORE = "restore";

/** Items in one transaction. */
const BATCH = 500;
/** Refunds in one statement. */
const REFUNDS = 1000;

export interface RestoreDeps {
  database: WhileServing;
  /** One version of the file; null: it is gone. */
  bytes(owned: { userId: string; id: string }, versionId: string): Promise<FileBytes | null>;
  /** That spending has changed, before that is committed. */
  raise(sub: string, now: number): Promise<void>;
  /** Milliseconds. */
  now(): number;
}

/** What a job of the kind `restore` is told. */
export interface RestoreAsked {
  v: 1;
  fileId: string;
  versionId: string;
}

/** Null for what this version can't read. */
export function readRestore({ v, fileId, versionId }: Record<string, unknown>): RestoreAsked | null {
  return v === 1 && typeof fileId === "string" && typeof versionId === "string" ? { v, fileId, versionId } : null;
}

async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const piece of bytes) yield decoder.decode(piece, { stream: true });
    yield decoder.decode();
  } catch (error) {
    throw error instanceof TypeError ? new NotAnExport("is not UTF-8") : error;
  }
}

type Batch = { [List in ExportList]: { list: List; items: Item<List>[] } }[ExportList];

/** Neighbours of one list together. */
async function* batches(items: ReturnType<typeof readExport>): AsyncGenerator<Batch, void, undefined> {
  let batch: { list: ExportList; items: unknown[] } | null = null;
  for await (const { list, item } of items) {
    if (batch !== null && (batch.list !== list || batch.items.length >= BATCH)) {
      yield batch as Batch;
      batch = null;
    }
    batch ??= { list, items: [] };
    batch.items.push(item);
  }
  if (batch !== null) yield batch as Batch;
}

async function place(tx: Tx, user: string, id: string, batch: Batch, placed: Placed): Promise<void> {
  switch (batch.list) {
    case "categories":
      return restoreCategories(tx, user, batch.items, placed);
    case "accounts":
      return restoreAccounts(tx, user, batch.items, placed);
    case "rates":
      return restoreRates(tx, user, batch.items);
    case "balances":
      return restoreBalances(tx, user, batch.items, placed);
    case "budgets":
      return restoreBudgets(tx, user, batch.items, placed);
    case "expenses":
      return restoreExpenses(tx, user, id, batch.items, placed);
    case "receipts":
      return;
  }
}

/** What the file says and the database does not take (SQLSTATE 22 and 23: data exceptions and broken constraints) never will be taken. */
const isRefused = (error: unknown): boolean => /^2[23]/.test(codeOf(error) ?? "");

/**
 * The file is read twice: nothing of one that is broken is entered. Whoever is killed begins anew: what is there already stays as it is.
 */
export function restoreKind({ database, bytes, raise, now }: RestoreDeps): Kind {
  return async (work) => {
    const { userId, parameters } = work.job;
    if (userId === null) throw new Hopeless("a restore is somebody's: this one names no user");
    const asked = readRestore(parameters);
    if (asked === null) throw new Hopeless("this version of Dormouse can't read what was asked for");
    const { fileId } = asked;
    const items = async () => {
      const file = await bytes({ userId, id: fileId }, asked.versionId);
      if (file === null) throw new Hopeless("the file is not kept any more");
      return readExport(textOf(file));
    };

    async function look(): Promise<Counts> {
      const all = await items();
      for (;;) {
        const next = await all.next();
        if (next.done === true) return next.value;
      }
    }
    const restore = async (): Promise<Counts> => {
      const counts = await look();
      const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
      await work.goOn({ progress: { done: 0, total } });
      await raise(userId, now());
      await database.asUser(userId, async (tx) => {
        await makeUser(tx, userId);
        if (await hasOwnEntries(tx, userId, fileId)) throw new CannotRestore("You have entries already: an export is brought back where there are none.");
      });
      const placed: Placed = { categories: new Map(), accounts: new Map() };
      const refunds: [string, string][] = [];
      let done = 0;
      for await (const batch of batches(await items())) {
        await database.asUser(userId, (tx) => place(tx, userId, fileId, batch, placed));
        if (batch.list === "expenses") for (const { id, refundOf } of batch.items) if (refundOf !== null) refunds.push([id, refundOf]);
        const before = done;
        done += batch.items.length;
        const noted = Math.floor(done / 5000) > Math.floor(before / 5000);
        await work.goOn(noted ? { progress: { done, total } } : undefined);
      }
      for (let at = 0; at < refunds.length; at += REFUNDS)
        await database.asUser(userId, (tx) => restoreRefunds(tx, userId, fileId, refunds.slice(at, at + REFUNDS)));
      return counts;
    };
    try {
      const { receipts: _, ...counts } = await restore();
      return { result: { v: 1, counts } };
    } catch (error) {
      if (error instanceof NotAnExport) throw new Hopeless(`The file ${error.message}.`, { cause: error });
      if (error instanceof CannotRestore) throw new Hopeless(error.message, { cause: error });
      if (isRefused(error)) throw new Hopeless("The file holds something that can't be entered.", { cause: error });
      throw error;
    }
  };
}
