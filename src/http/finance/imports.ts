/** `GET /imports/{id}/rows`: what a file was read as, row by row. The rows are in PostgreSQL; all else of imports works while it sleeps (src/http/desk). */
import * as z from "zod/mini";
import { listRows } from "../../database/import-list.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { page } from "../page.ts";
import { parseQuery } from "../validate.ts";
import { cursorsOf } from "./cursors.ts";
import type { FinanceDeps } from "./deps.ts";
import { importRowQuery, shownImportRow } from "./import-schemas.ts";
import { idOf, noSuch } from "./path.ts";

const keys = z.tuple([z.string().check(z.regex(/^\d{1,9}$/))]);

export function importRowRoutes(deps: FinanceDeps): Route[] {
  async function rows(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "import");
    const query = parseQuery(importRowQuery, request.query);
    return deps.session(request, async (tx, { sub }) => {
      const cursors = await cursorsOf(tx, { list: "import rows", sub, filters: { ...query, id } });
      const after = cursors.read(keys, query.cursor);
      const found = await listRows(tx, sub, id, query.only, Number(after?.[0] ?? 0), query.limit + 1);
      if (found === null) throw noSuch("import");
      return { status: 200, body: page(found, query.limit, shownImportRow, ({ n }) => cursors.write([String(n)])) };
    });
  }
  return [{ method: "GET", path: "/imports/{id}/rows", handler: rows }];
}
