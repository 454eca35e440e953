/** Content of a page: text, lines and areas in points from the upper left corner. Everything is either of a structure element or an artifact. */
import { drawable, type Faces, type Piece, type Weight } from "./faces.ts";
import type { KitFont } from "./kit.ts";

/** Red, green and blue from 0 to 1, as PDF writes them. */
export type Colour = string;

const colour = (hex: string): Colour => [1, 3, 5].map((at) => (Number.parseInt(hex.slice(at, at + 2), 16) / 255).toFixed(3)).join(" ");

/** Blue and vermilion of Okabe and Ito: told apart by everyone, and in grey. Text has a contrast of 7 : 1 and more. */
export const colours = {
  text: colour("#1a1a1a"),
  quiet: colour("#555555"),
  line: colour("#d4d4d4"),
  axis: colour("#7a7a7a"),
  shade: colour("#f1f4f7"),
  white: colour("#ffffff"),
  blue: colour("#0072b2"),
  deep: colour("#0b4a73"),
  vermilion: colour("#b94700"),
} as const;

export interface TextStyle {
  size: number;
  weight?: Weight;
  colour?: Colour;
}

/** Two decimals: a seven-thousandth of an inch. */
const n = (value: number): string => {
  const text = value.toFixed(2);
  return text.endsWith(".00") ? text.slice(0, -3) : text;
};

export class Canvas {
  readonly faces: Faces;
  #operators: string[] = [];
  #fonts = new Set<KitFont>();
  #forms = new Set<string>();

  constructor(faces: Faces) {
    this.faces = faces;
  }

  /** Everything since the last time. */
  take(): { operators: string; fonts: Set<KitFont>; forms: string[] } {
    const taken = { operators: this.#operators.join("\n"), fonts: this.#fonts, forms: [...this.#forms] };
    this.#operators = [];
    this.#fonts = new Set();
    this.#forms = new Set();
    return taken;
  }

  raw(operator: string): void {
    this.#operators.push(operator);
  }

  artifact(draw: () => void): void {
    this.raw("/Artifact BMC");
    draw();
    this.raw("EMC");
  }

  /** In points. */
  width(text: string, { size, weight = "regular" }: TextStyle): number {
    return (this.faces.width(drawable(text), weight) * size) / 1000;
  }

  /** `y` is the baseline. Returns where the text ends. */
  text(x: number, y: number, text: string, style: TextStyle, align: "left" | "right" | "centre" = "left"): number {
    const pieces = this.faces.pieces(drawable(text), style.weight ?? "regular");
    const width = (pieces.reduce((sum, piece) => sum + piece.width, 0) * style.size) / 1000;
    const from = align === "left" ? x : align === "right" ? x - width : x - width / 2;
    this.pieces(from, y, pieces, style);
    return from + width;
  }

  /** What `faces.pieces` gave. */
  pieces(x: number, y: number, pieces: readonly Piece[], { size, colour: fill = colours.text }: TextStyle): void {
    if (pieces.length === 0) return;
    let at = x;
    this.raw(`BT ${fill} rg`);
    for (const { font, hex, width, placed, actual } of pieces) {
      this.#fonts.add(font);
      const start = `/${font.id} ${n(size)} Tf`;
      if (actual !== null) this.raw(`/Span<</ActualText${actual}>>BDC`);
      // The page is turned upside down, so that y runs down; letters are turned back.
      if (placed === null) this.raw(`${start} 1 0 0 -1 ${n(at)} ${n(y)} Tm <${hex}>Tj`);
      else
        this.raw(
          [start, ...placed.map((glyph) => `1 0 0 -1 ${n(at + (glyph.x * size) / 1000)} ${n(y - (glyph.y * size) / 1000)} Tm <${glyph.hex}>Tj`)].join(" "),
        );
      if (actual !== null) this.raw("EMC");
      at += (width * size) / 1000;
    }
    this.raw("ET");
  }

  area(x: number, y: number, width: number, height: number, fill: Colour): void {
    this.raw(`${fill} rg ${n(x)} ${n(y)} ${n(width)} ${n(height)} re f`);
  }

  /** An area's edge, drawn inside of it. */
  frame(x: number, y: number, width: number, height: number, stroke: Colour, thickness: number): void {
    const half = thickness / 2;
    this.raw(`${stroke} RG ${n(thickness)} w ${n(x + half)} ${n(y + half)} ${n(Math.max(0, width - thickness))} ${n(Math.max(0, height - thickness))} re S`);
  }

  line(x1: number, y1: number, x2: number, y2: number, stroke: Colour, thickness: number): void {
    this.raw(`${stroke} RG ${n(thickness)} w ${n(x1)} ${n(y1)} m ${n(x2)} ${n(y2)} l S`);
  }

  form(name: string, x: number, y: number): void {
    this.#forms.add(name);
    this.raw(`q 1 0 0 -1 ${n(x)} ${n(y)} cm /${name} Do Q`);
  }

  /** A text in lines of at most `width` points. A line that goes on keeps its space; a word that is wider than a line is cut. */
  wrap(text: string, style: TextStyle, width: number): string[] {
    const whole = drawable(text);
    if (this.width(whole, style) <= width) return [whole];
    const lines: string[] = [];
    let line = "";
    for (const word of whole.match(/[^ ]+ *| +/g) ?? []) {
      if (this.width((line + word).trimEnd(), style) <= width) {
        line += word;
        continue;
      }
      if (line !== "") lines.push(line);
      line = word;
      while (this.width(line.trimEnd(), style) > width) {
        const head = this.#head(line, style, width);
        lines.push(head);
        line = line.slice(head.length);
      }
    }
    return [...lines, line];
  }

  /** As much of a word as fits, one character at the least; letters keep their marks. */
  #head(word: string, style: TextStyle, width: number): string {
    let head = "";
    for (const character of word.match(/\P{M}\p{M}*|\p{M}+/gu) ?? []) {
      if (head !== "" && this.width(head + character, style) > width) break;
      head += character;
    }
    return head;
  }
}
