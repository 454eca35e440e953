/** One form adds an expense, changes one, and deletes it. What was typed is never thrown away by a failure. */
import type { Api } from "../api.ts";
import { busy, confirmed, h, part, say, setText, show } from "../dom.ts";
import { clearFields, complain } from "../fields.ts";
import { amountText, money } from "../money.ts";
import { problemOf } from "../problem.ts";
import { localDay } from "../time.ts";
import type { Write } from "../writes.ts";
import type { Book } from "./book.ts";
import { aboutOf, amountOf } from "./expense-list.ts";
import type { ReceiptField } from "./receipt-field.ts";
import { type Expense, isExpense } from "./types.ts";

export interface ExpenseForm {
  /** Something is typed that is not written yet. */
  draft(): boolean;
  edit(expense: Expense): void;
  /** The categories have changed. */
  showCategories(): void;
  /** Time goes on: the date of a form that nobody has begun is today. `currency` is the reader's. */
  refresh(currency: string | null): void;
}

export interface ExpenseFormDeps {
  api: Api;
  write: Write;
  book: Book;
  receipt: ReceiptField;
  now(): number;
  /** One was added (`before` null), changed, deleted (`after` null), or turned out to be another than the page knew. */
  changed(id: string, after: Expense | null, how: "added" | "written" | "learnt"): Promise<void>;
}

const inputs = {
  kind: "expense-kind",
  amount: "expense-amount",
  currency: "expense-currency",
  occurredOn: "expense-date",
  categoryId: "expense-category",
  name: "expense-new-category",
  merchant: "expense-merchant",
  description: "expense-description",
  tags: "expense-tags",
  receiptId: "expense-receipt",
};
const newCategory = "+";

