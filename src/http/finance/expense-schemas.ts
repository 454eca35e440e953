/** What the expenses' routes take and give. */
import * as z from "zod/mini";
import { ROWS_LOOKED_AT } from "../../database/expense-list.ts";
import { type Expense, inOrder, kinds, statuses } from "../../finance/expense.ts";
import { formatAmount } from "../../finance/money.ts";
import { pageQuery } from "../page.ts";
import { text, uuid } from "../validate.ts";
import { amount, calendarDay, currency, decimal, decimalsFault, entryDay, listOf, minorOf, shownDay, version } from "./fields.ts";

const kind = z.enum(kinds, `must be one of ${kinds.join(", ")}`);
const status = z.enum(statuses, `must be one of ${statuses.join(", ")}`);
const id = z.nullable(uuid());
const merchant = text({ max: 200 });
const description = text({ max: 500 });

export const MAX_TAGS = 20;
/** Case is kept and counts; the same tag given twice is one. */
const tag = z.pipe(
  text({ min: 1, max: 50 }).check(z.refine((value) => !value.includes(","), "must not hold a comma")),
  z.transform((value: string) => value),
);
const tags = z.pipe(
  z.array(tag, "must be a list of tags").check(z.maxLength(MAX_TAGS, `must be at most ${MAX_TAGS} tags`)),
  z.transform((given: string[]) => inOrder(given)),
);

const optional = <Schema extends z.ZodMiniType>(schema: Schema, standard: NonNullable<z.output<Schema>> | null) =>
  z._default(z.optional(schema), standard as never) as z.ZodMiniType<z.output<Schema>, z.input<Schema> | undefined>;

/**
 * A new expense at `now` (milliseconds): days reach five years ahead. Its value has the amount in minor units. The account's currency may be another one: a
 * card in euros pays in dollars abroad, and the receipt says dollars.
 */
export const newExpense = (now: number) =>
  z.pipe(
    z
      .strictObject({
        kind: optional(kind, "expense"),
        amount,
        currency,
        occurredOn: entryDay(now),
        categoryId: optional(id, null),
        accountId: optional(id, null),
        merchant: optional(merchant, ""),
        description: optional(description, ""),
        tags: z._default(z.optional(tags), []),
        status: optional(status, "cleared"),
        refundOf: optional(id, null),
        receiptId: optional(id, null),
      })
      .check((payload) => {
        const { amount: given, currency: code, kind: of, refundOf } = payload.value;
        // How many decimals there may be only the currency says; of an unknown one nothing is said but that.
        const fault = decimalsFault(given, code);
        if (fault !== null) payload.issues.push({ code: "custom", path: ["amount"], message: fault, input: given });
        if (refundOf !== null && kinds.includes(of) && of !== "refund")
          payload.issues.push({ code: "custom", path: ["refundOf"], message: "is for the kind refund only", input: refundOf });
      }),
    z.transform(({ amount: given, ...rest }) => ({ ...rest, minor: minorOf(given, rest.currency) })),
  );

/**
 * What is left out stays; null clears what may be null, and "" the texts. An amount is read in the currency that is given with it, or in the one that is
 * there; another currency needs its amount.
 */
export const changedExpense = (now: number) =>
  z
    .strictObject({
      kind: z.optional(kind),
      amount: z.optional(amount),
      currency: z.optional(currency),
      occurredOn: z.optional(entryDay(now)),
      categoryId: z.optional(id),
      accountId: z.optional(id),
      merchant: z.optional(merchant),
      description: z.optional(description),
      tags: z.optional(tags),
      status: z.optional(status),
      refundOf: z.optional(id),
      receiptId: z.optional(id),
    })
    .check((payload) => {
      const fault = decimalsFault(payload.value.amount, payload.value.currency);
      if (fault !== null) payload.issues.push({ code: "custom", path: ["amount"], message: fault, input: payload.value.amount });
    });

/** By day, amount or merchant; `-` turns it round. */
export const sorts = ["day", "-day", "amount", "-amount", "merchant", "-merchant"] as const;

/**
 * Expenses that fit all that is given. `from` and `to` are both in, `categoryId` is a category with its children, `min` and `max` are amounts of `currency`,
 * `q` is looked for in merchant and description whatever the case, `tag` is a tag to the letter.
 */
export const expenseQuery = z.pipe(
  z
    .strictObject({
      from: z.optional(calendarDay),
      to: z.optional(calendarDay),
      categoryId: z.optional(uuid()),
      accountId: z.optional(uuid()),
      kind: z.optional(kind),
      status: z.optional(status),
      currency: z.optional(currency),
      min: z.optional(amount),
      max: z.optional(amount),
      q: z.optional(text({ min: 1, max: 200 })),
      tag: z.optional(text({ min: 1, max: 50 })),
      sort: z._default(z.optional(z.enum(sorts, `must be one of ${sorts.join(", ")}`)), "-day"),
      ...pageQuery(),
    })
    .check((payload) => {
      const { currency: code, sort, min, max } = payload.value;
      const wrong = (field: string, message: string) => payload.issues.push({ code: "custom", path: [field], message, input: payload.value });
      const bounds = { min, max };
      for (const name of ["min", "max"] as const) {
        if (bounds[name] === undefined) continue;
        if (code === undefined) wrong(name, "needs the parameter currency");
        const fault = decimalsFault(bounds[name], code);
        if (fault !== null) wrong(name, fault);
      }
      if (code === undefined && /^-?amount$/.test(sort)) wrong("sort", "by amount needs the parameter currency");
    }),
  z.transform(({ min, max, ...rest }) => {
    const minor = (given: unknown) => (given === undefined || rest.currency === undefined ? undefined : minorOf(given, rest.currency));
    return { ...rest, min: minor(min), max: minor(max) };
  }),
);

/** For the documents: what `next` means in this list. */
export const EXPENSE_LIST_TEXT = `A page looks at ${ROWS_LOOKED_AT} expenses at most. Filters that no index answers may leave it short, or even empty, with a \`next\` all the same: the list has ended only when \`next\` is null. Expenses that are neither made, deleted nor moved within the order meanwhile are seen exactly once.`;

/** The amount is a decimal string with all decimals of its currency, above zero whatever the kind. */
export const expense = z.object({
  id: uuid(),
  version,
  kind: z.enum(kinds),
  amount: decimal,
  currency: z.string(),
  occurredOn: shownDay,
  categoryId: z.nullable(uuid()),
  accountId: z.nullable(uuid()),
  merchant: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  status: z.enum(statuses),
  refundOf: z.nullable(uuid()),
  receiptId: z.nullable(uuid()),
});
export const expenseList = listOf(expense);

export const shownExpense = ({ minor, tags: own, ...rest }: Expense): z.output<typeof expense> => ({
  id: rest.id,
  version: rest.version,
  kind: rest.kind,
  amount: formatAmount(minor, rest.currency),
  currency: rest.currency,
  occurredOn: rest.occurredOn,
  categoryId: rest.categoryId,
  accountId: rest.accountId,
  merchant: rest.merchant,
  description: rest.description,
  tags: [...own],
  status: rest.status,
  refundOf: rest.refundOf,
  receiptId: rest.receiptId,
});
