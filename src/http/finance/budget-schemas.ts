/** What the budgets' routes take and give. */
import * as z from "zod/mini";
import type { BudgetChange, BudgetStanding, NewBudget } from "../../database/budgets.ts";
import type { FiredAlert } from "../../database/budgets-alerts.ts";
import type { Budget } from "../../finance/budget.ts";
import { formatAmount } from "../../finance/money.ts";
import type { PeriodKind } from "../../finance/periods.ts";
import { pageQuery } from "../page.ts";
import { text, uuid } from "../validate.ts";
import { amount, currency, decimal, decimalsFault, entryDay, listOf, minorOf, shownDay, version } from "./fields.ts";

export const budgetPeriods = ["week", "month", "quarter", "year", "payday", "custom"] as const satisfies readonly PeriodKind[];

/** The thresholds of a budget that names none, in percent. */
export const STANDARD_THRESHOLDS: readonly number[] = [80, 100];
const MOST_THRESHOLDS = 10;

/** A whole number in a body: as JSON has it, not as text. */
const whole = (min: number, max: number) => {
  const allowed = `must be a whole number from ${min} to ${max}`;
  return z.number(allowed).check(z.refine((value) => Number.isInteger(value) && value >= min && value <= max, allowed));
};

const name = text({ min: 1, max: 100 });
const categoryId = z.nullable(uuid());
const period = z.enum(budgetPeriods, `must be one of ${budgetPeriods.join(", ")}`);
const periodDays = z.nullable(whole(1, 3660));
const rollover = z.boolean("must be true or false");
const thresholdsAllowed = `must be a list of at most ${MOST_THRESHOLDS} whole numbers from 1 to 1000`;
/** Percent. Whatever the order, each counts once. */
const thresholds = z.array(whole(1, 1000), thresholdsAllowed).check(z.maxLength(MOST_THRESHOLDS, thresholdsAllowed));

const inOrder = (given: readonly number[]) => [...new Set(given)].sort((a, b) => a - b);

/** Why a period can't have that length; null when it can. */
export function lengthFault(kind: unknown, days: number | null | undefined): string | null {
  if (kind === "custom") return typeof days === "number" ? null : "is needed for a custom period";
  return typeof days === "number" ? "goes with a custom period only" : null;
}

export const budgetQuery = z.strictObject(pageQuery());

/** A new budget at `now` (milliseconds). Its value is what is stored, but for the id. */
export const newBudget = (now: number) =>
  z.pipe(
    z
      .strictObject({
        name,
        categoryId: z._default(z.optional(categoryId), null),
        amount,
        currency,
        period,
        startsOn: z.optional(entryDay(now)),
        periodDays: z._default(z.optional(periodDays), null),
        thresholds: z._default(z.optional(thresholds), [...STANDARD_THRESHOLDS]),
        rollover: z._default(z.optional(rollover), false),
      })
      .check((payload) => {
        const { value } = payload;
        const decimals = decimalsFault(value.amount, value.currency);
        if (decimals !== null) payload.issues.push({ code: "custom", path: ["amount"], message: decimals, input: value.amount });
        const length = lengthFault(value.period, value.periodDays);
        if (length !== null) payload.issues.push({ code: "custom", path: ["periodDays"], message: length, input: value.periodDays });
      }),
    z.transform(
      ({ amount: given, startsOn, ...rest }): Omit<NewBudget, "id"> => ({
        ...rest,
        minor: minorOf(given, rest.currency),
        startsOn: startsOn ?? null,
        thresholds: inOrder(rest.thresholds),
      }),
    ),
  );

/** What is left out stays; null: all spending, or no length. Amounts are looked at with the currency that comes out (`changeOf`). */
export const changedBudget = (now: number) =>
  z.strictObject({
    name: z.optional(name),
    categoryId: z.optional(categoryId),
    amount: z.optional(amount),
    currency: z.optional(currency),
    period: z.optional(period),
    startsOn: z.optional(entryDay(now)),
    periodDays: z.optional(periodDays),
    thresholds: z.optional(thresholds),
    rollover: z.optional(rollover),
  });