export function expenseForm({ api, write, book, receipt, now, changed }: ExpenseFormDeps): ExpenseForm {
  const form = part("expense-form", HTMLFormElement);
  const error = part("expense-error", HTMLElement);
  const done = part("expense-done", HTMLElement);
  const submit = part("expense-submit", HTMLButtonElement);
  const cancel = part("expense-cancel", HTMLButtonElement);
  const remove = part("expense-delete", HTMLButtonElement);
  const kind = part(inputs.kind, HTMLSelectElement);
  const category = part(inputs.categoryId, HTMLSelectElement);
  const input = (field: "amount" | "currency" | "occurredOn" | "name" | "merchant" | "description" | "tags") => part(inputs[field], HTMLInputElement);
  const [amount, currency, date] = [input("amount"), input("currency"), input("occurredOn")];
  /** The one that is changed; null: a new one. */
  let editing: Expense | null = null;
  /** What was typed of a new one when another was opened to be changed: it comes back after that. */
  let aside: (() => void)[] = [];
  date.value = date.defaultValue = localDay(now());

  const chooseCategory = () => show(part("new-category-place", HTMLElement), category.value === newCategory);
  const showCategories = (selected = category.value) => {
    category.replaceChildren(h("option", { value: "" }, "No category"), ...book.options(), h("option", { value: newCategory }, "New category…"));
    category.value = selected;
    if (category.selectedIndex < 0) category.value = "";
    chooseCategory();
  };
  category.addEventListener("change", () => {
    chooseCategory();
    if (category.value === newCategory) input("name").focus();
  });

  const clean = () => {
    clearFields(inputs);
    say(error, null);
    setText(done, "");
  };
  /** Makes it the form of a new one, or of this one; of what is typed it touches nothing. */
  const become = (expense: Expense | null) => {
    editing = expense;
    setText(part("expense-form-title", HTMLElement), expense === null ? "Add an expense" : "Change the expense");
    setText(submit, expense === null ? "Add expense" : "Save changes");
    for (const button of [cancel, remove]) show(button, expense !== null);
  };
  const fill = (expense: Expense | null) => {
    for (const field of ["amount", "merchant", "description", "tags"] as const) input(field).value = "";
    if (expense !== null) {
      amount.value = expense.amount;
      input("merchant").value = expense.merchant;
      input("description").value = expense.description;
      input("tags").value = expense.tags.join(", ");
      currency.value = expense.currency;
    }
    kind.value = expense?.kind ?? "expense";
    date.value = expense?.occurredOn ?? date.defaultValue;
    if (expense === null) currency.value = currency.defaultValue;
    showCategories(expense?.categoryId ?? "");
    receipt.begin(expense?.receiptId ?? null);
  };
  /** The form of a new one again, with what was typed of it before. */
  const restore = () => {
    become(null);
    fill(null);
    for (const putBack of aside.splice(0)) putBack();
    showCategories();
  };
  const begun = () => receipt.begun() || ["amount", "merchant", "description", "tags"].some((field) => input(field as "amount").value !== "");

  const typed = async () => {
    const receiptId = await receipt.chosen();
    let categoryId = category.value;
    if (categoryId === newCategory) {
      const made = await book.add(input("name").value.trim());
      // Kept at once: if the expense is refused, a second try must not make the category twice.
      categoryId = made.id;
      showCategories(categoryId);
      input("name").value = "";
    }
    const tags = input("tags")
      .value.split(",")
      .map((tag) => tag.trim())
      .filter((tag) => tag !== "");
    return {
      kind: kind.value,
      amount: amountText(amount.value),
      currency: currency.value.trim().toUpperCase(),
      occurredOn: date.value,
      categoryId: categoryId === "" ? null : categoryId,
      merchant: input("merchant").value.trim(),
      description: input("description").value.trim(),
      tags,
      ...(receiptId === undefined ? {} : { receiptId }),
    };
  };

  /** What a write met: not always the expense that the page knew. */
  const explain = async (failure: unknown) => {
    const problem = problemOf(failure);
    if (editing !== null && problem.status === 404) {
      await changed(editing.id, null, "learnt");
      become(null);
      return say(error, "It was deleted meanwhile. What you typed is still here: you can add it as a new one.");
    }
    if (editing !== null && problem.status === 412) {
      const found = await api("GET", `/expenses/${editing.id}`).catch(() => null);
      if (isExpense(found)) {
        await changed(found.id, found, "learnt");
        editing = found;
        const as = `${found.occurredOn}, ${aboutOf(found, book)}, ${amountOf(found)}`;
        return say(error, `It was changed meanwhile: it is now ${as}. What you typed is still here. Press again to have it your way, or cancel.`);
      }
    }
    complain(error, inputs, problem);
  };

  const save = async () => {
    clean();
    const before = editing;
    try {
      const body = await typed();
      const answer = before === null ? await write("POST", "/expenses", body) : await write("PATCH", `/expenses/${before.id}`, body, before.version);
      if (!isExpense(answer)) throw new Error("The expense was written, and came back in a form that this page does not know. Reload the page.");
      restore();
      if (before === null && !begun()) {
        // The next one is often of the same day, in the same currency, for the same thing.
        showCategories(answer.categoryId ?? "");
        date.value = body.occurredOn;
        currency.value = body.currency;
      }
      setText(done, `${before === null ? "Added" : "Saved"} ${money(answer.amount, answer.currency)}.`);
      if (before === null) amount.focus();
      await changed(answer.id, answer, before === null ? "added" : "written");
    } catch (failure) {
      await explain(failure);
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busy(submit, save);
  });
  cancel.addEventListener("click", () => {
    const id = editing?.id ?? null;
    clean();
    restore();
    if (id !== null)
      part("recent", HTMLElement)
        .querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] .edit`)
        ?.focus();
  });
  confirmed(remove, "Delete it?", async () => {
    if (editing === null) return;
    const { id, version } = editing;
    clean();
    try {
      await write("DELETE", `/expenses/${id}`, undefined, version);
    } catch (failure) {
      // Gone already is what was wanted.
      if (problemOf(failure).status !== 404) return explain(failure);
    }
    restore();
    setText(done, "Deleted.");
    await changed(id, null, "written");
  });

  showCategories("");
  return {
    draft: () => editing !== null || begun(),
    edit(expense) {
      clean();
      if (editing === null && begun()) {
        const fields = [...form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("input:not([type=file]), select")].map((field) => {
          const { value } = field;
          return () => {
            field.value = value;
          };
        });
        aside = [...fields, receipt.keep()];
      }
      become(expense);
      fill(expense);
      form.scrollIntoView({ block: "nearest" });
      amount.focus();
    },
    showCategories: () => showCategories(),
    refresh(own) {
      const today = localDay(now());
      if (date.value === date.defaultValue) date.value = today;
      date.defaultValue = today;
      if (own === null) return;
      if (currency.value === currency.defaultValue) currency.value = own;
      currency.defaultValue = own;
    },
  };
}
