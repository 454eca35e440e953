/** The reader's categories, as the forms and the lists of this page need them. */
import type { Api } from "../api.ts";
import { h } from "../dom.ts";
import type { Page } from "../types.ts";
import type { Write } from "../writes.ts";
import { type Category, isCategory, pageOf } from "./types.ts";

export interface Book {
  /** Throws ApiError. */
  load(background: boolean): Promise<void>;
  /** Makes a category and keeps it. Throws ApiError. */
  add(name: string): Promise<Category>;
  /** With those above it: `Home › Energy`; "" for none. */
  pathOf(id: string | null): string;
  colourOf(id: string | null): string | null;
  /** An `<option>` for each, in the order of their paths. */
  options(): HTMLOptionElement[];
}

/** Pages of 100 that are read at most. */
const MOST_PAGES = 5;

export function createBook(api: Api, write: Write): Book {
  let categories = new Map<string, Category>();
  const pathOf = (id: string | null, depth = 0): string => {
    const found = id === null ? undefined : categories.get(id);
    if (found === undefined) return "";
    const above = depth < 5 ? pathOf(found.parentId, depth + 1) : "";
    return above === "" ? found.name : `${above} › ${found.name}`;
  };
  return {
    async load(background) {
      const all: Category[] = [];
      let cursor: string | null = "";
      for (let pages = 0; pages < MOST_PAGES && cursor !== null; pages++) {
        const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
        const page: Page<Category> = pageOf(await api("GET", `/categories?limit=100${query}`, { background }), isCategory);
        all.push(...page.items);
        cursor = page.next;
      }
      categories = new Map(all.map((each) => [each.id, each]));
    },
    async add(name) {
      const made = await write("POST", "/categories", { name });
      if (!isCategory(made)) throw new Error("The new category came back without an id.");
      categories.set(made.id, made);
      return made;
    },
    pathOf: (id) => pathOf(id),
    colourOf: (id) => (id === null ? null : (categories.get(id)?.colour ?? null)),
    options: () =>
      [...categories.keys()]
        .map((id) => ({ id, path: pathOf(id) }))
        .sort((a, b) => a.path.localeCompare(b.path))
        .map(({ id, path }) => h("option", { value: id }, path)),
  };
}
