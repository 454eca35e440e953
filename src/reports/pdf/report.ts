/**
 * A report as PDF, written as it is drawn: its pages leave one by one, and of the list no more than a page of entries is held. The number of pages, which is
 * known last, is a form that every page shows and that is written at the end.
 */
import type { ReportData, ReportRow } from "../data.ts";
import { format, type Language, localeOf } from "../format.ts";
import { wordsIn } from "../words.ts";
import { Faces, notoSans, type Typeface } from "./faces.ts";
import { kit } from "./kit.ts";
import { drawList } from "./list.ts";
import { Pages } from "./pages.ts";
import { type Drawing, drawAbout, drawSummary } from "./summary.ts";

export interface PdfOptions {
  language: Language;
  /** BCP 47: how numbers and days are written, as far as it is of the report's language. */
  locale: string;
  /** How the reader is called; may be empty. */
  name: string;
  /** Milliseconds: printed, and the only time in the file. */
  madeAt: number;
  /** Asked in turn for characters that the report's own font lacks. */
  fallbacks?: readonly Typeface[];
  /** Turn it off to look into the file. */
  compress?: boolean;
}

export interface PdfResult {
  pages: number;
  /** Entries in the list. */
  rows: number;
  bytes: number;
  /** Characters that no font had: each stands in the file as a replacement sign, and is named on its last page. */
  missing: { codePoint: number; count: number }[];
}

/** A4, or letter where paper is measured in inches. Points. */
export function paperOf(locale: string): readonly [number, number] {
  const region = new Intl.Locale(locale).maximize().region ?? "";
  // A language without a country says nothing of paper.
  const told = new Intl.Locale(locale).region !== undefined;
  return told && ["US", "CA", "MX", "CL", "CO", "VE", "PH", "GT", "CR", "PA", "DO"].includes(region) ? [612, 792] : [595.28, 841.89];
}

/**
 * The file's bytes, a part at a time; the generator's value tells what became of it. `pages` are read as they are needed, so a slow reader of the file slows
 * the database down and fills no memory. Throws what `pages` throws, and RangeError when they hold another number of entries than `data` says.
 */
export async function* reportPdf(
  data: ReportData,
  pages: AsyncIterable<readonly ReportRow[]>,
  options: PdfOptions,
): AsyncGenerator<Uint8Array, PdfResult, undefined> {
  const { language, name, madeAt, fallbacks = [], compress = true } = options;
  const words = wordsIn(language);
  const locale = localeOf(language, options.locale);
  const say = format(locale, data.currency);
  const period = say.period(data.period);
  const title = `${words.title[data.kind]}, ${period}`;
  const doc = kit({ title, language: locale, madeAt, size: paperOf(locale), compress });
  const faces = new Faces(doc, [notoSans(), ...fallbacks]);
  const moment = say.moment(madeAt, data.calendar.timeZone);
  const head = name === "" ? title : `${title}, ${name}`;
  const flow = new Pages(doc, faces, { head, foot: words.madeAt(moment), page: (page) => words.page(say.number(page)) });
  const drawing: Drawing = { data, words, say, pages: flow, name, moment };

  let bytes = 0;
  const taken = function* () {
    for (let part = doc.take(); part !== null; part = doc.take()) {
      bytes += part.length;
      yield part;
    }
  };
  drawSummary(drawing);
  yield* taken();
  let rows = 0;
  for await (const page of drawList(drawing, pages)) {
    rows += page;
    yield* taken();
  }
  if (rows !== data.rows) throw new RangeError(`the list has ${rows} entries, and the report counts ${data.rows}`);
  drawAbout(drawing);
  flow.end();
  doc.end();
  yield* taken();
  const missing = [...faces.missing].map(([codePoint, count]) => ({ codePoint, count })).sort((a, b) => a.codePoint - b.codePoint);
  return { pages: flow.count, rows, bytes, missing };
}
