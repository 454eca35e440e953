/** Draws reports, and reads the file again with Mozilla's PDF.js: text, structure, pages. */
import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";
import type { ReportData, ReportRow } from "../../src/reports/data.ts";
import { type PdfOptions, type PdfResult, reportPdf } from "../../src/reports/pdf/report.ts";
import { paged } from "./made.ts";

export const MADE_AT = Date.UTC(2026, 10, 21, 9, 30);

/** All parts that a report comes in, and what it says in the end. */
export async function all<Result>(parts: AsyncGenerator<Uint8Array, Result, undefined>): Promise<{ bytes: Buffer; result: Result }> {
  const found: Uint8Array[] = [];
  for (;;) {
    const next = await parts.next();
    if (next.done) return { bytes: Buffer.concat(found), result: next.value };
    found.push(next.value);
  }
}

export const drawn = (it: { data: ReportData; rows: readonly ReportRow[] }, options: Partial<PdfOptions> = {}): Promise<{ bytes: Buffer; result: PdfResult }> =>
  all(reportPdf(it.data, paged(it.rows), { language: "en", locale: "en-GB", name: "Ann Example", madeAt: MADE_AT, ...options }));

/** A node of the structure as PDF.js gives it. */
export interface StructureNode {
  role: string;
  alt?: string;
  children: StructureNode[];
}

export interface ReadPage {
  /** Texts as they were shown, one for each operator. */
  items: string[];
  /** All of them, with nothing between. */
  text: string;
  structure: StructureNode | null;
  width: number;
  height: number;
}

export interface ReadPdf {
  pages: ReadPage[];
  info: Record<string, unknown>;
  language: string | null;
  marked: boolean;
  outline: string[];
}

export async function read(bytes: Uint8Array): Promise<ReadPdf> {
  const task = getDocument({ data: new Uint8Array(bytes), verbosity: 0 });
  const pdf = await task.promise;
  try {
    const pages: ReadPage[] = [];
    for (let n = 1; n <= pdf.numPages; n++) {
      const page = await pdf.getPage(n);
      const content = await page.getTextContent({ disableNormalization: true });
      // Spaces that PDF.js finds between pieces have no height and were never drawn.
      const items = content.items.flatMap((item) => ("str" in item && item.height !== 0 ? [item.str] : []));
      const [, , width = 0, height = 0] = page.view;
      pages.push({ items, text: items.join(""), structure: (await page.getStructTree()) as StructureNode | null, width, height });
      page.cleanup();
    }
    const { info } = (await pdf.getMetadata()) as { info: Record<string, unknown> };
    // Its types say a record; it is a map.
    const mark = (await pdf.getMarkInfo()) as unknown as ReadonlyMap<string, boolean> | null;
    const outline = (await pdf.getOutline()) ?? [];
    return {
      pages,
      info,
      language: typeof info.Language === "string" ? info.Language : null,
      marked: mark?.get("Marked") === true,
      outline: outline.map(({ title }) => title),
    };
  } finally {
    await task.destroy();
  }
}

/** Every node, parents first. */
export function nodes(node: StructureNode | null): StructureNode[] {
  return node === null ? [] : [node, ...(node.children ?? []).flatMap((child) => ("role" in child ? nodes(child) : []))];
}
