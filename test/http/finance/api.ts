/** The real finance routes over a real database, behind a gate that lets everyone in. */
import { randomBytes } from "node:crypto";
import { defaultProfile, type Profile } from "../../../src/finance/profile.ts";
import { uuid7 } from "../../../src/finance/uuid7.ts";
import { type ApiHandler, api } from "../../../src/http/api.ts";
import { financeRoutes } from "../../../src/http/finance/routes.ts";
import { session } from "../../../src/http/finance/session.ts";
import { write } from "../../../src/http/finance/write.ts";
import { type FinanceDatabase, startFinance } from "../../database/finance.ts";
import { type Answer, jsonCall, send } from "../events.ts";

export interface FinanceApi {
  database: FinanceDatabase;
  handler: ApiHandler;
  /** What the profiles' table holds, by `sub`; missing: the defaults. A user called ann has the `sub` s-ann. */
  profiles: Map<string, Profile>;
  /** The receipts that are ready, as "s-ann id"; an expense that takes one adds it to `attached`. */
  receipts: { ready: Set<string>; attached: Set<string> };
  /** Milliseconds since the epoch; the real time unless set. */
  setNow(at: number | null): void;
  /** A request of a user. `path` may have a query. */
  call(user: string, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export async function startFinanceApi(): Promise<FinanceApi> {
  const database = await startFinance();
  const profiles = new Map<string, Profile>();
  const receipts = { ready: new Set<string>(), attached: new Set<string>() };
  let fixed: number | null = null;
  const now = () => fixed ?? Date.now();
  const admission = {
    // The time a request may take is real, whatever the time in the tests is.
    longestMs: 20_000,
    admit: async () => ({ period: 1, until: now() + 20_000 }),
    askForLook: async () => {},
  };
  const open = session({ admission, databases: database.databases, now });
  const routes = financeRoutes({
    session: open,
    write: write(open),
    profiles: { read: async (sub) => profiles.get(sub) ?? defaultProfile(sub) },
    receipts: {
      async attach({ userId, id }) {
        const isReady = receipts.ready.has(`${userId} ${id}`);
        if (isReady) receipts.attached.add(`${userId} ${id}`);
        return isReady;
      },
    },
    now,
    newId: () => uuid7(now(), randomBytes(10)),
  });
  const failures: unknown[] = [];
  const handler = api(routes, { logger: { info: () => {}, error: (_, extra) => void failures.push(extra) } });
  return {
    database,
    handler,
    profiles,
    receipts,
    setNow: (at) => {
      fixed = at;
    },
    async call(user, method, path, body, headers = {}) {
      const answer = await send(handler, { ...jsonCall(method, path, body, headers), claims: { sub: `s-${user}`, username: user } });
      // A 500 is a bug of ours: the test that met it should show what it was.
      if (answer.status === 500) throw new Error(`500: ${JSON.stringify(failures.at(-1))}`);
      return answer;
    },
    close: () => database.close(),
  };
}
