/** Refusals that more than one of the finance routes gives. */
import { NameTaken } from "../../database/categories.ts";
import { type FieldError, type Problem, problem } from "../problem.ts";

/** Fields that fit by themselves and not with what is stored. */
export const badFields = (errors: readonly FieldError[]): Problem =>
  problem("bad-fields", `${errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join("; ")}.`, { errors });

/** `noun` as in "You have a category of that name already." */
export const takenName = (noun: string) => (error: unknown) => {
  if (!(error instanceof NameTaken)) return error;
  return problem("conflict", `You have ${noun} of that name already.`, { errors: [{ pointer: "/name", detail: "is taken" }] });
};

/** What uses it, and how many of each; counts of 0 are left out. `uses` is empty when somebody came to use it at this very moment. */
export function inUse(noun: string, counts: Readonly<Record<string, number>>, advice: string): Problem {
  const uses = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => ({ what, count }));
  const by = uses.length === 0 ? "" : ` (${uses.map(({ what, count }) => `${what}: ${count}`).join(", ")})`;
  return problem("in-use", `The ${noun} is in use${by}. ${advice}`, { extra: { uses } });
}
