/**
 * The structure of a tagged PDF: which content is a heading, a table's cell, a figure. An element is written to the document as soon as it is closed, and
 * only its number is kept.
 */
import type { Kit } from "./kit.ts";

export interface Element {
  readonly id: number;
  readonly type: string;
  readonly parent: number;
  readonly attributes: string;
  kids: string[];
  /** The page of its first content. */
  page: number | null;
}

/** A text string of PDF, in UTF-16. */
export function textString(text: string): string {
  let hex = "FEFF";
  for (let i = 0; i < text.length; i++) hex += text.charCodeAt(i).toString(16).padStart(4, "0").toUpperCase();
  return `<${hex}>`;
}

/** Attributes of elements as they stand in their dictionary. */
export const attributes = {
  columnHead: "/A<</O/Table/Scope/Column>>",
  rowHead: "/A<</O/Table/Scope/Row>>",
  span: (columns: number) => `/A<</O/Table/ColSpan ${columns}>>`,
  /** Left, bottom, right, top, in points from the page's lower left corner. */
  figure: (alternative: string, box: readonly [number, number, number, number]) =>
    `/Alt${textString(alternative)}/A<</O/Layout/Placement/Block/BBox[${box.map((at) => at.toFixed(2)).join(" ")}]>>`,
} as const;

export class Structure {
  readonly #kit: Kit;
  readonly root: Element;
  /** By number of the marked content on the running page, the element that it belongs to. */
  #marks: number[] = [];

  constructor(kit: Kit) {
    this.#kit = kit;
    this.root = { id: kit.reserve(), type: "Document", parent: kit.rootId, attributes: "", kids: [], page: null };
    kit.top(this.root.id);
  }

  open(parent: Element, type: string, attributesOf = ""): Element {
    const id = this.#kit.reserve();
    parent.kids.push(`${id} 0 R`);
    return { id, type, parent: parent.id, attributes: attributesOf, kids: [], page: null };
  }

  close({ id, type, parent, attributes: own, page, kids }: Element): void {
    const at = page === null ? "" : `/Pg ${page} 0 R`;
    this.#kit.write(id, `<</S/${type}/P ${parent} 0 R${own}${at}/K[${kids.join(" ")}]>>`);
  }

  /** The operator that begins content of this element on the running page; `EMC` ends it. */
  mark(element: Element): string {
    const page = this.#kit.pageId;
    const mark = this.#marks.push(element.id) - 1;
    element.page ??= page;
    element.kids.push(element.page === page ? String(mark) : `<</Type/MCR/Pg ${page} 0 R/MCID ${mark}>>`);
    return `/${element.type}<</MCID ${mark}>>BDC`;
  }

  /** Before another page begins, and before the end. */
  pageEnds(): void {
    this.#kit.parents(this.#marks);
    this.#marks = [];
  }
}
