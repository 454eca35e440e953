import { describe, expect, it } from "vitest";
import { openFile, type SaidOfFile } from "../../src/imports/read.ts";
import { type Into, isBad, type ReadRow } from "../../src/imports/row.ts";
import type { Format } from "../../src/imports/words.ts";

const giro: Into = { currency: "EUR", account: "asset", until: "2031-11-22" };
const card: Into = { ...giro, account: "liability" };
const latin = (text: string) => Uint8Array.from(text, (character) => (character === "€" ? 0x80 : (character.codePointAt(0) ?? 0)));
const utf8 = (text: string) => new TextEncoder().encode(text);

/** In pieces of so many bytes, so that characters, quotes and tags are cut anywhere. */
async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(file: string | Uint8Array, said: SaidOfFile = {}, into = giro, format: Format = "csv", size = 7) {
  const opened = await openFile(format, pieces(typeof file === "string" ? utf8(file) : file, size), said, into);
  if (!opened.ok) throw new Error(opened.why);
  const rows: ReadRow[] = [];
  for await (const each of opened.rows) rows.push(each);
  return { how: opened.how, rows };
}
/** A row as one line, money out below zero. */
const brief = (row: ReadRow) =>
  isBad(row)
    ? `${row.line}: ${row.problem}`
    : `${row.line} ${row.day} ${row.direction === "out" ? "-" : ""}${row.amountMinor} ${row.currency} ${row.kind} ${row.merchant}`;
const briefly = async (...given: Parameters<typeof read>) => (await read(...given)).rows.map(brief);

