/** Of what there are mails, kind by kind, and from how much on an expense is large. Kept in the profile. */
import type { Api } from "../api.ts";
import { busy, h, part, say, setText } from "../dom.ts";
import { clearFields, complain } from "../fields.ts";
import { problemOf } from "../problem.ts";
import type { Write } from "../writes.ts";
import { areChoices, type Choices } from "./types.ts";
import { newsKindName } from "./words.ts";

export interface ChoicesView {
  /** Reads how they stand. Throws ApiError. */
  load(): Promise<void>;
}

const PATH = "/me";
const INPUTS = { "largeExpense/amount": "large-amount", "largeExpense/currency": "large-currency" };

export function choicesView(api: Api, write: Write): ChoicesView {
  const kinds = part("choices-kinds", HTMLElement);
  const weekly = part("weekly-report", HTMLInputElement);
  const form = part("large-form", HTMLFormElement);
  const amount = part("large-amount", HTMLInputElement);
  const currency = part("large-currency", HTMLInputElement);
  const keep = part("large-keep", HTMLButtonElement);
  const done = part("large-done", HTMLElement);
  const error = part("choices-error", HTMLElement);
  const boxes = new Map<string, HTMLInputElement>();

  const turn = async (box: HTMLInputElement, change: Record<string, unknown>) => {
    say(error, null);
    try {
      draw(await write("PATCH", PATH, change));
    } catch (failure) {
      // It shows what holds.
      box.checked = !box.checked;
      say(error, problemOf(failure).detail);
    }
  };
  const boxOf = (kind: string): HTMLInputElement => {
    const there = boxes.get(kind);
    if (there !== undefined) return there;
    const box = h("input", { type: "checkbox", name: kind });
    box.addEventListener("change", () => void turn(box, { notifications: { [kind]: box.checked } }));
    kinds.append(h("p", {}, h("label", { class: "check" }, box, ` ${newsKindName(kind)}`)));
    boxes.set(kind, box);
    return box;
  };
  const draw = (body: unknown) => {
    if (!areChoices(body)) throw new Error("The API answered a profile that this page does not know. Reload the page.");
    const { notifications, largeExpense, weeklyReport }: Choices = body;
    weekly.checked = weeklyReport;
    for (const [kind, wanted] of Object.entries(notifications)) boxOf(kind).checked = wanted;
    // What is being typed is left alone.
    if (form.contains(document.activeElement)) return;
    amount.value = largeExpense?.amount ?? "";
    if (largeExpense !== null) currency.value = largeExpense.currency;
  };
  weekly.addEventListener("change", () => void turn(weekly, { weeklyReport: weekly.checked }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void busy(keep, async () => {
      clearFields(INPUTS);
      say(error, null);
      setText(done, "");
      const none = amount.value.trim() === "";
      const largeExpense = none ? null : { amount: amount.value.trim(), currency: currency.value.trim().toUpperCase() };
      try {
        draw(await write("PATCH", PATH, { largeExpense }));
        setText(done, none ? "None is large now." : "You are told of everything from this amount on.");
      } catch (failure) {
        complain(error, INPUTS, problemOf(failure));
      }
    });
  });
  return { load: async () => draw(await api("GET", PATH, { background: true })) };
}