export type BudgetPatch = z.output<ReturnType<typeof changedBudget>>;

/** A patch meets the budget that it changes: the change, or the fields that don't fit what is there. */
export function changeOf(
  old: Pick<Budget, "currency" | "rhythm">,
  { amount: given, ...patch }: BudgetPatch,
): { change: BudgetChange } | { errors: { pointer: string; detail: string }[] } {
  const errors: { pointer: string; detail: string }[] = [];
  const code = patch.currency ?? old.currency;
  if (given === undefined && code !== old.currency) errors.push({ pointer: "/amount", detail: `is needed with another currency, in ${code}` });
  const decimals = given === undefined ? null : decimalsFault(given, code);
  if (decimals !== null) errors.push({ pointer: "/amount", detail: decimals });
  const kind = patch.period ?? old.rhythm.kind;
  // A period that is custom no more has no length of its own any more.
  const days = patch.periodDays !== undefined ? patch.periodDays : kind === "custom" ? old.rhythm.periodDays : null;
  const length = lengthFault(kind, days);
  if (length !== null) errors.push({ pointer: "/periodDays", detail: length });
  if (errors.length > 0) return { errors };
  return {
    change: {
      ...patch,
      periodDays: days,
      ...(given === undefined ? {} : { minor: minorOf(given, code) }),
      ...(patch.thresholds === undefined ? {} : { thresholds: inOrder(patch.thresholds) }),
    },
  };
}

const shown = {
  id: uuid(),
  version,
  name: z.string(),
  categoryId: z.nullable(uuid()),
  amount: decimal,
  currency: z.string(),
  period: z.enum(budgetPeriods),
  startsOn: shownDay,
  /** Custom only; null for the others. */
  periodDays: z.nullable(z.int()),
  thresholds: z.array(z.int()),
  rollover: z.boolean(),
};
export const budget = z.object(shown);
export const budgetList = listOf(budget);

/** The running period of a budget: see `BudgetFigures` for each formula. */
export const budgetNow = z.object({
  from: shownDay,
  to: shownDay,
  amount: decimal,
  carried: decimal,
  spent: decimal,
  remaining: decimal,
  percent: z.number(),
  pace: z.nullable(z.number()),
  projected: decimal,
  daysLeft: z.int(),
  /** What has no rate to the budget's currency, and so is in no figure. */
  unconverted: z.array(z.object({ currency: z.string(), total: decimal })),
  /** Thresholds reached in this period, lowest first, once each; `told` is false for one that was reached already when the budget was made or changed. */
  alerts: z.array(z.object({ threshold: z.int(), at: z.string(), told: z.boolean() })),
});
/** One budget: with its running period; null when it has not begun. */
export const budgetWithNow = z.object({ ...shown, now: z.nullable(budgetNow) });

export const shownBudget = (it: Budget): z.output<typeof budget> => ({
  id: it.id,
  version: it.version,
  name: it.name,
  categoryId: it.categoryId,
  amount: formatAmount(it.minor, it.currency),
  currency: it.currency,
  period: it.rhythm.kind,
  startsOn: it.rhythm.startsOn,
  periodDays: it.rhythm.periodDays,
  thresholds: [...it.thresholds],
  rollover: it.rollover,
});

export function shownNow({ budget: { currency: code }, figures, unconverted }: BudgetStanding, alerts: readonly FiredAlert[]): z.output<typeof budgetNow> {
  const money = (minor: bigint) => formatAmount(minor, code);
  return {
    from: figures.from,
    to: figures.to,
    amount: money(figures.amount),
    carried: money(figures.carried),
    spent: money(figures.spent),
    remaining: money(figures.remaining),
    percent: figures.percent,
    pace: figures.pace,
    projected: money(figures.projected),
    daysLeft: figures.daysLeft,
    unconverted: unconverted.map((one) => ({ currency: one.currency, total: formatAmount(one.minor, one.currency) })),
    alerts: alerts.map(({ threshold, at, told }) => ({ threshold, at: new Date(at).toISOString(), told })),
  };
}
