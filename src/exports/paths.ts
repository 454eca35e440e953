/** Names of categories with those above them. Pure. */
import type { ExportedCategory } from "./document.ts";

/** Deeper ones than this there are none: a circle ends here. */
const DEEPEST = 100;

/** The names from the top down, by id. */
export function pathsOf(categories: readonly ExportedCategory[]): Map<string, string[]> {
  const byId = new Map(categories.map((each) => [each.id, each]));
  const pathOf = (id: string | null, depth: number): string[] => {
    const found = id === null || depth > DEEPEST ? undefined : byId.get(id);
    return found === undefined ? [] : [...pathOf(found.parentId, depth + 1), found.name];
  };
  return new Map(categories.map(({ id }) => [id, pathOf(id, 0)]));
}

/** Parents before their children, otherwise in the order given. */
export function parentsFirst(categories: readonly ExportedCategory[]): ExportedCategory[] {
  const paths = pathsOf(categories);
  const depth = ({ id }: ExportedCategory) => paths.get(id)?.length ?? 0;
  return categories.toSorted((a, b) => depth(a) - depth(b));
}
