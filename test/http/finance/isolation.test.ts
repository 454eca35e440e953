/** Every data route of the OpenAPI document, times another user's ids: in the path, in the query, in the body. Whose an id is makes no difference that can be seen. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Operation } from "../../../src/http/openapi/operation.ts";
import { ids as shown } from "../../../src/http/openapi/shared.ts";
import system from "../../../system.json" with { type: "json" };
import { schemaOf } from "../openapi/ajv.ts";
import { openApi, operationAt } from "../openapi/answers.ts";
import { type FinanceApi, startFinanceApi } from "./api.ts";

type Schema = Record<string, unknown>;
type Kind = "category" | "account" | "expense" | "budget" | "receipt" | "import";
type Things = Record<Kind, string>;

const isRecord = (value: unknown): value is Schema => typeof value === "object" && value !== null && !Array.isArray(value);
const resolved = (schema: Schema): Schema => (typeof schema.$ref === "string" ? (schemaOf(openApi, schema.$ref) as Schema) : schema);

/** What a field, or the `{id}` of a path, names. A new one has to be said here, or its route is not tested. */
function kindOf(name: string, path: string): Kind {
  const named: Record<string, Kind> = { categoryId: "category", parentId: "category", accountId: "account", refundOf: "expense", receiptId: "receipt" };
  const within: Record<string, Kind> = { categories: "category", accounts: "account", expenses: "expense", budgets: "budget", imports: "import" };
  const found = name === "id" ? within[path.split("/")[1] ?? ""] : named[name];
  if (found === undefined) throw new Error(`say what ${name} names in ${path}`);
  return found;
}

interface Route {
  method: string;
  path: string;
  it: Operation;
  described: Schema;
}

const routes: Route[] = system.functions.data.http.map(({ method, path }) => {
  const described = openApi.paths[path]?.[method.toLowerCase()];
  const it = operationAt(method, path);
  if (described === undefined || it === undefined || it.path !== path) throw new Error(`the document has no ${method} ${path}`);
  return { method, path, it, described };
});

/** Where a body has ids: `["expenses", 0, "categoryId"]`. */
function idsIn(schema: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (!isRecord(schema)) return [];
  const here = resolved(schema);
  const own = here.format === "uuid" ? [at] : [];
  const branches = ["anyOf", "oneOf", "allOf"].flatMap((word) => (Array.isArray(here[word]) ? here[word] : []));
  const members = isRecord(here.properties) ? Object.entries(here.properties) : [];
  return [
    ...own,
    ...branches.flatMap((branch) => idsIn(branch, at)),
    ...members.flatMap(([name, member]) => idsIn(member, [...at, name])),
    ...(here.items === undefined ? [] : idsIn(here.items, [...at, 0])),
  ];
}
const bodySchema = ({ described }: Route): unknown => {
  const content = isRecord(described.requestBody) ? described.requestBody.content : undefined;
  return isRecord(content) && isRecord(content["application/json"]) ? content["application/json"].schema : undefined;
};
const queryIds = ({ described }: Route): string[] =>
  (Array.isArray(described.parameters) ? described.parameters : [])
    .map((parameter) => resolved(parameter as Schema))
    .filter((parameter) => parameter.in === "query" && idsIn(parameter.schema).length > 0)
    .map(({ name }) => String(name));

let api: FinanceApi;
let ann: Things;
let bob: Things;
const RATE = "/rates/2026-11-10/USD/EUR";

/** The same things for everybody, two of each so that lists have a second page. */
async function makeThings(user: string): Promise<Things> {
  const make = async (path: string, body: unknown, method = "POST") => {
    const answer = await api.call(user, method, path, body);
    if (answer.status > 201) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return String(answer.body.id);
  };
  const category = await make("/categories", { name: `Food of ${user}` });
  await make("/categories", { name: `Fruit of ${user}`, parentId: category });
  const account = await make("/accounts", { name: `Giro of ${user}`, type: "asset", currency: "EUR" });
  await make("/accounts", { name: `Card of ${user}`, type: "liability", currency: "EUR" });
  const spent = { amount: "12.50", currency: "EUR", occurredOn: "2026-11-17", categoryId: category, accountId: account, merchant: `Shop of ${user}` };
  const expense = await make("/expenses", { ...spent, tags: [`tag of ${user}`] });
  await make("/expenses", { ...spent, kind: "refund", refundOf: expense, amount: "2.50" });
  const budget = await make("/budgets", { name: `Budget of ${user}`, categoryId: category, amount: "10.00", currency: "EUR", period: "month" });
  await make("/budgets", { name: `All of ${user}`, amount: "400.00", currency: "EUR", period: "month" });
  for (const day of ["2026-11-01", "2026-11-02"]) await make(`/accounts/${account}/balances/${day}`, { amount: "100.00" }, "PUT");
  const receipt = randomUUID();
  api.receipts.ready.add(`s-${user} ${receipt}`);
  const imported = randomUUID();
  await api.database.ask("insert into imports (user_id, id, account_id, run, state, updated_at) values ($1, $2, $3, 1, 'read', now())", [
    `s-${user}`,
    imported,
    account,
  ]);
  await api.database.ask("insert into import_rows (user_id, import_id, n, line, problem) select $1, $2, n, n + 1, 'has no day' from generate_series(1, 2) n", [
    `s-${user}`,
    imported,
  ]);
  return { category, account, expense, budget, receipt, import: imported };
}

