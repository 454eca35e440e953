/** The finance routes of the stub: lists that a test fills, versions, keys; sums are what a test says they are. */
import { randomUUID } from "node:crypto";
import type { BudgetNow, Category, CategorySum, Expense, Recap, Summary } from "../../src/console/finance/types.ts";

export interface FinanceAnswer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface FinanceStub {
  categories: Category[];
  /** Newest first. */
  expenses: Expense[];
  /** By the first day of a month; an empty month where there is none. */
  summaries: Map<string, Summary>;
  recap: Pick<Recap, "sentence"> & { figures: Pick<Recap["figures"], "count" | "weekBefore"> };
  /** The answer of a route of finance; null for a route of others. */
  answer(method: string, url: URL, body: Record<string, unknown>, headers: { key: string | null; ifMatch: string | null }): FinanceAnswer | null;
}

const two = (value: number) => String(value).padStart(2, "0");
/** The month that holds a day, and the one before. */
function monthsOf(day: string) {
  const [year = 0, month = 0] = day.split("-").map(Number);
  const span = (offset: number) => {
    const first = new Date(Date.UTC(year, month - 1 + offset, 1));
    const last = new Date(Date.UTC(year, month + offset, 0));
    const of = (date: Date) => `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
    return { from: of(first), to: of(last) };
  };
  return { ...span(0), before: span(-1) };
}

export const today = () => new Date().toISOString().slice(0, 10);

export function categorySum(name: string | null, total: string, more: Partial<CategorySum> = {}): CategorySum {
  return { categoryId: name === null ? null : `c-${name.toLowerCase()}`, name, parentId: null, total, rolledUp: total, count: 3, share: 0.1, ...more };
}

/** A month's sums: the running one unless told. */
export function summaryOf(more: Partial<Summary> = {}, day = today()): Summary {
  const { from, to, before } = monthsOf(day);
  const running = day.slice(0, 7) === today().slice(0, 7);
  const compared = { total: "0.00", change: "0.00", changeShare: null };
  return {
    from,
    to,
    currency: "EUR",
    total: "0.00",
    count: 0,
    byCategory: [],
    budgets: [],
    previous: { ...before, ...compared, toDate: running ? { to: before.to, ...compared } : null },
    unconverted: [],
    ...more,
  };
}

/** A budget of the running month, a third of it used and half of its days gone. */
export function budgetOf(name: string, more: Partial<BudgetNow> = {}): BudgetNow {
  const { from, to } = monthsOf(today());
  const figures = { amount: "300.00", carried: "0.00", spent: "100.00", remaining: "200.00", percent: 33.33, pace: 0.66, projected: "200.00" };
  const daysLeft = Math.floor(Number(to.slice(-2)) / 2);
  return { budgetId: `b-${name.toLowerCase().replaceAll(" ", "-")}`, name, categoryId: null, currency: "EUR", from, to, ...figures, daysLeft, ...more };
}

export function expenseOf(description: string, more: Partial<Expense> = {}): Expense {
  const none = { categoryId: null, accountId: null, refundOf: null, receiptId: null };
  const plain = { version: 1, kind: "expense", amount: "12.50", currency: "EUR", occurredOn: today(), merchant: "", tags: [], status: "cleared" } as const;
  return { id: randomUUID(), ...none, ...plain, tags: [], description, ...more };
}

const problem = (status: number, detail: string, errors?: unknown): FinanceAnswer => ({
  status,
  body: { type: "about:blank", title: "No", status, detail, errors },
});

export function financeStub(): FinanceStub {
  const kept = new Map<string, FinanceAnswer>();
  const answered = (method: string, url: URL, body: Record<string, unknown>, ifMatch: string | null): FinanceAnswer | null => {
    const [, list, id] = url.pathname.split("/");
    const found = stub.expenses.find((each) => each.id === id);
    switch (`${method} /${list}${id === undefined ? "" : "/{id}"}`) {
      case "GET /categories":
        return { status: 200, body: { items: stub.categories, next: null } };
      case "POST /categories": {
        const made: Category = { id: randomUUID(), version: 1, name: String(body.name), parentId: null, colour: null };
        stub.categories.push(made);
        return { status: 201, body: made };
      }
      case "GET /expenses": {
        const q = url.searchParams.get("q")?.toLowerCase();
        const from = Number(url.searchParams.get("cursor") ?? "0");
        const until = from + Number(url.searchParams.get("limit") ?? "50");
        const fit = stub.expenses.filter(({ merchant, description }) => q === undefined || `${merchant} ${description}`.toLowerCase().includes(q));
        return { status: 200, body: { items: fit.slice(from, until), next: until < fit.length ? String(until) : null } };
      }
      case "POST /expenses": {
        if (!/^\d+\.\d{2}$/.test(String(body.amount)))
          return problem(422, "The expense was not accepted.", [{ pointer: "/amount", detail: "Write the amount as 12.50." }]);
        const made = { ...expenseOf(""), ...body, id: randomUUID() };
        stub.expenses.unshift(made);
        return { status: 201, body: made };
      }
      case "GET /expenses/{id}":
        return found ? { status: 200, body: found } : problem(404, "There is no such expense.");
      case "PATCH /expenses/{id}":
      case "DELETE /expenses/{id}":
        if (!found) return problem(404, "There is no such expense.");
        if (ifMatch !== null && ifMatch !== `"${found.version}"`) return problem(412, "It has changed meanwhile.");
        stub.expenses = stub.expenses.flatMap((each) =>
          each !== found ? [each] : method === "DELETE" ? [] : [{ ...each, ...body, version: each.version + 1 }],
        );
        return method === "DELETE" ? { status: 204, body: undefined } : { status: 200, body: stub.expenses.find((each) => each.id === id) };
      case "GET /summary": {
        const day = url.searchParams.get("on") ?? today();
        return { status: 200, body: stub.summaries.get(monthsOf(day).from) ?? summaryOf({}, day) };
      }
      case "POST /budgets": {
        if (String(body.name) === "") return problem(422, "Some fields do not fit.", [{ pointer: "/name", detail: "must be text of 1 to 100 characters" }]);
        const month = summaryOf().from;
        const known = stub.summaries.get(month) ?? summaryOf();
        const amount = String(body.amount);
        const made = budgetOf(String(body.name), { amount, spent: "0.00", remaining: amount, percent: 0, pace: 0, projected: "0.00" });
        stub.summaries.set(month, { ...known, budgets: [...known.budgets, made] });
        return { status: 201, body: { ...body, id: made.budgetId, version: 1 } };
      }
      case "DELETE /budgets/{id}":
        for (const [month, known] of stub.summaries) stub.summaries.set(month, { ...known, budgets: known.budgets.filter(({ budgetId }) => budgetId !== id) });
        return { status: 204, body: undefined };
      case "GET /insights/{id}":
        return { status: 200, body: stub.recap };
      default:
        return null;
    }
  };
  const compared = { total: "0.00", change: "0.00", changeShare: null };
  const stub: FinanceStub = {
    categories: [{ id: "c-food", version: 1, name: "Food", parentId: null, colour: null }],
    expenses: [],
    summaries: new Map(),
    recap: { sentence: "", figures: { count: 0, weekBefore: { ...summaryOf().previous, ...compared } } },
    answer(method, url, body, { key, ifMatch }) {
      if (method === "GET" || key === null) return answered(method, url, body, ifMatch);
      const before = kept.get(key);
      if (before) return before;
      const answer = answered(method, url, body, ifMatch);
      if (answer && answer.status < 300) kept.set(key, answer);
      return answer;
    },
  };
  return stub;
}
