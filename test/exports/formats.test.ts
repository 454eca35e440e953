import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cell, textCell, uncell } from "../../src/csv.ts";
import { component, exportBeancount } from "../../src/exports/beancount.ts";
import { csvColumns, exportCsv } from "../../src/exports/csv.ts";
import { exportDocument } from "../../src/exports/document.ts";
import { exportJson } from "../../src/exports/json.ts";
import { exportOfx } from "../../src/exports/ofx.ts";
import { exportContent, exportFileName, exportKey, readExportRequest } from "../../src/exports/request.ts";
import { openFile } from "../../src/imports/read.ts";
import { type ImportRow, isBad, type ReadRow } from "../../src/imports/row.ts";
import { expenses, fileOf, ids, source } from "./life.ts";

const INTO = { currency: "EUR", account: "asset", until: "2031-12-31" } as const;
async function rowsOf(format: "csv" | "ofx", bytes: Uint8Array): Promise<{ good: ImportRow[]; bad: ReadRow[] }> {
  const opened = await openFile(
    format,
    (async function* () {
      yield bytes;
    })(),
    {},
    INTO,
  );
  if (!opened.ok) throw new Error(opened.why);
  const good: ImportRow[] = [];
  const bad: ReadRow[] = [];
  for await (const row of opened.rows) isBad(row) ? bad.push(row) : good.push(row);
  return { good, bad };
}

const signed = ({ kind, amount }: { kind: string; amount: string }) => (kind === "expense" || kind === "transfer" ? `-${amount}` : amount);
const minor = (amount: string) => BigInt(amount.replace(/[.-]/g, ""));

describe("an export as JSON", () => {
  it("is one document in its schema's form, an item on each line, and counts what it holds", async () => {
    const { text, bytes, rows, said } = await fileOf(exportJson(source()));
    const read = exportDocument.parse(JSON.parse(text));
    expect(read).toEqual(JSON.parse(text));
    expect(read.expenses).toEqual(expenses);
    expect(read.counts).toEqual({ categories: 3, accounts: 2, rates: 1, balances: 2, budgets: 1, receipts: 1, expenses: expenses.length });
    expect([rows, said]).toEqual([expenses.length, bytes.length]);
    for (const it of expenses) expect(text.split("\n").map((line) => line.replace(/^,|,$/g, ""))).toContain(JSON.stringify(it));
  });

  it("of nobody's life is a document too", async () => {
    const nothing = { ...source([]), categories: [], accounts: [], budgets: [], rates: source([]).expenses as never, balances: source([]).expenses as never };
    const read = exportDocument.parse(JSON.parse((await fileOf(exportJson({ ...nothing, receipts: source([]).expenses as never }))).text));
    expect(read.counts.expenses).toBe(0);
  });
});

describe("an export as CSV", () => {
  it("has every entry, with texts that no spreadsheet takes for a formula and that come back as they were", async () => {
    const { text, bytes, rows, said } = await fileOf(exportCsv(source()));
    expect([rows, said]).toEqual([expenses.length, bytes.length]);
    const [head, ...lines] = parse(text, { bom: true }) as string[][];
    expect(head).toEqual([...csvColumns]);
    const at = (line: readonly string[], name: (typeof csvColumns)[number]) => line[csvColumns.indexOf(name)] ?? "";
    for (const [i, line] of lines.entries()) {
      const it = expenses[i];
      expect(line.length).toBe(csvColumns.length);
      // Amounts are numbers, ids and words are ours: only what a user wrote can be a formula.
      for (const name of ["merchant", "description", "category", "account", "tags"] as const) expect(at(line, name)).not.toMatch(/^[=+\-@\t\r\n]/);
      expect([at(line, "id"), uncell(at(line, "merchant")), uncell(at(line, "description")), at(line, "amount")]).toEqual([
        it?.id,
        it?.merchant,
        it?.description,
        it === undefined ? "" : signed(it),
      ]);
    }
    expect(lines.map((line) => uncell(at(line, "category")))).toEqual(expect.arrayContaining(["Food", "Food > eating out / bars", "+Plus", ""]));
  });

  it("is read by the importer: days, amounts, currencies, ways and ids", async () => {
    const { good, bad } = await rowsOf("csv", (await fileOf(exportCsv(source()))).bytes);
    expect(bad).toEqual([]);
    expect(good.map(({ day, amountMinor, currency, direction, fitId }) => [day, amountMinor, currency, direction, fitId])).toEqual(
      expenses.map((it) => [it.occurredOn, minor(it.amount), it.currency, signed(it).startsWith("-") ? "out" : "in", it.id]),
    );
  });

  it("of any text is safe, and the same again", () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^'{0,3}[=+\-@\t\r\n]?[a-z"',]{0,5}$/));
    fc.assert(
      fc.property(texts, (text) => {
        expect(cell(text)).not.toMatch(/^[=+\-@\t\r\n]/);
        expect(uncell(cell(text))).toBe(text);
        const [[read] = []] = parse(`${textCell(text)},x\r\n`, { relax_column_count: true, record_delimiter: "\r\n" }) as string[][];
        expect(read).toBe(cell(text));
      }),
      { numRuns: 400, seed: 7 },
    );
  });
});

