/** The walls between users, tried from the other side. Every look is a transaction of the superuser who steps into a role, and is undone. */
import type { Query } from "../../src/database/connect.ts";

export type Row = Readonly<Record<string, unknown>>;

/** Ids of a user's rows, one for each table: another user's are others. */
const id = (user: string, table: string, n: number) => {
  const hex = Buffer.from(`${user}${table}`).toString("hex").padEnd(24, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-${(n + Number.parseInt(hex.slice(12, 22), 16)).toString(16).padStart(12, "0").slice(-12)}`;
};

/** A row of each table; `n` 0 is there from the beginning, others are new. Parents first. */
export const rows: Readonly<Record<string, (user: string, n: number) => Row>> = {
  users: (user, n) => ({ id: n === 0 ? user : `${user}${n}` }),
  categories: (user, n) => ({ user_id: user, id: id(user, "ca", n), name: `Category ${n}` }),
  accounts: (user, n) => ({ user_id: user, id: id(user, "ac", n), name: `Account ${n}`, type: "asset", currency: "EUR" }),
  balances: (user, n) => ({ user_id: user, account_id: id(user, "ac", 0), day: `2026-01-0${n + 1}`, amount_minor: 5 }),
  rates: (user, n) => ({ user_id: user, base: "USD", quote: "EUR", day: `2026-01-0${n + 1}`, rate: "1.5" }),
  expenses: (user, n) => ({ user_id: user, id: id(user, "ex", n), kind: "refund", amount_minor: 5, currency: "EUR", occurred_on: "2026-01-01" }),
  expense_tags: (user, n) => ({ user_id: user, expense_id: id(user, "ex", 0), tag: `tag ${n}` }),
  budgets: (user, n) => ({
    user_id: user,
    id: id(user, "bu", n),
    name: "b",
    amount_minor: 5,
    currency: "EUR",
    period: "month",
    starts_on: "2026-01-01",
    carry_from: "2026-01-01",
  }),
  budget_amounts: (user, n) => ({ user_id: user, budget_id: id(user, "bu", 0), from_day: `2026-01-0${n + 1}`, amount_minor: 5 }),
  alerts: (user, n) => ({
    user_id: user,
    budget_id: id(user, "bu", 0),
    period_start: "2026-01-01",
    threshold: n + 1,
    spent_minor: 5,
    effective_minor: 5,
    quiet: false,
    fired_at: new Date(0),
  }),
  imports: (user, n) => ({ user_id: user, id: id(user, "im", n), account_id: id(user, "ac", 0), run: 1, state: "read", updated_at: new Date(0) }),
  import_rows: (user, n) => ({ user_id: user, import_id: id(user, "im", 0), n: n + 1, line: 2, problem: "has no day" }),
  outbox: (user, n) => ({ user_id: user, id: id(user, "ou", n), kind: "k", payload: "{}", created_at: new Date(0) }),
  idempotency_keys: (user, n) => ({ user_id: user, key: `key ${n}`, request_hash: Buffer.from("x"), created_at: new Date(0) }),
};

/** The column that says whose a row is. */
export const owner = (table: string) => (table === "users" ? "id" : "user_id");

const quoted = (name: string) => `"${name}"`;
export const insert = (query: Query, table: string, row: Row) => {
  const names = Object.keys(row);
  return query(`insert into ${quoted(table)} (${names.map(quoted).join(", ")}) values (${names.map((_, i) => `$${i + 1}`).join(", ")})`, Object.values(row));
};

export interface Actor {
  role: string;
  /** null: no user at all; "": as the setting reads after a commit. */
  user: string | null;
}

/** Runs `act` as somebody. What it did is undone; an error is what it was refused with. */
async function attempt<T>(query: Query, { role, user }: Actor, act: () => Promise<T>): Promise<{ value: T } | { refused: string }> {
  await query("savepoint attempt");
  try {
    await query(`set local role ${quoted(role)}`);
    if (user !== null) await query("select set_config('app.user_id', $1, true)", [user]);
    return { value: await act() };
  } catch (error) {
    return { refused: error instanceof Error && "code" in error ? String(error.code) : String(error) };
  } finally {
    await query("rollback to savepoint attempt");
  }
}

/** What the superuser sees of a table; to be asked inside an attempt, after stepping out of the role. */
const everythingIn = async (query: Query, table: string) => {
  await query("reset role");
  return JSON.stringify((await query(`select to_jsonb(t) as row from ${quoted(table)} t order by 1`)).map(({ row }) => row));
};

/** 42501: insufficient privilege, which is also what a policy's WITH CHECK says. */
export const DENIED = "42501";

/**
 * What `role` gets at in a table where it should not: sentences, none when the wall holds. Ann and Bob have a row each. Statements without a condition say
 * most: one with a condition also needs the right to read what it looks at.
 */
export async function breaches(query: Query, table: string, role: string): Promise<string[]> {
  const found: string[] = [];
  const make = rows[table];
  if (make === undefined) return [`there is no row to try ${table} with`];
  const whose = quoted(owner(table));
  for (const user of [null, ""]) {
    const seen = await attempt(query, { role, user }, () => query(`select * from ${quoted(table)}`));
    if ("value" in seen && seen.value.length > 0) found.push(`nobody (${JSON.stringify(user)}) sees ${seen.value.length} rows`);
    const made = await attempt(query, { role, user }, () => insert(query, table, make("ann", 1)));
    if ("value" in made) found.push(`nobody (${JSON.stringify(user)}) makes a row of Ann's`);
  }
  const bob = { role, user: "bob" };
  const seen = await attempt(query, bob, () => query(`select * from ${quoted(table)}`));
  if ("value" in seen && seen.value.some((row) => row[owner(table)] !== "bob")) found.push("Bob sees a row of Ann's");
  if ("value" in seen && seen.value.length === 0) found.push("Bob does not see his own row");
  const made = await attempt(query, bob, () => insert(query, table, make("ann", 1)));
  if (!("refused" in made) || made.refused !== DENIED) found.push(`Bob makes a row of Ann's: ${JSON.stringify(made)}`);
  const before = await everythingIn(query, table);
  const changes = {
    "makes Ann's row his": `update ${quoted(table)} set ${whose} = 'bob'`,
    "makes his row Ann's": `update ${quoted(table)} set ${whose} = 'ann' where ${whose} = 'bob'`,
    "touches Ann's row": `update ${quoted(table)} set ${whose} = ${whose} where ${whose} = 'ann' returning 1`,
  };
  for (const [what, statement] of Object.entries(changes)) {
    const done = await attempt(query, bob, async () => {
      const touched = await query(statement);
      return { touched, after: await everythingIn(query, table) };
    });
    // A key that stands in the way is no wall: it would not be there for the next row.
    if ("refused" in done ? done.refused !== DENIED : done.value.touched.length > 0 || done.value.after !== before)
      found.push(`Bob ${what}: ${"refused" in done ? done.refused : ""}`);
  }
  for (const statement of [`delete from ${quoted(table)}`, `delete from ${quoted(table)} where ${whose} = 'ann'`]) {
    const done = await attempt(query, bob, async () => {
      await query(statement);
      return everythingIn(query, table);
    });
    if ("refused" in done ? ![DENIED, "23503"].includes(done.refused) : !done.value.includes(`"${owner(table)}":"ann"`))
      found.push(`Bob deletes Ann's row: ${statement}`);
  }
  return found;
}

