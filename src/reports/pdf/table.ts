/** Tables whose rows come one by one: the head stands on every page, cells wrap, figures are at the right. */
import { colours, type TextStyle } from "./canvas.ts";
import type { Pages } from "./pages.ts";
import { attributes, type Element } from "./structure.ts";

export interface Column {
  title: string;
  /** Points. */
  width: number;
  align: "left" | "right";
}

/** A cell's parts stand under each other, each wrapped by itself. */
export interface Part {
  text: string;
  bold?: boolean;
  quiet?: boolean;
  colour?: string;
}

export interface Cell {
  parts: readonly Part[];
  /** Points from the column's edge. */
  indent?: number;
  /** Drawn in place of the parts, of which each is the room of one line. */
  draw?: (x: number, y: number, width: number) => void;
}

export interface RowStyle {
  bold?: boolean;
  /** A line above it, and a shade under it: a total. */
  total?: boolean;
}

const GAP = 8;
const PAD = 3.1;

interface Line {
  text: string;
  style: TextStyle;
}

export class Table {
  readonly #pages: Pages;
  readonly #columns: readonly Column[];
  readonly #element: Element;
  readonly #size: number;
  readonly #leading: number;
  #page = 0;
  #body: Element;

  /** Columns have to fit the pages' width. Begins with its head; two rows have to fit under it. */
  constructor(pages: Pages, parent: Element, columns: readonly Column[], size = 8) {
    this.#pages = pages;
    this.#columns = columns;
    this.#size = size;
    this.#leading = size * 1.36;
    this.#element = pages.structure.open(parent, "Table");
    pages.need(4 * (this.#leading + 2 * PAD));
    const head = pages.structure.open(this.#element, "THead");
    const row = pages.structure.open(head, "TR");
    this.#head((draw) => {
      const cell = pages.structure.open(row, "TH", attributes.columnHead);
      pages.tagged(cell, draw);
      pages.structure.close(cell);
    });
    pages.structure.close(row);
    pages.structure.close(head);
    this.#body = pages.structure.open(this.#element, "TBody");
  }

  /** Draws the head; each title by way of `put`. */
  #head(put: (draw: () => void) => void): void {
    const { canvas, left, width } = this.#pages;
    const style: TextStyle = { size: this.#size, weight: "bold", colour: colours.deep };
    const titles = this.#columns.map((column) => canvas.wrap(column.title, style, column.width - GAP));
    const height = Math.max(...titles.map(({ length }) => length)) * this.#leading + 2 * PAD;
    const top = this.#pages.y;
    canvas.artifact(() => canvas.area(left, top, width, height, colours.shade));
    let x = left;
    for (const [i, column] of this.#columns.entries()) {
      const at = x;
      put(() =>
        this.#lines(
          (titles[i] ?? []).map((text) => ({ text, style })),
          column,
          at,
          top,
          0,
        ),
      );
      x += column.width;
    }
    this.#pages.y = top + height;
    this.#page = this.#pages.count;
  }

  #lines(lines: readonly Line[], column: Column, x: number, top: number, indent: number): void {
    const { canvas } = this.#pages;
    for (const [k, { text, style }] of lines.entries()) {
      const y = top + PAD + this.#size + k * this.#leading;
      if (column.align === "right") canvas.text(x + column.width - GAP / 2, y, text.trimEnd(), style, "right");
      else canvas.text(x + GAP / 2 + indent, y, text, style);
    }
  }

  #continue(): void {
    this.#pages.next();
    this.#head((draw) => this.#pages.canvas.artifact(draw));
  }

  row(cells: readonly Cell[], { bold = false, total = false }: RowStyle = {}): void {
    const { canvas, structure, left, width } = this.#pages;
    const wrapped = cells.map(({ parts, indent = 0, draw }, i): Line[] => {
      const column = this.#columns[i];
      if (column === undefined || draw !== undefined) return [];
      return parts.flatMap((part) => {
        const style: TextStyle = {
          size: this.#size,
          weight: bold || part.bold ? "bold" : "regular",
          colour: part.colour ?? (part.quiet ? colours.quiet : colours.text),
        };
        return canvas.wrap(part.text, style, column.width - GAP - indent).map((text) => ({ text, style }));
      });
    });
    const most = Math.max(1, ...wrapped.map(({ length }, i) => (cells[i]?.draw === undefined ? length : cells[i].parts.length)));
    const heightOf = (lines: number) => lines * this.#leading + 2 * PAD;
    // A row that fits on no page goes on on the next one, line by line; any other stays in one piece.
    if (this.#pages.count !== this.#page || (this.#pages.room < heightOf(most) && heightOf(most) <= this.#pages.wholeRoom - 60)) this.#continue();

    const row = structure.open(this.#body, "TR");
    const elements = cells.map((_, i) => structure.open(row, i === 0 && total ? "TH" : "TD", i === 0 && total ? attributes.rowHead : ""));
    for (let from = 0; from < most; ) {
      if (this.#pages.room < heightOf(1)) this.#continue();
      const fitting = Math.max(1, Math.floor((this.#pages.room - 2 * PAD) / this.#leading));
      const to = Math.min(most, from + fitting);
      const top = this.#pages.y;
      const height = heightOf(to - from);
      canvas.artifact(() => {
        if (total) canvas.area(left, top, width, height, colours.shade);
        canvas.line(left, total ? top : top + height, left + width, total ? top : top + height, total ? colours.axis : colours.line, total ? 0.8 : 0.4);
      });
      let x = left;
      for (const [i, cell] of cells.entries()) {
        const column = this.#columns[i];
        const element = elements[i];
        if (column === undefined || element === undefined) continue;
        const lines = (wrapped[i] ?? []).slice(from, to);
        const at = x;
        if (cell.draw !== undefined && from === 0) this.#pages.tagged(element, () => cell.draw?.(at + GAP / 2, top, column.width - GAP));
        else if (lines.length > 0) this.#pages.tagged(element, () => this.#lines(lines, column, at, top, cell.indent ?? 0));
        x += column.width;
      }
      this.#pages.y = top + height;
      from = to;
    }
    for (const element of elements) structure.close(element);
    structure.close(row);
  }

  end(): void {
    this.#pages.structure.close(this.#body);
    this.#pages.structure.close(this.#element);
  }
}

/** A cell of one text. */
export const cell = (text: string, part: Omit<Part, "text"> = {}): Cell => ({ parts: [{ text, ...part }] });
