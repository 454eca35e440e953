/** Errors beside the fields that they are about. */
import { part, setText } from "./dom.ts";

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