export interface ForeignKey {
  name: string;
  child: string;
  parent: string;
  /** Column of the child, column of the parent. */
  columns: readonly (readonly [string, string])[];
}

export async function foreignKeys(query: Query): Promise<ForeignKey[]> {
  const found = await query(`
    select k.conname as name, k.conrelid::regclass::text as child, k.confrelid::regclass::text as parent, json_agg(json_build_array(a.attname, b.attname) order by n) as columns
    from pg_constraint k cross join lateral unnest(k.conkey, k.confkey) with ordinality as pair (own, other, n)
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = own join pg_attribute b on b.attrelid = k.confrelid and b.attnum = other
    where k.contype = 'f' and k.connamespace = 'public'::regnamespace group by k.oid, k.conname, k.conrelid, k.confrelid order by 2, 1`);
  return found as unknown as ForeignKey[];
}

/** What Bob's new row in the child is refused with when it names Ann's row, or one that nobody has. */
export async function referring(query: Query, key: ForeignKey, to: "ann" | "nobody" | "bob"): Promise<string> {
  const make = rows[key.child];
  const named = rows[key.parent];
  if (make === undefined || named === undefined) return "there is no row to try it with";
  const target = to === "nobody" ? named("ann", 7) : named(to, 0);
  const named7 = Object.fromEntries(key.columns.filter(([column]) => column !== owner(key.child)).map(([own, other]) => [own, target[other]]));
  const done = await attempt(query, { role: "dormouse_app", user: "bob" }, async () => {
    await insert(query, key.child, { ...make("bob", 1), ...named7 });
    await query("set constraints all immediate");
  });
  return "refused" in done ? done.refused : "accepted";
}
