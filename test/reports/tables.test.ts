import fc from "fast-check";
import { strFromU8, unzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { textCell } from "../../src/csv.ts";
import { reportCsv } from "../../src/reports/csv.ts";
import { columnName, serialOf, sheetNames, xmlText } from "../../src/reports/sheet.ts";
import { reportXlsx } from "../../src/reports/xlsx.ts";
import { asked, entry, made, paged, plenty } from "./made.ts";
import { all, MADE_AT } from "./read.ts";

const october = asked("2026-10-01", "2026-10-31");
const rows = [
  entry("2026-10-01", 5000, { currency: "USD", converted: 4611n, merchant: "Delta, Inc.", description: 'a "quoted" word', tags: ["air", "work"] }),
  entry("2026-10-02", 12_000, { currency: "JPY", converted: null, merchant: "東京", category: null, account: null }),
  entry("2026-10-05", 1100, { kind: "refund", merchant: "=HYPERLINK(1)", status: "pending", description: "line\nbreak & <tag>" }),
  entry("2026-10-06", 250_000, { kind: "income", merchant: "Employer", category: null }),
];

/** A reader of RFC 4180, apart from the writer. */
function parse(text: string): string[][] {
  const lines: string[][] = [[]];
  for (const [, quoted, plain = "", end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    if (quoted === undefined && plain === "" && end === "") break;
    lines.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "\r\n") lines.push([]);
  }
  return lines.slice(0, -1);
}

describe("a report as CSV", () => {
  test("has every entry, signed and converted, and no formula", async () => {
    const it = made(october, rows);
    const { bytes, result } = await all(reportCsv(it.data, paged(it.rows, 2), "en"));
    const text = bytes.toString("utf8");
    expect(text.startsWith("\uFEFFDate,Kind,Status,")).toBe(true);
    const [, ...lines] = parse(text.slice(1));
    expect(lines.map((line) => line.slice(0, 11))).toEqual([
      ["2026-10-01", "Expense", "cleared", "Delta, Inc.", 'a "quoted" word', "Groceries", "Current account", "air work", "50.00", "USD", "46.11"],
      ["2026-10-02", "Expense", "cleared", "東京", "", "", "", "", "12000", "JPY", ""],
      ["2026-10-05", "Refund", "pending", "'=HYPERLINK(1)", "line\nbreak & <tag>", "Groceries", "Current account", "", "-11.00", "EUR", "-11.00"],
      ["2026-10-06", "Income", "cleared", "Employer", "", "", "Current account", "", "2500.00", "EUR", ""],
    ]);
    expect(lines.map((line) => line[11])).toEqual(it.rows.map(({ id }) => id));
    expect(result).toEqual({ rows: 4, bytes: bytes.length });
  });

  test("adds up to the report's total", async () => {
    const it = made(october, plenty("2026-09-01", "2026-10-31", 300));
    const { bytes } = await all(reportCsv(it.data, paged(it.rows), "de"));
    const sum = parse(bytes.toString("utf8").slice(1))
      .slice(1)
      .reduce((total, line) => total + BigInt((line[10] ?? "").replace(".", "")), 0n);
    expect(sum).toBe(it.data.total);
  });

  test("gives any text back to whoever reads it, less one apostrophe where there would be a formula", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom(..."a=+-@\t\r\n\",' é") }), { minLength: 1, maxLength: 5 }), (texts) => {
        const [line = []] = parse(`x,${texts.map(textCell).join(",")}\r\n`);
        expect(line.slice(1)).toEqual(texts.map((text) => (/^'*[=+\-@\t\r\n]/.test(text) ? `'${text}` : text)));
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  test("is refused to a list that is not the one that was counted", async () => {
    const it = made(october, rows);
    await expect(all(reportCsv(it.data, paged(it.rows.slice(1)), "en"))).rejects.toThrow("the list has 3 entries, and the report counts 4");
  });
});

describe("a report as a workbook", () => {
  const options = { language: "en", locale: "en-GB", madeAt: MADE_AT } as const;
  const partsOf = (bytes: Uint8Array) => Object.fromEntries(Object.entries(unzipSync(bytes)).map(([path, content]) => [path, strFromU8(content)]));

  test("holds numbers as numbers, days as days, and texts that are never formulas", async () => {
    const it = made(october, rows);
    const { bytes, result } = await all(reportXlsx(it.data, paged(it.rows, 3), options));
    const parts = partsOf(bytes);
    const list = parts["xl/worksheets/sheet6.xml"] ?? "";
    expect(list).toContain('<c r="A2" s="2"><v>46296</v></c>');
    expect(list).toContain('<c r="I2" s="5"><v>50.00</v></c>');
    expect(list).toContain('<c r="K2" s="5"><v>46.11</v></c>');
    expect(list).toContain('<c r="I3" s="4"><v>12000</v></c>');
    expect(list).toContain('<c r="D4" s="0" t="inlineStr"><is><t xml:space="preserve">=HYPERLINK(1)</t></is></c>');
    expect(list).toContain("line\nbreak &#38; &#60;tag&#62;");
    expect(list).toContain('<c r="K4" s="5"><v>-11.00</v></c>');
    expect(list).not.toContain("<f>");
    expect(list).toContain('<autoFilter ref="A1:L5"/>');
    expect(parts["xl/workbook.xml"]?.match(/<sheet /g)).toHaveLength(6);
    expect(parts["xl/worksheets/sheet1.xml"]).toContain("<v>35.11</v>");
    expect(result).toEqual({ rows: 4, bytes: bytes.length });
  });

  test("is the same for the same figures", async () => {
    const it = made(october, plenty("2026-09-01", "2026-10-31", 300));
    const [one, two] = await Promise.all([all(reportXlsx(it.data, paged(it.rows), options)), all(reportXlsx(it.data, paged(it.rows), options))]);
    expect(one.bytes.equals(two.bytes)).toBe(true);
  });

  test("names columns and sheets as spreadsheets do", () => {
    expect([0, 25, 26, 27, 701, 702].map(columnName)).toEqual(["A", "Z", "AA", "AB", "ZZ", "AAA"]);
    expect(serialOf("1900-03-01")).toBe(61);
    expect(sheetNames(["A/B: c?", "a b  c ", "x".repeat(40)])).toEqual(["A B  c ", "a b  c  2", "x".repeat(28)]);
    expect(xmlText("a\u0000b_x0041_ & \uD800")).toBe("ab_x005F_x0041_ &#38; \uFFFD");
  });
});
