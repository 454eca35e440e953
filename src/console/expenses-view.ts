/** The finance part: add an expense, see the recent ones. They live in the database, so while it sleeps this says so. */
import type { Api } from "./api.ts";
import { busy, h, part, say, setText, show } from "./dom.ts";
import { clearFields, showFields } from "./fields.ts";
import { amountText, money } from "./money.ts";
import { problemOf } from "./problem.ts";
import { localDay } from "./time.ts";
import type { Category, DatabaseView, Expense } from "./types.ts";
import { isRecord } from "./types.ts";

export interface ExpensesView {
  show(view: DatabaseView): void;
}

const inputs = {
  amount: "expense-amount",
  currency: "expense-currency",
  occurredOn: "expense-date",
  categoryId: "expense-category",
  name: "expense-new-category",
  description: "expense-description",
};
const newCategory = "+";

function items<T>(body: unknown, is: (value: unknown) => value is T): T[] {
  return isRecord(body) && Array.isArray(body.items) ? body.items.filter(is) : [];
}
const isCategory = (value: unknown): value is Category => isRecord(value) && typeof value.id === "string" && typeof value.name === "string";
const isExpense = (value: unknown): value is Expense =>
  isRecord(value) && typeof value.amount === "string" && typeof value.currency === "string" && typeof value.occurredOn === "string";

/** `used` is called after a request that used the database. */
export function expensesView(api: Api, now: () => number, used: () => Promise<void>): ExpensesView {
  const form = part("expense-form", HTMLFormElement);
  const select = part("expense-category", HTMLSelectElement);
  const amount = part("expense-amount", HTMLInputElement);
  const currency = part("expense-currency", HTMLInputElement);
  const date = part("expense-date", HTMLInputElement);
  const description = part("expense-description", HTMLInputElement);
  const name = part("expense-new-category", HTMLInputElement);
  const error = part("expense-error", HTMLElement);
  const done = part("expense-done", HTMLElement);
  let categories: Category[] = [];
  let serving = false;
  date.value = localDay(now());

  const chooseCategory = () => show(part("new-category-place", HTMLElement), select.value === newCategory);
  const showCategories = (selected: string) => {
    select.replaceChildren(...categories.map((each) => h("option", { value: each.id }, each.name)), h("option", { value: newCategory }, "New category…"));
    select.value = categories.some((each) => each.id === selected) ? selected : (categories[0]?.id ?? newCategory);
    chooseCategory();
  };
  select.addEventListener("change", () => {
    chooseCategory();
    if (select.value === newCategory) name.focus();
  });

  const showExpenses = (list: Expense[]) => {
    const names = new Map(categories.map((each) => [each.id, each.name]));
    show(part("recent-empty", HTMLElement), list.length === 0);
    part("recent", HTMLElement).replaceChildren(
      ...list.map((each) => {
        const day = new Date(`${each.occurredOn}T12:00:00`).toLocaleDateString(undefined, { day: "numeric", month: "short" });
        const about = [names.get(each.categoryId ?? ""), each.description].filter(Boolean).join(" · ");
        return h(
          "li",
          {},
          h("time", { datetime: each.occurredOn }, day),
          h("span", {}, about || "No description"),
          h("strong", {}, money(each.amount, each.currency)),
        );
      }),
    );
  };

  // Nobody pressed anything for this, so it is background: it must not keep the database awake.
  const load = async () => {
    try {
      const [known, recent] = await Promise.all([api("GET", "/categories", { background: true }), api("GET", "/expenses", { background: true })]);
      categories = items(known, isCategory);
      showCategories(select.value);
      showExpenses(items(recent, isExpense).slice(0, 8));
      say(error, null);
    } catch (failure) {
      // Between the look and this load it may have gone to sleep; the next look says so.
      const problem = problemOf(failure);
      if (problem.status !== 503) say(error, problem.detail);
    }
  };

  const add = async () => {
    clearFields(inputs);
    say(error, null);
    setText(done, "");
    try {
      let categoryId = select.value;
      if (categoryId === newCategory) {
        const made = await api("POST", "/categories", { body: { name: name.value.trim() } });
        if (!isCategory(made)) throw new Error("The new category came back without an id.");
        // Kept at once: if the expense is refused, a second try must not make the category twice.
        categories = [...categories, made];
        categoryId = made.id;
        showCategories(categoryId);
        name.value = "";
      }
      const body = {
        amount: amountText(amount.value),
        currency: currency.value.trim().toUpperCase(),
        occurredOn: date.value,
        categoryId,
        description: description.value.trim(),
      };
      await api("POST", "/expenses", { body });
      setText(done, `Added ${money(body.amount, body.currency)}.`);
      amount.value = "";
      description.value = "";
      amount.focus();
      await load();
    } catch (failure) {
      const problem = problemOf(failure);
      const rest = showFields(inputs, problem.fields);
      say(error, problem.status === 503 ? `${problem.detail} What you typed is still here.` : problem.detail, rest);
    }
    await used();
  };
  const submit = form.querySelector("button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (submit) void busy(submit, add);
  });

  showCategories("");
  return {
    show(view) {
      const woke = view.serving && !serving;
      serving = view.serving;
      const draft = amount.value !== "" || description.value !== "";
      show(form, serving || draft);
      show(part("expenses-asleep", HTMLElement), !serving);
      const words: Record<DatabaseView["phase"], string> = {
        asleep: "Expenses live in the database, and it is asleep.",
        waking: "The database is waking up. Expenses are back as soon as it serves.",
        awake: "The database does not answer for now. Expenses are back as soon as it does.",
        "falling-asleep": "The database is falling asleep, and takes no new expenses.",
      };
      setText(part("expenses-asleep-text", HTMLElement), words[view.phase]);
      show(part("restart-expenses", HTMLElement), view.mode === "manage" && (view.phase === "asleep" || view.phase === "falling-asleep"));
      if (woke) void load();
    },
  };
}
