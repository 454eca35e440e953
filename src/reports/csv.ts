/**
 * A report's entries as CSV (RFC 4180): commas, CRLF, quotes where they are needed. Days are `2026-10-31` and amounts have a point, whatever the language, so
 * that a program reads them; a byte order mark at the beginning makes spreadsheets read the rest as UTF-8. A text that a spreadsheet would take for a formula
 * gets an apostrophe before it.
 */
import { formatAmount } from "../finance/money.ts";
import { type ReportData, type ReportRow, spendingOfRow } from "./data.ts";
import type { Language } from "./format.ts";
import { type ReportWords, wordsIn } from "./words.ts";

export interface TableResult {
  /** Entries. */
  rows: number;
  bytes: number;
}

/** What spreadsheets take for the beginning of a formula (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r]/;

/** A field of text as it stands in the file. */
export function textField(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const heads = (words: ReportWords, currency: string): string[] => [
  words.date,
  words.kindColumn,
  words.statusColumn,
  words.merchant,
  words.description,
  words.category,
  words.account,
  words.tags,
  words.amount,
  words.currency,
  words.amountIn(currency),
  words.id,
];

/** Refunds are below zero; the amount in the report's currency is there only for what counts. */
function line(row: ReportRow, words: ReportWords, currency: string): string {
  const counted = spendingOfRow(row);
  return [
    row.day,
    textField(words.kind[row.kind]),
    textField(words.status[row.status]),
    textField(row.merchant),
    textField(row.description),
    textField(row.category ?? ""),
    textField(row.account ?? ""),
    textField(row.tags.join(" ")),
    formatAmount(row.kind === "refund" ? -row.minor : row.minor, row.currency),
    row.currency,
    counted === null ? "" : formatAmount(counted, currency),
    row.id,
  ].join(",");
}

/** The file's bytes, a page of entries at a time; throws what `pages` throws. */
export async function* reportCsv(
  data: ReportData,
  pages: AsyncIterable<readonly ReportRow[]>,
  language: Language,
): AsyncGenerator<Uint8Array, TableResult, undefined> {
  const words = wordsIn(language);
  const encoder = new TextEncoder();
  let rows = 0;
  let bytes = 0;
  const part = (lines: readonly string[]) => {
    const encoded = encoder.encode(lines.map((each) => `${each}\r\n`).join(""));
    bytes += encoded.length;
    return encoded;
  };
  yield part([`\uFEFF${heads(words, data.currency).map(textField).join(",")}`]);
  for await (const page of pages) {
    rows += page.length;
    yield part(page.map((row) => line(row, words, data.currency)));
  }
  if (rows !== data.rows) throw new RangeError(`the list has ${rows} entries, and the report counts ${data.rows}`);
  return { rows, bytes };
}
