/** Where a text stops being JSON. The engine's own message names no position for some errors, and repeats pieces of the text, which we neither send nor log. */

const token =
  /[ \t\n\r]*(?:([[\]{}:,])|("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true|false|null)|$)/y;

type Expect = "value" | "value-or-end" | "key" | "key-or-end" | "colon" | "comma-or-end" | "end";

/**
 * Index of the first UTF-16 unit that can't continue valid JSON (for a broken string or number: where it begins); the length when the text breaks off;
 * null for valid JSON. Iterative, so that deep nesting costs no stack.
 */
export function jsonErrorAt(text: string): number | null {
  const open: ("[" | "{")[] = [];
  let expect: Expect = "value";
  token.lastIndex = 0;
  for (;;) {
    const from = token.lastIndex;
    const match = token.exec(text);
    if (!match) return from + (/[ \t\n\r]*/y.exec(text.slice(from))?.[0].length ?? 0);
    const [whole, mark, string, scalar] = match;
    const at = from + whole.length - (mark ?? string ?? scalar ?? "").length;
    const isValue = expect === "value" || expect === "value-or-end";
    const isKey = expect === "key" || expect === "key-or-end";
    const after: Expect = open.length > 0 ? "comma-or-end" : "end";
    if (mark === undefined && string === undefined && scalar === undefined) return expect === "end" ? null : text.length;
    if (string !== undefined && isKey) expect = "colon";
    else if ((string !== undefined || scalar !== undefined) && isValue) expect = after;
    else if ((mark === "[" || mark === "{") && isValue) {
      open.push(mark);
      expect = mark === "[" ? "value-or-end" : "key-or-end";
    } else if (mark === ":" && expect === "colon") expect = "value";
    else if (mark === "," && expect === "comma-or-end") expect = open.at(-1) === "[" ? "value" : "key";
    else if (mark === "]" && open.at(-1) === "[" && (expect === "value-or-end" || expect === "comma-or-end")) {
      open.pop();
      expect = open.length > 0 ? "comma-or-end" : "end";
    } else if (mark === "}" && open.at(-1) === "{" && (expect === "key-or-end" || expect === "comma-or-end")) {
      open.pop();
      expect = open.length > 0 ? "comma-or-end" : "end";
    } else return at;
  }
}

/** "line 2, column 5" of an index, both counted from 1. */
export function lineAndColumn(text: string, index: number): string {
  const before = text.slice(0, index).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
