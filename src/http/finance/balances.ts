/** `/accounts/{id}/balances`: how much there was on a day. PUT is idempotent by itself. */
import * as z from "zod/mini";
import { findAccount } from "../../database/accounts.ts";
import { findBalance, listBalances, putBalance, removeBalance } from "../../database/balances.ts";
import { parseBalance } from "../../finance/account.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { page } from "../page.ts";
import { parseBody, parseQuery } from "../validate.ts";
import { balancePath, balanceQuery, newBalance, shownBalance } from "./account-schemas.ts";
import { cursorsOf } from "./cursors.ts";
import type { FinanceDeps } from "./deps.ts";
import { calendarDay } from "./fields.ts";
import { idOf, noSuch, parsePath, requireEntryDay } from "./path.ts";
import { badFields } from "./refusals.ts";
import { etag, ifMatch, requireVersion } from "./version.ts";

const keys = z.tuple([calendarDay]);

export function balanceRoutes(deps: FinanceDeps): Route[] {
  async function list(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "account");
    const query = parseQuery(balanceQuery, request.query);
    return deps.session(request, async (tx, { sub }) => {
      const account = await findAccount(tx, sub, id);
      if (account === null) throw noSuch("account");
      const cursors = await cursorsOf(tx, { list: `balances of ${id}`, sub, filters: query });
      const after = cursors.read(keys, query.cursor);
      const rows = await listBalances(tx, sub, id, { from: query.from, to: query.to, before: after?.[0] ?? null }, query.limit + 1);
      return {
        status: 200,
        body: page(
          rows,
          query.limit,
          (row) => shownBalance(row, account.currency),
          ({ day }) => cursors.write([day]),
        ),
      };
    });
  }

  async function get(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "account");
    const { day } = parsePath(balancePath, request.params);
    return deps.session(request, async (tx, { sub }) => {
      const account = await findAccount(tx, sub, id);
      if (account === null) throw noSuch("account");
      const found = await findBalance(tx, sub, id, day);
      if (found === null) throw noSuch("balance");
      return { status: 200, body: shownBalance(found, account.currency), headers: etag(found.version) };
    });
  }

  async function put(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "account");
    const { day } = parsePath(balancePath, request.params);
    requireEntryDay(day, deps.now());
    const { amount } = parseBody(newBalance, request.body);
    return deps.write(request, async (tx, { sub }) => {
      const account = await findAccount(tx, sub, id, "use");
      if (account === null) throw noSuch("account");
      const parsed = parseBalance(amount, account.currency);
      if (!parsed.ok) throw badFields([{ pointer: "/amount", detail: parsed.why }]);
      const kept = await putBalance(tx, sub, id, day, parsed.minor);
      return { status: 200, body: shownBalance(kept, account.currency), headers: etag(kept.version) };
    });
  }

  async function remove(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "account");
    const { day } = parsePath(balancePath, request.params);
    const expected = ifMatch(request);
    return deps.write(request, async (tx, { sub }) => {
      if ((await findAccount(tx, sub, id)) === null) throw noSuch("account");
      const found = await findBalance(tx, sub, id, day, true);
      if (found === null) throw noSuch("balance");
      requireVersion(expected, found.version);
      await removeBalance(tx, sub, id, day);
      return { status: 204 };
    });
  }

  return [
    { method: "GET", path: "/accounts/{id}/balances", handler: list },
    { method: "GET", path: "/accounts/{id}/balances/{day}", handler: get },
    { method: "PUT", path: "/accounts/{id}/balances/{day}", handler: put },
    { method: "DELETE", path: "/accounts/{id}/balances/{day}", handler: remove },
  ];
}
