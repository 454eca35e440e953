/** What the categories' routes take and give. */
import * as z from "zod/mini";
import type { Category } from "../../finance/category.ts";
import { pageQuery } from "../page.ts";
import { text, uuid } from "../validate.ts";
import { listOf, version } from "./fields.ts";

const name = text({ min: 1, max: 100 });
const colourAllowed = "must be a colour such as #3366cc, or null";
const colour = z.nullable(z.string(colourAllowed).check(z.regex(/^#[0-9a-f]{6}$/i, colourAllowed), z.toLowerCase()));
const parentId = z.nullable(uuid());

export const categoryQuery = z.strictObject(pageQuery());

/** `parentId` null: at the top. */
export const newCategory = z.strictObject({ name, parentId: z._default(z.optional(parentId), null), colour: z._default(z.optional(colour), null) });

/** What is left out stays; null clears `parentId` and `colour`. */
export const changedCategory = z.strictObject({ name: z.optional(name), parentId: z.optional(parentId), colour: z.optional(colour) });

export const category = z.object({ id: uuid(), version, name: z.string(), parentId: z.nullable(uuid()), colour: z.nullable(z.string()) });
export const categoryList = listOf(category);

export const shownCategory = ({ id, version: at, name: called, parentId: parent, colour: of }: Category): z.output<typeof category> => ({
  id,
  version: at,
  name: called,
  parentId: parent,
  colour: of,
});