beforeAll(async () => {
  api = await startFinanceApi();
  api.setNow(Date.parse("2026-11-20T12:00:00Z"));
  [ann, bob] = [await makeThings("ann"), await makeThings("bob")];
  for (const day of ["2026-11-10", "2026-11-11"]) await api.call("ann", "PUT", `/rates/${day}/USD/EUR`, { rate: "0.92" });
});
afterAll(() => api?.close());

/** Everything that a user has, as a fingerprint of each table. */
async function rowsOf(user: string): Promise<unknown> {
  const tables = await api.database.ask(
    "select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'user_id' where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1",
  );
  const fingerprint = ({ name }: Record<string, unknown>) =>
    `select '${String(name)}' as name, count(*) as n, md5(string_agg(t::text, '|' order by t::text)) as rows from ${String(name)} t where user_id = $1`;
  return api.database.ask(tables.map(fingerprint).join(" union all "), [`s-${user}`]);
}
const bothHave = async () => [await rowsOf("ann"), await rowsOf("bob")];

/** The document's example with bob's own ids, and a name that nobody has. */
function exampleBody({ it }: Route): unknown {
  const own: Record<string, string> = {
    [shown.food]: bob.category,
    [shown.groceries]: bob.category,
    [shown.home]: bob.category,
    [shown.account]: bob.account,
    [shown.expense]: bob.expense,
    [shown.budget]: bob.budget,
  };
  if (it.body === undefined) return undefined;
  const text = Object.entries(own).reduce((done, [from, to]) => done.replaceAll(from, to), JSON.stringify(it.body.example));
  const body: unknown = JSON.parse(text);
  if (isRecord(body) && typeof body.name === "string") body.name = `new ${randomUUID()}`;
  return body;
}

/** A path with these ids, and the natural keys of the document's example. */
const filled = ({ path, it }: Route, id: string) => path.replace(/\{(\w+)\}/g, (_, name: string) => (name === "id" ? id : (it.paramsExample?.[name] ?? "")));
const withoutId = (answer: { status: number; headers: Record<string, string>; body: unknown }, id: string): unknown =>
  JSON.parse(JSON.stringify(answer).replaceAll(id, "ID"));

describe("an id in a path", () => {
  const cases = routes.filter(({ path }) => path.includes("{id}"));
  it.each(cases.map((route) => [`${route.method} ${route.path}`, route] as const))("%s: another's is as good as none", async (_, route) => {
    const theirs = ann[kindOf("id", route.path)];
    const nobodys = randomUUID();
    const before = await bothHave();
    const call = (id: string) => api.call("bob", route.method, filled(route, id), exampleBody({ ...route }));
    const answer = await call(theirs);
    expect(answer.status).toBe(404);
    expect(answer.body.type).toBe("/problems/not-found");
    expect(withoutId(answer, theirs)).toEqual(withoutId(await call(nobodys), nobodys));
    expect(await bothHave()).toEqual(before);
  });
});

describe("an id in a query", () => {
  const cases = routes.flatMap((route) => queryIds(route).map((name) => [`${route.method} ${route.path}?${name}`, route, name] as const));
  it.each(cases)("%s: another's finds nothing, as one that is nobody's", async (_, route, name) => {
    const call = (id: string) => api.call("bob", route.method, `${filled(route, bob.account)}?${name}=${id}`);
    const theirs = ann[kindOf(name, route.path)];
    const nobodys = randomUUID();
    const answer = await call(theirs);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ items: [], next: null });
    expect(withoutId(answer, theirs)).toEqual(withoutId(await call(nobodys), nobodys));
    expect((await call(bob[kindOf(name, route.path)])).body.items?.length).toBeGreaterThan(0);
  });
  it("there are some", () => expect(cases.length).toBeGreaterThan(1));
});

/** A body in which everything is bob's own but the id at `at`. */
function bodyWith(route: Route, at: readonly (string | number)[], id: string): unknown {
  const body = (route.method === "PATCH" ? {} : exampleBody(route)) as Schema;
  let here: Schema = body;
  for (const step of at.slice(0, -1)) here = here[step] as Schema;
  const field = String(at.at(-1));
  here[field] = id;
  // Only a refund names what it refunds.
  if (field === "refundOf") Object.assign(here, { kind: "refund" });
  return body;
}

