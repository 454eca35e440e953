/** Categories form trees: a list or a budget of one counts those below it too. Pure. */

export interface NewCategory {
  id: string;
  name: string;
  /** null: at the top. */
  parentId: string | null;
  /** `#rrggbb` in lower case. */
  colour: string | null;
}

export interface Category extends NewCategory {
  version: number;
}

/** Levels that a tree may have, the top one counted. */
export const MAX_DEPTH = 5;

/** Where a category would hang. */
export interface Place {
  /** Levels from the top down to the parent; 0: there is no such parent. */
  above: number;
  /** Levels of what hangs from the category, itself counted. */
  height: number;
  /** The parent is the category itself, or below it. */
  circle: boolean;
}

/** Why a category can't hang there: the end of a sentence that begins with the field; null when it can. */
export function placeFault({ above, height, circle }: Place): string | null {
  if (above === 0) return "is not one of your categories";
  if (circle) return "must not be the category itself or one below it";
  if (above + height > MAX_DEPTH) return `must leave the tree at most ${MAX_DEPTH} levels deep`;
  return null;
}
