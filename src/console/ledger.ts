/** The ledger as far as the page has loaded it, newest first. */
import type { Api } from "./api.ts";
import type { HistoryItem, Page } from "./types.ts";
import { isPhase, isRecord } from "./types.ts";

export interface Ledger {
  items(): readonly HistoryItem[];
  /** Whether older entries exist. */
  more(): boolean;
  /** Loads the newest page again and joins it on; true when something was new. */
  refresh(): Promise<boolean>;
  /** Loads older pages until `enough`, or there are no more, or 20 pages came. */
  back(enough: () => boolean, background: boolean): Promise<void>;
}

const pageSize = 50;

function isItem(value: unknown): value is HistoryItem {
  return isRecord(value) && typeof value.at === "string" && isPhase(value.from) && isPhase(value.phase);
}

function readPage(body: unknown): Page<HistoryItem> {
  const items = isRecord(body) && Array.isArray(body.items) ? body.items.filter(isItem) : [];
  return { items, next: isRecord(body) && typeof body.next === "string" ? body.next : null };
}

function keyOf(item: HistoryItem): string {
  return JSON.stringify([item.at, item.from, item.phase, item.action, item.code, item.reason]);
}

export function createLedger(api: Api): Ledger {
  let items: HistoryItem[] = [];
  let next: string | null = null;
  let last: Promise<unknown> = Promise.resolve();
  // One at a time: a refresh that begins anew would pull the cursor from under a load of older pages.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work, work);
    last = done;
    return done;
  };
  return {
    items: () => items,
    more: () => next !== null,
    refresh: () =>
      inTurn(async () => {
        const page = readPage(await api("GET", `/database/history?limit=${pageSize}`, { background: true }));
        const known = new Set(items.map(keyOf));
        const fresh = page.items.filter((item) => !known.has(keyOf(item)));
        if (fresh.length === 0) return false;
        if (fresh.length === page.items.length) {
          // Nothing in common with what is here (or nothing was here): a gap may lie between, so begin anew.
          items = page.items;
          next = page.next;
        } else {
          items = [...fresh, ...items];
        }
        return true;
      }),
    back: (enough, background) =>
      inTurn(async () => {
        for (let pages = 0; pages < 20 && next !== null && !enough(); pages++) {
          const page = readPage(await api("GET", `/database/history?limit=${pageSize}&cursor=${encodeURIComponent(next)}`, { background }));
          items = [...items, ...page.items];
          next = page.next;
        }
      }),
  };
}