describe("an export as OFX", () => {
  it("is read by the importer, a statement's account at a time", async () => {
    for (const [accountId, currency] of [
      [ids.giro, "EUR"],
      [ids.card, "EUR"],
      [ids.card, "JPY"],
      [null, "EUR"],
    ] as const) {
      const own = expenses.filter((it) => it.accountId === accountId && it.currency === currency);
      const { good, bad } = await rowsOf("ofx", (await fileOf(exportOfx(source(own)))).bytes);
      expect(bad).toEqual([]);
      expect(good.map(({ day, amountMinor, currency: code, direction, fitId }) => [day, amountMinor, code, direction, fitId])).toEqual(
        own.map((it) => [it.occurredOn, minor(it.amount), it.currency, signed(it).startsWith("-") ? "out" : "in", it.id]),
      );
      for (const [i, { merchant }] of good.entries()) expect([own[i]?.merchant.slice(0, 32), own[i]?.description]).toContain(merchant);
    }
  });

  it("has a statement for each account and currency, cards apart, and each its balance", async () => {
    const { text, rows, bytes, said } = await fileOf(exportOfx(source()));
    expect([rows, said]).toEqual([expenses.length, bytes.length]);
    expect(text.match(/<CURDEF>\w+/g)).toEqual(["<CURDEF>EUR", "<CURDEF>EUR", "<CURDEF>EUR", "<CURDEF>JPY"]);
    expect(text.match(/<BALAMT>[^<]+<\/BALAMT><DTASOF>\d+/g)).toEqual([
      "<BALAMT>3850.01</BALAMT><DTASOF>20261031",
      "<BALAMT>-1.00</BALAMT><DTASOF>20261012",
      "<BALAMT>-9.99</BALAMT><DTASOF>20261010",
      "<BALAMT>-1200</BALAMT><DTASOF>20261011",
    ]);
    const numbers = [...text.matchAll(/<ACCTID>([^<]+)/g)].map(([, number = ""]) => number);
    expect(new Set(numbers).size).toBe(4);
    expect(Math.max(...numbers.map(({ length }) => length))).toBeLessThanOrEqual(22);
    expect(text).toContain("<NAME>A merchant whose name is far lon</NAME><EXTDNAME>A merchant whose name is far longer than thirty-two characters</EXTDNAME>");
    expect(text).toContain('<MEMO>-5 % off, "today" \\ &amp; &lt;only&gt;</MEMO>');
  });
});

