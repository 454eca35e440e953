/** What the rows of an import look like. */
import * as z from "zod/mini";
import type { ShownRow } from "../../database/import-list.ts";
import { kinds } from "../../finance/expense.ts";
import { formatAmount } from "../../finance/money.ts";
import { pageQuery } from "../page.ts";
import { uuid } from "../validate.ts";
import { listOf } from "./fields.ts";

export const rowKinds = ["new", "duplicate", "bad"] as const;

export const importRowQuery = z.strictObject({
  ...pageQuery(),
  only: z.optional(z.enum(rowKinds, `must be one of ${rowKinds.join(", ")}`)),
});

export const importRow = z.object({
  /** Of the file's rows, from 1; and the line on which it ends. */
  n: z.int(),
  line: z.int(),
  is: z.enum(rowKinds),
  /** Of a bad one: the end of a sentence that begins with "The row". All that follows is null then. */
  problem: z.nullable(z.string()),
  occurredOn: z.nullable(z.string()),
  amount: z.nullable(z.string()),
  currency: z.nullable(z.string()),
  direction: z.nullable(z.enum(["out", "in"])),
  /** What it is to become, or has become. */
  kind: z.nullable(z.enum(kinds)),
  merchant: z.nullable(z.string()),
  description: z.nullable(z.string()),
  /** The one chosen last for this merchant; or a path of names that the file says, which the commit finds or makes. */
  categoryId: z.nullable(uuid()),
  categoryPath: z.nullable(z.array(z.string())),
  /** The entry that is there already. */
  duplicateOf: z.nullable(uuid()),
  /** The entry of another account with which it makes a transfer. */
  movedWith: z.nullable(uuid()),
  /** What it has become, unless that is gone. */
  expenseId: z.nullable(uuid()),
});
export const importRowList = listOf(importRow);

export const shownImportRow = (row: ShownRow): z.output<typeof importRow> => ({
  n: row.n,
  line: row.line,
  is: row.problem !== null ? "bad" : row.duplicate_of !== null ? "duplicate" : "new",
  problem: row.problem,
  occurredOn: row.day,
  amount: row.amount_minor === null || row.currency === null ? null : formatAmount(BigInt(row.amount_minor), row.currency),
  currency: row.currency,
  direction: row.direction,
  kind: row.moved_with === null ? row.kind : "transfer",
  merchant: row.merchant,
  description: row.description,
  categoryId: row.moved_with === null ? row.category_id : null,
  categoryPath: row.category_path,
  duplicateOf: row.duplicate_of,
  movedWith: row.moved_with,
  expenseId: row.made,
});
