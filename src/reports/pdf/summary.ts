/** Everything of a report that comes before its list, and the notes behind it. */
import { shareOf } from "../../finance/insights/spend.ts";
import type { ReportData } from "../data.ts";
import type { Format } from "../format.ts";
import { sentencesOf } from "../sentences.ts";
import type { ReportWords } from "../words.ts";
import { colours, type TextStyle } from "./canvas.ts";
import { type BarLine, barChart, barChartHeight, type ColumnBar, columnChart } from "./charts.ts";
import type { Pages } from "./pages.ts";
import type { Element } from "./structure.ts";
import { drawBudgets, drawCategories, drawNotConverted, drawNotSpending, drawTop } from "./tables.ts";

export interface Drawing {
  data: ReportData;
  words: ReportWords;
  say: Format;
  pages: Pages;
  /** How the reader is called; may be empty. */
  name: string;
  /** When it was made, as it is written. */
  moment: string;
}

const body: TextStyle = { size: 9 };
const note: TextStyle = { size: 8, colour: colours.quiet };

/** Bars of categories that have one of their own; the rest are one together. */
const MOST_BARS = 12;

/** Title, period, and the figures that matter most. */
function drawHead({ data, words, say, pages, name, moment }: Drawing): void {
  pages.heading(pages.root, 1, words.title[data.kind], 0);
  pages.paragraph(pages.root, [say.period(data.period), ...(name === "" ? [] : [words.forWhom(name)])].join(", "), { size: 11.5 });
  pages.paragraph(pages.root, words.madeAt(moment), note);
  pages.y += 8;

  const { compared } = data;
  const change = compared.total - compared.previousTotal;
  const share = shareOf(change, compared.previousTotal);
  const of = (kind: "expense" | "refund") => data.kinds.find((one) => one.kind === kind);
  const refunds = of("refund");
  const figures = [
    { title: words.spent, value: say.money(data.total), below: words.totalNote },
    {
      title: words.change,
      value: compared.previousTotal === 0n ? "–" : say.change(change),
      below:
        compared.previousTotal === 0n
          ? words.nothingBefore
          : `${share === null ? "" : `${say.changePercent(share)} `}${words.comparedWith(say.period({ from: data.previous.from, to: compared.previousTo }))}`,
    },
    { title: words.entries, value: say.number(data.count), below: words.entriesOf(say.number(of("expense")?.count ?? 0), say.number(refunds?.count ?? 0)) },
  ];
  const gap = 10;
  const width = (pages.width - gap * (figures.length - 1)) / figures.length;
  const wrapped = figures.map(({ below }) => pages.canvas.wrap(below, note, width - 20));
  const height = 56 + Math.max(...wrapped.map(({ length }) => length)) * 11;
  const top = pages.y;
  for (const [i, { title, value }] of figures.entries()) {
    const x = pages.left + i * (width + gap);
    pages.canvas.artifact(() => {
      pages.canvas.area(x, top, width, height, colours.shade);
      pages.canvas.area(x, top, 3, height, colours.blue);
    });
    const element = pages.structure.open(pages.root, "P");
    pages.tagged(element, () => {
      pages.canvas.text(x + 12, top + 17, `${title} `, { ...note, weight: "bold" });
      let size = 19;
      while (size > 9 && pages.canvas.width(value, { size, weight: "bold" }) > width - 20) size -= 0.5;
      pages.canvas.text(x + 12, top + 40, `${value} `, { size, weight: "bold", colour: colours.deep });
      for (const [k, line] of (wrapped[i] ?? []).entries()) pages.canvas.text(x + 12, top + 55 + k * 11, line, note);
    });
    pages.structure.close(element);
  }
  pages.y = top + height + 4;
}

function drawCategoryChart({ data, words, say, pages }: Drawing, section: Element): void {
  const tops = data.categories.filter(({ depth, minor }) => depth === 0 && minor !== 0n);
  const shown = tops.length > MOST_BARS ? tops.slice(0, MOST_BARS - 1) : tops;
  const rest = tops.slice(shown.length);
  const labels = (minor: bigint) => {
    const share = shareOf(minor, data.total);
    return { label: say.money(minor), note: share === null ? "" : say.percent(share) };
  };
  const lines: (BarLine & { minor: bigint })[] = shown.map(({ name, minor }) => ({
    name: name ?? words.noCategory,
    minor,
    value: Number(minor),
    ...labels(minor),
  }));
  if (rest.length > 0) {
    const minor = rest.reduce((sum, line) => sum + line.minor, 0n);
    lines.push({ name: words.others(say.number(rest.length)), minor, value: Number(minor), ...labels(minor) });
  }
  if (lines.length === 0) return;
  const told = lines.map(({ name, minor }) => words.line(name, say.money(minor))).join("; ");
  const height = barChartHeight(lines.length);
  pages.figure(section, height, words.chartByCategory(say.period(data.period), told), (top) =>
    barChart(pages.canvas, { left: pages.left, top, width: pages.width, height }, lines, say.short),
  );
  pages.y += 8;
}

