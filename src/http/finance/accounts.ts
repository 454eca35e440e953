/** `/accounts`. */
import * as z from "zod/mini";
import { addAccount, findAccount, listAccounts, removeAccount, usesOfAccount, writeAccount } from "../../database/accounts.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { page } from "../page.ts";
import { parseBody, parseQuery } from "../validate.ts";
import { accountQuery, changedAccount, newAccount, shownAccount } from "./account-schemas.ts";
import { balanceRoutes } from "./balances.ts";
import { cursorsOf } from "./cursors.ts";
import type { FinanceDeps } from "./deps.ts";
import { idOf, noSuch } from "./path.ts";
import { inUse, takenName } from "./refusals.ts";
import { etag, ifMatch, requireVersion } from "./version.ts";

const keys = z.tuple([z.string()]);

export function accountRoutes(deps: FinanceDeps): Route[] {
  const taken = takenName("an account");

  async function list(request: ApiRequest): Promise<Reply> {
    const query = parseQuery(accountQuery, request.query);
    return deps.session(request, async (tx, { sub }) => {
      const cursors = await cursorsOf(tx, { list: "accounts", sub, filters: query });
      const after = cursors.read(keys, query.cursor);
      const rows = await listAccounts(tx, sub, query.limit + 1, after?.[0] ?? null);
      return {
        status: 200,
        body: page(
          rows,
          query.limit,
          ({ row }) => shownAccount(row),
          ({ key }) => cursors.write([key]),
        ),
      };
    });
  }

  async function get(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "account");
    const found = await deps.session(request, (tx, { sub }) => findAccount(tx, sub, id));
    if (found === null) throw noSuch("account");
    return { status: 200, body: shownAccount(found), headers: etag(found.version) };
  }

  async function post(request: ApiRequest): Promise<Reply> {
    const made = { id: deps.newId(), ...parseBody(newAccount, request.body) };
    return deps.write(request, async (tx, { sub }) => {
      await addAccount(tx, sub, made).catch((error: unknown) => {
        throw taken(error);
      });
      return { status: 201, body: shownAccount({ ...made, version: 1 }), headers: { ...etag(1), location: `/accounts/${made.id}` } };
    });
  }

  async function patch(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "account");
    const expected = ifMatch(request);
    const change = parseBody(changedAccount, request.body);
    return deps.write(request, async (tx, { sub }) => {
      const found = await findAccount(tx, sub, id, "change");
      if (found === null) throw noSuch("account");
      requireVersion(expected, found.version);
      const { name = found.name, type = found.type, currency = found.currency, archived = found.archived } = change;
      if (name === found.name && type === found.type && currency === found.currency && archived === found.archived)
        return { status: 200, body: shownAccount(found), headers: etag(found.version) };
      if (currency !== found.currency) {
        // Its balances are minor units of the old one.
        const uses = await usesOfAccount(tx, sub, id);
        if (Object.values(uses).some((count) => count > 0)) throw inUse("account's currency", uses, "Make another account for another currency.");
      }
      const next = { id, name, type, currency, archived, version: found.version + 1 };
      await writeAccount(tx, sub, next).catch((error: unknown) => {
        throw taken(error);
      });
      return { status: 200, body: shownAccount(next), headers: etag(next.version) };
    });
  }

  async function remove(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "account");
    const expected = ifMatch(request);
    return deps.write(request, async (tx, { sub }) => {
      const found = await findAccount(tx, sub, id, "change");
      if (found === null) throw noSuch("account");
      requireVersion(expected, found.version);
      const { expenses } = await usesOfAccount(tx, sub, id);
      const advice = "Give those another account first, or archive this one.";
      if (expenses > 0) throw inUse("account", { expenses }, advice);
      if (!(await removeAccount(tx, sub, id))) throw inUse("account", {}, advice);
      return { status: 204 };
    });
  }

  return [
    { method: "GET", path: "/accounts", handler: list },
    { method: "POST", path: "/accounts", handler: post },
    { method: "GET", path: "/accounts/{id}", handler: get },
    { method: "PATCH", path: "/accounts/{id}", handler: patch },
    { method: "DELETE", path: "/accounts/{id}", handler: remove },
    ...balanceRoutes(deps),
  ];
}