/** What Beancount's lexer and `core/account.py` let through. */
const ACCOUNT = String.raw`(?:Assets|Liabilities|Equity|Income|Expenses)(?::[\p{Lu}\p{Nd}][\p{L}\p{Nd}\-]*)+`;
const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
const AMOUNT = String.raw`-?\d+(?:\.\d+)? [A-Z][A-Z0-9'._\-]{0,22}[A-Z0-9]`;
const DAY = String.raw`\d{4}-\d\d-\d\d`;
const directives = [
  `option ${STRING} ${STRING}`,
  `${DAY} open ${ACCOUNT}`,
  String.raw`${DAY} price [A-Z]{3} \d+(?:\.\d+)? [A-Z]{3}`,
  `${DAY} custom ${STRING}(?: (?:${STRING}|${AMOUNT}|${ACCOUNT}))+`,
  String.raw`${DAY} [*!] ${STRING} ${STRING}(?: #[A-Za-z0-9\-_/.]+)*`,
  String.raw`  [a-z][a-zA-Z0-9\-_]+: ${STRING}`,
  `  ${ACCOUNT}  ${AMOUNT}`,
  ";.*",
  "",
].map((pattern) => new RegExp(`^(?:${pattern})$`, "u"));

describe("an export as Beancount", () => {
  it("is of the ledger's grammar, opens each account once before it is used, and its transactions come to zero", async () => {
    const { text, rows, bytes, said } = await fileOf(exportBeancount(source()));
    expect([rows, said]).toEqual([expenses.length, bytes.length]);
    const lines = text.split("\n");
    expect(lines.filter((line) => !directives.some((each) => each.test(line)))).toEqual([]);
    const opened = lines.flatMap((line) => (/ open (\S+)$/.exec(line) ?? []).slice(1));
    expect(new Set(opened).size).toBe(opened.length);
    const used = [...text.matchAll(new RegExp(ACCOUNT, "gu"))].map(([name]) => name);
    expect([...new Set(used)].filter((name) => !opened.includes(name))).toEqual([]);
    for (const block of text.split("\n\n").filter((each) => /^\d{4}-\d\d-\d\d [*!]/.test(each))) {
      const [one, two] = [...block.matchAll(/ {2}(-?)(\d[\d.]*) ([A-Z]{3})$/gm)];
      expect([one?.[2], one?.[3], one?.[1] === "-"]).toEqual([two?.[2], two?.[3], two?.[1] !== "-"]);
    }
    expect(text).toContain("Liabilities:Карта-1");
    expect(text).toContain('2026-10-01 custom "budget" Expenses:Food "monthly" 400.00 EUR');
    expect(text).toContain("2026-10-11 price JPY 0.0061 EUR");
  });

  it("gives names that an account may have, whatever a category is called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => void expect(component(name)).toMatch(/^[\p{Lu}\p{Nd}][\p{L}\p{Nd}-]*$/u)),
      { numRuns: 400, seed: 3 },
    );
    expect([component("eating out / bars"), component("食"), component("—")]).toEqual(["Eating-out-bars", "X-食", "X"]);
  });
});

describe("a request for an export", () => {
  it("is read as it was kept, and not at all where its filter is not understood: never a wider one", () => {
    expect(readExportRequest({ format: "csv" })).toEqual({ format: "csv", filter: {} });
    expect(readExportRequest({ format: "json", filter: { from: "2026-01-01", kind: "refund" } })).toMatchObject({ filter: { kind: "refund" } });
    for (const wrong of [
      {},
      { format: "xml" },
      { format: "csv", filter: { from: "soon" } },
      { format: "csv", filter: { from: "2026-02-01", to: "2026-01-01" } },
      { format: "csv", filter: { accountId: "1" } },
      { format: "csv", filter: { colour: "red" } },
      { format: "csv", filter: { currency: "XXX" } },
      { format: "csv", filter: { tag: 1 } },
      { format: "csv", filter: null },
    ])
      expect(readExportRequest(wrong)).toBe(null);
  });

  it("has a key in its user's folder, a name with the day, and is another one with another filter", () => {
    expect(exportKey({ userId: "a/../b", id: "1" }, "ofx")).toBe("exports/a%2F%2E%2E%2Fb/1.ofx");
    expect(exportFileName({ format: "json", filter: {} }, "2026-11-21")).toBe("dormouse-2026-11-21.json");
    expect(exportFileName({ format: "csv", filter: { tag: "x" } }, "2026-11-21")).toBe("dormouse-2026-11-21-part.csv");
    expect(exportContent({ format: "csv", filter: {} })).not.toEqual(exportContent({ format: "csv", filter: { kind: "income" } }));
  });
});
