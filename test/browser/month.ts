/** A month of somebody's money for the stub: many categories, a refund that prevails, budgets in every standing, a currency that nothing converts. */
import type { Category } from "../../src/console/finance/types.ts";
import { budgetOf, categorySum, expenseOf, type FinanceStub, summaryOf, today } from "./finance-stub.ts";

const colours = ["#3366cc", "#dc3912", "#ff9900", "#109618", "#990099", "#0099c6", null, "#dd4477", "#66aa00", "#b82e2e"];
const names = [
  "Home",
  "Food",
  "Transport",
  "Children",
  "Health",
  "Travel",
  "Books",
  "Clothes",
  "Gifts and donations to all sorts of people near and far",
  "Bank",
];
const totals = ["1240.00", "482.35", "196.20", "160.00", "94.99", "80.00", "61.50", "40.00", "25.00", "3.50"];
const child: Category = { id: "c-energy", version: 1, name: "Energy", parentId: "c-home", colour: null };

/** The day of the month before this one. */
const dayBefore = (days: number) => new Date(Date.parse(`${today()}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);

export function fillMonth(finance: FinanceStub): void {
  finance.categories = [
    ...names.map((name, at): Category => ({ id: `c-${name.toLowerCase()}`, version: 1, name, parentId: null, colour: colours[at] ?? null })),
    child,
  ];
  const known = summaryOf();
  const sameDay = `${known.previous.from.slice(0, 8)}${today().slice(8)}`;
  const compared = { total: "2105.10", change: "188.44", changeShare: 0.0895 };
  finance.summaries.set(known.from, {
    ...known,
    total: "2293.54",
    count: 47,
    byCategory: [
      ...names.map((name, at) => categorySum(name, totals[at] ?? "0.00", { rolledUp: totals[at] ?? "0.00", share: 0.1 })),
      categorySum("Energy", "240.00", { parentId: "c-home" }),
      categorySum(null, "-90.00", { share: -0.04 }),
    ],
    budgets: [
      budgetOf("Everything", { amount: "3000.00", spent: "1350.54", remaining: "1649.46", percent: 45.01, pace: 0.9, projected: "2701.08" }),
      budgetOf("Food", {
        categoryId: "c-food",
        amount: "600.00",
        carried: "35.20",
        spent: "482.35",
        remaining: "152.85",
        percent: 75.93,
        pace: 1.52,
        projected: "964.70",
      }),
      budgetOf("Travel", { categoryId: "c-travel", amount: "60.00", spent: "80.00", remaining: "-20.00", percent: 133.33, pace: 2.67, projected: "160.00" }),
      budgetOf("Books", { categoryId: "c-books", amount: "61.50", spent: "61.50", remaining: "0.00", percent: 100, pace: 2, projected: "123.00" }),
    ],
    previous: { ...known.previous, ...compared, toDate: { to: sameDay < known.previous.to ? sameDay : known.previous.to, ...compared } },
    unconverted: [
      { currency: "USD", total: "120.00" },
      { currency: "JPY", total: "5400" },
    ],
  });
  finance.recap.sentence = "Last week you spent €312.40, €48.10 less than the week before; most of it, €140.00, on Home.";
  finance.recap.figures = { ...finance.recap.figures, count: 9 };
  finance.expenses = [
    expenseOf("Team lunch", { merchant: "Zur Haselmaus", categoryId: "c-food", amount: "38.40", tags: ["work", "travel"] }),
    expenseOf("Jacket sent back", { kind: "refund", merchant: "Wardrobe & Sons", categoryId: "c-clothes", amount: "90.00", occurredOn: dayBefore(1) }),
    expenseOf("", { kind: "income", amount: "2900.00", merchant: "Salary", occurredOn: dayBefore(2) }),
    expenseOf("Hotel", { merchant: "Ryokan", categoryId: "c-travel", amount: "5400", currency: "JPY", status: "pending", occurredOn: dayBefore(3) }),
    ...Array.from({ length: 20 }, (_, at) =>
      expenseOf(`Groceries ${at + 1}`, { merchant: "Corner shop", categoryId: "c-food", amount: `${10 + at}.05`, occurredOn: dayBefore(4 + at) }),
    ),
  ];
}
