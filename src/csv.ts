/**
 * Tables as CSV (RFC 4180, UTF-8). Texts are in cells that no spreadsheet takes for a formula, and come back: what begins with `=`, `+`, `-`, `@`, a tab, a
 * carriage return or a line feed gets an apostrophe before it (OWASP, "CSV Injection"). So does what begins with apostrophes and one of those behind them, or
 * it would lose one on its way back: `uncell(cell(text))` is `text`, whatever it is.
 */

const FORMULA = /^'*[=+\-@\t\r\n]/;
const ESCAPED = /^'+[=+\-@\t\r\n]/;

/** A text as the cell's content, before quoting. */
export const cell = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);

/** The text of a cell that `cell` made; of others too, unless they begin with an apostrophe and one of those signs. */
export const uncell = (content: string): string => (ESCAPED.test(content) ? content.slice(1) : content);

/** As a field of RFC 4180. */
export const quoted = (content: string): string => (/[",\r\n]|^\s|\s$/.test(content) ? `"${content.replaceAll('"', '""')}"` : content);

/** A text as it stands in the file. */
export const textCell = (text: string): string => quoted(cell(text));

export interface TableResult {
  /** Without the names of the columns. */
  rows: number;
  bytes: number;
}

/**
 * A file's bytes, a page of rows at a time; throws what `pages` throws. A byte order mark at the beginning makes spreadsheets read the rest as UTF-8.
 * `fields` gives a row as it stands in the file: texts by `textCell`.
 */
export async function* csvFile<Row>(
  columns: readonly string[],
  pages: AsyncIterable<readonly Row[]>,
  fields: (row: Row) => readonly string[],
): AsyncGenerator<Uint8Array, TableResult, undefined> {
  const encoder = new TextEncoder();
  const result = { rows: 0, bytes: 0 };
  const part = (lines: readonly (readonly string[])[], before = "") => {
    const encoded = encoder.encode(before + lines.map((each) => `${each.join(",")}\r\n`).join(""));
    result.bytes += encoded.length;
    return encoded;
  };
  yield part([columns.map(quoted)], "\uFEFF");
  for await (const page of pages) {
    result.rows += page.length;
    yield part(page.map(fields));
  }
  return result;
}
