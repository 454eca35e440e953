/** What a real history of a few months was answered on `/summary` and about spending, shortened: lists have two items at most. */
import { ids } from "./shared.ts";

export const summary = {
  from: "2026-11-01",
  to: "2026-11-30",
  currency: "EUR",
  total: "1397.20",
  count: 9,
  byCategory: [
    {
      categoryId: ids.home,
      name: "Home",
      parentId: null,
      total: "862.99",
      rolledUp: "862.99",
      count: 2,
      share: 0.6177,
    },
    {
      categoryId: ids.food,
      name: "Food",
      parentId: null,
      total: "18.46",
      rolledUp: "534.21",
      count: 1,
      share: 0.0132,
    },
  ],
  previous: {
    from: "2026-10-01",
    to: "2026-10-31",
    total: "1106.99",
    change: "290.21",
    changeShare: 0.2622,
    toDate: {
      to: "2026-10-20",
      total: "1007.04",
      change: "390.16",
      changeShare: 0.3874,
    },
  },
  unconverted: [],
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
    },
  ],
};

export const weeklyRecap = {
  sentence:
    "In the week from November 9 to November 15 you spent €103.15 in 2 entries, €49.71 (93%) more than in a usual week. The biggest change was Groceries, €53.18 more than usual. Market was the largest, €55.00 on November 9.",
  from: "2026-11-09",
  to: "2026-11-15",
  currency: "EUR",
  figures: {
    countedTo: "2026-11-15",
    total: "103.15",
    count: 2,
    weekBefore: {
      from: "2026-11-02",
      to: "2026-11-08",
      total: "54.29",
      change: "48.86",
      changeShare: 0.9,
    },
    usual: {
      weeks: 12,
      total: "53.44",
      change: "49.71",
      changeShare: 0.9302,
    },
    movers: [
      {
        categoryId: ids.groceries,
        name: "Groceries",
        total: "103.15",
        before: "49.97",
        change: "53.18",
      },
    ],
    topExpenses: [
      {
        id: ids.expense,
        occurredOn: "2026-11-09",
        merchant: "Market",
        description: "",
        categoryId: ids.groceries,
        currency: "EUR",
        name: "Groceries",
        amount: "55.00",
        total: "55.00",
      },
      {
        id: ids.expense,
        occurredOn: "2026-11-12",
        merchant: "Market",
        description: "",
        categoryId: ids.groceries,
        currency: "EUR",
        name: "Groceries",
        amount: "48.15",
        total: "48.15",
      },
    ],
  },
  method:
    "Expenses less refunds, each converted at the newest rate of the week before it. The usual week is the median of up to 12 weeks before, from the first with an expense on, 4 at least; a week that still runs is compared with as many days of the others. Changes by category are against the category's own median.",
  unconverted: [],
};

export const spendingAnalysis = {
  sentence:
    "Since May 2026 you have spent €8,027.14, the largest part (75%) on Home. Trends can be told after 8 full months; there are 6. 7 recurring payments come to about €1,109.59 a month, Landlord first. €310.00 at Wine cellar on November 19 is far more than the usual €47.35 in Groceries.",
  from: "2025-11-01",
  to: "2026-11-20",
  currency: "EUR",
  figures: {
    total: "8027.14",
    months: [
      {
        from: "2026-10-01",
        to: "2026-10-31",
        total: "1106.99",
      },
      {
        from: "2026-11-01",
        to: "2026-11-20",
        total: "1397.20",
      },
    ],
    byCategory: [
      {
        categoryId: ids.home,
        name: "Home",
        parentId: null,
        total: "6028.93",
        rolledUp: "6028.93",
        share: 0.7511,
        months: ["862.99", "862.99"],
        trend: null,
      },
      {
        categoryId: ids.groceries,
        name: "Groceries",
        parentId: ids.food,
        total: "1979.75",
        rolledUp: "1979.75",
        share: 0.2466,
        months: ["244.00", "244.00"],
        trend: null,
      },
    ],
    byMerchant: [
      {
        merchant: "Landlord",
        total: "5950.00",
        count: 7,
        share: 0.7412,
      },
      {
        merchant: "Market",
        total: "1669.75",
        count: 35,
        share: 0.208,
      },
    ],
    recurring: [
      {
        merchant: "Landlord",
        rhythm: "monthly",
        amount: "850.00",
        currency: "EUR",
        lastOn: "2026-11-01",
        changedFrom: null,
        payments: 7,
        nextOn: "2026-12-01",
        late: false,
        perMonth: "850.00",
      },
      {
        merchant: "Market",
        rhythm: "monthly",
        amount: "61.75",
        currency: "EUR",
        lastOn: "2026-10-09",
        changedFrom: null,
        payments: 6,
        nextOn: "2026-11-09",
        late: true,
        perMonth: "61.75",
      },
    ],
    recurringPerMonth: "1109.59",
    unusual: [
      {
        id: ids.expense,
        occurredOn: "2026-11-19",
        merchant: "Wine cellar",
        description: "",
        categoryId: ids.groceries,
        currency: "EUR",
        name: "Groceries",
        amount: "310.00",
        total: "310.00",
        usual: "47.35",
        times: 6.5,
      },
    ],
  },
  method:
    "Twelve full months and the running one; expenses less refunds. A trend is a Theil-Sen slope over at least 8 months that a Mann-Kendall test finds at 1 % and that is more than 1 % of the median month. Recurring: one merchant, amounts within 15 %, a regular weekly to yearly gap, in the last 400 days. Unusual: in the last 92 days, above 3.5 median absolute deviations of log amounts in a category with 10 expenses or more (Iglewicz and Hoaglin), recurring payments left aside.",
  unconverted: [],
};
