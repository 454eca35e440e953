/** CSV that Dormouse has written itself (src/exports/csv.ts): it says more than a bank's does, and is believed. Pure. */
import { uncell } from "../csv.ts";
import { PATH_SEPARATOR, TAG_SEPARATOR } from "../exports/csv.ts";
import type { Kind, Status } from "../finance/expense.ts";
import type { Own } from "./row.ts";

export interface OwnColumns {
  kind: number;
  category: number;
  tags: number;
  status: number;
}

const KINDS: ReadonlySet<string> = new Set<Kind>(["expense", "refund", "income", "transfer"]);
const STATUSES: ReadonlySet<string> = new Set<Status>(["pending", "cleared"]);
const isKind = (text: string): text is Kind => KINDS.has(text);
const isStatus = (text: string): text is Status => STATUSES.has(text);

/** Levels that a tree of categories may have. */
export const PATH_DEPTH = 5;
const MAX_NAME = 100;
const MAX_TAGS = 20;
const MAX_TAG = 50;

/** Where a header names all four, and each row looked at has a kind; else null: another program's file may have a column of that name too. */
export function ownColumns(names: readonly string[], rows: readonly (readonly string[])[]): OwnColumns | null {
  const at = (name: string) => names.indexOf(name) + 1;
  const found = { kind: at("kind"), category: at("category"), tags: at("tags"), status: at("status") };
  if (Object.values(found).includes(0)) return null;
  return rows.every((row) => isKind((row[found.kind - 1] ?? "").trim())) ? found : null;
}

export type OwnCells = { ok: true; kind: Kind; own: Own } | { ok: false; why: string };

/** What one row says. `cell`: of a column, trimmed. */
export function ownCells(columns: OwnColumns, cell: (column: number) => string): OwnCells {
  const kind = cell(columns.kind);
  const status = cell(columns.status) || "cleared";
  const path = uncell(cell(columns.category))
    .split(PATH_SEPARATOR)
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const tags = uncell(cell(columns.tags))
    .split(TAG_SEPARATOR)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
  if (!isKind(kind)) return { ok: false, why: `has a kind that is none: ${JSON.stringify(kind.slice(0, 40))}` };
  if (!isStatus(status)) return { ok: false, why: `has a status that is none: ${JSON.stringify(status.slice(0, 40))}` };
  if (path.some((name) => [...name].length > MAX_NAME)) return { ok: false, why: `has a category whose name is longer than ${MAX_NAME} characters` };
  if (tags.length > MAX_TAGS || tags.some((tag) => [...tag].length > MAX_TAG))
    return { ok: false, why: `has more than ${MAX_TAGS} tags, or one of more than ${MAX_TAG} characters` };
  return { ok: true, kind, own: { category: path.length === 0 ? null : path, tags: [...new Set(tags)], status } };
}
