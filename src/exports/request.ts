/** Which export somebody asks for. Pure. */
import { FIRST_OF_ALL, isDay } from "../finance/day.ts";
import { type Kind, kinds, type Status, statuses } from "../finance/expense.ts";
import { exponentOf } from "../finance/money.ts";
import type { Day } from "../finance/periods.ts";
import { folderOf } from "../reports/request.ts";

export const exportFormats = ["json", "csv", "beancount", "ofx"] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const exportTypes: Readonly<Record<ExportFormat, string>> = {
  json: "application/json",
  csv: "text/csv; charset=utf-8",
  beancount: "text/plain; charset=utf-8",
  ofx: "application/x-ofx",
};

/** Which entries; without any of it all of them. Everything else of a user (categories, accounts, rates, …) is there whatever it says. */
export interface ExportFilter {
  /** Both days are in. */
  from?: Day | undefined;
  to?: Day | undefined;
  accountId?: string | undefined;
  /** With its children. */
  categoryId?: string | undefined;
  kind?: Kind | undefined;
  status?: Status | undefined;
  currency?: string | undefined;
  /** To the letter. */
  tag?: string | undefined;
}

export interface ExportRequest {
  format: ExportFormat;
  filter: ExportFilter;
}

export const filterFields = ["from", "to", "accountId", "categoryId", "kind", "status", "currency", "tag"] as const satisfies readonly (keyof ExportFilter)[];

/** What is wrong with days that are each right: the end of a sentence that begins with the field `to`; null when nothing is. */
export const filterFault = ({ from, to }: ExportFilter): string | null =>
  from !== undefined && to !== undefined && to < from ? "must not be before from" : null;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const isOneOf = <T extends string>(all: readonly T[], value: unknown): value is T => all.some((one) => one === value);

const fits: Readonly<Record<keyof ExportFilter, (value: string) => boolean>> = {
  from: (value) => isDay(value) && value >= FIRST_OF_ALL,
  to: (value) => isDay(value) && value >= FIRST_OF_ALL,
  accountId: (value) => UUID.test(value),
  categoryId: (value) => UUID.test(value),
  kind: (value) => isOneOf(kinds, value),
  status: (value) => isOneOf(statuses, value),
  currency: (value) => exponentOf(value) !== null,
  tag: (value) => value !== "",
};

/** A request as a job keeps it; null for what this code can't read: a filter that is not understood must not become a wider one. */
export function readExportRequest({ format, filter = {} }: Readonly<Record<string, unknown>>): ExportRequest | null {
  if (!isOneOf(exportFormats, format) || typeof filter !== "object" || filter === null) return null;
  for (const [name, value] of Object.entries(filter)) {
    if (value === undefined) continue;
    if (!isOneOf(filterFields, name) || typeof value !== "string" || !fits[name](value)) return null;
  }
  return filterFault(filter) === null ? { format, filter } : null;
}

/** What makes two requests one, in a fixed order. */
export const exportContent = ({ format, filter }: ExportRequest): (string | null)[] => [format, ...filterFields.map((name) => filter[name] ?? null)];

export const isEverything = ({ filter }: ExportRequest): boolean => filterFields.every((name) => filter[name] === undefined);

/** Where exports lie in the bucket. */
export const EXPORTS = "exports/";
/** So long a file is kept once it is made (ms); the bucket forgets it a day later. It holds a whole life: no longer than it takes to get it. */
export const EXPORT_KEPT_MS = 7 * 86_400_000;

export const exportKey = ({ userId, id }: { userId: string; id: string }, format: ExportFormat): string => `${EXPORTS}${folderOf(userId)}/${id}.${format}`;

/** What the file is called when it is saved; `day`: on which it was made. */
export const exportFileName = ({ format, filter }: ExportRequest, day: Day): string =>
  `dormouse-${day}${isEverything({ format, filter }) ? "" : "-part"}.${format}`;
