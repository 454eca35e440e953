/** Files in the shapes in which banks write them; nobody's data. Each is read without a word from its user. */
import { describe, expect, it } from "vitest";
import { openFile } from "../../src/imports/read.ts";
import { type Into, isBad } from "../../src/imports/row.ts";

const asset: Into = { currency: "EUR", account: "asset", until: "2031-11-22" };
const latin = (text: string) => Uint8Array.from(text, (character) => (character === "€" ? 0x80 : (character.codePointAt(0) ?? 0)));
const polish = (text: string) => {
  const signs: Record<string, number> = { ś: 0x9c, ł: 0xb3, ą: 0xb9, ę: 0xea, ż: 0xbf, ó: 0xf3, ć: 0xe6, Ż: 0xaf, ń: 0xf1, Ł: 0xa3, ź: 0x9f, Ó: 0xd3, Ź: 0x8f };
  return Uint8Array.from(text, (character) => signs[character] ?? character.codePointAt(0) ?? 0);
};

interface Bank {
  into?: Partial<Into>;
  file: string | Uint8Array;
  rows: string[];
}

const banks: Record<string, Bank> = {
  "a British app (Monzo's shape)": {
    into: { currency: "GBP" },
    file: `Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,Local amount,Local currency,Notes and #tags,Description\ntx_0001,31/10/2026,08:01:22,Card payment,Pret,🍲,Eating out,-3.85,GBP,-3.85,GBP,,PRET A MANGER\ntx_0002,01/11/2026,00:00:01,Faster payment,Employer Ltd,,Income,2100.00,GBP,2100.00,GBP,,SALARY\n`,
    rows: ["2026-10-31 -385 GBP expense Pret tx_0001", "2026-11-01 210000 GBP income Employer Ltd tx_0002"],
  },
  "a bank of several currencies (Revolut's shape)": {
    file: "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\nCARD_PAYMENT,Current,2026-10-30 09:10:11,2026-10-31 02:03:04,Bolt,-7.40,0.00,EUR,COMPLETED,92.60\nCARD_PAYMENT,Current,2026-10-31 19:10:11,2026-11-01 02:03:04,Żabka,-12.00,0.00,PLN,COMPLETED,80.60\nTOPUP,Current,2026-11-01 07:00:00,2026-11-01 07:00:09,Top-up by *1234,100.00,0.00,EUR,COMPLETED,180.60\n",
    rows: ["2026-10-31 -740 EUR expense Bolt ", "2026-11-01 -1200 PLN expense Żabka ", "2026-11-01 10000 EUR income Top-up by *1234 "],
  },
  "an American bank (Chase's shape)": {
    into: { currency: "USD" },
    file: 'Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\nDEBIT,10/31/2026,"STARBUCKS #123, SEATTLE",-5.75,DEBIT_CARD,1204.11,,\nCREDIT,11/13/2026,"ACME PAYROLL",2500.00,ACH_CREDIT,3704.11,,\n',
    rows: ["2026-10-31 -575 USD expense STARBUCKS #123, SEATTLE ", "2026-11-13 250000 USD income ACME PAYROLL "],
  },
  "an American card": {
    into: { currency: "USD", account: "liability" },
    file: "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n10/30/2026,10/31/2026,WHOLE FOODS,Groceries,Sale,-42.10,\n11/02/2026,11/03/2026,WHOLE FOODS,Groceries,Return,10.00,\n11/14/2026,11/14/2026,Payment Thank You-Mobile,,Payment,500.00,\n",
    rows: ["2026-10-30 -4210 USD expense WHOLE FOODS ", "2026-11-02 1000 USD refund WHOLE FOODS ", "2026-11-14 50000 USD income Payment Thank You-Mobile "],
  },
  "a French bank": {
    file: latin(
      "Date;Libellé;Débit euros;Crédit euros;\r\n31/10/2026;PAIEMENT CB BOULANGERIE RÉMY;-4,50;;\r\n02/11/2026;VIREMENT SALAIRE SOCIÉTÉ;;2 345,67;\r\n13/11/2026;PRLV EDF;-78,90;;\r\n",
    ),
    rows: [
      "2026-10-31 -450 EUR expense PAIEMENT CB BOULANGERIE RÉMY ",
      "2026-11-02 234567 EUR income VIREMENT SALAIRE SOCIÉTÉ ",
      "2026-11-13 -7890 EUR expense PRLV EDF ",
    ],
  },
  "a Spanish bank": {
    file: "FECHA OPERACIÓN;FECHA VALOR;CONCEPTO;IMPORTE EUR;SALDO\n31/10/2026;31/10/2026;Compra Mercadona;-1.023,45;5.000,00\n01/11/2026;01/11/2026;Devolucion Zara;29,95;5.029,95\n",
    rows: ["2026-10-31 -102345 EUR expense Compra Mercadona ", "2026-11-01 2995 EUR refund Devolucion Zara "],
  },
  "an Italian bank": {
    file: "Data Contabile;Data Valuta;Entrate;Uscite;Descrizione\n31/10/2026;31/10/2026;;12,00;POS CAFFÈ ROMA\n02/11/2026;02/11/2026;1.500,00;;STIPENDIO\n",
    rows: ["2026-10-31 -1200 EUR expense POS CAFFÈ ROMA ", "2026-11-02 150000 EUR income STIPENDIO "],
  },
  "a Polish bank": {
    into: { currency: "PLN" },
    file: polish(
      "Lista operacji;\r\nza okres;\r\n\r\nData operacji;Opis operacji;Kwota\r\n2026-10-31;ŻABKA ŁÓDŹ zakup kartą płatniczą;-23,40 PLN\r\n2026-11-02;Wynagrodzenie za październik;4 500,00 PLN\r\n2026-11-03;Opłata za książkę, część;-5,00 PLN\r\n",
    ),
    rows: [
      "2026-10-31 -2340 PLN expense ŻABKA ŁÓDŹ zakup kartą płatniczą ",
      "2026-11-02 450000 PLN income Wynagrodzenie za październik ",
      "2026-11-03 -500 PLN expense Opłata za książkę, część ",
    ],
  },
  "a Swedish bank": {
    into: { currency: "SEK" },
    file: latin(
      "Bokföringsdag;Belopp;Avsändare;Mottagare;Namn;Rubrik;Valuta\n2026-10-31;-1 234,50;1234;5678;;Hyra november;SEK\n2026/11/01;-45,00;1234;;;Kaffe på Söder;SEK\n",
    ),
    rows: ["2026-10-31 -123450 SEK expense Hyra november ", "2026-11-01 -4500 SEK expense Kaffe på Söder "],
  },
  "an Indian bank": {
    into: { currency: "INR" },
    file: 'Date,Narration,Value Dat,Debit Amount,Credit Amount,Chq/Ref Number,Closing Balance\n31/10/26,UPI-CHAI POINT,31/10/26,120.00,0.00,0000412,"1,20,345.00"\n',
    rows: ["2026-10-31 -12000 INR expense UPI-CHAI POINT "],
  },
  "a Dutch bank (ING's shape)": {
    file: '"Datum";"Naam / Omschrijving";"Rekening";"Tegenrekening";"Code";"Af Bij";"Bedrag (EUR)";"Mutatiesoort";"Mededelingen"\n"20261031";"ALBERT HEIJN 1234";"NL00INGB0001";"";"BA";"Af";"12,34";"Betaalautomaat";"Pasvolgnr: 001"\n"20261101";"Werkgever BV";"NL00INGB0001";"NL00RABO0002";"OV";"Bij";"2.500,00";"Overschrijving";"Salaris"\n',
    rows: ["2026-10-31 -1234 EUR expense ALBERT HEIJN 1234 ", "2026-11-01 250000 EUR income Werkgever BV "],
  },
  "a German app (N26's shape)": {
    file: '"Booking Date","Value Date","Partner Name","Partner Iban",Type,"Payment Reference","Account Name","Amount (EUR)","Original Amount","Original Currency","Exchange Rate"\n2026-10-31,2026-10-31,REWE,,Presentment,,Main,-23.45,23.45,EUR,1\n2026-11-01,2026-11-01,"Max Mustermann",DE00,"Credit Transfer","Danke",Main,50.00,,,\n',
    rows: ["2026-10-31 -2345 EUR expense REWE ", "2026-11-01 5000 EUR income Max Mustermann "],
  },
  "a German savings bank (CAMT as CSV)": {
    file: latin(
      '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Glaeubiger ID";"Mandatsreferenz";"Kundenreferenz (End-to-End)";"Beguenstigter/Zahlungspflichtiger";"Kontonummer/IBAN";"BIC (SWIFT-Code)";"Betrag";"Waehrung";"Info"\n"DE00";"30.10.26";"30.10.26";"FOLGELASTSCHRIFT";"Strom Okt";"DE98";"M1";"NOTPROVIDED";"Stadtwerke Köln";"DE01";"COKSDE33";"-78,00";"EUR";"Umsatz gebucht"\n"DE00";"31.10.26";"31.10.26";"LOHN GEHALT";"Gehalt 10/26";"";"";"L-1";"Firma GmbH";"DE02";"COBADEFF";"2.345,67";"EUR";"Umsatz gebucht"\n',
    ),
    rows: ["2026-10-30 -7800 EUR expense Stadtwerke Köln ", "2026-10-31 234567 EUR income Firma GmbH "],
  },
  "a British building society": {
    into: { currency: "GBP" },
    file: latin(
      '"Account Name:","FlexAccount"\r\n"Account Balance:","£1,234.56"\r\n\r\n"Date","Transaction type","Description","Paid out","Paid in","Balance"\r\n"31 Oct 2026","Visa purchase","TESCO STORES","£23.45","","£1,211.11"\r\n"01 Nov 2026","Bank credit","EMPLOYER","","£2,000.00","£3,211.11"\r\n'.replaceAll(
        "£",
        "\u00a3",
      ),
    ),
    rows: ["2026-10-31 -2345 GBP expense TESCO STORES ", "2026-11-01 200000 GBP income EMPLOYER "],
  },
  PayPal: {
    file: '\uFEFF"Datum","Uhrzeit","Zeitzone","Beschreibung","Währung","Brutto","Entgelt","Netto","Guthaben","Transaktionscode","Name"\n"31.10.2026","10:11:12","Europe/Berlin","Zahlung im Einzugsverfahren","EUR","-9,99","0,00","-9,99","0,00","1AB","Spotify AB"\n',
    rows: ["2026-10-31 -999 EUR expense Spotify AB 1AB"],
  },
};

describe("a file in the shape of", () => {
  it.each(Object.entries(banks))("%s", async (_, { into, file, rows }) => {
    const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
    const opened = await openFile(
      "csv",
      (async function* () {
        yield bytes;
      })(),
      {},
      { ...asset, ...into },
    );
    const found: string[] = [];
    if (!opened.ok) found.push(opened.why);
    else
      for await (const row of opened.rows) {
        if (isBad(row)) found.push(`${row.line}: ${row.problem}`);
        else found.push(`${row.day} ${row.direction === "out" ? "-" : ""}${row.amountMinor} ${row.currency} ${row.kind} ${row.merchant} ${row.fitId ?? ""}`);
      }
    expect(found).toEqual(rows);
  });
});
