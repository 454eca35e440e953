/** Expenses, newest first, page by page; all of them, or those that hold a text. */
import type { Api } from "../api.ts";
import { busy, h, part, say, setText, show } from "../dom.ts";
import { absolute, money } from "../money.ts";
import { problemOf } from "../problem.ts";
import { localDay } from "../time.ts";
import type { Book } from "./book.ts";
import { dayName } from "./days.ts";
import { type Expense, isExpense, pageOf } from "./types.ts";

export interface ExpenseList {
  /** Reads the newest again. Throws ApiError. */
  load(background: boolean): Promise<void>;
  /** Shows one as it is now, or takes it away (null). */
  put(id: string, expense: Expense | null): void;
  /** The keyboard goes to this one, or to the list when it is not there. */
  focus(id: string | null): void;
}

const PAGE = 10;
/** The most that the API gives at once. */
const MOST = 100;

export const kindNames: Record<Expense["kind"], string> = { expense: "Expense", refund: "Refund", income: "Income", transfer: "Transfer" };

/** What it was about, in a line. */
export function aboutOf(expense: Expense, book: Book): string {
  return [book.pathOf(expense.categoryId), expense.merchant, expense.description].filter(Boolean).join(" · ") || "No description";
}

/** What came in has a plus; what went out is the usual. */
export const amountOf = ({ kind, amount, currency }: Expense): string =>
  `${kind === "refund" || kind === "income" ? "+" : ""}${money(absolute(amount), currency)}`;

/** `open` gives out a receipt. */
export function expenseList(api: Api, book: Book, now: () => number, edit: (expense: Expense) => void, open: (id: string) => Promise<void>): ExpenseList {
  const list = part("recent", HTMLElement);
  const title = part("recent-title", HTMLElement);
  const empty = part("recent-empty", HTMLElement);
  const more = part("recent-more", HTMLButtonElement);
  const error = part("recent-error", HTMLElement);
  const form = part("search-form", HTMLFormElement);
  const text = part("search", HTMLInputElement);
  let items: Expense[] = [];
  let next: string | null = null;
  let query = "";
  /** So many have been asked for, page by page. */
  let wanted = PAGE;
  let asked = 0;

  const row = (expense: Expense): HTMLLIElement => {
    const about = aboutOf(expense, book);
    const amount = amountOf(expense);
    const tags = [
      ...(expense.kind === "expense" ? [] : [kindNames[expense.kind]]),
      ...(expense.status === "pending" ? ["Pending"] : []),
      ...expense.tags.map((tag) => `#${tag}`),
    ];
    const button = h("button", { type: "button", class: "quiet slim edit needs-database", "aria-label": `Edit ${about}, ${amount}` }, "Edit");
    button.addEventListener("click", () => edit(expense));
    const { receiptId } = expense;
    const receipt = receiptId === null ? null : h("button", { type: "button", class: "quiet slim", "aria-label": `Receipt of ${about}, ${amount}` }, "Receipt");
    receipt?.addEventListener("click", () => {
      say(error, null);
      void busy(receipt, () => attempt(open(receiptId ?? "")));
    });
    return h(
      "li",
      { "data-id": expense.id },
      h("time", { datetime: expense.occurredOn }, dayName(expense.occurredOn, localDay(now()))),
      h("span", {}, about, ...tags.flatMap((tag) => [" ", h("span", { class: "tag" }, tag)]), receipt),
      h("strong", {}, amount),
      button,
    );
  };

  const draw = () => {
    // A list that is read again by itself must not take the keyboard's place away.
    const at = list.contains(document.activeElement) ? document.activeElement?.closest("li")?.getAttribute("data-id") : null;
    list.replaceChildren(...items.map(row));
    if (at) focus(at);
    show(empty, items.length === 0);
    const none =
      query === ""
        ? "None yet."
        : next === null
          ? `Nothing with “${query}” in its merchant or description.`
          : "Nothing yet; older ones have not been looked at.";
    setText(empty, none);
    show(more, next !== null);
    setText(more, query !== "" && items.length === 0 ? "Look further back" : "Show more");
    setText(title, query === "" ? "Recent expenses" : `With “${query}”`);
  };

  const focus = (id: string | null) => {
    const at = items.findIndex((each) => each.id === id);
    (list.children[at]?.querySelector<HTMLElement>(".edit") ?? title).focus();
  };

  const read = async (background: boolean, cursor: string | null, limit = PAGE) => {
    const turn = ++asked;
    const parameters = new URLSearchParams({ limit: String(limit), ...(query === "" ? {} : { q: query }), ...(cursor === null ? {} : { cursor }) });
    const page = pageOf(await api("GET", `/expenses?${parameters}`, { background }), isExpense);
    if (turn !== asked) return;
    items = cursor === null ? page.items : [...items, ...page.items];
    next = page.next;
    wanted = cursor === null ? limit : wanted + PAGE;
    draw();
  };
  const attempt = (work: Promise<void>) => work.catch((failure) => say(error, problemOf(failure).detail));

  more.addEventListener("click", () => {
    void busy(more, async () => {
      say(error, null);
      const before = items.length;
      await attempt(read(false, next));
      // The keyboard goes on where the new rows begin when the button has gone.
      if (more.hasAttribute("hidden")) list.children[before]?.querySelector<HTMLElement>(".edit")?.focus();
    });
  });
  const submit = form.querySelector("button");
  const search = () => {
    say(error, null);
    query = text.value.trim();
    return attempt(read(false, null));
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (submit) void busy(submit, search);
  });
  // An emptied field (its own cross, or Escape) asks for all again.
  text.addEventListener("search", () => {
    if (text.value === "" && query !== "") void search();
  });

  return {
    // As many as are shown already: what somebody has paged to stays.
    load: (background) => read(background, null, Math.min(MOST, wanted)),
    put(id, expense) {
      const known = items.some((each) => each.id === id);
      const rest = items.flatMap((each) => (each.id !== id ? [each] : expense === null ? [] : [expense]));
      items = (known || expense === null ? rest : [expense, ...rest]).sort((a, b) =>
        a.occurredOn === b.occurredOn ? 0 : a.occurredOn < b.occurredOn ? 1 : -1,
      );
      draw();
    },
    focus,
  };
}
