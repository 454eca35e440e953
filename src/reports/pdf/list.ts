/** The list of all entries. */
import { type ReportRow, spendingOfRow } from "../data.ts";
import { colours } from "./canvas.ts";
import type { Drawing } from "./summary.ts";
import { type Cell, type Column, cell, type Part, Table } from "./table.ts";

/** Columns for a page of this width; with several currencies the own amount has a column of its own. */
function columns({ words, data, pages }: Drawing, several: boolean): Column[] {
  const fixed = several ? [56, 92, 70, 76, 70] : [56, 104, 84, 84];
  const what = pages.width - fixed.reduce((sum, width) => sum + width, 0);
  const [date = 0, category = 0, account = 0, ...amounts] = fixed;
  return [
    { title: words.date, width: date, align: "left" },
    { title: words.what, width: what, align: "left" },
    { title: words.category, width: category, align: "left" },
    { title: words.account, width: account, align: "left" },
    ...amounts.map((width, i): Column => ({ title: i === 0 && several ? words.amount : words.amountIn(data.currency), width, align: "right" })),
  ];
}

/** What an entry was: who was paid, what for, and anything that is out of the ordinary. */
function what({ words }: Drawing, row: ReportRow): Part[] {
  const { kind, status, merchant, description, tags } = row;
  const marks = [...(kind === "expense" ? [] : [words.kind[kind]]), ...(status === "pending" ? [words.pending] : [])];
  const colour = kind === "refund" ? colours.vermilion : colours.deep;
  return [
    ...(marks.length > 0 ? [{ text: marks.join(" · "), bold: true, colour }] : []),
    { text: merchant || description || words.unnamed, quiet: merchant === "" && description === "" },
    ...(merchant !== "" && description !== "" ? [{ text: description, quiet: true }] : []),
    ...(tags.length > 0 ? [{ text: tags.map((tag) => `#${tag}`).join(" "), quiet: true }] : []),
  ];
}

/** The amount in the report's currency as it counts; what does not count is said to. */
function counted({ words, say }: Drawing, row: ReportRow): Part[] {
  const minor = spendingOfRow(row);
  if (row.converted === null) return [{ text: words.noRate, quiet: true }];
  if (minor === null)
    return [
      { text: say.money(row.converted), quiet: true },
      { text: words.notCounted, quiet: true },
    ];
  return [{ text: say.money(minor), ...(minor < 0n ? { colour: colours.vermilion } : {}) }];
}

function cells(drawing: Drawing, row: ReportRow, several: boolean): Cell[] {
  const { say, words, data } = drawing;
  const own = row.kind === "refund" ? -row.minor : row.minor;
  return [
    cell(say.day(row.day)),
    { parts: what(drawing, row) },
    cell(row.category ?? words.noCategory, { quiet: row.category === null }),
    cell(row.account ?? ""),
    ...(several ? [cell(row.currency === data.currency ? "" : say.coded(own, row.currency), own < 0n ? { colour: colours.vermilion } : {})] : []),
    { parts: counted(drawing, row) },
  ];
}

/** Draws the entries as they come; gives how many, each time some have been drawn. */
export async function* drawList(drawing: Drawing, rows: AsyncIterable<readonly ReportRow[]>): AsyncGenerator<number, void, undefined> {
  const { pages, words, say, data } = drawing;
  const section = pages.structure.open(pages.root, "Sect");
  pages.heading(section, 2, words.list, 70);
  const several = data.currencies.some((currency) => currency !== data.currency);
  let table: Table | null = null;
  let total = 0n;
  let at = pages.count;
  for await (const page of rows) {
    table ??= new Table(pages, section, columns(drawing, several), 7.5);
    let drawn = 0;
    for (const row of page) {
      table.row(cells(drawing, row, several));
      total += spendingOfRow(row) ?? 0n;
      drawn++;
      if (pages.count === at) continue;
      at = pages.count;
      yield drawn;
      drawn = 0;
    }
    yield drawn;
  }
  if (table === null) pages.paragraph(section, words.nothingInList, { size: 9 });
  else {
    const empty = cell("");
    table.row(
      [cell(""), { parts: [{ text: words.total }, { text: words.totalNote, quiet: true }] }, empty, empty, ...(several ? [empty] : []), cell(say.money(total))],
      { bold: true, total: true },
    );
    table.end();
  }
  pages.structure.close(section);
}
