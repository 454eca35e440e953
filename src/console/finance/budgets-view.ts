/** Budgets of the month that is shown, each as a bar with its pace; one can be added, and removed. */
import { busy, confirmed, h, part, say, setText, show } from "../dom.ts";
import { clearFields, complain } from "../fields.ts";
import { amountText, money } from "../money.ts";
import { problemOf } from "../problem.ts";
import { localDay } from "../time.ts";
import type { Write } from "../writes.ts";
import { budgetBar } from "./bars.ts";
import type { Book } from "./book.ts";
import { daysIn, spanName } from "./days.ts";
import type { BudgetNow, Summary } from "./types.ts";
import { budgetWords, carriedSentence, effective } from "./words.ts";

export interface BudgetsView {
  show(summary: Summary): void;
  /** The categories have changed. */
  showCategories(): void;
}

const inputs = {
  name: "budget-name",
  categoryId: "budget-category",
  amount: "budget-amount",
  currency: "budget-currency",
  period: "budget-period",
  rollover: "budget-rollover",
};

/** `changed` is called after a budget was made or removed. */
export function budgetsView(write: Write, book: Book, now: () => number, changed: () => Promise<void>): BudgetsView {
  const list = part("budgets", HTMLElement);
  const error = part("budget-error", HTMLElement);
  const form = part("budget-form", HTMLFormElement);
  const input = (field: keyof typeof inputs) => part(inputs[field], HTMLInputElement);
  const category = part(inputs.categoryId, HTMLSelectElement);

  const item = (budget: BudgetNow): HTMLLIElement => {
    const { currency, name } = budget;
    const words = budgetWords(budget, localDay(now()));
    const may = effective(budget);
    const days = daysIn(budget.from, budget.to);
    const running = words.standing !== "waiting" && budget.daysLeft > 0;
    const sums = `${money(budget.spent, currency)} of ${money(may, currency)}`;
    const carried = carriedSentence(budget);
    const about = [budget.categoryId === null ? "All spending" : book.pathOf(budget.categoryId), spanName(budget.from, budget.to), carried];
    const remove = h("button", { type: "button", class: "quiet slim needs-database", "aria-label": `Remove the budget ${name}` }, "Remove");
    confirmed(remove, "Remove it?", async () => {
      say(error, null);
      try {
        await write("DELETE", `/budgets/${budget.budgetId}`);
      } catch (failure) {
        const problem = problemOf(failure);
        // Gone already is what was wanted.
        if (problem.status !== 404) return say(error, problem.detail);
      }
      part("budgets-title", HTMLElement).focus();
      await changed();
    });
    return h(
      "li",
      { class: `budget ${words.standing}`, "data-id": budget.budgetId },
      h("p", { class: "row" }, h("strong", {}, name), h("span", { class: "sums" }, sums)),
      budgetBar(
        Number(budget.spent),
        Number(may),
        running ? (days - budget.daysLeft) / days : null,
        `Budget ${name}: ${sums}`,
        `${words.lead}: ${words.rest}.`,
      ),
      h("p", {}, h("strong", { class: "lead-word" }, words.lead), h("span", { class: "soft" }, `: ${words.rest}.`)),
      h("p", { class: "row small-print soft" }, h("span", {}, about.filter(Boolean).join(" · ")), remove),
    );
  };

  const add = async () => {
    clearFields(inputs);
    say(error, null);
    try {
      const body = {
        name: input("name").value.trim(),
        categoryId: category.value === "" ? null : category.value,
        amount: amountText(input("amount").value),
        currency: input("currency").value.trim().toUpperCase(),
        period: part(inputs.period, HTMLSelectElement).value,
        rollover: input("rollover").checked,
      };
      await write("POST", "/budgets", body);
      input("name").value = "";
      input("amount").value = "";
      part("budget-add", HTMLDetailsElement).open = false;
      part("budgets-title", HTMLElement).focus();
      await changed();
    } catch (failure) {
      complain(error, inputs, problemOf(failure));
    }
  };
  const submit = form.querySelector("button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (submit) void busy(submit, add);
  });

  return {
    show({ budgets, currency }) {
      // A list that is read again by itself must not take the keyboard's place away.
      const at = list.contains(document.activeElement) ? document.activeElement?.closest("li")?.getAttribute("data-id") : null;
      list.replaceChildren(...budgets.map(item));
      if (at)
        [...list.children]
          .find((each) => each.getAttribute("data-id") === at)
          ?.querySelector("button")
          ?.focus();
      show(part("budgets-empty", HTMLElement), budgets.length === 0);
      const running = budgets.some(({ daysLeft, from, to }) => daysLeft > 0 && daysLeft < daysIn(from, to));
      setText(part("budgets-legend", HTMLElement), running ? "▼ is today: spending that stays behind it lasts to the end." : "");
      const field = input("currency");
      if (field.value === field.defaultValue) field.value = field.defaultValue = currency;
    },
    showCategories() {
      const selected = category.value;
      category.replaceChildren(h("option", { value: "" }, "All spending"), ...book.options());
      category.value = selected;
      if (category.selectedIndex < 0) category.value = "";
    },
  };
}
