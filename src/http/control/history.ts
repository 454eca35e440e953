/** `/database/history`, `/database/savings`. */
import * as z from "zod/mini";
import { presentEntry } from "../../lifecycle/present.ts";
import { savings } from "../../lifecycle/savings.ts";
import type { Route } from "../api.ts";
import { callerOf } from "../caller.ts";
import { decodeCursor, encodeCursor, page, pageQuery } from "../page.ts";
import { parseQuery } from "../validate.ts";
import { type ControlDeps, stateOf } from "./deps.ts";

export const Query = z.strictObject(pageQuery());
/** A `seq`: a cursor that was tampered with is refused here, not by DynamoDB (whose numbers end at 1e126). */
const Keys = z.tuple([z.int().check(z.positive())]);

export function historyRoutes(deps: ControlDeps): Route[] {
  return [
    {
      method: "GET",
      path: "/database/history",
      async handler({ query, event }) {
        callerOf(event);
        const { limit, cursor } = parseQuery(Query, query);
        const before = cursor === undefined ? null : decodeCursor("history", Keys, cursor)[0];
        const entries = await deps.ledger.entries(deps.databaseId, limit + 1, before);
        return { status: 200, body: page(entries, limit, presentEntry, (entry) => encodeCursor("history", [entry.seq])) };
      },
    },
    {
      method: "GET",
      path: "/database/savings",
      async handler({ event }) {
        callerOf(event);
        // The state first: what it still has in its outbox, the totals may hold already, and say so. Totals that know more are of a later state.
        let state = await stateOf(deps);
        let totals = await deps.ledger.months(deps.databaseId);
        for (let again = 0; again < 2 && totals.some(({ throughSeq = 0 }) => throughSeq > state.seq); again++) {
          state = await stateOf(deps);
          totals = await deps.ledger.months(deps.databaseId);
        }
        return { status: 200, body: savings(totals, state, deps.now(), deps.pricePerHour) };
      },
    },
  ];
}
