/** Every reading route of the finance API, as a request of somebody with years of data: what it asks of PostgreSQL, and how much of it may be touched. */
import { randomBytes } from "node:crypto";
import type { ConnectionOptions } from "../../src/database/connect.ts";
import { defaultProfile } from "../../src/finance/profile.ts";
import { uuid7 } from "../../src/finance/uuid7.ts";
import { api } from "../../src/http/api.ts";
import { financeRoutes } from "../../src/http/finance/routes.ts";
import { session } from "../../src/http/finance/session.ts";
import { write } from "../../src/http/finance/write.ts";
import { type Answer, jsonCall, send } from "../http/events.ts";
import { type Listened, listenTo, type Statement } from "./explain.ts";

export interface ListeningApi extends Listened {
  /** A request, and the statements that it sent. */
  ask(sub: string, method: string, path: string, body?: unknown): Promise<{ answer: Answer; statements: Statement[] }>;
}

/** The real routes over a connection that is listened to. `now` in milliseconds. */
export function listeningApi(options: ConnectionOptions, now: () => number): ListeningApi {
  const listened = listenTo(options);
  const admission = { longestMs: 20_000, admit: async () => ({ period: 1, until: now() + 20_000 }), askForLook: async () => {} };
  const open = session({ admission, databases: { of: () => listened.db, drop: () => {} }, now });
  const routes = financeRoutes({
    session: open,
    write: write(open, now),
    profiles: { read: async (sub) => defaultProfile(sub) },
    receipts: { attach: async () => false },
    now,
    newId: () => uuid7(now(), randomBytes(10)),
  });
  const failures: unknown[] = [];
  const handler = api(routes, { logger: { info: () => {}, error: (_, extra) => void failures.push(extra) } });
  return {
    ...listened,
    async ask(sub, method, path, body) {
      let answer: Answer | undefined;
      const statements = await listened.during(async () => {
        answer = await send(handler, { ...jsonCall(method, path, body), claims: { sub, username: sub } });
      });
      if (answer === undefined || answer.status >= 400)
        throw new Error(`${method} ${path}: ${JSON.stringify(answer?.body)} ${JSON.stringify(failures.at(-1) ?? "")}`);
      return { answer, statements };
    },
  };
}

export interface Reading {
  /** With `{category}`, `{account}`, `{expense}`, `{budget}` for ids of the person's own. */
  path: string;
  /** Indexes of `expenses` that it goes by; none of its statements may go by another. */
  by: readonly string[];
  /** Pages that all its statements may touch together. */
  buffers: number;
  /** Sums that read the index alone. */
  indexOnly?: true;
}

const PERIOD = "expenses_by_period";
const CATEGORY = "expenses_by_category_day";
const KEY = "expenses_pkey";

/** For somebody with some thousand expenses; the data ends on 2026-11-21. A page has 50 rows, each on a page of the table of its own. */
export const readings: readonly Reading[] = [
  { path: "/expenses", by: [PERIOD, KEY], buffers: 300 },
  { path: "/expenses?sort=day", by: [PERIOD, KEY], buffers: 300 },
  { path: "/expenses?from=2026-01-01&to=2026-03-31", by: [PERIOD, KEY], buffers: 300 },
  { path: "/expenses?categoryId={category}", by: [PERIOD, CATEGORY, KEY], buffers: 1200 },
  { path: "/expenses?categoryId={leaf}", by: [CATEGORY, KEY], buffers: 400 },
  { path: "/expenses?accountId={account}", by: ["expenses_by_account", KEY], buffers: 300 },
  { path: "/expenses?kind=income", by: [PERIOD, KEY], buffers: 3000 },
  { path: "/expenses?status=pending", by: [PERIOD, KEY], buffers: 6000 },
  { path: "/expenses?currency=EUR", by: [PERIOD, KEY], buffers: 400 },
  { path: "/expenses?currency=EUR&min=50.00&max=60.00&sort=amount", by: ["expenses_by_amount", KEY], buffers: 300 },
  { path: "/expenses?currency=EUR&sort=-amount", by: ["expenses_by_amount", KEY], buffers: 300 },
  { path: "/expenses?sort=merchant", by: ["expenses_by_merchant", KEY], buffers: 300 },
  { path: "/expenses?sort=-merchant", by: ["expenses_by_merchant", KEY], buffers: 300 },
  { path: "/expenses?q=team", by: [PERIOD, KEY], buffers: 6000 },
  { path: "/expenses?tag=tax", by: [PERIOD, KEY], buffers: 6000 },
  { path: "/expenses/{expense}", by: [KEY], buffers: 40 },
  { path: "/categories", by: [], buffers: 40 },
  { path: "/accounts", by: [], buffers: 20 },
  { path: "/accounts/{account}/balances", by: [], buffers: 40 },
  { path: "/rates?base=USD&quote=EUR", by: [], buffers: 40 },
  { path: "/budgets", by: [], buffers: 60 },
  { path: "/budgets/{budget}", by: [PERIOD], buffers: 200 },
  { path: "/summary?period=month&on=2026-11-20", by: [PERIOD], buffers: 800, indexOnly: true },
  { path: "/summary?period=year&on=2026-11-20", by: [PERIOD], buffers: 2500, indexOnly: true },
  { path: "/insights/weekly-recap?on=2026-11-20", by: [PERIOD, CATEGORY, KEY], buffers: 2500 },
  { path: "/insights/spending-analysis?on=2026-11-20", by: [PERIOD, CATEGORY, KEY], buffers: 12_000 },
  { path: "/insights/budget-suggestion?on=2026-11-20", by: [PERIOD, CATEGORY, KEY], buffers: 2500 },
  { path: "/insights/budget-tracking?on=2026-11-20", by: [PERIOD, CATEGORY, KEY], buffers: 2500 },
  { path: "/insights/net-worth?on=2026-11-20", by: [], buffers: 1500 },
];