describe("a bank's CSV", () => {
  it("from Germany: windows-1252, semicolons, an address above the header, decimal commas and thousands", async () => {
    const text = [
      '"Kontonummer:";"DE00 0000 / Girokonto"',
      "",
      '"Buchungstag";"Wertstellung";"Auftraggeber / Begünstigter";"Verwendungszweck";"Betrag (€)"',
      '"31.10.2026";"31.10.2026";"Bäckerei Müller";"Karte 12";"-3,50"',
      '"01.11.2026";"02.11.2026";"Vermieter GmbH";"Miete; November";"-1.234,56"',
      '"02.11.2026";"02.11.2026";"Möbelhaus";"Gutschrift Rückgabe";"99,00"',
      "",
    ].join("\r\n");
    const { how, rows } = await read(latin(text));
    expect(how).toMatchObject({ encoding: "windows-1252", csv: { mapping: { separator: ";", header: 3, decimals: ",", days: "dmy", out: "negative" } } });
    expect(rows.map(brief)).toEqual([
      "4 2026-10-31 -350 EUR expense Bäckerei Müller",
      "5 2026-11-01 -123456 EUR expense Vermieter GmbH",
      "6 2026-11-02 9900 EUR refund Möbelhaus",
    ]);
  });

  it("from the United States: month first, two columns of money, a byte order mark", async () => {
    const file = utf8('\uFEFFDate,Description,Debit,Credit\n01/31/2026,"COFFEE, INC",4.50,\n02/13/2026,PAYROLL,,"2,500.00"\n');
    const { how, rows } = await read(file, {}, { ...giro, currency: "USD" });
    expect(how).toMatchObject({ encoding: "utf-8", encodingUnsure: false, csv: { mapping: { days: "mdy", decimals: "." }, unsure: [] } });
    expect(rows.map(brief)).toEqual(["2 2026-01-31 -450 USD expense COFFEE, INC", "3 2026-02-13 250000 USD income PAYROLL"]);
  });

  it("from the Netherlands: days without marks, a word for the direction", async () => {
    const file =
      '"Datum","Naam / Omschrijving","Af Bij","Bedrag (EUR)","Mededelingen"\n"20261031","Albert","Af","12,34","x"\n"20261101","Werk","Bij","1.000,00","y"\n';
    expect(await briefly(file)).toEqual(["2 2026-10-31 -1234 EUR expense Albert", "3 2026-11-01 100000 EUR income Werk"]);
  });

  it("of a card that writes purchases above zero, and its payment", async () => {
    const file =
      "Date,Description,Amount\n10/14/2026,Shop,20.00\n10/15/2026,Shop,30.00\n10/16/2026,Kiosk,5.00\n10/20/2026,AUTOPAY PAYMENT - THANK YOU,-55.00\n";
    const { how, rows } = await read(file, {}, card);
    expect(how.csv?.mapping.out).toBe("positive");
    expect(rows.map((row) => (isBad(row) ? row : [row.direction, row.kind, row.saysMoved]))).toEqual([
      ["out", "expense", false],
      ["out", "expense", false],
      ["out", "expense", false],
      ["in", "income", true],
    ]);
  });

  it("in UTF-16 with tabs, and without a header", async () => {
    const text = "2026-10-31\tÉpicerie\t-3.50\n2026-11-01\tΚαφές\t-4.00\n";
    const file = new Uint8Array(2 + text.length * 2);
    const view = new DataView(file.buffer);
    view.setUint16(0, 0xfeff, true);
    for (let i = 0; i < text.length; i++) view.setUint16(2 + i * 2, text.charCodeAt(i), true);
    const { how, rows } = await read(file);
    expect(how).toMatchObject({ encoding: "utf-16le", csv: { names: [], mapping: { separator: "\t", header: 0 } } });
    expect(rows.map(brief)).toEqual(["1 2026-10-31 -350 EUR expense Épicerie", "2 2026-11-01 -400 EUR expense Καφές"]);
  });

  it("is read the same however its bytes are cut", async () => {
    const file = 'Date;Payee;Amount\n31.10.2026;"Müller ""und""\nSöhne";-1.000,50\n01.11.2026;Ä;-2,00\n';
    const whole = await briefly(file, {}, giro, "csv", 1000);
    expect(whole).toEqual(['3 2026-10-31 -100050 EUR expense Müller "und" Söhne', "4 2026-11-01 -200 EUR expense Ä"]);
    for (const size of [1, 2, 3, 11]) expect(await briefly(file, {}, giro, "csv", size)).toEqual(whole);
  });

  it("names each bad row by its line with the reason, and takes the others", async () => {
    const file =
      "Date,Payee,Amount,Currency\n2026-10-31,A,-1.00,EUR\n2026-02-30,B,-1.00,EUR\n2026-10-31,C,abc,EUR\n2026-10-31,D,0.00,EUR\n2026-10-31,E,-1.005,EUR\n2026-10-31,F,-1,XQZ\n,G,-1,EUR\n2026-10-31,H,-2,USD\n";
    expect(await briefly(file)).toEqual([
      "2 2026-10-31 -100 EUR expense A",
      expect.stringMatching(/^3: has a day that the calendar has not/),
      expect.stringMatching(/^4: has an amount that is none/),
      "5: has an amount of zero",
      expect.stringMatching(/^6: has an amount with more decimals than EUR has/),
      expect.stringMatching(/^7: is in a currency that is not known/),
      "8: has no day",
      "9 2026-10-31 -200 USD expense H",
    ]);
  });

  it("is read as its user says, by the names of the columns or their places", async () => {
    const file = "Wann,Was,Soviel\n01/02/2026,Markt,1.234\n03/04/2026,Laden,2.000\n";
    const { how } = await read(file);
    expect(how.csv?.unsure).toEqual(["decimals", "days", "out"]);
    const said = { days: "mdy", decimals: ",", out: "positive", columns: { merchant: "was", amount: 3 } } as const;
    expect(await briefly(file, said)).toEqual(["2 2026-01-02 -123400 EUR expense Markt", "3 2026-03-04 -200000 EUR expense Laden"]);
    await expect(read(file, { columns: { amount: "Betrag" } })).rejects.toThrow('there is no column named "Betrag": the file has "Wann", "Was", "Soviel"');
  });

  it("with a quote that is never closed ends there, and says so", async () => {
    expect(await briefly('Date,Payee,Amount\n2026-10-31,A,-1.00\n2026-10-31,"B,-1.00\n2026-10-31,C,-1.00\n')).toEqual([
      "2 2026-10-31 -100 EUR expense A",
      expect.stringMatching(/^3: begins a quote that is not closed/),
    ]);
  });

  it("with a quote that is closed only much later does not hold the file in memory", async () => {
    const file = `Date,Payee,Amount\n2026-10-31,A,-1.00\n2026-10-31,"B,-1.00\n${"2026-10-31,C,-1.00\n".repeat(20_000)}2026-10-31,"D",-1.00\n`;
    const rows = await briefly(file, {}, giro, "csv", 60_000);
    expect(rows[0]).toBe("2 2026-10-31 -100 EUR expense A");
    expect(rows.slice(1)).toEqual([expect.stringMatching(/^3: begins a quote that is not closed/)]);
  });

  it("with bytes that its encoding has not is a bad row, not a wrong letter", async () => {
    const file = latin(`Date,Payee,Amount\n${"2026-10-31,A,-1.00\n".repeat(4000)}2026-10-31,Müller,-1.00\n`);
    const { rows } = await read(file, {}, giro, "csv", 5000);
    expect(rows).toHaveLength(4001);
    expect(rows.at(-1)).toEqual({ line: 4002, problem: "holds bytes that the file's encoding has not" });
  });

  it.each([
    ["", "is empty"],
    ["hello\n", "has no rows"],
    ["Date,Payee\n2026-10-31,A\n2026-11-01,B\n", "has no column with amounts"],
    ["Payee,Amount\nA,-1.00\nB,-2.00\n", "has no column with days"],
  ])("that is none is refused: %j %s", async (file, why) => {
    await expect(read(file)).rejects.toThrow(why);
  });
});

