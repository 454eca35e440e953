/** How a CSV file is to be read: guessed from its beginning, shown, and changed by what its user says. Pure. */
import { parse } from "csv-parse/sync";
import type { Day } from "../finance/day.ts";
import { type DecimalMark, guessMark, readAmount } from "./amount.ts";
import { type Columns, type Field, fields, guessColumns, looksLikeAmount, looksLikeDay } from "./columns.ts";
import { type DayOrder, guessOrder } from "./days.ts";
import { saysBack } from "./kind.ts";
import { type OwnColumns, ownColumns } from "./own.ts";
import type { Into } from "./row.ts";
import { normalised } from "./text.ts";
import { type Separator, separators } from "./words.ts";

export interface Mapping {
  separator: Separator;
  /** The line on which the header ends, from 1; rows come after it. 0: they begin at once. */
  header: number;
  decimals: DecimalMark;
  days: DayOrder;
  columns: Columns;
  /** The sign of money that goes out. Most banks write it below zero, some cards' above. */
  out: "negative" | "positive";
  /** Of a file that Dormouse has written itself. */
  own?: OwnColumns;
}

/** What a user may say; the rest is guessed. A column by its place from 1 or by its name in the header; null: none. */
export type Said = Partial<Omit<Mapping, "columns" | "own">> & { columns?: Partial<Record<Field, number | string | null>> | undefined };

export interface Guess {
  mapping: Mapping;
  /** The names of the columns, as the file has them; empty without a header. */
  names: string[];
  /** What was guessed and may well be otherwise. */
  unsure: ("separator" | "decimals" | "days" | "out")[];
}

/** Rows of a file's beginning that are looked at. */
const LOOKED_AT = 500;

/** How csv-parse is told to read banks' files: leniently. A record of more than this many characters has an open quote. */
export const leniently = (separator: Separator) =>
  ({ delimiter: separator, relax_column_count: true, relax_quotes: true, skip_empty_lines: true, max_record_size: 100_000, info: true, bom: true }) as const;

interface Line {
  cells: string[];
  /** Where it ends, from 1. */
  line: number;
}

function linesOf(head: string, separator: Separator): Line[] {
  const records = parse(head, { ...leniently(separator), skip_records_with_error: true, to: LOOKED_AT }) as unknown as {
    record: string[];
    info: { lines: number };
  }[];
  return records.map(({ record, info }) => ({ cells: record, line: info.lines }));
}

/** The width that most lines have, and the share of them; what is above the rows (a bank's address, the account) has another. */
function width(lines: readonly Line[]): { width: number; share: number } {
  const counted = Map.groupBy(lines, ({ cells }) => cells.length);
  const [most] = [...counted].toSorted((a, b) => b[1].length - a[1].length || b[0] - a[0]);
  return most === undefined ? { width: 0, share: 0 } : { width: most[0], share: most[1].length / lines.length };
}

/** The separator by which the most lines fall into the most columns. */
function guessSeparator(head: string): { separator: Separator; sure: boolean } {
  const tried = separators.map((separator) => {
    const found = width(linesOf(head, separator));
    return { separator, score: found.width > 1 ? found.share * found.width : 0 };
  });
  const [best, second] = tried.toSorted((a, b) => b.score - a.score);
  if (best === undefined || best.score === 0) return { separator: ",", sure: false };
  return { separator: best.separator, sure: (second?.score ?? 0) < best.score * 0.8 };
}

/** The header is the last line of names before the first row: a row holds a day and an amount. */
function guessHeader(lines: readonly Line[], until: Day): number {
  const isRow = ({ cells }: Line) => cells.some((cell) => looksLikeDay(cell, until)) && cells.some(looksLikeAmount);
  const wide = width(lines).width;
  const first = lines.findIndex((line) => line.cells.length >= Math.min(wide, 2) && isRow(line));
  if (first === -1) return lines[0]?.line ?? 0;
  return lines[first - 1]?.line ?? 0;
}

