/** `/rates`: what one currency was worth in another on a day, as its user entered it. PUT is idempotent by itself. */
import * as z from "zod/mini";
import { findRate, listRates, putRate, removeRate } from "../../database/rates.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { page } from "../page.ts";
import { parseBody, parseQuery } from "../validate.ts";
import { cursorsOf } from "./cursors.ts";
import type { FinanceDeps } from "./deps.ts";
import { calendarDay } from "./fields.ts";
import { noSuch, parsePath, requireEntryDay } from "./path.ts";
import { newRate, ratePath, rateQuery, shownRate } from "./rate-schemas.ts";
import { etag, ifMatch, requireVersion } from "./version.ts";
import { watchedWrite } from "./watched.ts";

const keys = z.tuple([z.string(), z.string(), calendarDay]);

export function rateRoutes(deps: FinanceDeps): Route[] {
  async function list(request: ApiRequest): Promise<Reply> {
    const query = parseQuery(rateQuery, request.query);
    return deps.session(request, async (tx, { sub }) => {
      const cursors = await cursorsOf(tx, { list: "rates", sub, filters: query });
      const after = cursors.read(keys, query.cursor);
      const rows = await listRates(tx, sub, query, after && { base: after[0], quote: after[1], day: after[2] }, query.limit + 1);
      return { status: 200, body: page(rows, query.limit, shownRate, ({ base, quote, day }) => cursors.write([base, quote, day])) };
    });
  }

  async function get(request: ApiRequest): Promise<Reply> {
    const place = parsePath(ratePath, request.params);
    const found = await deps.session(request, (tx, { sub }) => findRate(tx, sub, place));
    if (found === null) throw noSuch("rate");
    return { status: 200, body: shownRate(found), headers: etag(found.version) };
  }

  async function put(request: ApiRequest): Promise<Reply> {
    const place = parsePath(ratePath, request.params);
    requireEntryDay(place.day, deps.now());
    const { rate } = parseBody(newRate, request.body);
    return watchedWrite(deps, request, async (tx, { sub }, check) => {
      const kept = await putRate(tx, sub, place, String(rate));
      // What could not be converted until now may be what crosses a threshold.
      await check("everything");
      return { status: 200, body: shownRate(kept), headers: etag(kept.version) };
    });
  }

  async function remove(request: ApiRequest): Promise<Reply> {
    const place = parsePath(ratePath, request.params);
    const expected = ifMatch(request);
    return watchedWrite(deps, request, async (tx, { sub }, check) => {
      const found = await findRate(tx, sub, place, true);
      if (found === null) throw noSuch("rate");
      requireVersion(expected, found.version);
      await removeRate(tx, sub, place);
      // An older rate may hold again, and be a higher one.
      await check("everything");
      return { status: 204 };
    });
  }

  return [
    { method: "GET", path: "/rates", handler: list },
    { method: "GET", path: "/rates/{day}/{base}/{quote}", handler: get },
    { method: "PUT", path: "/rates/{day}/{base}/{quote}", handler: put },
    { method: "DELETE", path: "/rates/{day}/{base}/{quote}", handler: remove },
  ];
}
