/** What stands in a path. Ids that are none get the same answer as ids of nobody's; a day or a currency that is none is said to be so. */
import * as z from "zod/mini";
import { FIRST_DAY, lastDay } from "../../finance/day.ts";
import type { ApiRequest } from "../api.ts";
import { type Problem, problem } from "../problem.ts";
import { fieldErrors, uuid } from "../validate.ts";

/** `noun` as in "There is no such category." */
export const noSuch = (noun: string): Problem => problem("not-found", `There is no such ${noun}.`);

const id = uuid();

/** The `{id}` of the path, in lower case. Throws the problem `not-found` for what is no UUID. */
export function idOf(request: ApiRequest, noun: string): string {
  const parsed = z.safeParse(id, request.params.id);
  if (!parsed.success) throw noSuch(noun);
  return parsed.data;
}

/** The path's parameters as the schema's value. Throws the problem `bad-path` (400). */
export function parsePath<Schema extends z.core.$ZodType>(schema: Schema, params: Record<string, string>): z.output<Schema> {
  const parsed = z.safeParse(schema, params);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(schema, params, parsed.error);
  throw problem("bad-path", `${errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join("; ")}.`, { errors });
}

/** Throws the problem `bad-path` (400) for a day on which nothing may be entered at `now` (milliseconds). */
export function requireEntryDay(day: string, now: number): void {
  const last = lastDay(now);
  if (day >= FIRST_DAY && day <= last) return;
  const detail = `must be a day from ${FIRST_DAY} to ${last}`;
  throw problem("bad-path", `/day ${detail}.`, { errors: [{ pointer: "/day", detail }] });
}
