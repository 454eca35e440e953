/** Pages that follow each other: where the next line goes, what stands at every page's head and foot, headings and paragraphs. */
import { Canvas, colours, type TextStyle } from "./canvas.ts";
import type { Faces } from "./faces.ts";
import type { Form, Kit } from "./kit.ts";
import { attributes, type Element, Structure } from "./structure.ts";

/** Points. */
export const MARGIN = 46;
const TOP = 62;
const BOTTOM = 54;
const LEADING = 1.4;

const footStyle: TextStyle = { size: 7.5, colour: colours.quiet };

export interface PageTexts {
  /** At the head of every page but the first. */
  head: string;
  /** At the foot, at the right. */
  foot: string;
  /** At the foot, at the left; the number of pages follows. */
  page(page: number): string;
}

export class Pages {
  readonly canvas: Canvas;
  readonly structure: Structure;
  readonly left = MARGIN;
  readonly width: number;
  readonly bottom: number;
  /** Where the next thing begins. */
  y = 0;
  count = 0;
  readonly #kit: Kit;
  readonly #texts: PageTexts;
  readonly #total: Form;

  constructor(kit: Kit, faces: Faces, texts: PageTexts) {
    this.#kit = kit;
    this.#texts = texts;
    this.canvas = new Canvas(faces);
    this.structure = new Structure(kit);
    this.width = kit.width - 2 * MARGIN;
    this.bottom = kit.height - BOTTOM;
    this.#total = kit.form("Total", [0, -3, 60, 12]);
    this.next();
  }

  get root(): Element {
    return this.structure.root;
  }

  get height(): number {
    return this.#kit.height;
  }

  /** What is left of the page. */
  get room(): number {
    return this.bottom - this.y;
  }

  /** What a whole page holds, its head aside. */
  get wholeRoom(): number {
    return this.bottom - TOP;
  }

  /** Begins a page. */
  next(): void {
    if (this.count > 0) this.#flush();
    this.count++;
    this.#kit.addPage();
    const { canvas, left, width } = this;
    const foot = this.#kit.height - 30;
    canvas.artifact(() => {
      if (this.count > 1) {
        canvas.text(left, 38, this.#texts.head, footStyle);
        canvas.line(left, 45, left + width, 45, colours.line, 0.5);
      }
      const end = canvas.text(left, foot, this.#texts.page(this.count), footStyle);
      canvas.form("Total", end, foot);
      canvas.text(left + width, foot, this.#texts.foot, footStyle, "right");
    });
    this.y = this.count === 1 ? MARGIN : TOP;
  }

  /** Begins a page when less than this is left. */
  need(height: number): void {
    if (this.room < height) this.next();
  }

  /** Content of an element, on the running page. */
  tagged(element: Element, draw: () => void): void {
    this.canvas.raw(this.structure.mark(element));
    draw();
    this.canvas.raw("EMC");
  }

  /** `room`: what has to fit under the heading on its page. */
  heading(section: Element, level: 1 | 2 | 3, text: string, room: number): void {
    const size = level === 1 ? 20 : level === 2 ? 13 : 10;
    const style: TextStyle = { size, weight: "bold", colour: colours.deep };
    const above = level === 1 ? 0 : this.y <= TOP ? 0 : level === 2 ? 22 : 12;
    this.need(above + size * LEADING + room);
    if (this.y > TOP || level === 1) this.y += above;
    const element = this.structure.open(section, `H${level}`);
    for (const line of this.canvas.wrap(text, style, this.width)) {
      this.y += size;
      this.tagged(element, () => void this.canvas.text(this.left, this.y, line, style));
      this.y += size * 0.35;
    }
    this.structure.close(element);
    if (level === 2) this.#kit.bookmark(text);
    this.y += level === 2 ? 5 : 3;
  }

  /** Lines of text under each other; goes on on the next page. */
  lines(element: Element, text: string, style: TextStyle, { indent = 0, width = this.width - indent }: { indent?: number; width?: number } = {}): void {
    for (const line of this.canvas.wrap(text, style, width)) {
      this.need(style.size * LEADING);
      this.y += style.size;
      this.tagged(element, () => void this.canvas.text(this.left + indent, this.y, line, style));
      this.y += style.size * (LEADING - 1);
    }
  }

  paragraph(parent: Element, text: string, style: TextStyle): void {
    const element = this.structure.open(parent, "P");
    this.lines(element, text, style);
    this.structure.close(element);
    this.y += 3;
  }

  /** Sentences with a point before each. */
  list(parent: Element, items: readonly string[], style: TextStyle): void {
    const list = this.structure.open(parent, "L", "/A<</O/List/ListNumbering/Disc>>");
    for (const item of items) {
      const entry = this.structure.open(list, "LI");
      this.need(style.size * LEADING);
      const label = this.structure.open(entry, "Lbl");
      this.tagged(label, () => void this.canvas.text(this.left + 2, this.y + style.size, "•", { ...style, colour: colours.blue }));
      this.structure.close(label);
      const body = this.structure.open(entry, "LBody");
      this.lines(body, item, style, { indent: 13 });
      this.structure.close(body);
      this.structure.close(entry);
      this.y += 2.5;
    }
    this.structure.close(list);
  }

  /** A drawing of this height, with the text that stands for it. */
  figure(parent: Element, height: number, alternative: string, draw: (top: number) => void): void {
    this.need(height);
    const top = this.y;
    const below = this.#kit.height - top;
    const element = this.structure.open(parent, "Figure", attributes.figure(alternative, [this.left, below - height, this.left + this.width, below]));
    this.tagged(element, () => draw(top));
    this.structure.close(element);
    this.y = top + height;
  }

  /** Ends the last page, and the document but for its own end. */
  end(): void {
    this.#flush();
    this.structure.close(this.root);
    const { canvas } = this;
    canvas.pieces(0, 0, canvas.faces.pieces(String(this.count), "regular"), footStyle);
    const { operators, fonts } = canvas.take();
    // The form is shown the right way up; letters are turned back for a page that is not.
    this.#total.end(`1 0 0 -1 0 0 cm ${operators}`, [...fonts]);
  }

  #flush(): void {
    const { operators, fonts, forms } = this.canvas.take();
    this.#kit.content(operators, fonts, forms);
    this.structure.pageEnds();
  }
}
