/**
 * An export as OFX 2.2 (XML): a statement for each account and currency, because a statement has one currency. OFX has no words for categories, tags, and
 * who entered what: those are not in it.
 */
import { formatAmount, parseAmount } from "../finance/money.ts";
import { goesOut } from "./csv.ts";
import type { ExportedAccount, ExportedBalance, ExportedExpense, ExportSource, Statement, Writing } from "./document.ts";

/** Text of an element: what XML has no character for is left out. */
export const escaped = (value: string): string =>
  value
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");

const element = (name: string, value: string) => `<${name}>${escaped(value)}</${name}>`;
const cut = (value: string, most: number) => [...value].slice(0, most).join("");
const dayOf = (day: string) => day.replaceAll("-", "");
const OK = "<STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>";

/** An account's number, at most 22 characters (OFX 2.2, 11.3.1): most of its id, and the currency where that is not its own. */
const numberOf = ({ accountId, currency }: Statement, account: ExportedAccount | undefined) =>
  `${accountId === null ? "NONE" : accountId.replaceAll("-", "").slice(-18)}${account?.currency === currency ? "" : `-${currency}`}`;

const TYPES = { expense: "DEBIT", refund: "CREDIT", income: "CREDIT", transfer: "XFER" } as const;

/** One transaction: elements in the order of the standard (11.4.4.1). A name has 32 characters; the whole of a longer one is in `EXTDNAME`. */
function transaction(it: ExportedExpense): string {
  const memo = it.description;
  return [
    "<STMTTRN>",
    element("TRNTYPE", TYPES[it.kind]),
    element("DTPOSTED", dayOf(it.occurredOn)),
    element("TRNAMT", goesOut(it) ? `-${it.amount}` : it.amount),
    element("FITID", it.id),
    ...(it.merchant === "" ? [] : [element("NAME", cut(it.merchant, 32))]),
    ...([...it.merchant].length > 32 ? [element("EXTDNAME", cut(it.merchant, 100))] : []),
    ...(memo === "" ? [] : [element("MEMO", cut(memo, 255))]),
    "</STMTTRN>\n",
  ].join("");
}

const minorOf = ({ amount, currency }: ExportedExpense): bigint => {
  const parsed = parseAmount(amount, currency);
  if (!parsed.ok) throw new RangeError(`an amount ${parsed.why}`);
  return parsed.minor;
};

/** The file's bytes, a page at a time; throws what the source throws. */
export async function* exportOfx(source: ExportSource): Writing {
  const encoder = new TextEncoder();
  let rows = 0;
  let bytes = 0;
  const part = (value: string) => {
    const encoded = encoder.encode(value);
    bytes += encoded.length;
    return encoded;
  };
  const accounts = new Map(source.accounts.map((each) => [each.id, each]));
  const newest = new Map<string, ExportedBalance>();
  for await (const page of source.balances())
    for (const balance of page) if (balance.day >= (newest.get(balance.accountId)?.day ?? "")) newest.set(balance.accountId, balance);
  const stamp = new Date(source.madeAt)
    .toISOString()
    .replace(/[-:T]/g, "")
    .replace(/\.\d+Z$/, ".000[0:GMT]");

  yield part(
    `<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<?OFX OFXHEADER="200" VERSION="220" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n<OFX>\n<SIGNONMSGSRSV1><SONRS>${OK}${element("DTSERVER", stamp)}<LANGUAGE>ENG</LANGUAGE></SONRS></SIGNONMSGSRSV1>\n`,
  );
  const isCard = ({ accountId }: Statement) => accounts.get(accountId ?? "")?.type === "liability";
  for (const cards of [false, true]) {
    const names = cards
      ? { set: "CREDITCARDMSGSRSV1", answer: "CCSTMTTRNRS", statement: "CCSTMTRS" }
      : { set: "BANKMSGSRSV1", answer: "STMTTRNRS", statement: "STMTRS" };
    const statements = source.statements.filter((each) => isCard(each) === cards);
    if (statements.length === 0) continue;
    yield part(`<${names.set}>\n`);
    for (const [i, statement] of statements.entries()) {
      const account = accounts.get(statement.accountId ?? "");
      const number = element("ACCTID", numberOf(statement, account));
      const place = cards
        ? `<CCACCTFROM>${number}</CCACCTFROM>`
        : `<BANKACCTFROM><BANKID>DORMOUSE</BANKID>${number}<ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM>`;
      yield part(
        `<${names.answer}>${element("TRNUID", String(i))}${OK}<${names.statement}>${element("CURDEF", statement.currency)}${place}\n<BANKTRANLIST>${element("DTSTART", dayOf(statement.from))}${element("DTEND", dayOf(statement.to))}\n`,
      );
      let sum = 0n;
      for await (const page of source.expenses(statement)) {
        for (const it of page) sum += goesOut(it) ? -minorOf(it) : minorOf(it);
        rows += page.length;
        yield part(page.map(transaction).join(""));
      }
      // A statement has to have one: the newest that was entered, or what its entries come to from nothing.
      const known = account?.currency === statement.currency ? newest.get(account.id) : undefined;
      const balance = known ?? { day: statement.to, amount: formatAmount(sum, statement.currency) };
      yield part(
        `</BANKTRANLIST><LEDGERBAL>${element("BALAMT", balance.amount)}${element("DTASOF", dayOf(balance.day))}</LEDGERBAL></${names.statement}></${names.answer}>\n`,
      );
    }
    yield part(`</${names.set}>\n`);
  }
  yield part("</OFX>\n");
  return { rows, bytes };
}
