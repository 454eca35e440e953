/** What the insights give, and what adopting suggestions takes. */
import * as z from "zod/mini";
import { uuid } from "../validate.ts";
import { budget } from "./budget-schemas.ts";
import { amount, currency, decimal, decimalsFault, shownDay } from "./fields.ts";
import { budgetSummary, shown, unconvertedShown } from "./summary-schemas.ts";

const { id, fraction } = shown;
const code = shown.currency;
const named = { categoryId: z.nullable(id), name: z.nullable(z.string()) };
const compared = { total: decimal, change: decimal, changeShare: fraction };

const insight = <Figures extends z.ZodMiniType>(figures: Figures) =>
  z.object({ sentence: z.string(), from: shownDay, to: shownDay, currency: code, figures, method: z.string(), unconverted: unconvertedShown });

/** Of an expense: its amount in its own currency, `total` in the insight's. */
const purchase = {
  ...named,
  id,
  occurredOn: shownDay,
  merchant: z.string(),
  description: z.string(),
  amount: decimal,
  currency: code,
  total: decimal,
};

export const weeklyRecap = insight(
  z.object({
    countedTo: shownDay,
    total: decimal,
    count: z.int(),
    weekBefore: z.object({ from: shownDay, to: shownDay, ...compared }),
    usual: z.nullable(z.object({ weeks: z.int(), ...compared })),
    movers: z.array(z.object({ ...named, total: decimal, before: decimal, change: decimal })),
    topExpenses: z.array(z.object(purchase)),
  }),
);

const recurring = z.object({
  merchant: z.string(),
  rhythm: z.enum(["weekly", "fortnightly", "monthly", "quarterly", "yearly"]),
  amount: decimal,
  currency: code,
  lastOn: shownDay,
  changedFrom: z.nullable(decimal),
  payments: z.int(),
  nextOn: shownDay,
  late: z.boolean(),
  perMonth: z.nullable(decimal),
});

export const spendingAnalysis = insight(
  z.object({
    total: decimal,
    months: z.array(z.object({ from: shownDay, to: shownDay, total: decimal })),
    byCategory: z.array(
      z.object({
        ...named,
        parentId: z.nullable(id),
        total: decimal,
        rolledUp: decimal,
        share: fraction,
        months: z.array(decimal),
        trend: z.nullable(z.object({ direction: z.enum(["rising", "falling", "none"]), perMonth: decimal })),
      }),
    ),
    byMerchant: z.array(z.object({ merchant: z.string(), total: decimal, count: z.int(), share: fraction })),
    recurring: z.array(recurring),
    recurringPerMonth: decimal,
    unusual: z.array(z.object({ ...purchase, usual: decimal, times: z.number() })),
  }),
);

const suggestion = z.object({
  ...named,
  amount: z.nullable(decimal),
  currency: code,
  reason: z.enum(["steady", "one-offs", "trend", "seldom", "too-new", "has-budget"]),
  why: z.string(),
  budgetIds: z.array(id),
  months: z.array(decimal),
  median: decimal,
  usual: decimal,
  leftOut: z.array(z.object({ month: z.string().check(z.regex(/^\d{4}-\d\d$/)), total: decimal })),
});

export const budgetSuggestion = insight(
  z.object({ months: z.array(z.object({ from: shownDay, to: shownDay })), suggestions: z.array(suggestion), overall: suggestion }),
);

/** Suggestions that one request adopts at most. */
export const MOST_ADOPTED = 100;

const allowed = `must be a list of 1 to ${MOST_ADOPTED} suggestions`;

/** Which suggestions become budgets: of a category, or of all spending (null). Without an amount the suggested one. The currency is the profile's unless told. */
export const adoption = z
  .strictObject({
    currency: z.optional(currency),
    suggestions: z
      .array(z.strictObject({ categoryId: z.nullable(uuid()), amount: z.optional(amount) }), allowed)
      .check(z.minLength(1, allowed), z.maxLength(MOST_ADOPTED, allowed)),
  })
  .check((payload) => {
    const wrong = (path: (string | number)[], message: string, input: unknown) => payload.issues.push({ code: "custom", path, message, input });
    const { suggestions, currency: of } = payload.value;
    const seen = new Set<string | null>();
    suggestions.forEach(({ categoryId, amount: given }, i) => {
      if (seen.has(categoryId)) wrong(["suggestions", i, "categoryId"], "is there twice", categoryId);
      seen.add(categoryId);
      const decimals = given === undefined ? null : decimalsFault(given, of);
      if (decimals !== null) wrong(["suggestions", i, "amount"], decimals, given);
    });
  });

export const adopted = z.object({
  budgets: z.array(budget),
  /** What was left out, and why: it has a budget already, or nothing is suggested for it. */
  skipped: z.array(z.object({ categoryId: z.nullable(id), reason: z.enum(["has-budget", "nothing-suggested"]), why: z.string(), budgetIds: z.array(id) })),
});

const cut = z.object({ ...named, merchant: z.string(), total: decimal, usual: decimal, saves: decimal });

export const budgetTracking = insight(
  z.object({
    budgets: z.array(
      z.extend(budgetSummary, {
        verdict: z.enum(["over", "will-exceed", "tight", "on-track", "too-early", "not-begun", "ended"]),
        expected: decimal,
        recurringToCome: decimal,
        perDayLeft: z.nullable(decimal),
        cut: z.array(cut),
        unconverted: unconvertedShown,
      }),
    ),
    holding: z.int(),
    atRisk: z.int(),
  }),
);

const accountType = z.enum(["asset", "liability"]);
const worthChange = z.object({
  since: shownDay,
  total: decimal,
  byAccount: z.array(
    z.object({
      accountId: id,
      name: z.string(),
      type: accountType,
      change: decimal,
      byBalance: decimal,
      byRate: decimal,
      began: z.boolean(),
      ended: z.boolean(),
    }),
  ),
});

export const netWorth = insight(
  z.object({
    assets: decimal,
    liabilities: decimal,
    netWorth: decimal,
    accounts: z.array(
      z.object({
        accountId: id,
        name: z.string(),
        type: accountType,
        archived: z.boolean(),
        currency: code,
        balance: decimal,
        balanceDay: shownDay,
        converted: z.nullable(decimal),
      }),
    ),
    history: z.array(z.object({ day: shownDay, assets: decimal, liabilities: decimal, netWorth: decimal, leftOut: z.int() })),
    change: worthChange,
    yearChange: worthChange,
    rates: z.array(z.object({ base: code, quote: code, day: shownDay, rate: z.string() })),
    unconvertedAccounts: z.array(z.object({ accountId: id, name: z.string(), currency: code, balance: decimal })),
  }),
);
