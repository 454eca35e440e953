/** `POST /expenses/bulk`: up to 500 at once, all of them or each with an answer of its own. */
import * as z from "zod/mini";
import { addExpenses, known, NamesNothing } from "../../database/expenses.ts";
import { type NewExpense, touchedBy } from "../../finance/expense.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { type FieldError, Problem, problem } from "../problem.ts";
import { parseBody, uuid } from "../validate.ts";
import type { FinanceDeps } from "./deps.ts";
import { namesFaults, namesNothing } from "./expense-refusals.ts";
import { newExpense } from "./expense-schemas.ts";
import { badFields } from "./refusals.ts";
import { watchedWrite } from "./watched.ts";

export const MAX_BULK = 500;
/** 500 expenses with long texts and many tags: 4 KB for each. */
export const MAX_BULK_BYTES = 2 * 1024 * 1024;
/** Fields that one answer names: a wrong file has thousands. */
const MAX_ERRORS = 100;

const modes = ["all", "each"] as const;
const size = `must be a list of 1 to ${MAX_BULK} expenses`;

/** all: every expense, or none of them. each: those that fit, and for each what came of it. The expenses have the shape of `newExpense`. */
export const bulkExpenses = z.strictObject({
  mode: z.enum(modes, `must be one of ${modes.join(", ")}`),
  expenses: z.array(z.unknown(), size).check(z.minLength(1, size), z.maxLength(MAX_BULK, size)),
});
/** For the documents: the body whole. */
export const bulkBody = (now: number) =>
  z.strictObject({ mode: z.enum(modes), expenses: z.array(newExpense(now)).check(z.minLength(1), z.maxLength(MAX_BULK)) });

/** 201, mode all: in the order in which they were sent. */
export const bulkMade = z.object({ ids: z.array(uuid()) });
const refusedRow = z.object({
  status: z.literal(422),
  problem: z.object({
    type: z.string(),
    title: z.string(),
    status: z.literal(422),
    detail: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
  }),
});
/** 200, mode each: an answer for each, in the order in which they were sent. */
export const bulkAnswers = z.object({ results: z.array(z.union([z.object({ status: z.literal(201), id: uuid() }), refusedRow])) });

/** An expense of the list, or what is wrong with it. */
type Row = { made: NewExpense } | { errors: readonly FieldError[] };

function wrong(rows: readonly Row[]): Problem | null {
  const errors = rows.flatMap((row, i) => ("errors" in row ? row.errors.map(({ pointer, detail }) => ({ pointer: `/expenses/${i}${pointer}`, detail })) : []));
  if (errors.length === 0) return null;
  const shown = errors.slice(0, MAX_ERRORS);
  const count = rows.filter((row) => "errors" in row).length;
  const more = errors.length > shown.length ? ` The first ${MAX_ERRORS} of ${errors.length} are named.` : "";
  return problem("bad-fields", `${count} of ${rows.length} expenses do not fit, so none was made.${more}`, { errors: shown });
}

const rowAnswer = (row: Row) => ("made" in row ? { status: 201, id: row.made.id } : { status: 422, problem: badFields(row.errors).body() });

export function bulkRoutes(deps: FinanceDeps): Route[] {
  async function post(request: ApiRequest): Promise<Reply> {
    const { mode, expenses } = parseBody(bulkExpenses, request.body);
    const schema = newExpense(deps.now());
    const parsed = expenses.map((each): Row => {
      try {
        const made = { id: deps.newId(), ...parseBody(schema, each) };
        return made.receiptId === null ? { made } : { errors: [{ pointer: "/receiptId", detail: "must be null here: give it to the expense by PATCH" }] };
      } catch (error) {
        if (error instanceof Problem) return { errors: error.errors };
        throw error;
      }
    });
    const early = mode === "all" ? wrong(parsed) : null;
    if (early !== null) throw early;

    return watchedWrite(deps, request, async (tx, { sub }, check) => {
      const names = await known(
        tx,
        sub,
        parsed.flatMap((row) => ("made" in row ? [row.made] : [])),
      );
      const rows = parsed.map((row): Row => {
        const errors = "made" in row ? namesFaults(row.made, names) : [];
        return errors.length > 0 ? { errors } : row;
      });
      const late = mode === "all" ? wrong(rows) : null;
      if (late !== null) throw late;
      const made = rows.flatMap((row) => ("made" in row ? [row.made] : []));
      if (made.length > 0) {
        await addExpenses(tx, sub, made).catch((error: unknown) => {
          // Deleted between the look and the write: which of them it was is not known any more.
          if (!(error instanceof NamesNothing)) throw error;
          const { pointer, detail } = namesNothing(error);
          throw problem("bad-fields", `${pointer} of an expense ${detail} any more. Nothing was made: send them again.`, {
            errors: [{ pointer: "/expenses", detail }],
          });
        });
        const written = made.map((after) => ({ before: null, after }));
        await check(
          made.flatMap((each) => touchedBy(null, each)),
          written,
        );
      }
      return mode === "all" ? { status: 201, body: { ids: made.map(({ id }) => id) } } : { status: 200, body: { results: rows.map(rowAnswer) } };
    });
  }
  return [{ method: "POST", path: "/expenses/bulk", handler: post, maxBodyBytes: MAX_BULK_BYTES }];
}
