/** What the routes of accounts and their balances take and give. */
import * as z from "zod/mini";
import { type Account, type Balance, balanceFault } from "../../finance/account.ts";
import { formatAmount } from "../../finance/money.ts";
import { pageQuery } from "../page.ts";
import { text, uuid } from "../validate.ts";
import { calendarDay, currency, decimal, listOf, shownDay, version } from "./fields.ts";

const name = text({ min: 1, max: 100 });
const types = ["asset", "liability"] as const;
const type = z.enum(types, `must be one of ${types.join(", ")}`);
const archived = z.boolean("must be true or false");

export const accountQuery = z.strictObject(pageQuery());

export const newAccount = z.strictObject({ name, type, currency, archived: z._default(z.optional(archived), false) });

/** What is left out stays. The currency is fixed once the account has balances or expenses. */
export const changedAccount = z.strictObject({
  name: z.optional(name),
  type: z.optional(type),
  currency: z.optional(currency),
  archived: z.optional(archived),
});

export const account = z.object({ id: uuid(), version, name: z.string(), type: z.enum(types), currency: z.string(), archived: z.boolean() });
export const accountList = listOf(account);

export const shownAccount = ({ id, version: at, name: called, type: of, currency: code, archived: old }: Account): z.output<typeof account> => ({
  id,
  version: at,
  name: called,
  type: of,
  currency: code,
  archived: old,
});

/** Newest first; `from` and `to` are both in. */
export const balanceQuery = z.strictObject({ from: z.optional(calendarDay), to: z.optional(calendarDay), ...pageQuery(400, 100) });
/** Beside `{id}`. */
export const balancePath = z.object({ day: calendarDay });
/** For the documents: all of the path. */
export const balanceParams = z.object({ id: uuid(), day: calendarDay });

export const newBalance = z.strictObject({
  amount: z.unknown().check((payload) => {
    const fault = balanceFault(payload.value);
    if (fault !== null) payload.issues.push({ code: "custom", message: fault, input: payload.value });
  }),
});

/** In the account's currency. */
export const balance = z.object({ accountId: uuid(), day: shownDay, amount: decimal, currency: z.string(), version });
export const balanceList = listOf(balance);

export const shownBalance = ({ accountId, day, minor, version: at }: Balance, code: string): z.output<typeof balance> => ({
  accountId,
  day,
  amount: formatAmount(minor, code),
  currency: code,
  version: at,
});
