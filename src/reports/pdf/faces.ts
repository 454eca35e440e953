/**
 * Text as glyphs. The report's own face comes first; what it lacks is looked for in the fallbacks, run by run; what none has becomes a replacement sign, is
 * counted, and carries its true text for whoever copies or reads it aloud. Left to right: scripts that run the other way are not laid out.
 */
import { regular, semiBold } from "../fonts/noto-sans.ts";
import type { Kit, KitFont } from "./kit.ts";
import { textString } from "./structure.ts";

export type Weight = "regular" | "bold";

/** A font file, as TrueType, OpenType or WOFF; read once for all documents. */
export interface Typeface {
  readonly regular: Uint8Array;
  readonly bold: Uint8Array;
  parsed?: Partial<Record<Weight, unknown>>;
}

let own: Typeface | null = null;

/** Noto Sans: Latin, Greek, Cyrillic. */
export function notoSans(): Typeface {
  own ??= { regular: Buffer.from(regular, "base64"), bold: Buffer.from(semiBold, "base64") };
  return own;
}

/** Glyphs of one font that follow each other. */
export interface Piece {
  font: KitFont;
  hex: string;
  /** Thousandths of the font size. */
  width: number;
  /** Glyphs that stand elsewhere than one behind the other (marks over letters): each at its own place, in thousandths of the font size, up positive. */
  placed: readonly { hex: string; x: number; y: number }[] | null;
  /** What it stands for, when the fonts lack it: a PDF string. */
  actual: string | null;
}

interface Glyph {
  font: KitFont;
  hex: string;
  width: number;
  missing: boolean;
}

const REPLACEMENT = 0xfffd;
const QUESTION_MARK = 0x3f;

/** Signs that show nothing: joiners, direction marks, soft hyphens, variation selectors. Nothing is drawn for them. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const BREAKS = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g;
const MARKS = /\p{M}/u;

/** As it is drawn: composed, on one line, without what shows nothing. */
export const drawable = (text: string): string => text.toWellFormed().replace(INVISIBLE, "").replace(BREAKS, " ").normalize("NFC");

export class Faces {
  readonly #fonts: Record<Weight, KitFont[]>;
  readonly #glyphs: Record<Weight, Map<number, Glyph>> = { regular: new Map(), bold: new Map() };
  /** Code points that no font has, and how often they were drawn. */
  readonly missing = new Map<number, number>();

  constructor(kit: Kit, faces: readonly Typeface[]) {
    const open = (face: Typeface, weight: Weight) => {
      const font = kit.font(face.parsed?.[weight] ?? face[weight]);
      face.parsed = { ...face.parsed, [weight]: font.parsed };
      return font;
    };
    this.#fonts = { regular: faces.map((face) => open(face, "regular")), bold: faces.map((face) => open(face, "bold")) };
  }

  #glyph(codePoint: number, weight: Weight): Glyph {
    const known = this.#glyphs[weight].get(codePoint);
    if (known !== undefined) return known;
    const fonts = this.#fonts[weight];
    const found = fonts.find((font) => font.has(codePoint));
    const stand = found === undefined ? [REPLACEMENT, QUESTION_MARK].find((sign) => fonts[0]?.has(sign)) : codePoint;
    const font = found ?? fonts[0];
    if (font === undefined || stand === undefined) throw new Error("a report needs a font that has a replacement sign or a question mark");
    const [[hex = "0000"], [position]] = font.encode(String.fromCodePoint(stand));
    const glyph = { font, hex, width: position?.xAdvance ?? 0, missing: found === undefined };
    this.#glyphs[weight].set(codePoint, glyph);
    return glyph;
  }

  /** In thousandths of the font size. `text` is drawable. */
  width(text: string, weight: Weight): number {
    if (MARKS.test(text)) return this.pieces(text, weight, false).reduce((sum, piece) => sum + piece.width, 0);
    let sum = 0;
    for (const character of text) sum += this.#glyph(character.codePointAt(0) ?? 0, weight).width;
    return sum;
  }

  /** A drawable text's glyphs, font by font. `counted`: what is missing is counted. */
  pieces(text: string, weight: Weight, counted = true): Piece[] {
    const found: Piece[] = [];
    const shaped = MARKS.test(text);
    let run = "";
    let last: Glyph | null = null;
    const flush = () => {
      if (last !== null && run !== "") found.push(this.#piece(last.font, run, weight, shaped, last.missing));
      run = "";
    };
    for (const character of text) {
      const codePoint = character.codePointAt(0) ?? 0;
      const glyph = this.#glyph(codePoint, weight);
      if (glyph.missing && counted) this.missing.set(codePoint, (this.missing.get(codePoint) ?? 0) + 1);
      if (last !== null && (glyph.font !== last.font || glyph.missing !== last.missing)) flush();
      run += character;
      last = glyph;
    }
    flush();
    return found;
  }

  #piece(font: KitFont, text: string, weight: Weight, shaped: boolean, missing: boolean): Piece {
    if (!shaped || missing) {
      let hex = "";
      let width = 0;
      for (const character of text) {
        const glyph = this.#glyph(character.codePointAt(0) ?? 0, weight);
        hex += glyph.hex;
        width += glyph.width;
      }
      return { font, hex, width, placed: null, actual: missing ? textString(text) : null };
    }
    const [glyphs, positions] = font.encode(text);
    let x = 0;
    const placed = glyphs.map((hex, i) => {
      const { xOffset, yOffset, xAdvance } = positions[i] ?? { xOffset: 0, yOffset: 0, xAdvance: 0 };
      const at = { hex, x: x + xOffset, y: yOffset };
      x += xAdvance;
      return at;
    });
    return { font, hex: "", width: x, placed, actual: null };
  }
}
