/** Small helpers for the page; no framework, and nothing that a strict Content-Security-Policy refuses. */
import { moment } from "./time.ts";

type Attributes = Record<string, string | number | boolean | null>;

function fill(element: Element, attributes: Attributes, children: (Node | string | null)[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null) element.append(child);
}

/** An HTML element. Attributes that are null or false are left out. Never give it `style` or `on…`: the policy refuses both. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: (Node | string | null)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/** An SVG element. */
export function s(tag: string, attributes: Attributes = {}, ...children: (Node | string | null)[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes, children);
  return element;
}

/** The element of this id in the page. Throws when the page and the script do not belong together. */
export function part<T extends Element>(id: string, type: abstract new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`The page has no #${id}`);
  return element;
}

/** Writes only what changed, so that screen readers and selections are left alone. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Hides or shows; the rest of the page's state stays. */
export function show(element: Element, visible: boolean): void {
  element.toggleAttribute("hidden", !visible);
}

/** A moment in the reader's own way, with the exact one for programs and as a tooltip. */
export function time(iso: string, now: number): HTMLTimeElement {
  const at = Date.parse(iso);
  return h("time", { datetime: iso, title: new Date(at).toLocaleString() }, moment(at, now));
}

/** Runs `work` with the button marked as busy. It stays focusable: a disabled button would drop the keyboard's place. A second press is ignored. */
export async function busy(button: HTMLButtonElement, work: () => Promise<void>): Promise<void> {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    await work();
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

/** Makes a button ask once more before it does `work`: the second press counts, and leaving it takes the question back. */
export function confirmed(button: HTMLButtonElement, question: string, work: () => Promise<void>): void {
  const words = button.textContent ?? "";
  const name = button.getAttribute("aria-label");
  const ask = (asking: boolean) => {
    button.classList.toggle("danger", asking);
    setText(button, asking ? question : words);
    // A name from elsewhere would hide the question.
    if (name !== null) button.setAttribute("aria-label", asking ? `${question} ${name}` : name);
  };
  button.addEventListener("blur", () => ask(false));
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    if (!button.classList.contains("danger")) return ask(true);
    void busy(button, work).finally(() => ask(false));
  });
}

/** Shows a sentence in a place for errors, or takes it away. */
export function say(place: HTMLElement, sentence: string | null, list: readonly string[] = []): void {
  place.replaceChildren();
  if (sentence !== null) {
    place.append(h("p", {}, sentence));
    if (list.length > 0) place.append(h("ul", {}, ...list.map((line) => h("li", {}, line))));
  }
  show(place, sentence !== null);
}
