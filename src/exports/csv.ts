/**
 * An export as CSV (RFC 4180, UTF-8 with a byte order mark): a line for each entry. Days are `2026-10-31`, amounts have a point and a sign as a bank's file
 * has it: below zero is money that went out. Which column is which the importer knows by its name (docs/exports.md).
 */
import { csvFile, textCell } from "../csv.ts";
import type { ExportedExpense, ExportSource, Writing } from "./document.ts";
import { pathsOf } from "./paths.ts";

export const csvColumns = [
  "date",
  "kind",
  "status",
  "amount",
  "currency",
  "merchant",
  "description",
  "category",
  "account",
  "tags",
  "refund_of",
  "receipt_id",
  "id",
] as const;

/** Between the names of a category and the one below it. */
export const PATH_SEPARATOR = " > ";
/** Tags hold none. */
export const TAG_SEPARATOR = ",";

/** Whether money went out. A transfer says nothing of its way: it is written as what left the account. */
export const goesOut = ({ kind }: Pick<ExportedExpense, "kind">): boolean => kind === "expense" || kind === "transfer";

/** The file's bytes, a page at a time; throws what the source throws. */
export async function* exportCsv(source: ExportSource): Writing {
  const paths = pathsOf(source.categories);
  const accounts = new Map(source.accounts.map(({ id, name }) => [id, name]));
  const fields = (it: ExportedExpense) => [
    it.occurredOn,
    it.kind,
    it.status,
    goesOut(it) ? `-${it.amount}` : it.amount,
    it.currency,
    textCell(it.merchant),
    textCell(it.description),
    textCell((paths.get(it.categoryId ?? "") ?? []).join(PATH_SEPARATOR)),
    textCell(accounts.get(it.accountId ?? "") ?? ""),
    textCell(it.tags.join(TAG_SEPARATOR)),
    it.refundOf ?? "",
    it.receiptId ?? "",
    it.id,
  ];
  return yield* csvFile(csvColumns, source.expenses(), fields);
}
