/** Several containers over one database, each with a connection of its own: rivals. */
import { randomBytes } from "node:crypto";
import { databases } from "../../../../src/database/kysely.ts";
import { defaultProfile } from "../../../../src/finance/profile.ts";
import { uuid7 } from "../../../../src/finance/uuid7.ts";
import { api, type Route } from "../../../../src/http/api.ts";
import type { FinanceDeps } from "../../../../src/http/finance/deps.ts";
import { session } from "../../../../src/http/finance/session.ts";
import { write } from "../../../../src/http/finance/write.ts";
import type { FinanceDatabase } from "../../../database/finance.ts";
import { as } from "../../../database/postgres.ts";
import { type Answer, jsonCall, send } from "../../events.ts";

export interface Container {
  call(user: string, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): void;
}

/** A container with these routes; everyone is let in. */
export function container(database: FinanceDatabase, routes: (deps: FinanceDeps) => Route[], onFailure: (error: unknown) => void = () => {}): Container {
  const pools = databases(as(database.endpoint, "dormouse_app", "app", "dormouse-rival"));
  const admission = { longestMs: 20_000, admit: async () => ({ period: 1, until: Date.now() + 20_000 }), askForLook: async () => {} };
  const open = session({ admission, databases: pools, now: Date.now });
  const deps: FinanceDeps = {
    session: open,
    write: write(open),
    profiles: { read: async (sub) => defaultProfile(sub) },
    // Whatever is asked for is ready.
    receipts: { attach: async () => true },
    now: Date.now,
    newId: () => uuid7(Date.now(), randomBytes(10)),
  };
  const handler = api(routes(deps), { logger: { info: () => {}, error: (_, extra) => onFailure(extra) } });
  return {
    call(user, method, path, body, headers = {}) {
      return send(handler, { ...jsonCall(method, path, body, headers), claims: { sub: `s-${user}`, username: user } });
    },
    close: () => pools.drop(),
  };
}
