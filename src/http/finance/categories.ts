/** `/categories`. */
import * as z from "zod/mini";
import { addCategory, findCategory, holdTree, listCategories, placeUnder, removeCategory, usesOfCategory, writeCategory } from "../../database/categories.ts";
import type { Tx } from "../../database/users.ts";
import { placeFault } from "../../finance/category.ts";
import type { ApiRequest, Reply, Route } from "../api.ts";
import { page } from "../page.ts";
import { parseBody, parseQuery } from "../validate.ts";
import { categoryQuery, changedCategory, newCategory, shownCategory } from "./category-schemas.ts";
import { cursorsOf } from "./cursors.ts";
import type { FinanceDeps } from "./deps.ts";
import { idOf, noSuch } from "./path.ts";
import { badFields, inUse, takenName } from "./refusals.ts";
import { etag, ifMatch, requireVersion } from "./version.ts";
import { watchedWrite } from "./watched.ts";

const keys = z.tuple([z.string()]);

/** Throws the problem `bad-fields` when a category can't hang there. */
async function requirePlace(tx: Tx, user: string, id: string | null, parent: string): Promise<void> {
  const fault = placeFault(await placeUnder(tx, user, id, parent));
  if (fault !== null) throw badFields([{ pointer: "/parentId", detail: fault }]);
}

export function categoryRoutes(deps: FinanceDeps): Route[] {
  const taken = takenName("a category");

  async function list(request: ApiRequest): Promise<Reply> {
    const query = parseQuery(categoryQuery, request.query);
    return deps.session(request, async (tx, { sub }) => {
      const cursors = await cursorsOf(tx, { list: "categories", sub, filters: query });
      const after = cursors.read(keys, query.cursor);
      const rows = await listCategories(tx, sub, query.limit + 1, after?.[0] ?? null);
      return {
        status: 200,
        body: page(
          rows,
          query.limit,
          ({ row }) => shownCategory(row),
          ({ key }) => cursors.write([key]),
        ),
      };
    });
  }

  async function get(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "category");
    const found = await deps.session(request, (tx, { sub }) => findCategory(tx, sub, id));
    if (found === null) throw noSuch("category");
    return { status: 200, body: shownCategory(found), headers: etag(found.version) };
  }

  async function post(request: ApiRequest): Promise<Reply> {
    const made = { id: deps.newId(), ...parseBody(newCategory, request.body) };
    return deps.write(request, async (tx, { sub }) => {
      if (made.parentId !== null) {
        await holdTree(tx, sub);
        await requirePlace(tx, sub, null, made.parentId);
      }
      await addCategory(tx, sub, made).catch((error: unknown) => {
        throw taken(error);
      });
      return { status: 201, body: shownCategory({ ...made, version: 1 }), headers: { ...etag(1), location: `/categories/${made.id}` } };
    });
  }

  async function patch(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "category");
    const expected = ifMatch(request);
    const change = parseBody(changedCategory, request.body);
    return watchedWrite(deps, request, async (tx, { sub }, check) => {
      if (change.parentId !== undefined) await holdTree(tx, sub);
      const found = await findCategory(tx, sub, id, true);
      if (found === null) throw noSuch("category");
      requireVersion(expected, found.version);
      const { name = found.name, parentId = found.parentId, colour = found.colour } = change;
      if (name === found.name && parentId === found.parentId && colour === found.colour)
        return { status: 200, body: shownCategory(found), headers: etag(found.version) };
      const moved = parentId !== found.parentId;
      if (moved && parentId !== null) await requirePlace(tx, sub, id, parentId);
      const next = { id, name, parentId, colour, version: found.version + 1 };
      await writeCategory(tx, sub, next).catch((error: unknown) => {
        throw taken(error);
      });
      // A parent's budget counts what is below it: another tree, other sums.
      if (moved) await check("everything");
      return { status: 200, body: shownCategory(next), headers: etag(next.version) };
    });
  }

  async function remove(request: ApiRequest): Promise<Reply> {
    const id = idOf(request, "category");
    const expected = ifMatch(request);
    return deps.write(request, async (tx, { sub }) => {
      await holdTree(tx, sub);
      const found = await findCategory(tx, sub, id, true);
      if (found === null) throw noSuch("category");
      requireVersion(expected, found.version);
      const uses = await usesOfCategory(tx, sub, id);
      const advice = "Give those another category first.";
      if (Object.values(uses).some((count) => count > 0)) throw inUse("category", uses, advice);
      if (!(await removeCategory(tx, sub, id))) throw inUse("category", {}, advice);
      return { status: 204 };
    });
  }

  return [
    { method: "GET", path: "/categories", handler: list },
    { method: "POST", path: "/categories", handler: post },
    { method: "GET", path: "/categories/{id}", handler: get },
    { method: "PATCH", path: "/categories/{id}", handler: patch },
    { method: "DELETE", path: "/categories/{id}", handler: remove },
  ];
}
