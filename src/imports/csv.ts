/** Rows of a CSV file, one at a time, however long it is. */
import { pipeline, Readable } from "node:stream";
import { parse } from "csv-parse";
import { uncell } from "../csv.ts";
import { exponentOf } from "../finance/money.ts";
import { readAmount } from "./amount.ts";
import { directionOf } from "./columns.ts";
import { readDay } from "./days.ts";
import { UNREADABLE } from "./encoding.ts";
import { kindOf, saysMoved } from "./kind.ts";
import { leniently, type Mapping } from "./mapping.ts";
import { ownCells } from "./own.ts";
import { type Direction, type Into, MAX_DESCRIPTION, MAX_MERCHANT, type ReadRow, tidy } from "./row.ts";

type Money = { ok: true; minor: bigint; direction: Direction } | { ok: false; why: string };

/** From one column with a sign, one with a word beside it, or two columns of which one is filled. */
function moneyOf(cell: (column: number | null) => string, { columns, decimals, out }: Mapping, currency: string): Money {
  const read = (column: number | null) => readAmount(cell(column), decimals, currency);
  if (columns.amount === null) {
    const filled = (["debit", "credit"] as const).filter((side) => {
      const amount = read(columns[side]);
      return cell(columns[side]) !== "" && !(amount.ok && amount.minor === 0n);
    });
    const [side] = filled;
    if (side === undefined) return { ok: false, why: "has no amount" };
    if (filled.length > 1) return { ok: false, why: "has money both out and in" };
    const amount = read(columns[side]);
    // Some banks write debits below zero in a column of their own too.
    return amount.ok ? { ok: true, minor: amount.minor < 0n ? -amount.minor : amount.minor, direction: side === "debit" ? "out" : "in" } : amount;
  }
  if (cell(columns.amount) === "") return { ok: false, why: "has no amount" };
  const amount = read(columns.amount);
  if (!amount.ok) return amount;
  if (amount.minor === 0n) return { ok: false, why: "has an amount of zero" };
  const minor = amount.minor < 0n ? -amount.minor : amount.minor;
  const said = columns.direction === null ? null : directionOf(cell(columns.direction));
  if (said !== null) return { ok: true, minor, direction: said };
  return { ok: true, minor, direction: amount.minor < 0n === (out === "negative") ? "out" : "in" };
}

/** One line's cells as a row. */
export function rowOf(cells: readonly string[], line: number, mapping: Mapping, into: Into): ReadRow {
  const bad = (problem: string): ReadRow => ({ line, problem });
  const { columns, own } = mapping;
  const cell = (column: number | null) => (column === null ? "" : (cells[column - 1] ?? "").trim());
  if (cells.some((each) => each.includes(UNREADABLE))) return bad("holds bytes that the file's encoding has not");
  if (cell(columns.day) === "") return bad("has no day");
  const day = readDay(cell(columns.day), mapping.days, into.until);
  if (!day.ok) return bad(day.why);
  const currency = cell(columns.currency).toUpperCase() || into.currency;
  if (exponentOf(currency) === null) return bad(`is in a currency that is not known: ${JSON.stringify(currency.slice(0, 10))}`);
  const money = moneyOf(cell, mapping, currency);
  if (!money.ok) return bad(money.why);
  const texts = [cell(columns.merchant), cell(columns.description)].map(uncell);
  const merchant = tidy(texts.find((text) => text !== "") ?? "", MAX_MERCHANT);
  const text = texts.join(" ");
  const said = own === undefined ? null : ownCells(own, cell);
  if (said !== null && !said.ok) return bad(said.why);
  const moved = said === null && saysMoved(text, null, money.direction, into.account);
  return {
    line,
    day: day.day,
    amountMinor: money.minor,
    direction: money.direction,
    currency,
    kind: said?.kind ?? kindOf(text, moved, money.direction, into.account),
    merchant,
    description: tidy(texts[1] ?? "", MAX_DESCRIPTION),
    fitId: tidy(cell(columns.fitId), 255) || null,
    saysMoved: moved,
    ...(said === null ? {} : { own: said.own }),
  };
}

/** The rows of a file's text in their order. A quote that is never closed ends them with a bad row; what `text` throws is thrown. */
export async function* readCsv(text: AsyncIterable<string>, mapping: Mapping, into: Into): AsyncGenerator<ReadRow> {
  let line = mapping.header;
  let broken = false;
  // An error would take along the rows before it that wait to be read: it is noted, and the parser told to skip what has it.
  const parser = parse({
    ...leniently(mapping.separator),
    skip_records_with_error: true,
    on_skip: () => {
      broken = true;
    },
  });
  // Nothing more is read of a file that is broken: what follows an open quote is not what it seems.
  const whole = async function* () {
    for await (const piece of text) {
      yield piece;
      if (broken) return;
    }
  };
  // The parser is read below, and throws there what went wrong in the text.
  pipeline(Readable.from(whole(), { highWaterMark: 1 }), parser, () => {});
  let last = mapping.header;
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number; error?: unknown } }>) {
    if (info.lines <= mapping.header) continue;
    line = info.lines;
    if (record.every((cell) => cell.trim() === "")) continue;
    yield rowOf(record, line, mapping, into);
    last = line;
  }
  if (broken) yield { line: last + 1, problem: "begins a quote that is not closed, so neither it nor what comes after it can be read" };
}
