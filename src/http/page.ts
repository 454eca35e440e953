/** Lists: `{"items": […], "next": cursor or null}`. A cursor is opaque to callers: base64url of a small JSON array, versioned by its list's name. */
import * as z from "zod/mini";
import { problem } from "./problem.ts";
import { wholeNumber } from "./validate.ts";

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

/** The query parameters that every list has. `limit` is 1 to `max`, `standard` unless told. */
export const pageQuery = (max = 100, standard = 50) => ({
  limit: z._default(z.optional(wholeNumber(1, max)), standard) as z.ZodMiniType<number, string | undefined>,
  cursor: z.optional(z.string()),
});

/** The cursor of a row: `list` names the list, so that one list's cursor is refused by another. */
export function encodeCursor(list: string, keys: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify([list, ...keys])).toString("base64url");
}

/** The keys in a cursor, checked against `schema` (a tuple). Throws the problem `bad-cursor` (400). */
export function decodeCursor<Schema extends z.core.$ZodType>(list: string, schema: Schema, cursor: string): z.output<Schema> {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (Array.isArray(value) && value[0] === list) {
      const parsed = z.safeParse(schema, value.slice(1));
      if (parsed.success) return parsed.data;
    }
  } catch {
    // Not one of ours; said below.
  }
  throw problem("bad-cursor", "The cursor is not one that this list gave: leave it out to begin at the top.", {
    errors: [{ pointer: "/cursor", detail: "must be the `next` of this list" }],
  });
}

/** A page out of `limit + 1` rows: the row too many only says that there are more. */
export function page<Row, Item>(rows: readonly Row[], limit: number, show: (row: Row) => Item, cursorOf: (row: Row) => string): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(show), next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}