/** Which bars have a label: as many as fit. Of days the first of each month where there are several months. */
function barLabels({ data, say }: Drawing): (string | null)[] {
  const { unit, all } = data.bars;
  if (unit === "month") {
    const every = Math.ceil(all.length / 14);
    return all.map(({ from }, i) => (i % every !== 0 ? null : `${say.shortMonth(from)} ${from.slice(2, 4)}`));
  }
  if (all.length > 62)
    return all
      .map(({ from }, i) => (from.endsWith("-01") || i === 0 ? say.shortMonth(from) : null))
      .map((label, i, labels) => (i < 12 && i === 0 && labels.slice(1, 13).some((next) => next !== null) ? null : label));
  const every = all.length > 31 ? 7 : all.length > 16 ? 2 : 1;
  return all.map(({ from }, i) => (i % every === 0 ? String(Number(from.slice(8))) : null));
}

function drawBars(drawing: Drawing, section: Element): void {
  const { data, words, say, pages } = drawing;
  const { unit, all } = data.bars;
  const labels = barLabels(drawing);
  const bars = all.map(({ minor }, i): ColumnBar => ({ value: Number(minor), label: labels[i] ?? null }));
  const most = all.reduce((a, b) => (b.minor > a.minor ? b : a), all[0] ?? { from: data.period.from, to: data.period.to, minor: 0n });
  const spent = all.filter(({ minor }) => minor !== 0n).length;
  const text = words.chartByDay(
    unit,
    say.period(data.period),
    say.money(most.minor),
    unit === "day" ? say.longDay(most.from) : say.month(most.from),
    say.number(spent),
  );
  pages.figure(section, 132, text, (top) => columnChart(pages.canvas, { left: pages.left, top, width: pages.width, height: 132 }, bars, say.short));
}

function drawTrend({ data, words, say, pages }: Drawing, section: Element): void {
  const { period } = data;
  const bars = data.months.map(
    ({ from, to, minor }): ColumnBar => ({
      value: Number(minor),
      label: from.slice(5, 7) === "01" || from === data.months[0]?.from ? `${say.shortMonth(from)} ${from.slice(2, 4)}` : say.shortMonth(from),
      above: minor === 0n ? null : say.short(Number(minor)),
      hollow: to < period.from || from > period.to,
    }),
  );
  const told = data.months.map(({ from, minor }) => words.line(say.month(from), say.money(minor))).join("; ");
  pages.figure(section, 140, words.chartOfMonths(told), (top) =>
    columnChart(pages.canvas, { left: pages.left, top, width: pages.width, height: 140 }, bars, say.short),
  );
  pages.y += 4;
  pages.paragraph(section, words.trendNote, note);
}

/** A section: its heading, and what is in it. `room` has to fit under the heading. */
function inSection({ pages }: Drawing, heading: string, room: number, draw: (section: Element) => void): void {
  const section = pages.structure.open(pages.root, "Sect");
  pages.heading(section, 2, heading, room);
  draw(section);
  pages.structure.close(section);
}

export function drawSummary(drawing: Drawing): void {
  const { data, words, say, pages } = drawing;
  drawHead(drawing);
  inSection(drawing, words.inShort, 30, (section) => pages.list(section, sentencesOf(data, words, say), body));
  if (data.categories.length > 0)
    inSection(drawing, words.byCategory, Math.min(260, barChartHeight(Math.min(MOST_BARS, data.categories.length)) + 20), (section) => {
      drawCategoryChart(drawing, section);
      drawCategories(drawing, section);
    });
  if (data.count > 0) inSection(drawing, data.bars.unit === "day" ? words.byDay : words.byMonth, 132, (section) => drawBars(drawing, section));
  if (data.months.some(({ minor }) => minor !== 0n)) inSection(drawing, words.trend, 160, (section) => drawTrend(drawing, section));
  inSection(drawing, words.budgets, 60, (section) => {
    if (data.budgets.length === 0) pages.paragraph(section, words.noBudgets, body);
    else drawBudgets(drawing, section);
    if (data.budgetsLeftOut > 0) pages.paragraph(section, words.budgetsLeftOut(say.number(data.budgetsLeftOut)), note);
  });
  if (data.top.length > 1) inSection(drawing, words.largest, 60, (section) => drawTop(drawing, section));
  if (data.kinds.some(({ kind }) => kind === "income" || kind === "transfer"))
    inSection(drawing, words.notSpending, 60, (section) => drawNotSpending(drawing, section));
  if (data.unconverted.length > 0)
    inSection(drawing, words.notConverted, 80, (section) => {
      pages.paragraph(section, words.notConvertedNote(data.currency), body);
      drawNotConverted(drawing, section);
    });
}

/** How it was counted, and what the fonts lack. Drawn last: what is missing is known then. */
export function drawAbout(drawing: Drawing): void {
  const { data, words, say, pages } = drawing;
  inSection(drawing, words.about, 50, (section) => {
    pages.paragraph(section, words.method(data.currency), note);
    const missing = [...pages.canvas.faces.missing].sort(([a], [b]) => a - b);
    if (missing.length === 0) return;
    const named = missing.map(([codePoint, count]) => `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")} (${say.number(count)}×)`);
    pages.paragraph(section, words.missing(named.join(", ")), { ...note, colour: colours.text });
  });
}
