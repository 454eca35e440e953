/** Fields that more than one of the finance routes takes or gives. */
import * as z from "zod/mini";
import { FIRST_DAY, FIRST_OF_ALL, isDay, lastDay } from "../../finance/day.ts";
import { amountFault, exponentOf, parseAmount } from "../../finance/money.ts";

/** `unknown` with a sentence of its own for each fault; whether it is there at all is asked first. How many decimals there may be only the currency says. */
export const amount = z.unknown().check((payload) => {
  const fault = amountFault(payload.value);
  if (fault !== null) payload.issues.push({ code: "custom", message: fault, input: payload.value });
});

/** The amount's fault in its currency, for a check of the whole object; null when either has been found wrong already, or none is there. */
export function decimalsFault(value: unknown, currencyOfIt: unknown): string | null {
  if (typeof currencyOfIt !== "string" || exponentOf(currencyOfIt) === null || amountFault(value) !== null) return null;
  const parsed = parseAmount(value, currencyOfIt);
  return parsed.ok ? null : parsed.why;
}

/** An amount that was checked. Throws for one that was not: a bug. */
export function minorOf(value: unknown, currencyOfIt: string): bigint {
  const parsed = parseAmount(value, currencyOfIt);
  if (!parsed.ok) throw new Error(`an amount ${parsed.why}`);
  return parsed.minor;
}

const currencyAllowed = "must be a currency of ISO 4217 such as EUR";
export const currency = z.string(currencyAllowed).check(z.refine((code) => exponentOf(code) !== null, currencyAllowed));

const dayAllowed = "must be a day of the calendar such as 2026-01-31";
/** Any day that PostgreSQL has too: its year 0 is none. */
export const calendarDay = z.string(dayAllowed).check(z.refine((day) => isDay(day) && day >= FIRST_OF_ALL, dayAllowed));

/** A day on which something may be entered at `now` (milliseconds): from 1900 to five years ahead. */
export const entryDay = (now: number) => {
  const last = lastDay(now);
  return z.string(dayAllowed).check(
    z.refine(isDay, { error: dayAllowed, abort: true }),
    z.refine((day) => day >= FIRST_DAY && day <= last, `must be a day from ${FIRST_DAY} to ${last}`),
  );
};

/** Shown money: a decimal string with all decimals of its currency. */
export const decimal = z.string().check(z.regex(/^-?(0|[1-9]\d*)(\.\d{2,3})?$/));
/** Shown days. */
export const shownDay = z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/));
export const version = z.int().check(z.gte(1));

/** A page of a list: `next` is the cursor of the page after it, null on the last one. */
export const listOf = <Item extends z.ZodMiniType>(item: Item) => z.object({ items: z.array(item), next: z.nullable(z.string()) });
