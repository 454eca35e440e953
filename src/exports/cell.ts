/**
 * Texts in cells of CSV that no spreadsheet takes for a formula, and back. What begins with `=`, `+`, `-`, `@`, a tab, a carriage return or a line feed
 * gets an apostrophe before it (OWASP, "CSV Injection"). So does what begins with apostrophes and one of those behind them, or it would lose one on its way
 * back: `uncell(cell(text))` is `text`, whatever it is.
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
