/**
 * A report as a workbook for spreadsheets: what the PDF says as tables, and every entry. Written as it is read: a page of entries at a time, deflated into
 * the archive as it comes (fflate). Numbers are numbers, days are days, texts are never formulas.
 *
 * By hand on a packer, because no workbook library is small, kept, and streams with its reader's pace at once.
 */
import { Zip, ZipDeflate } from "fflate";
import type { TableResult } from "../csv.ts";
import { shareOf } from "../finance/insights/spend.ts";
import { type ReportData, type ReportRow, spendingOfRow } from "./data.ts";
import { format, type Language, localeOf } from "./format.ts";
import { sentencesOf } from "./sentences.ts";
import { rowXml, sheetEnd, sheetNames, sheetStart, stylesXml, type Value, xmlText } from "./sheet.ts";
import { type ReportWords, wordsIn } from "./words.ts";

export interface XlsxOptions {
  language: Language;
  /** BCP 47. */
  locale: string;
  /** Milliseconds: printed, and the only time in the file. */
  madeAt: number;
}

interface Sheet {
  name: string;
  widths: readonly number[];
  rows: readonly (readonly Value[])[];
}

const head = (...titles: string[]): Value[] => titles.map((title) => ({ head: title }));

function summarySheet(data: ReportData, words: ReportWords, { language, locale, madeAt }: XlsxOptions): Sheet {
  const say = format(localeOf(language, locale), data.currency);
  const money = (minor: bigint): Value => ({ minor, currency: data.currency });
  const { compared } = data;
  return {
    name: words.inShort,
    widths: [34, 18, 10, 60],
    rows: [
      head(words.title[data.kind]),
      [words.period, { day: data.period.from }, { day: data.period.to }],
      [words.madeAt(say.moment(madeAt, data.calendar.timeZone))],
      [words.spent, money(data.total), data.currency],
      [words.before, money(compared.previousTotal), data.currency],
      [words.change, money(compared.total - compared.previousTotal), { fraction: shareOf(compared.total - compared.previousTotal, compared.previousTotal) }],
      [words.entries, data.count],
      ...data.kinds.map(({ kind, count, minor }): Value[] => [words.kind[kind], money(minor), count]),
      ...data.unconverted.map(({ currency, minor, count }): Value[] => [`${words.notConverted}: ${currency}`, { minor, currency }, count]),
      [],
      ...sentencesOf(data, words, say).map((sentence): Value[] => [sentence]),
      [words.method(data.currency)],
    ],
  };
}

function sheetsOf(data: ReportData, words: ReportWords, options: XlsxOptions): Sheet[] {
  const money = (minor: bigint): Value => ({ minor, currency: data.currency });
  const day = (it: string): Value => ({ day: it });
  return [
    summarySheet(data, words, options),
    {
      name: words.category,
      widths: [36, 16, 10, 16, 16],
      rows: [
        head(words.category, words.amountIn(data.currency), words.share, words.before, words.change),
        ...data.categories.map(({ name, depth, minor, previous }): Value[] => [
          `${"    ".repeat(depth)}${name ?? words.noCategory}`,
          money(minor),
          { fraction: shareOf(minor, data.total) },
          money(previous),
          money(minor - previous),
        ]),
      ],
    },
    {
      name: data.bars.unit === "day" ? words.byDay : words.byMonth,
      widths: [12, 12, 16],
      rows: [
        head(words.date, "", words.amountIn(data.currency)),
        ...data.bars.all.map(({ from, to, minor }): Value[] => [day(from), data.bars.unit === "day" ? null : day(to), money(minor)]),
      ],
    },
    {
      name: words.trend,
      widths: [12, 12, 16],
      rows: [head(words.date, "", words.amountIn(data.currency)), ...data.months.map(({ from, to, minor }): Value[] => [day(from), day(to), money(minor)])],
    },
    {
      name: words.budgets,
      widths: [30, 12, 12, 16, 16, 16, 10, 10],
      rows: [
        head(words.budget, words.period, "", words.available, words.spent, words.left, words.used, words.currency),
        ...data.budgets.map((line): Value[] => {
          const { name, from, to, currency, effective, spent, remaining, percent } = line;
          return [
            name,
            day(from),
            day(to),
            { minor: effective, currency },
            { minor: spent, currency },
            { minor: remaining, currency },
            { fraction: percent / 100 },
            currency,
          ];
        }),
      ],
    },
  ];
}

const entryWidths = [12, 12, 12, 28, 40, 20, 20, 16, 14, 10, 14, 38];

