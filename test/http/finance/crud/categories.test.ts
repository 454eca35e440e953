import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { categoryRoutes } from "../../../../src/http/finance/categories.ts";
import { type FinanceApi, startFinanceApi } from "../api.ts";
import { type Container, container } from "./containers.ts";

let api: FinanceApi;
beforeAll(async () => {
  api = await startFinanceApi();
});
afterAll(() => api?.close());

const nobody = "0198a0b2-7b1c-7fff-bfff-ffffffffffff";
async function make(user: string, name: string, parentId: string | null = null): Promise<string> {
  const answer = await api.call(user, "POST", "/categories", { name, parentId });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id ?? "";
}
const pointers = (answer: { body: { errors?: { pointer: string }[] } }) => answer.body.errors?.map(({ pointer }) => pointer);

describe("a category", () => {
  it("is made, read, changed and deleted, its version counting", async () => {
    const made = await api.call("ann", "POST", "/categories", { name: " Food ", colour: "#33AAff" });
    const id = made.body.id ?? "";
    expect(made.status).toBe(201);
    expect(made.headers).toMatchObject({ etag: '"1"', location: `/categories/${id}` });
    expect(made.body).toEqual({ id, version: 1, name: "Food", parentId: null, colour: "#33aaff" });
    const read = await api.call("ann", "GET", `/categories/${id.toUpperCase()}`);
    expect([read.status, read.headers.etag, read.body]).toEqual([200, '"1"', made.body]);
    const changed = await api.call("ann", "PATCH", `/categories/${id}`, { colour: null }, { "if-match": '"1"' });
    expect([changed.status, changed.headers.etag, changed.body]).toEqual([200, '"2"', { ...made.body, version: 2, colour: null }]);
    // What changes nothing makes no version.
    expect((await api.call("ann", "PATCH", `/categories/${id}`, { name: "Food" })).body).toEqual(changed.body);
    expect((await api.call("ann", "PATCH", `/categories/${id}`, {})).body).toEqual(changed.body);
    const stale = await api.call("ann", "PATCH", `/categories/${id}`, { name: "Meals" }, { "if-match": '"1"' });
    expect([stale.status, stale.body.type, stale.body.version, stale.headers.etag]).toEqual([412, "/problems/changed-meanwhile", 2, '"2"']);
    expect((await api.call("ann", "DELETE", `/categories/${id}`, undefined, { "if-match": "1" })).status).toBe(412);
    const gone = await api.call("ann", "DELETE", `/categories/${id}`, undefined, { "if-match": "2" });
    expect([gone.status, gone.body]).toEqual([204, undefined]);
    expect((await api.call("ann", "GET", `/categories/${id}`)).status).toBe(404);
    expect((await api.call("ann", "DELETE", `/categories/${id}`)).status).toBe(404);
  });

  it("has a name of its own, whatever its case, when made and when changed", async () => {
    await make("ann", "Rent");
    const other = await make("ann", "Gas");
    for (const answer of [
      await api.call("ann", "POST", "/categories", { name: "rENT" }),
      await api.call("ann", "PATCH", `/categories/${other}`, { name: "RENT" }),
    ])
      expect([answer.status, answer.body.errors]).toEqual([409, [{ pointer: "/name", detail: "is taken" }]]);
    expect((await api.call("ann", "PATCH", `/categories/${other}`, { name: "GAS" })).status).toBe(200);
    await make("bob", "Rent");
  });

  it("is changed once by two who read the same version", async () => {
    const id = await make("ann", "Contested");
    const [one, two] = [container(api.database, categoryRoutes), container(api.database, categoryRoutes)];
    const answers = await Promise.all(
      [one, two].map((from: Container, n) => from.call("ann", "PATCH", `/categories/${id}`, { name: `C${n}` }, { "if-match": "1" })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    one.close();
    two.close();
  });
});

describe("a tree of categories", () => {
  it("has five levels at most, however it comes to more", async () => {
    const levels: string[] = [];
    for (let n = 1; n <= 5; n++) levels.push(await make("tree", `Level ${n}`, levels.at(-1) ?? null));
    const deep = await api.call("tree", "POST", "/categories", { name: "Level 6", parentId: levels[4] });
    expect([deep.status, deep.body.errors]).toEqual([422, [{ pointer: "/parentId", detail: "must leave the tree at most 5 levels deep" }]]);
    const top = await make("tree", "New top");
    expect(pointers(await api.call("tree", "PATCH", `/categories/${levels[0]}`, { parentId: top }))).toEqual(["/parentId"]);
    expect((await api.call("tree", "PATCH", `/categories/${levels[1]}`, { parentId: top })).status).toBe(200);
    expect((await api.call("tree", "PATCH", `/categories/${levels[1]}`, { parentId: null })).body).toMatchObject({ parentId: null, version: 3 });
  });

  it("has no circle, not even when two moves meet", async () => {
    const a = await make("circle", "A");
    const b = await make("circle", "B", a);
    for (const parentId of [a, b]) {
      const answer = await api.call("circle", "PATCH", `/categories/${a}`, { parentId });
      expect([answer.status, answer.body.errors]).toEqual([422, [{ pointer: "/parentId", detail: "must not be the category itself or one below it" }]]);
    }
    const containers = [container(api.database, categoryRoutes), container(api.database, categoryRoutes)];
    for (let n = 0; n < 10; n++) {
      const [x, y] = [await make("circle", `X${n}`), await make("circle", `Y${n}`)];
      const answers = await Promise.all([
        containers[0]?.call("circle", "PATCH", `/categories/${x}`, { parentId: y }),
        containers[1]?.call("circle", "PATCH", `/categories/${y}`, { parentId: x }),
      ]);
      expect(answers.map((answer) => answer?.status).sort()).toEqual([200, 422]);
    }
    for (const each of containers) each.close();
  });

  it("hangs on nobody else's category, which looks like none at all", async () => {
    const bobs = await make("bob", "Bob's");
    const stolen = await api.call("ann", "POST", "/categories", { name: "Stolen", parentId: bobs });
    const madeUp = await api.call("ann", "POST", "/categories", { name: "Stolen", parentId: nobody });
    expect([stolen.status, stolen.body]).toEqual([422, madeUp.body]);
    expect(madeUp.body.errors).toEqual([{ pointer: "/parentId", detail: "is not one of your categories" }]);
  });
});

describe("a category in use", () => {
  it("is not deleted, and the answer says what uses it and how many", async () => {
    const id = await make("use", "Used");
    await make("use", "Below", id);
    for (const amount of ["1", "2"]) await api.call("use", "POST", "/expenses", { amount, currency: "EUR", occurredOn: "2026-01-01", categoryId: id });
    const refused = await api.call("use", "DELETE", `/categories/${id}`);
    expect([refused.status, refused.body.type]).toEqual([409, "/problems/in-use"]);
    expect(refused.body.uses).toEqual([
      { what: "expenses", count: 2 },
      { what: "categories", count: 1 },
    ]);
    expect(refused.body.detail).toBe("The category is in use (expenses: 2, categories: 1). Give those another category first.");
  });
});

describe("the list of categories", () => {
  it("goes by name whatever its case, in pages that miss none and repeat none", async () => {
    const names = ["beta", "Alpha", "delta", "Gamma", "épsilon", "Zeta", "eta"];
    for (const name of names) await make("list", name);
    const seen: unknown[] = [];
    let next: string | null | undefined;
    do {
      const page = await api.call("list", "GET", `/categories?limit=2${next ? `&cursor=${next}` : ""}`);
      expect(page.status).toBe(200);
      seen.push(...(page.body.items ?? []).map(({ name }) => name));
      next = page.body.next;
    } while (next);
    expect(seen).toHaveLength(7);
    expect(new Set(seen)).toEqual(new Set(names));
    expect(seen.slice(0, 3)).toEqual(["Alpha", "beta", "delta"]);
    expect((await api.call("bob", "GET", `/categories?cursor=${(await api.call("list", "GET", "/categories?limit=1")).body.next}`)).status).toBe(400);
  });
});
