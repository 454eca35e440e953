/** What the rates' routes take and give. */
import * as z from "zod/mini";
import { type Rate, rateFault } from "../../finance/account.ts";
import { pageQuery } from "../page.ts";
import { calendarDay, currency, listOf, shownDay, version } from "./fields.ts";

/** By base, quote and day, both days in. With a base and a quote the newest comes first; without, the oldest of each pair. */
export const rateQuery = z.strictObject({
  base: z.optional(currency),
  quote: z.optional(currency),
  from: z.optional(calendarDay),
  to: z.optional(calendarDay),
  ...pageQuery(400, 100),
});

/** All of the path. */
export const ratePath = z.object({ day: calendarDay, base: currency, quote: currency }).check((payload) => {
  const { base, quote } = payload.value;
  if (base === quote) payload.issues.push({ code: "custom", path: ["quote"], message: "must be another currency than the base", input: quote });
});

/** 1 base = `rate` quote. */
export const newRate = z.strictObject({
  rate: z.unknown().check((payload) => {
    const fault = rateFault(payload.value);
    if (fault !== null) payload.issues.push({ code: "custom", message: fault, input: payload.value });
  }),
});

export const rate = z.object({ day: shownDay, base: z.string(), quote: z.string(), rate: z.string().check(z.regex(/^\d{1,12}(\.\d{1,12})?$/)), version });
export const rateList = listOf(rate);

export const shownRate = ({ day, base, quote, rate: worth, version: at }: Rate): z.output<typeof rate> => ({ day, base, quote, rate: worth, version: at });