const entryHead = (words: ReportWords, currency: string) =>
  head(
    words.date,
    words.kindColumn,
    words.statusColumn,
    words.merchant,
    words.description,
    words.category,
    words.account,
    words.tags,
    words.amount,
    words.currency,
    words.amountIn(currency),
    words.id,
  );

function entryRow(row: ReportRow, words: ReportWords, currency: string): Value[] {
  const counted = spendingOfRow(row);
  return [
    { day: row.day },
    words.kind[row.kind],
    words.status[row.status],
    row.merchant,
    row.description,
    row.category,
    row.account,
    row.tags.join(" "),
    { minor: row.kind === "refund" ? -row.minor : row.minor, currency: row.currency },
    row.currency,
    counted === null ? null : { minor: counted, currency },
    row.id,
  ];
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** The parts that say which sheets there are. */
function packaging(names: readonly string[], title: string, madeAt: number): [string, string][] {
  const main = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  return [
    [
      "[Content_Types].xml",
      `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${main}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${main}.styles+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>${names.map((_, i) => `<Override PartName="/xl/worksheets/sheet${i + 1}.xml" ContentType="${main}.worksheet+xml"/>`).join("")}</Types>`,
    ],
    [
      "_rels/.rels",
      `${XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`,
    ],
    [
      "docProps/core.xml",
      `${XML}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>${xmlText(title)}</dc:title><dc:creator>Dormouse</dc:creator><dcterms:created xsi:type="dcterms:W3CDTF">${new Date(madeAt).toISOString().slice(0, 19)}Z</dcterms:created></cp:coreProperties>`,
    ],
    [
      "xl/workbook.xml",
      `${XML}<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${RELATIONS}"><sheets>${names.map((name, i) => `<sheet name="${xmlText(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`).join("")}</sheets></workbook>`,
    ],
    [
      "xl/_rels/workbook.xml.rels",
      `${XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${names.map((_, i) => `<Relationship Id="rId${i + 1}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`).join("")}<Relationship Id="rId${names.length + 1}" Type="${RELATIONS}/styles" Target="styles.xml"/></Relationships>`,
    ],
    ["xl/styles.xml", stylesXml],
  ];
}

/** The file's bytes, a part at a time; throws what `pages` throws. */
export async function* reportXlsx(
  data: ReportData,
  pages: AsyncIterable<readonly ReportRow[]>,
  options: XlsxOptions,
): AsyncGenerator<Uint8Array, TableResult, undefined> {
  const words = wordsIn(options.language);
  const encoder = new TextEncoder();
  const ready: Uint8Array[] = [];
  let bytes = 0;
  const zip = new Zip((error, part) => {
    if (error) throw error;
    bytes += part.length;
    if (part.length > 0) ready.push(part);
  });
  /** A file of the archive. The earliest time that an archive can say, by the clock on the wall as archives do: no zone is in it. */
  const file = (path: string) => {
    const made = new ZipDeflate(path, { level: 6 });
    made.mtime = new Date(1980, 0, 1);
    zip.add(made);
    return (text: string, last = false) => made.push(encoder.encode(text), last);
  };
  const sheets = sheetsOf(data, words, options);
  const say = format(localeOf(options.language, options.locale), data.currency);
  const names = sheetNames([...sheets.map(({ name }) => name), words.list]);
  for (const [path, text] of packaging(names, `${words.title[data.kind]}, ${say.period(data.period)}`, options.madeAt)) file(path)(text, true);
  for (const [i, { widths, rows }] of sheets.entries())
    file(`xl/worksheets/sheet${i + 1}.xml`)(`${sheetStart(widths)}${rows.map((row, n) => rowXml(row, n + 1)).join("")}${sheetEnd(null)}`, true);
  yield* ready.splice(0);

  const list = file(`xl/worksheets/sheet${names.length}.xml`);
  list(`${sheetStart(entryWidths)}${rowXml(entryHead(words, data.currency), 1)}`);
  let rows = 0;
  for await (const page of pages) {
    list(page.map((row, i) => rowXml(entryRow(row, words, data.currency), rows + i + 2)).join(""));
    rows += page.length;
    yield* ready.splice(0);
  }
  if (rows !== data.rows) throw new RangeError(`the list has ${rows} entries, and the report counts ${data.rows}`);
  list(sheetEnd({ columns: entryWidths.length, rows: rows + 1 }), true);
  zip.end();
  yield* ready.splice(0);
  return { rows, bytes };
}
