/** The tables before the list. */
import { shareOf } from "../../finance/insights/spend.ts";
import type { BudgetLine, CategoryLine } from "../data.ts";
import { colours } from "./canvas.ts";
import { gauge } from "./charts.ts";
import type { Element } from "./structure.ts";
import type { Drawing } from "./summary.ts";
import { type Cell, type Column, cell, type Part, Table } from "./table.ts";

/** Columns of these widths, the first as wide as is left; all but the first `left` are at the right. */
function columnsOf(width: number, titles: readonly string[], widths: readonly number[], left = 1): Column[] {
  const rest = width - widths.reduce((sum, one) => sum + one, 0);
  return titles.map((title, i) => ({ title, width: i === 0 ? rest : (widths[i - 1] ?? 0), align: i < left ? "left" : "right" }));
}

const signed = (minor: bigint): Omit<Part, "text"> => (minor < 0n ? { colour: colours.vermilion } : {});

export function drawCategories({ data, words, say, pages }: Drawing, section: Element): void {
  const titles = [words.category, words.amount, words.share, words.before, words.change];
  const table = new Table(pages, section, columnsOf(pages.width, titles, [92, 56, 92, 92]));
  const figures = (minor: bigint, previous: bigint): Cell[] => {
    const share = shareOf(minor, data.total);
    return [
      cell(say.money(minor), signed(minor)),
      cell(share === null ? "–" : say.percent(share)),
      cell(say.money(previous), signed(previous)),
      cell(say.change(minor - previous)),
    ];
  };
  const row = ({ name, depth, minor, previous, own }: CategoryLine) => {
    const text = name ?? words.noCategory;
    table.row([{ parts: [{ text, bold: depth === 0 && own !== null, quiet: name === null }], indent: Math.min(depth, 6) * 11 }, ...figures(minor, previous)]);
    if (own === null || own === 0n) return;
    const share = shareOf(own, data.total);
    const direct: Cell = { parts: [{ text: words.directly(text), quiet: true }], indent: Math.min(depth + 1, 6) * 11 };
    table.row([direct, cell(say.money(own), { quiet: true }), cell(share === null ? "–" : say.percent(share), { quiet: true }), cell(""), cell("")]);
  };
  for (const line of data.categories) row(line);
  const { previousTotal } = data.compared;
  table.row([cell(words.total), ...figures(data.total, previousTotal)], { bold: true, total: true });
  table.end();
}

export function drawBudgets({ data, words, say, pages }: Drawing, section: Element): void {
  const titles = [words.budget, words.period, words.available, words.spent, words.left, words.used];
  const columns = columnsOf(pages.width, titles, [104, 78, 78, 78, 78], 2).map((column, i): Column => (i === 5 ? { ...column, align: "left" } : column));
  const table = new Table(pages, section, columns);
  const money = (minor: bigint, { currency }: BudgetLine) => (currency === data.currency ? say.money(minor) : say.coded(minor, currency));
  for (const line of data.budgets) {
    const { name, from, to, effective, carried, spent, remaining, percent, running, unconverted } = line;
    const over = spent > effective;
    const notes: Part[] = [
      ...(carried === 0n ? [] : [{ text: words.carried(money(carried, line)), quiet: true }]),
      ...(unconverted.length === 0 ? [] : [{ text: words.budgetUnconverted(say.list(unconverted)), quiet: true }]),
    ];
    const used = `${say.percent(percent / 100)}${over ? ` ${words.over}` : ""}`;
    table.row([
      { parts: [{ text: name }, ...notes] },
      { parts: [{ text: `${say.day(from)} – ${say.day(to)}` }, ...(running ? [{ text: words.running, quiet: true }] : [])] },
      cell(money(effective, line), signed(effective)),
      cell(money(spent, line), signed(spent)),
      cell(money(remaining, line), signed(remaining)),
      {
        parts: [{ text: used }, { text: " " }],
        draw: (x, y, width) => {
          pages.canvas.text(x, y + 11, used, { size: 8, weight: over ? "bold" : "regular", colour: over ? colours.vermilion : colours.text });
          gauge(pages.canvas, x, y + 14.5, width, percent / 100);
        },
      },
    ]);
  }
  table.end();
}

export function drawTop({ data, words, say, pages }: Drawing, section: Element): void {
  const several = data.top.some(({ own }) => own.currency !== data.currency);
  const titles = [words.what, words.date, words.category, ...(several ? [words.amount] : []), words.amountIn(data.currency)];
  const table = new Table(pages, section, columnsOf(pages.width, titles, [62, 120, ...(several ? [84] : []), 84], 3));
  for (const { day, merchant, description, category, minor, own } of data.top) {
    const parts: Part[] = [
      { text: merchant || description || words.unnamed },
      ...(merchant !== "" && description !== "" ? [{ text: description, quiet: true }] : []),
    ];
    table.row([
      { parts },
      cell(say.day(day)),
      cell(category ?? words.noCategory, { quiet: category === null }),
      ...(several ? [cell(own.currency === data.currency ? "" : say.coded(own.minor, own.currency))] : []),
      cell(say.money(minor)),
    ]);
  }
  table.end();
}

export function drawNotSpending({ data, words, say, pages }: Drawing, section: Element): void {
  const table = new Table(pages, section, columnsOf(pages.width, [words.kindColumn, words.count, words.amountIn(data.currency)], [90, 120]));
  for (const { kind, count, minor } of data.kinds)
    if (kind === "income" || kind === "transfer") table.row([cell(words.kind[kind]), cell(say.number(count)), cell(say.money(minor))]);
  table.end();
}

export function drawNotConverted({ data, words, say, pages }: Drawing, section: Element): void {
  const table = new Table(pages, section, columnsOf(pages.width, [words.currency, words.count, words.amount], [90, 120]));
  for (const { currency, count, minor } of data.unconverted)
    table.row([cell(currency), cell(say.number(count)), cell(say.coded(minor, currency), signed(minor))]);
  table.end();
}
