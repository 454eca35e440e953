/** What the finance routes take and give, as schemas and shapes. */
import * as z from "zod/mini";
import { FIRST_DAY, isDay, lastDay } from "../../finance/day.ts";
import type { Expense } from "../../finance/expense.ts";
import { amountFault, exponentOf, formatAmount, parseAmount } from "../../finance/money.ts";
import { pageQuery } from "../page.ts";
import { text, uuid } from "../validate.ts";

export const listQuery = z.strictObject(pageQuery());

export const newCategory = z.strictObject({ name: text({ min: 1, max: 100 }) });

/** `unknown` with a sentence of its own for each fault; whether it is there at all is asked first. */
const amount = z.unknown().check((payload) => {
  const fault = amountFault(payload.value);
  if (fault !== null) payload.issues.push({ code: "custom", message: fault, input: payload.value });
});

const currencyAllowed = "must be a currency of ISO 4217 such as EUR";
const currency = z.string(currencyAllowed).check(z.refine((code) => exponentOf(code) !== null, currencyAllowed));

const dayAllowed = "must be a day of the calendar such as 2026-01-31";
const dayUntil = (last: string) =>
  z.string(dayAllowed).check(
    z.refine(isDay, { error: dayAllowed, abort: true }),
    z.refine((day) => day >= FIRST_DAY && day <= last, `must be a day from ${FIRST_DAY} to ${last}`),
  );

/** A new expense at `now` (milliseconds): days reach five years ahead. Its value has the amount in minor units. */
export const newExpense = (now: number) =>
  z.pipe(
    z
      .strictObject({
        amount,
        currency,
        occurredOn: dayUntil(lastDay(now)),
        categoryId: uuid(),
        description: z._default(z.optional(text({ max: 500 })), ""),
      })
      .check((payload) => {
        // How many decimals there may be only the currency says.
        const parsed = parseAmount(payload.value.amount, payload.value.currency);
        if (!parsed.ok) payload.issues.push({ code: "custom", path: ["amount"], message: parsed.why, input: payload.value.amount });
      }),
    z.transform(({ amount: given, ...rest }) => {
      const parsed = parseAmount(given, rest.currency);
      return { ...rest, minor: parsed.ok ? parsed.minor : 0n };
    }),
  );

/** An expense as the API shows it: the amount as a decimal string with all decimals of its currency. */
export const shownExpense = ({ id, minor, currency: code, occurredOn, categoryId, description }: Expense) => ({
  id,
  amount: formatAmount(minor, code),
  currency: code,
  occurredOn,
  categoryId,
  description,
});