/** A column that a user named. undefined: nothing was said. Throws nothing: a name that is not there is a fault. */
function placed(said: Said["columns"], names: readonly string[]): { ok: true; columns: Partial<Record<Field, number | null>> } | { ok: false; why: string } {
  const columns: Partial<Record<Field, number | null>> = {};
  for (const field of fields) {
    const value = said?.[field];
    if (value === undefined) continue;
    if (typeof value !== "string") {
      columns[field] = value;
      continue;
    }
    const at = names.findIndex((name) => normalised(name) === normalised(value));
    if (at === -1)
      return {
        ok: false,
        why: `there is no column named ${JSON.stringify(value.slice(0, 60))}: the file has ${names
          .map((name) => JSON.stringify(name))
          .join(", ")
          .slice(0, 500)}`,
      };
    columns[field] = at + 1;
  }
  return { ok: true, columns };
}

/** By the head of a file (whole lines), and by what its user says. Refused, with the end of a sentence: a file in which no day or amount is found. */
export function guessMapping(head: string, said: Said, into: Into): { ok: true; guess: Guess } | { ok: false; why: string } {
  const separator = said.separator === undefined ? guessSeparator(head) : { separator: said.separator, sure: true };
  const lines = linesOf(head, separator.separator);
  const header = said.header ?? guessHeader(lines, into.until);
  const names = (header === 0 ? [] : (lines.find(({ line }) => line === header)?.cells ?? [])).map((name) => name.trim());
  const rows = lines.filter(({ line }) => line > header).map(({ cells }) => cells);
  if (rows.length === 0) return { ok: false, why: "has no rows" };
  const named = placed(said.columns, names);
  if (!named.ok) return named;
  const columns = guessColumns(names, rows, named.columns, into.until);
  if (columns.day === null) return { ok: false, why: "has no column with days" };
  if (columns.amount === null && columns.debit === null && columns.credit === null) return { ok: false, why: "has no column with amounts" };
  const inColumn = (column: number | null) => (column === null ? [] : rows.map((row) => row[column - 1] ?? "").filter((cell) => cell.trim() !== ""));
  const amounts = [...inColumn(columns.amount), ...inColumn(columns.debit), ...inColumn(columns.credit)];
  const marked = said.decimals === undefined ? guessMark(amounts) : { mark: said.decimals, sure: true };
  const ordered = said.days === undefined ? guessOrder(inColumn(columns.day), into.until) : { order: said.days, sure: true };
  const own = ownColumns(names, rows);
  // What Dormouse writes has its signs as most banks have.
  const sign = said.out === undefined && own === null ? guessSign(rows, marked.mark, columns, into) : { out: said.out ?? "negative", sure: true };
  const unsure: Guess["unsure"] = [];
  if (!separator.sure) unsure.push("separator");
  // Amounts without any mark are the same with both.
  if (!marked.sure && amounts.some((amount) => /[.,]/.test(amount))) unsure.push("decimals");
  if (!ordered.sure) unsure.push("days");
  if (!sign.sure) unsure.push("out");
  const mapping = { separator: separator.separator, header, decimals: marked.mark, days: ordered.order, columns, out: sign.out };
  return { ok: true, guess: { mapping: own === null ? mapping : { ...mapping, own }, names, unsure } };
}

/**
 * A card's file in which more purchases are above zero than below writes them without a sign; what speaks of a refund or of the card being paid is none. On
 * any other account money out is below zero.
 */
function guessSign(rows: readonly (readonly string[])[], mark: DecimalMark, columns: Columns, into: Into): { out: Mapping["out"]; sure: boolean } {
  const { amount } = columns;
  if (amount === null || columns.direction !== null) return { out: "negative", sure: true };
  const isCard = into.account === "liability";
  const bought = isCard ? rows.filter((row) => !saysBack(row.join(" "))) : rows;
  const read = bought.map((row) => readAmount(row[amount - 1] ?? "", mark, into.currency)).flatMap((each) => (each.ok ? [each.minor] : []));
  const below = read.filter((minor) => minor < 0n).length;
  const above = read.length - below;
  if (!isCard) return { out: "negative", sure: below > 0 };
  return { out: above > below ? "positive" : "negative", sure: Math.max(above, below) > 2 * Math.min(above, below) && rows.length > bought.length };
}