describe("OFX", () => {
  const sgml = `OFXHEADER:100\r\nDATA:OFXSGML\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD
<BANKACCTFROM><ACCTID>0001234</BANKACCTFROM><BANKTRANLIST><DTSTART>20260101
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260131120000[-5:EST]<TRNAMT>-12.50<FITID>a1<NAME>AT&T Café &amp; Co<MEMO>Bill</STMTTRN>
<STMTTRN><TRNTYPE>XFER<DTPOSTED>20260201<TRNAMT>-500.00<FITID>a2<NAME>To savings</STMTTRN>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260230<TRNAMT>1.00<FITID>a3</STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>`;

  it("of version 1 has open elements, bare ampersands, and a header that names its letters", async () => {
    for (const size of [1, 13, 5000]) {
      const { how, rows } = await read(latin(sgml), {}, giro, "qfx", size);
      expect(how.encoding).toBe("windows-1252");
      expect(rows).toMatchObject([
        {
          day: "2026-01-31",
          amountMinor: 1250n,
          direction: "out",
          currency: "USD",
          kind: "expense",
          merchant: "AT&T Café & Co",
          description: "Bill",
          fitId: "a1",
          saysMoved: false,
        },
        { day: "2026-02-01", amountMinor: 50_000n, fitId: "a2", saysMoved: true },
        { problem: expect.stringContaining("has a day that the calendar has not") },
      ]);
      expect(rows.map(({ line }) => line)).toEqual([8, 9, 10]);
    }
  });

  it("of version 2 is XML, with the payee in an aggregate; a card's payment says that it is one", async () => {
    const xml = `<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200"?><OFX><CCSTMTRS><CURDEF>EUR</CURDEF><BANKTRANLIST>
<STMTTRN><TRNTYPE>POS</TRNTYPE><DTPOSTED>20260131</DTPOSTED><TRNAMT>-9,99</TRNAMT><FITID>1</FITID><PAYEE><NAME>Łódź Kiosk</NAME><CITY>X</CITY></PAYEE><MEMO><![CDATA[a < b]]></MEMO></STMTTRN>
<STMTTRN><TRNTYPE>PAYMENT</TRNTYPE><DTPOSTED>20260202</DTPOSTED><TRNAMT>+100</TRNAMT><FITID>2</FITID><NAME>Danke</NAME></STMTTRN></BANKTRANLIST></CCSTMTRS></OFX>`;
    const { rows } = await read(xml, {}, card, "ofx");
    expect(rows).toMatchObject([
      { amountMinor: 999n, merchant: "Łódź Kiosk", description: "a < b", saysMoved: false },
      { amountMinor: 10_000n, direction: "in", saysMoved: true },
    ]);
  });

  it("of several accounts gives the first one's rows; those of others are named", async () => {
    const second = sgml.slice(sgml.indexOf("<STMTTRNRS>"), sgml.indexOf("</BANKMSGSRSV1>")).replace("0001234", "0009999");
    const { rows } = await read(latin(sgml.replace("</BANKMSGSRSV1>", `${second}</BANKMSGSRSV1>`)), {}, giro, "ofx");
    expect(rows.map((row) => isBad(row) && row.problem.startsWith("belongs to another account, which ends with 9999"))).toEqual([
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  it("that is cut off gives what is whole, and says so", async () => {
    const { rows } = await read(latin(sgml.slice(0, sgml.indexOf("<FITID>a2"))), {}, giro, "ofx");
    expect(rows.map(brief)).toEqual(["8 2026-01-31 -1250 USD expense AT&T Café & Co", "9: is cut off: the file ends within it"]);
  });

  it("that is none is refused", async () => {
    await expect(read("Date,Amount\n", {}, giro, "ofx")).rejects.toThrow("is no OFX: it has no <OFX>");
  });
});
