/** Errors beside the fields that they are about. */
import { part, say, setText } from "./dom.ts";
import type { Problem } from "./problem.ts";

function put(id: string, sentence: string): void {
  const input = document.getElementById(id);
  setText(part(`${id}-error`, HTMLElement), sentence);
  if (sentence) input?.setAttribute("aria-invalid", "true");
  else input?.removeAttribute("aria-invalid");
}

/** `inputs` maps the API's field to the input's id. */
export function clearFields(inputs: Record<string, string>): void {
  for (const id of Object.values(inputs)) put(id, "");
}

/** Puts each sentence at its field and the keyboard at the first of them; answers the sentences that belong to no field of this form. */
export function showFields(inputs: Record<string, string>, fields: Record<string, string>): string[] {
  clearFields(inputs);
  const rest: string[] = [];
  for (const [field, sentence] of Object.entries(fields)) {
    // `tags/0` is said beside the field of all tags.
    const id = inputs[field] ?? inputs[field.split("/")[0] ?? ""];
    if (id === undefined) rest.push(`${field}: ${sentence}`);
    else put(id, sentence);
  }
  const named = new Set(Object.keys(fields).flatMap((field) => [field, field.split("/")[0]]));
  const first = Object.entries(inputs).find(([field]) => named.has(field));
  if (first) document.getElementById(first[1])?.focus();
  return rest;
}

/** Says what a form's request met: at its fields what is about them, the rest in `place`. */
export function complain(place: HTMLElement, inputs: Record<string, string>, { status, detail, fields }: Problem): void {
  const rest = showFields(inputs, fields);
  // The API's own sentence names each field once more, by its pointer.
  const marked = Object.keys(fields).length > 0 && rest.length === 0;
  const kept = status === 503 ? " What you typed is still here." : "";
  say(place, marked ? "Nothing was written: look at what is marked above." : `${detail}${kept}`, rest);
}
