/**
 * What a notification of each kind holds: everything that its text says, so that a database that sleeps stops no mail. Amounts are decimal strings, days
 * `2026-11-21`. Pure. The shapes have a version (`v` of the outbox row's payload), and what can't be read is no notification but a failed one.
 */
import * as z from "zod/mini";
import { isDay } from "../finance/day.ts";
import { exponentOf } from "../finance/money.ts";
import { isKind, type Kind } from "./kinds.ts";

const day = z.string().check(z.refine(isDay));
const amount = z.string().check(z.regex(/^-?\d{1,20}(\.\d{1,4})?$/));
const currency = z.string().check(z.refine((code) => exponentOf(code) !== null));
const text = z.string().check(z.maxLength(1000));

const budgetThreshold = z.object({
  v: z.literal(1),
  budgetId: text,
  name: text,
  /** Percent: the one that is reached. */
  threshold: z.number(),
  from: day,
  to: day,
  currency,
  /** Of the period, without what was carried over; `effective` is with it. */
  amount,
  carried: amount,
  effective: amount,
  spent: amount,
  /** Of `effective`; null where that is nothing or less. */
  percent: z.nullable(z.number()),
  /** Spent in currencies without a rate, and so not in `spent`. */
  unconverted: z.array(z.object({ currency, total: amount })),
});

/** Of several at once, which one import has brought about; of each budget the highest threshold. */
const budgetThresholds = z.object({
  v: z.literal(2),
  count: z.number(),
  /** The first ten. */
  budgets: z.array(z.object({ budgetId: text, name: text, threshold: z.number(), from: day, to: day, currency, spent: amount, effective: amount })),
});

const largeExpense = z.object({
  v: z.literal(1),
  expenseId: text,
  amount,
  currency,
  /** May be empty. */
  merchant: text,
  occurredOn: day,
  /** The user's own limit, in the same currency. */
  limit: amount,
});

/** Many that were entered at once are told of in one. */
const largeExpenses = z.object({
  v: z.literal(2),
  /** How many there are; all of them in the limit's currency. */
  count: z.number(),
  total: amount,
  currency,
  limit: amount,
  /** The largest first, a few of them. */
  largest: z.array(z.object({ expenseId: text, amount, merchant: text, occurredOn: day })),
});

const reportReady = z.object({ v: z.literal(1), reportId: text, name: text, from: day, to: day });

const weeklyRecap = z.object({
  v: z.literal(1),
  from: day,
  to: day,
  currency,
  total: amount,
  /** How many expenses. */
  count: z.number(),
  /** Of the week before; null when there was none to compare with. */
  previous: z.nullable(amount),
  /** Where most went, the most first. */
  top: z.array(z.object({ name: text, total: amount })),
});

const schemas = {
  "budget-threshold": z.discriminatedUnion("v", [budgetThreshold, budgetThresholds]),
  "large-expense": z.discriminatedUnion("v", [largeExpense, largeExpenses]),
  "report-ready": reportReady,
  "weekly-recap": weeklyRecap,
} as const satisfies Record<Kind, z.ZodMiniType>;

export type DataOf<K extends Kind> = z.output<(typeof schemas)[K]>;

/** What happened, with its kind: tells the four apart. */
export type News = { [K in Kind]: { kind: K; data: DataOf<K> } }[Kind];

/** Null for a kind or a shape that this code does not know. */
export function readNews(kind: string, data: unknown): News | null {
  if (!isKind(kind)) return null;
  const parsed = schemas[kind].safeParse(data);
  return parsed.success ? ({ kind, data: parsed.data } as News) : null;
}
