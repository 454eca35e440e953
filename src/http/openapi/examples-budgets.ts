/** What the same history was answered about budgets. */
import { ids } from "./shared.ts";

export const budgetSuggestion = {
  sentence: "From 6 months of expenses, €900.00 for Home and €245.00 for Groceries a month would fit. All together, €1,150.00 a month would hold.",
  from: "2026-05-01",
  to: "2026-10-31",
  currency: "EUR",
  figures: {
    months: [
      {
        from: "2026-09-01",
        to: "2026-09-30",
      },
      {
        from: "2026-10-01",
        to: "2026-10-31",
      },
    ],
    suggestions: [
      {
        categoryId: ids.home,
        name: "Home",
        amount: "900.00",
        currency: "EUR",
        reason: "steady",
        why: "A usual month is €860.99 (of 6), rounded up to €900.00.",
        budgetIds: [],
        months: ["862.99", "862.99"],
        median: "859.99",
        usual: "860.99",
        leftOut: [],
      },
      {
        categoryId: ids.food,
        name: "Food",
        amount: "245.00",
        currency: "EUR",
        reason: "has-budget",
        why: "A usual month is €244.00 (of 6), rounded up to €245.00. It has a budget already.",
        budgetIds: [ids.budget],
        months: ["244.00", "244.00"],
        median: "244.00",
        usual: "244.00",
        leftOut: [],
      },
    ],
    overall: {
      categoryId: null,
      name: null,
      amount: "1150.00",
      currency: "EUR",
      reason: "steady",
      why: "A usual month is €1,104.99 (of 6), rounded up to €1,150.00.",
      budgetIds: [],
      months: ["1106.99", "1106.99"],
      median: "1103.99",
      usual: "1104.99",
      leftOut: [],
    },
  },
  method:
    "Full calendar months from the first with an expense on, twelve at most; a category's months count its children, as its budget does. The winsorised mean: of twelve months the two highest count as the third highest and the two lowest as the third lowest (one of five to eleven), so that a one-off does not move it. Rounded up to a friendly step of 2 % at least.",
  unconverted: [],
};

export const adopted = {
  budgets: [
    {
      id: ids.expense,
      version: 1,
      name: "Home",
      categoryId: ids.home,
      amount: "900.00",
      currency: "EUR",
      period: "month",
      startsOn: "2026-11-01",
      periodDays: null,
      thresholds: [80, 100],
      rollover: false,
    },
  ],
  skipped: [
    {
      categoryId: ids.food,
      reason: "has-budget",
      why: "It has a budget already.",
      budgetIds: [ids.budget],
    },
  ],
};

export const budgetTracking = {
  sentence: "Food is over: €534.21 of €400.00. The most to save is at Wine cellar: €310.00 more than usual.",
  from: "2026-11-01",
  to: "2026-11-30",
  currency: "EUR",
  figures: {
    budgets: [
      {
        budgetId: ids.budget,
        name: "Food",
        categoryId: ids.food,
        currency: "EUR",
        from: "2026-11-01",
        to: "2026-11-30",
        amount: "400.00",
        carried: "0.00",
        spent: "534.21",
        remaining: "-134.21",
        percent: 133.55,
        pace: 2.0033,
        projected: "801.32",
        daysLeft: 10,
        verdict: "over",
        expected: "887.16",
        recurringToCome: "153.20",
        perDayLeft: null,
        cut: [
          {
            categoryId: ids.groceries,
            name: "Groceries",
            merchant: "Wine cellar",
            total: "310.00",
            usual: "0.00",
            saves: "310.00",
          },
          {
            categoryId: ids.food,
            name: "Food",
            merchant: "Diner",
            total: "18.46",
            usual: "0.00",
            saves: "18.46",
          },
        ],
        unconverted: [],
      },
    ],
    holding: 0,
    atRisk: 1,
  },
  method:
    "Each budget in its own currency and period. Expected: recurring payments found in the last 400 days count when they are due, the rest of the spending goes on as it has; nothing is said before a tenth of the period (three days at least) has passed, unless it is over already. Tight is above 90 %. To cut: merchants without recurring payments where more was spent than in as many of the 90 days before the period.",
  unconverted: [],
};
