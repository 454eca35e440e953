/** What a bank's file comes to, row by row. Pure. */

import type { Day } from "../finance/day.ts";
import type { Kind, Status } from "../finance/expense.ts";

/** Out of the account, or into it. */
export type Direction = "out" | "in";

export interface ImportRow {
  /** Of the file, from 1: where the row ends. In OFX, where its `STMTTRN` does. */
  line: number;
  day: Day;
  /** In the currency's minor unit, above zero. */
  amountMinor: bigint;
  direction: Direction;
  /** ISO 4217. */
  currency: string;
  kind: Kind;
  merchant: string;
  description: string;
  /** What the bank calls this transaction; null: it does not say. */
  fitId: string | null;
  /** The row itself says that money was moved, not spent: a transfer, a card's payment. Only with the row of the other account does it become one. */
  saysMoved: boolean;
  /** Of a file that Dormouse has written itself (`own.ts`). */
  own?: Own;
}

export interface Own {
  /** The names from the top down; null: none. */
  category: readonly string[] | null;
  tags: readonly string[];
  status: Status;
}

/** A row that is not taken, with the end of a sentence that says why. */
export interface BadRow {
  line: number;
  problem: string;
}

export type ReadRow = ImportRow | BadRow;

export const isBad = (row: ReadRow): row is BadRow => "problem" in row;

/** What a row's own values need besides the file. */
export interface Into {
  /** Of the account, for rows that name none. */
  currency: string;
  account: "asset" | "liability";
  /** The last day that an expense may have (`lastDay` of src/finance/day.ts). */
  until: Day;
}

/** The longest texts that an expense holds (characters). */
export const MAX_MERCHANT = 200;
export const MAX_DESCRIPTION = 500;

/** White space folded, control characters gone, at most `most` characters. */
export function tidy(text: string, most: number): string {
  const folded = text
    .replaceAll(/[\p{Cc}\p{Zs}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll(/[\p{Cf}\p{Cs}]/gu, "")
    .trim();
  return folded.length <= most
    ? folded
    : [...folded.slice(0, most)]
        .join("")
        .replace(/[\uD800-\uDBFF]$/, "")
        .trim();
}
