/** A month: what it came to, against the one before, by category as bars with the same as a table. */
import type { Api } from "../api.ts";
import { busy, h, part, say, setText, show } from "../dom.ts";
import { money } from "../money.ts";
import { problemOf } from "../problem.ts";
import { barChart } from "./bars.ts";
import type { Book } from "./book.ts";
import { addDays, spanName } from "./days.ts";
import type { CategorySum, Summary } from "./types.ts";
import { isSummary } from "./types.ts";
import { changeSentence, nameOf, unconvertedSentence } from "./words.ts";

export interface SummaryView {
  /** Reads the month that is shown, this one unless another was chosen. Throws ApiError. */
  load(background: boolean): Promise<void>;
}

/** So many bars at most; the table has all. */
const MOST_BARS = 8;

/** Parents first, each followed by its children, as deep as they go. */
function asTree(sums: readonly CategorySum[]): { sum: CategorySum; depth: number }[] {
  const known = new Set(sums.map(({ categoryId }) => categoryId));
  const below = Map.groupBy(sums, ({ parentId }) => (parentId !== null && known.has(parentId) ? parentId : null));
  const walk = (parent: string | null, depth: number): { sum: CategorySum; depth: number }[] =>
    (below.get(parent) ?? []).flatMap((sum) => [{ sum, depth }, ...(sum.categoryId === null ? [] : walk(sum.categoryId, depth + 1))]);
  return walk(null, 0);
}

/** `shown` hears of each month that comes; budgets are in the same answer. */
export function summaryView(api: Api, book: Book, shown: (summary: Summary) => void): SummaryView {
  const error = part("month-error", HTMLElement);
  const chart = part("month-chart", HTMLElement);
  const back = part("month-back", HTMLButtonElement);
  const on = part("month-on", HTMLButtonElement);
  const now = part("month-now", HTMLButtonElement);
  /** A day in the month that is shown; null: the running one, whichever day it is. */
  let chosen: string | null = null;
  let summary: Summary | null = null;
  let asked = 0;

  const draw = (of: Summary) => {
    const { currency, byCategory } = of;
    const name = spanName(of.from, of.to);
    setText(part("month-title", HTMLElement), name);
    setText(part("month-total", HTMLElement), money(of.total, currency));
    setText(part("month-change", HTMLElement), changeSentence(of));
    const missing = unconvertedSentence(of);
    setText(part("month-missing", HTMLElement), missing ?? "");
    show(part("month-missing", HTMLElement), missing !== null);
    show(part("month-empty", HTMLElement), byCategory.length === 0);
    setText(part("month-empty", HTMLElement), `Nothing was spent in ${name}${chosen === null ? " yet" : ""}.`);
    const rows = asTree(byCategory);
    const tops = rows.filter(({ depth }) => depth === 0).map(({ sum }) => sum);
    const bars = tops.slice(0, MOST_BARS).map((sum) => ({
      name: nameOf(sum),
      amount: money(sum.rolledUp, currency),
      value: Number(sum.rolledUp),
      colour: book.colourOf(sum.categoryId),
    }));
    const open = chart.querySelector("details")?.open ?? false;
    chart.replaceChildren();
    if (bars.length === 0) return;
    const said = bars.map((bar) => `${bar.name} ${bar.amount}`).join(", ");
    const rest = tops.length - bars.length;
    chart.append(barChart(bars, `Spending in ${name} by category`, `${said}${rest > 0 ? `, and ${rest} more in the table` : ""}.`));
    chart.append(h("details", { open }, h("summary", {}, rest > 0 ? `As a table, with ${rest} more` : "As a table"), table(rows, of, name)));
  };

  const look = async (background: boolean, day: string | null) => {
    const turn = ++asked;
    const body = await api("GET", `/summary?period=month${day === null ? "" : `&on=${day}`}`, { background });
    if (!isSummary(body)) throw new Error("The API answered a summary that this page does not know. Reload the page.");
    // Of two that are on their way the one that was asked for last counts.
    if (turn !== asked) return;
    chosen = day;
    summary = body;
    show(now, day !== null);
    draw(body);
    shown(body);
  };

  const turn = (button: HTMLButtonElement, dayOf: (of: Summary) => string | null) =>
    button.addEventListener("click", () => {
      void busy(button, async () => {
        if (summary === null) return;
        say(error, null);
        await look(false, dayOf(summary)).catch((failure) => say(error, problemOf(failure).detail));
        // The button that was pressed may have gone with the month that it left.
        if (button.hasAttribute("hidden")) back.focus();
      });
    });
  turn(back, ({ from }) => addDays(from, -1));
  turn(on, ({ to }) => addDays(to, 1));
  turn(now, () => null);

  return { load: (background) => look(background, chosen) };
}

function table(rows: readonly { sum: CategorySum; depth: number }[], { currency, total, count }: Summary, name: string): HTMLTableElement {
  const share = (value: number | null) => (value === null ? "–" : `${Math.round(value * 100)} %`);
  const nested = rows.some(({ depth }) => depth > 0);
  const column = (title: string, detail = false) => h("th", { scope: "col", class: detail && "detail" }, title);
  const head = [column("Category"), column("Spent"), column("Share", true), nested ? column("With its children") : null, column("Entries", true)];
  // A category that has only its children's expenses has no figures of its own.
  const own = (sum: CategorySum, text: string) => (sum.count === 0 && Number(sum.rolledUp) !== 0 ? "–" : text);
  const body = rows.map(({ sum, depth }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", class: `depth-${Math.min(depth, 4)}` }, nameOf(sum)),
      h("td", {}, own(sum, money(sum.total, currency))),
      h("td", { class: "detail" }, own(sum, share(sum.share))),
      nested ? h("td", {}, money(sum.rolledUp, currency)) : null,
      h("td", { class: "detail" }, own(sum, String(sum.count))),
    ),
  );
  const foot = h(
    "tr",
    {},
    h("th", { scope: "row" }, "In all"),
    h("td", {}, money(total, currency)),
    h("td", { class: "detail" }),
    nested ? h("td", {}, money(total, currency)) : null,
    h("td", { class: "detail" }, String(count)),
  );
  return h(
    "table",
    { class: "months" },
    h("caption", { class: "unseen" }, `Spending in ${name} by category`),
    h("thead", {}, h("tr", {}, ...head)),
    h("tbody", {}, ...body, foot),
  );
}
