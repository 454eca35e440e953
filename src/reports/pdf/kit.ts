/**
 * What is used of pdfkit, some of it from inside: its documents, pages, font subsets, metadata and compression. Content and structure elements are written
 * here, because pdfkit's own keep every structure element until the end: 10,000 rows of tagged cells would take half a gigabyte. So the version of pdfkit is
 * pinned, and nothing else in this project knows it.
 */
import PDFDocument from "pdfkit";

/** A glyph's place, in thousandths of the font size. */
export interface Position {
  xAdvance: number;
  xOffset: number;
  yOffset: number;
}

/** A font in the document, of which only the glyphs that were used are embedded. */
export interface KitFont {
  /** Its name in content: `F1`. */
  readonly id: string;
  readonly capHeight: number;
  has(codePoint: number): boolean;
  /** Glyphs of a text in the font's own encoding, four hexadecimal digits each, shaped. */
  encode(text: string): readonly [readonly string[], readonly Position[]];
  /** What fontkit read, to be given to the next document: reading the file again is spared. */
  readonly parsed: unknown;
}

interface InnerFont {
  id: string;
  capHeight: number;
  font: { hasGlyphForCodePoint(codePoint: number): boolean };
  encode(text: string): [string[], Position[]];
  ref(): unknown;
}

interface InnerRef {
  id: number;
  data: Record<string, unknown>;
  end(content?: string): void;
}

interface InnerPage {
  width: number;
  height: number;
  fonts: Record<string, unknown>;
  xobjects: Record<string, unknown>;
  structParentTreeKey: number;
  dictionary: InnerRef;
}

interface Inner {
  page: InnerPage;
  subset: unknown;
  _font: InnerFont;
  _offset: number;
  _offsets: (number | null)[];
  _write(text: string): void;
  ref(data: Record<string, unknown>): InnerRef;
  font(source: unknown): void;
  addPage(): void;
  addContent(content: string): void;
  getStructTreeRoot(): InnerRef;
  getStructParentTree(): { add(key: number, value: unknown): void };
  outline: { addItem(title: string): void };
  read(): Uint8Array | null;
  end(): void;
}

/** Text that stands in a PDF object as it is. pdfkit writes what it does not know by `String(…)`. */
class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  get [Symbol.toStringTag](): string {
    return "Raw";
  }
  toString(): string {
    return this.text;
  }
}

export interface KitOptions {
  title: string;
  /** BCP 47. */
  language: string;
  /** Milliseconds: the only time that is in the file. */
  madeAt: number;
  /** Points, width and height. */
  size: readonly [number, number];
  /** False writes streams as they are, for tests that look into them. */
  compress: boolean;
}

/** A form whose content is written last, and that earlier pages show already. */
export interface Form {
  end(content: string, fonts: readonly KitFont[]): void;
}

export interface Kit {
  readonly width: number;
  readonly height: number;
  /** The id of the running page's object. */
  readonly pageId: number;
  /** The object to which top-level structure belongs. */
  readonly rootId: number;
  font(source: unknown): KitFont;
  addPage(): void;
  /** Adds content to the running page, with what it uses. */
  content(operators: string, fonts: Iterable<KitFont>, forms: readonly string[]): void;
  form(name: string, box: readonly [number, number, number, number]): Form;
  /** An id for an object that is written later. */
  reserve(): number;
  write(id: number, object: string): void;
  /** The running page's marked content belongs to these elements, by number. */
  parents(elements: readonly number[]): void;
  /** Names the structure's one top element. */
  top(id: number): void;
  bookmark(title: string): void;
  /** What has been written and not been taken. */
  take(): Uint8Array | null;
  end(): void;
}

/** Begins a tagged document (PDF/UA-1, PDF 1.7). The same calls give the same bytes. */
export function kit({ title, language, madeAt, size, compress }: KitOptions): Kit {
  // The types of pdfkit know its older subsets only.
  const subset = "PDF/UA" as unknown as "PDF/A-2a";
  const made = new PDFDocument({
    size: [...size],
    margin: 0,
    autoFirstPage: false,
    pdfVersion: "1.7",
    subset,
    tagged: true,
    lang: language,
    displayTitle: true,
    compress,
    fontLayoutCache: false,
    // None: the built-in fonts know no Greek, and their files are not in a bundle.
    font: null as unknown as string,
    info: { Title: title, Producer: "Dormouse", Creator: "Dormouse", CreationDate: new Date(madeAt) },
  });
  const doc = made as unknown as Inner;
  // The part of PDF/UA, as text: for the number 1 pdfkit adds the list of a font's glyphs (CIDSet), which is wrong where a letter is put together from others.
  doc.subset = "1";
  const forms = new Map<string, InnerRef>();
  const inner = new Map<KitFont, InnerFont>();
  const innerOf = (font: KitFont): InnerFont => {
    const found = inner.get(font);
    if (found === undefined) throw new Error("a font of another document");
    return found;
  };
  return {
    width: size[0],
    height: size[1],
    get pageId() {
      return doc.page.dictionary.id;
    },
    get rootId() {
      return doc.getStructTreeRoot().id;
    },
    font(source) {
      doc.font(source);
      const own = doc._font;
      const font: KitFont = {
        id: own.id,
        capHeight: own.capHeight,
        has: (codePoint) => own.font.hasGlyphForCodePoint(codePoint),
        encode: (text) => own.encode(text),
        parsed: own.font,
      };
      inner.set(font, own);
      return font;
    },
    addPage: () => doc.addPage(),
    content(operators, fonts, used) {
      for (const font of fonts) doc.page.fonts[font.id] = innerOf(font).ref();
      for (const name of used) doc.page.xobjects[name] = forms.get(name);
      doc.addContent(operators);
    },
    form(name, box) {
      const ref = doc.ref({ Type: "XObject", Subtype: "Form", BBox: [...box] });
      forms.set(name, ref);
      return {
        end(content, fonts) {
          ref.data.Resources = { Font: Object.fromEntries(fonts.map((font) => [font.id, innerOf(font).ref()])) };
          ref.end(content);
        },
      };
    },
    reserve: () => doc._offsets.push(null),
    write(id, object) {
      doc._offsets[id - 1] = doc._offset;
      doc._write(`${id} 0 obj\n${object}\nendobj`);
    },
    parents(elements) {
      const id = doc._offsets.push(doc._offset);
      doc._write(`${id} 0 obj\n[${elements.map((element) => `${element} 0 R`).join(" ")}]\nendobj`);
      doc.getStructParentTree().add(doc.page.structParentTreeKey, new Raw(`${id} 0 R`));
    },
    top(id) {
      doc.getStructTreeRoot().data.K = new Raw(`${id} 0 R`);
    },
    bookmark: (text) => doc.outline.addItem(text),
    take: () => doc.read(),
    end: () => doc.end(),
  };
}
