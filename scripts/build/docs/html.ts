/** HTML from text and values, safely; and the little Markdown that the document's descriptions use. */

/** Markup that is done: everything else is text and gets escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Html | string | number | false | null | undefined | readonly Part[];

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");

function render(part: Part): string {
  if (part === false || part === null || part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(render).join("");
  return escaped(String(part));
}

/** A template whose values are escaped unless they are markup. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(strings.reduce((done, string, index) => done + render(parts[index - 1]) + string));

/** Bold and code. */
export const inline = (text: string): Html =>
  new Html(
    escaped(text)
      .replace(/`([^`]+)`/g, "<code>$1</code>")
      .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>"),
  );

/** Paragraphs. */
export const markdown = (text: string): Html =>
  new Html(
    text
      .split(/\n\n+/)
      .map((paragraph) => html`<p>${inline(paragraph)}</p>`.text)
      .join("\n"),
  );

/** A value as JSON, coloured by nothing: names are told from values by the reader. */
export const json = (value: unknown, label: string): Html =>
  html`<pre tabindex="0" role="region" aria-label="${label}"><code>${JSON.stringify(value, null, 2)}</code></pre>`;
