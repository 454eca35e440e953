/**
 * Rows of an OFX or QFX file (QFX is OFX with Intuit's marks in its header), SGML of version 1 and XML of version 2 alike, one at a time. Tags are found by
 * htmlparser2, a streaming parser which bears open elements and bare ampersands; docs/decisions/0007 says why none made for OFX.
 */
import { Parser } from "htmlparser2";
import { exponentOf } from "../finance/money.ts";
import { readAmount } from "./amount.ts";
import { readDay } from "./days.ts";
import { encodingNamed, UNREADABLE } from "./encoding.ts";
import { kindOf, saysMoved } from "./kind.ts";
import { type Direction, type Into, MAX_DESCRIPTION, MAX_MERCHANT, type ReadRow, tidy } from "./row.ts";

/** Values of one STMTTRN by their names. A name within an inner aggregate (PAYEE, CURRENCY) stands with it: `PAYEE.NAME`. */
type Values = Map<string, string>;

const AGGREGATES = new Set(["PAYEE", "CURRENCY", "ORIGCURRENCY", "BANKACCTTO", "CCACCTTO"]);
/** Longer values are cut: no field of a transaction has as much. */
const MOST = 4000;

/** What a file's header says of its encoding (OFX 1.6, 2.2: `CHARSET:1252`, `ENCODING:UTF-8`, or XML's); null: nothing that is known. */
export function ofxEncoding(head: string): string | null {
  const xml = /<\?xml[^>]*\bencoding=["']([\w-]+)["']/i.exec(head)?.[1];
  if (xml !== undefined) return encodingNamed(xml);
  if (/\bENCODING:\s*(UTF-?8|UNICODE)\b/i.test(head)) return "utf-8";
  const set = /\bCHARSET:\s*([\w-]+)/i.exec(head)?.[1];
  if (set === undefined || /^NONE$/i.test(set)) return null;
  return encodingNamed(/^\d{4}$/.test(set) ? `windows-${set}` : set);
}

/** One STMTTRN as a row. `currency`: of its statement. */
export function rowOfTransaction(values: Values, line: number, currency: string, into: Into): ReadRow {
  const bad = (problem: string): ReadRow => ({ line, problem });
  const value = (name: string) => (values.get(name) ?? "").trim();
  if ([...values.values()].some((text) => text.includes(UNREADABLE))) return bad("holds bytes that the file's encoding has not");
  const posted = value("DTPOSTED") || value("DTUSER");
  if (posted === "") return bad("has no day");
  const day = readDay(posted.slice(0, 8), "ymd", into.until);
  if (!day.ok) return bad(day.why);
  const own = value("CURRENCY.CURSYM").toUpperCase() || currency;
  if (exponentOf(own) === null) return bad(`is in a currency that is not known: ${JSON.stringify(own.slice(0, 10))}`);
  const written = value("TRNAMT");
  if (written === "") return bad("has no amount");
  // The standard has both marks, and no thousands.
  const amount = readAmount(written, /,\d*$/.test(written) ? "," : ".", own);
  if (!amount.ok) return bad(amount.why);
  if (amount.minor === 0n) return bad("has an amount of zero");
  const direction: Direction = amount.minor < 0n ? "out" : "in";
  const name = value("NAME") || value("PAYEE.NAME");
  const memo = value("MEMO");
  const type = value("TRNTYPE").toUpperCase();
  const moved = saysMoved(`${name} ${memo}`, type, direction, into.account) || values.has("BANKACCTTO") || values.has("CCACCTTO");
  return {
    line,
    day: day.day,
    amountMinor: amount.minor < 0n ? -amount.minor : amount.minor,
    direction,
    currency: own,
    kind: kindOf(`${name} ${memo}`, moved, direction, into.account),
    merchant: tidy(name || memo, MAX_MERCHANT),
    description: tidy(memo, MAX_DESCRIPTION),
    fitId: tidy(value("FITID"), 255) || null,
    saysMoved: moved,
  };
}

/**
 * The transactions of a file's text in their order, of the account that it speaks of first; those of others are bad rows. What `text` throws is thrown.
 * A last one that is cut off is a bad row.
 */
export async function* readOfx(text: AsyncIterable<string>, into: Into): AsyncGenerator<ReadRow> {
  let rows: ReadRow[] = [];
  let values: Values | null = null;
  let name: string | null = null;
  let within: string | null = null;
  let currency = into.currency;
  let account = "";
  let first: string | null = null;
  let line = 1;
  const take = (of: Values) => {
    first ??= account;
    rows.push(
      account === first
        ? rowOfTransaction(of, line, currency, into)
        : { line, problem: `belongs to another account, which ends with ${account.slice(-4)}: import it there` },
    );
  };
  const parser = new Parser(
    {
      onopentag(tag) {
        name = tag.toUpperCase();
        if (name === "STMTTRN") {
          // One that was never closed ends where the next begins.
          if (values !== null) take(values);
          values = new Map();
          within = null;
        } else if (values !== null && AGGREGATES.has(name)) {
          within = name;
          values.set(name, "");
        } else if (name === "CURDEF") currency = "";
        else if (name === "ACCTID" && values === null) account = "";
      },
      ontext(piece) {
        line += piece.split("\n").length - 1;
        if (name === "CURDEF" && values === null) currency = (currency + piece).trim().toUpperCase();
        if (name === "ACCTID" && values === null) account = (account + piece).trim();
        if (values === null || name === null || name === "STMTTRN") return;
        const path = within === null || within === name ? name : `${within}.${name}`;
        values.set(path, ((values.get(path) ?? "") + piece).slice(0, MOST));
      },
      onclosetag(tag) {
        const closed = tag.toUpperCase();
        if (closed === name) name = null;
        if (closed === within) within = null;
        if (closed !== "STMTTRN" || values === null) return;
        take(values);
        values = null;
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  for await (const piece of text) {
    parser.write(piece);
    if (rows.length === 0) continue;
    yield* rows;
    rows = [];
  }
  const open = values !== null;
  values = null;
  if (open) yield { line, problem: "is cut off: the file ends within it" };
}
