/** Worksheets of Office Open XML (ECMA-376), as text, row by row. Pure. */
import { exponentOf, formatAmount } from "../finance/money.ts";
import { type Day, daysBetween } from "../finance/periods.ts";

/** What a cell holds. Money is a number with all decimals of its currency. */
export type Value = string | number | null | { day: Day } | { minor: bigint; currency: string } | { fraction: number | null } | { head: string };

/** Places in `styles.xml`. */
const styles = { plain: 0, head: 1, day: 2, fraction: 3, decimals: { 0: 4, 2: 5, 3: 6 } as Readonly<Record<number, number>> } as const;

export const stylesXml = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="#,##0.000"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="7"><xf/><xf fontId="1" applyFont="1"/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="10" applyNumberFormat="1"/><xf numFmtId="3" applyNumberFormat="1"/><xf numFmtId="4" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no place for these.
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

/** As XML and Excel want it: what XML can't hold is left out, and "_x0041_" does not become a letter. */
export const xmlText = (text: string): string =>
  text
    .toWellFormed()
    .replace(FORBIDDEN, "")
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
    .replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);

/** A, B, … Z, AA. */
export const columnName = (index: number): string => (index < 26 ? "" : columnName(Math.floor(index / 26) - 1)) + String.fromCharCode(65 + (index % 26));

/** Days since 30 December 1899, as spreadsheets count them (from 1 March 1900 on they agree with the calendar). */
export const serialOf = (day: Day): number => daysBetween("1899-12-30", day);

function cell(value: Value, at: string): string {
  const number = (text: string | number, style: number) => `<c r="${at}" s="${style}"><v>${text}</v></c>`;
  const words = (text: string, style: number) => `<c r="${at}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${xmlText(text)}</t></is></c>`;
  if (value === null || value === "") return "";
  if (typeof value === "string") return words(value, styles.plain);
  if (typeof value === "number") return number(value, styles.plain);
  if ("head" in value) return words(value.head, styles.head);
  // Before March 1900 spreadsheets count a day that never was.
  if ("day" in value) return value.day < "1900-03-01" ? words(value.day, styles.plain) : number(serialOf(value.day), styles.day);
  if ("fraction" in value) return value.fraction === null ? "" : number(value.fraction, styles.fraction);
  return number(formatAmount(value.minor, value.currency), styles.decimals[exponentOf(value.currency) ?? 2] ?? styles.plain);
}

/** A row; `number` counts from 1. */
export const rowXml = (values: readonly Value[], number: number): string =>
  `<row r="${number}">${values.map((value, i) => cell(value, `${columnName(i)}${number}`)).join("")}</row>`;

/** What comes before the rows: the head stays when the rest is scrolled. Widths in characters. */
export const sheetStart = (widths: readonly number[]): string =>
  `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${widths.map((width, i) => `<col min="${i + 1}" max="${i + 1}" width="${width}" customWidth="1"/>`).join("")}</cols><sheetData>`;

/** What comes behind them. `filter`: columns and rows over which the head offers filters. */
export const sheetEnd = (filter: { columns: number; rows: number } | null): string =>
  `</sheetData>${filter === null ? "" : `<autoFilter ref="A1:${columnName(filter.columns - 1)}${filter.rows}"/>`}</worksheet>`;

/** As a sheet may be called: at most 31 characters, none of those that formulas need; unlike those before it. */
export function sheetNames(names: readonly string[]): string[] {
  const found: string[] = [];
  for (const name of names) {
    const base = name.replace(/[[\]:*?/\\']/g, " ").slice(0, 28);
    let next = base;
    for (let n = 2; found.some((one) => one.toLowerCase() === next.toLowerCase()); n++) next = `${base} ${n}`;
    found.push(next);
  }
  return found;
}
