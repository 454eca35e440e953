/**
 * Lists: `{"items": […], "next": cursor or null}`. A cursor is opaque to callers: base64url of a small JSON array, versioned by its list's name. Where it
 * becomes a condition in SQL it is signed, too: only what a list gave to this user, with these filters, is read back.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod/mini";
import { canonical } from "./canonical.ts";
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
  throw notOurs();
}

const notOurs = () =>
  problem("bad-cursor", "The cursor is not one that this list gave: leave it out to begin at the top.", {
    errors: [{ pointer: "/cursor", detail: "must be the `next` of this list, with the same filters" }],
  });

/** Which list a signed cursor belongs to: another list, user, filter or order is another one. */
export interface CursorScope {
  list: string;
  sub: string;
  /** The query without `limit` and `cursor`: they may change from page to page. */
  filters: Readonly<Record<string, unknown>>;
}

export interface SignedCursors {
  /** The keys in a cursor, checked against `schema`; null without a cursor. Throws the problem `bad-cursor` (400) for one that was not given here. */
  read<Schema extends z.core.$ZodType>(schema: Schema, cursor: string | undefined): z.output<Schema> | null;
  /** The cursor of a row, from its keys in the database's own text form: a number or a Date would lose digits. */
  write(keys: readonly (string | null)[]): string;
}

/** Cursors signed with HMAC-SHA256. */
export function signedCursors(key: Uint8Array, { list, sub, filters }: CursorScope): SignedCursors {
  const { limit: _, cursor: __, ...kept } = filters;
  const scope = canonical([list, sub, kept]);
  const seal = (payload: string) => createHmac("sha256", key).update(`${scope}\n${payload}`).digest();
  return {
    read(schema, cursor) {
      if (cursor === undefined) return null;
      const [payload = "", seen = "", ...more] = cursor.split(".");
      const given = Buffer.from(seen, "base64url");
      const right = seal(payload);
      if (more.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) throw notOurs();
      return decodeCursor(list, schema, payload);
    },
    write(keys) {
      const payload = encodeCursor(list, keys);
      return `${payload}.${seal(payload).toString("base64url")}`;
    },
  };
}

/** A page out of `limit + 1` rows: the row too many only says that there are more. */
export function page<Row, Item>(rows: readonly Row[], limit: number, show: (row: Row) => Item, cursorOf: (row: Row) => string): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(show), next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}
