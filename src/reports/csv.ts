/** A report's entries as CSV. Days are `2026-10-31` and amounts have a point, whatever the language, so that a program reads them. */
import { cell, csvFile, type TableResult, textCell } from "../csv.ts";
import { formatAmount } from "../finance/money.ts";
import { type ReportData, type ReportRow, spendingOfRow } from "./data.ts";
import type { Language } from "./format.ts";
import { type ReportWords, wordsIn } from "./words.ts";

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
function fields(row: ReportRow, words: ReportWords, currency: string): string[] {
  const counted = spendingOfRow(row);
  return [
    row.day,
    textCell(words.kind[row.kind]),
    textCell(words.status[row.status]),
    textCell(row.merchant),
    textCell(row.description),
    textCell(row.category ?? ""),
    textCell(row.account ?? ""),
    textCell(row.tags.join(" ")),
    formatAmount(row.kind === "refund" ? -row.minor : row.minor, row.currency),
    row.currency,
    counted === null ? "" : formatAmount(counted, currency),
    row.id,
  ];
}

/** The file's bytes, a page of entries at a time; throws what `pages` throws. */
export async function* reportCsv(
  data: ReportData,
  pages: AsyncIterable<readonly ReportRow[]>,
  language: Language,
): AsyncGenerator<Uint8Array, TableResult, undefined> {
  const words = wordsIn(language);
  const result = yield* csvFile(heads(words, data.currency).map(cell), pages, (row) => fields(row, words, data.currency));
  if (result.rows !== data.rows) throw new RangeError(`the list has ${result.rows} entries, and the report counts ${data.rows}`);
  return result;
}
