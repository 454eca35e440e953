/** What `/summary` and `/insights` take, and what they have in common in what they give. */
import * as z from "zod/mini";
import { FIRST_DAY, isDay } from "../../finance/day.ts";
import { currency, decimal, shownDay } from "./fields.ts";

/** No expense is later than five years from now: beyond this nothing is worth asking for. */
export const LAST_ASKED = "2199-12-31";

const dayAllowed = `must be a day of the calendar from ${FIRST_DAY} to ${LAST_ASKED} such as 2026-01-31`;
const day = () => z.string(dayAllowed).check(z.refine((value) => isDay(value) && value >= FIRST_DAY && value <= LAST_ASKED, dayAllowed));

export const periodNames = ["week", "month", "quarter", "year", "payday"] as const;

/** The longest range that a summary covers, in days: five years. Another as long before it is read as well. */
export const MAX_RANGE_DAYS = 1827;

/** `period` and `on`, or `from` and `to`; this month unless told. */
export const summaryQuery = z
  .strictObject({
    period: z.optional(z.enum(periodNames, `must be one of ${periodNames.join(", ")}`)),
    on: z.optional(day()),
    from: z.optional(day()),
    to: z.optional(day()),
    currency: z.optional(currency),
  })
  .check((payload) => {
    const { period, on, from, to } = payload.value;
    const wrong = (field: string, message: string) => payload.issues.push({ code: "custom", path: [field], message, input: payload.value });
    if (from === undefined && to === undefined) return;
    if (period !== undefined) wrong("period", "does not go with from and to");
    if (on !== undefined) wrong("on", "does not go with from and to");
    if (from === undefined) wrong("from", "is needed as well as to");
    if (to === undefined) wrong("to", "is needed as well as from");
    if (from === undefined || to === undefined) return;
    if (to < from) wrong("to", "must not be before from");
    else if (Date.parse(to) - Date.parse(from) >= MAX_RANGE_DAYS * 86_400_000) wrong("to", `must be within ${MAX_RANGE_DAYS} days from from`);
  });

/** The day that an insight is asked for (the user's today unless told), and the currency (that of the profile). */
export const insightQuery = z.strictObject({ on: z.optional(day()), currency: z.optional(currency) });

// What is answered.

const code = z.string().check(z.regex(/^[A-Z]{3}$/));
const id = z.uuid();
const fraction = z.nullable(z.number());

export const shown = { decimal, day: shownDay, currency: code, id, fraction };

export const unconvertedShown = z.array(z.object({ currency: code, total: decimal }));

const compared = { total: decimal, change: decimal, changeShare: fraction };

export const categorySummary = z.object({
  categoryId: z.nullable(id),
  name: z.nullable(z.string()),
  parentId: z.nullable(id),
  total: decimal,
  rolledUp: decimal,
  count: z.int(),
  share: fraction,
});

/** A budget's running period. `percent` is of amount and carried together; see `budgetFigures`. */
export const budgetSummary = z.object({
  budgetId: id,
  name: z.string(),
  categoryId: z.nullable(id),
  currency: code,
  from: shownDay,
  to: shownDay,
  amount: decimal,
  carried: decimal,
  spent: decimal,
  remaining: decimal,
  percent: z.number(),
  pace: fraction,
  projected: decimal,
  daysLeft: z.int(),
});

export const summary = z.object({
  from: shownDay,
  to: shownDay,
  currency: code,
  total: decimal,
  count: z.int(),
  byCategory: z.array(categorySummary),
  budgets: z.array(budgetSummary),
  previous: z.object({
    from: shownDay,
    to: shownDay,
    ...compared,
    toDate: z.nullable(z.object({ to: shownDay, ...compared })),
  }),
  unconverted: unconvertedShown,
});