describe("an id in a body", () => {
  const cases = routes.flatMap((route) => idsIn(bodySchema(route)).map((at) => [`${route.method} ${route.path} /${at.join("/")}`, route, at] as const));
  it.each(cases)("%s: another's is refused by its field, as one that is nobody's", async (_, route, at) => {
    const field = String(at.at(-1));
    const theirs = ann[kindOf(field, route.path)];
    const nobodys = randomUUID();
    const before = await bothHave();
    const path = route.path.includes("{id}") ? filled(route, bob[kindOf("id", route.path)]) : filled(route, "");
    const call = (id: string) => api.call("bob", route.method, path, bodyWith(route, at, id));
    const answer = await call(theirs);
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map(({ pointer }) => pointer)).toEqual([`/${at.join("/")}`]);
    expect(withoutId(answer, theirs)).toEqual(withoutId(await call(nobodys), nobodys));
    expect(await bothHave()).toEqual(before);
  });
  it("there are many", () => expect(cases.length).toBeGreaterThan(9));

  it("in a bulk of which each stands for itself, the others are made", async () => {
    const good = { amount: "1.00", currency: "EUR", occurredOn: "2026-11-17" };
    const call = (id: string) =>
      api.call("bob", "POST", "/expenses/bulk", {
        mode: "each",
        expenses: [
          { ...good, categoryId: id },
          { ...good, accountId: id },
        ],
      });
    const [theirs, nobodys] = [await call(ann.category), await call(randomUUID())];
    expect(theirs.status).toBe(200);
    expect(theirs.body).toEqual(nobodys.body);
    expect((theirs.body.results as { status: number }[]).map(({ status }) => status)).toEqual([422, 422]);
  });
});

describe("what two users key alike", () => {
  const cases = routes.filter(({ path }) => /\{/.test(path) && !path.includes("{id}"));
  it.each(cases.map((route) => [`${route.method} ${route.path}`, route] as const))("%s is each one's own", async (_, route) => {
    const path = RATE;
    const before = await rowsOf("ann");
    const answer = await api.call("bob", route.method, path, exampleBody(route));
    if (route.method === "PUT") expect([200, 201]).toContain(answer.status);
    else expect(answer.status).toBe(404);
    expect(await rowsOf("ann")).toEqual(before);
    if (route.method === "PUT") await api.call("bob", "DELETE", path);
  });

  it("an Idempotency-Key is, too", async () => {
    const headers = { "idempotency-key": "the same key" };
    const mine = await api.call("ann", "POST", "/categories", { name: "Keyed" }, headers);
    const other = await api.call("bob", "POST", "/categories", { name: "Keyed" }, headers);
    expect([mine.status, other.status]).toEqual([201, 201]);
    expect(other.body.id).not.toBe(mine.body.id);
    expect(other.headers["idempotency-replayed"]).toBeUndefined();
  });
});

describe("what a route shows", () => {
  const reading = routes.filter(({ method, path }) => method === "GET" && !path.includes("{"));
  it.each(reading.map((route) => [`${route.method} ${route.path}`, route] as const))("%s holds nothing of another's", async (_, route) => {
    const annSees = JSON.stringify((await api.call("ann", "GET", route.path)).body);
    const bobSees = JSON.stringify((await api.call("bob", "GET", route.path)).body);
    expect(bobSees).not.toContain(" of ann");
    for (const id of Object.values(ann)) expect(bobSees).not.toContain(id);
    const stranger = JSON.stringify((await api.call("cyd", "GET", route.path)).body);
    for (const name of [" of ann", " of bob", ...Object.values(ann), ...Object.values(bob)]) expect(stranger).not.toContain(name);
    expect(annSees).not.toContain(" of bob");
  });

  const lists = routes.filter(({ method, described }) => method === "GET" && JSON.stringify(described.parameters ?? []).includes('"cursor"'));
  it.each(lists.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "%s: another's cursor is as good as one that was made up",
    async (_, route) => {
      const within = (things: Things) => filled(route, route.path.includes("{id}") ? things[kindOf("id", route.path)] : "");
      const page = await api.call("ann", "GET", `${within(ann)}?limit=1`);
      const { next } = page.body;
      if (typeof next !== "string") throw new Error(`${route.path} has no second page`);
      const call = (cursor: string) => api.call("bob", "GET", `${within(bob)}?limit=1&cursor=${encodeURIComponent(cursor)}`);
      const answer = await call(next);
      expect(answer.status).toBe(400);
      expect(answer.body.type).toBe("/problems/bad-cursor");
      expect(answer).toEqual(await call(`${next.slice(0, -2)}${next.endsWith("A") ? "B" : "A"}_`));
    },
  );
});
