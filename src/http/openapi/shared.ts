/** Pieces of answers' schemas that more than one area needs. */
import * as z from "zod/mini";

/** An instant in UTC, ISO 8601: `2026-11-21T07:30:00.000Z`. */
export const time = z.iso.datetime();
