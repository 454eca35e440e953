import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Query, withConnection } from "../../src/database/connect.ts";
import { type FinanceDatabase, startFinance } from "./finance.ts";
import { as } from "./postgres.ts";
import { breaches, foreignKeys, insert, owner, referring, rows } from "./walls.ts";

let database: FinanceDatabase;
beforeAll(async () => {
  database = await startFinance();
  await withConnection(as(database.endpoint, "postgres"), async (query) => {
    for (const user of ["ann", "bob"]) for (const [table, make] of Object.entries(rows)) await insert(query, table, make(user, 0));
  });
});
afterAll(() => database?.close());

/** In a transaction of the superuser, undone at the end. */
const undone = <T>(run: (query: Query) => Promise<T>): Promise<T> =>
  withConnection({ ...as(database.endpoint, "postgres"), statementMs: 20_000 }, async (query) => {
    await query("begin");
    try {
      return await run(query);
    } finally {
      await query("rollback");
    }
  });
const names = async (sql: string) => (await database.ask(sql)).map((row) => String(row.name));

/** Not of users: what migrations have run, and the key that signs cursors. */
const ofNobody = ["cursor_keys", "kysely_live_migration", "kysely_live_migration_lock", "kysely_migration", "kysely_migration_lock"];
const tables = Object.keys(rows);
/** The application's, and the owner's, whom FORCE makes no exception. */
const roles = ["dormouse_app", "dormouse_owner"];

it("every table, view and sequence there is is either tried here or belongs to no user", async () => {
  const there = await names(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f', 'S') order by 1",
  );
  expect([...tables, ...ofNobody].sort()).toEqual(there);
});

describe("a table of users'", () => {
  it.each(tables)("%s shows and gives each user their own rows, and nobody any", async (table) => {
    for (const role of roles) expect(await undone((query) => breaches(query, table, role)), role).toEqual([]);
  });

  it.each(tables)("%s has the user first in its primary key", async (table) => {
    const [first] = await database.ask(
      "select a.attname as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] where i.indrelid = $1::regclass and i.indisprimary",
      [table],
    );
    expect(first?.name).toBe(owner(table));
  });

  it("shows nobody anything through the other roles, but for what the role of jobs is there for", async () => {
    const seen: string[] = [];
    for (const role of ["dormouse_jobs", "dormouse_monitor", "dormouse_maintenance"])
      for (const table of tables)
        if ((await undone((query) => breaches(query, table, role))).some((what) => / sees /.test(what))) seen.push(`${role} ${table}`);
    // Of users it sees the id only, so not `*`: test/database/outbox.test.ts.
    expect(seen).toEqual(["dormouse_jobs outbox"]);
  });
});

describe("a foreign key", () => {
  it("between users' tables has the user in it, on both sides", async () => {
    const keys = await undone(foreignKeys);
    const pairs = keys.map((key) => [key.name, key.columns.some(([own, other]) => own === owner(key.child) && other === owner(key.parent))]);
    expect(pairs.filter(([, withUser]) => withUser !== true)).toEqual([]);
    expect(pairs.length).toBeGreaterThan(15);
  });

  it("accepts one's own row, and refuses another's with the very words for one that is not there", async () => {
    const keys = (await undone(foreignKeys)).filter(({ columns }) => columns.length > 1);
    for (const key of keys)
      expect(
        await undone(async (query) => [await referring(query, key, "bob"), await referring(query, key, "ann"), await referring(query, key, "nobody")]),
        key.name,
      ).toEqual(["accepted", "23503", "23503"]);
  });

  it("that forgets the user is noticed by that", async () => {
    for (const key of (await undone(foreignKeys)).filter(({ columns }) => columns.length > 1))
      expect(
        await undone(async (query) => {
          const [[own, other] = ["", ""]] = key.columns.filter(([column]) => column !== "user_id");
          await query(`alter table "${key.parent}" add unique ("${other}")`);
          await query(`alter table "${key.child}" drop constraint "${key.name}", add foreign key ("${own}") references "${key.parent}" ("${other}")`);
          return referring(query, key, "ann");
        }),
        key.name,
      ).toBe("accepted");
  });
});

describe("a wall that is broken is noticed:", () => {
  const broken = (table: string, statements: readonly string[], role: string) =>
    undone(async (query) => {
      for (const statement of statements) await query(statement);
      return breaches(query, table, role);
    });

  it("each policy that no longer asks whose rows are read, or written", async () => {
    const policies = await database.ask("select tablename, policyname from pg_policies where schemaname = 'public' and qual <> 'true' order by 1, 2");
    expect(policies.map((row) => row.tablename)).toEqual([...tables].sort());
    for (const { tablename, policyname } of policies)
      for (const role of roles) {
        const policy = `policy "${policyname}" on "${tablename}"`;
        expect(await broken(String(tablename), [`alter ${policy} using (true)`], role), policy).toContain("Bob sees a row of Ann's");
        expect(await broken(String(tablename), [`alter ${policy} with check (true)`], role), policy).toContainEqual(
          expect.stringContaining("Bob makes a row of Ann's"),
        );
        const whose = `"${owner(String(tablename))}" = current_setting('app.user_id', true)`;
        const orNobody = `alter ${policy} using (coalesce(current_setting('app.user_id', true), '') = '' or ${whose})`;
        expect(await broken(String(tablename), [orNobody], role), policy).toContainEqual(expect.stringMatching(/^nobody .* sees 2 rows$/));
        expect(await broken(String(tablename), [`drop ${policy}`], role), policy).toContain("Bob does not see his own row");
      }
  }, 60_000);

  it("each policy of one role that is everybody's", async () => {
    const policies = await database.ask("select tablename, policyname, cmd from pg_policies where schemaname = 'public' and qual = 'true' order by 2");
    expect(policies.map((row) => row.policyname)).toEqual(["cursor_keys_read", "outbox_jobs", "outbox_jobs_drained", "outbox_maintenance", "users_jobs"]);
    for (const { tablename, policyname, cmd } of policies) {
      if (tablename === "cursor_keys") continue;
      const found = await broken(String(tablename), [`alter policy "${policyname}" on "${tablename}" to public`], "dormouse_owner");
      expect(found, String(policyname)).toContainEqual(cmd === "DELETE" ? 'Bob deletes Ann\'s row: delete from "outbox"' : "Bob sees a row of Ann's");
    }
  });

  it("row-level security that is off, or not forced", async () => {
    for (const table of tables) {
      expect(await broken(table, [`alter table "${table}" disable row level security`], "dormouse_app"), table).toContain("Bob sees a row of Ann's");
      expect(await broken(table, [`alter table "${table}" no force row level security`], "dormouse_owner"), table).toContain("Bob sees a row of Ann's");
    }
  });

  it("a table that nobody has thought of", async () => {
    const found = await undone(async (query) => {
      await query("create table forgotten (user_id text)");
      return query("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'");
    });
    expect([...tables, ...ofNobody]).not.toEqual(expect.arrayContaining(found.map(({ relname }) => relname)));
    expect(await undone((query) => breaches(query, "forgotten", "dormouse_app"))).toHaveLength(1);
  });
});

describe("the application's role", () => {
  it("owns nothing, is nobody special, and is a member of nothing", async () => {
    const [role] = await database.ask("select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles where rolname = 'dormouse_app'");
    expect(role).toEqual({ rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false });
    expect(await database.ask("select deptype from pg_shdepend where refobjid = 'dormouse_app'::regrole and deptype = 'o'")).toEqual([]);
    expect(await database.ask("select roleid::regrole from pg_auth_members where member = 'dormouse_app'::regrole")).toEqual([]);
    // Nor is there a function that would act for it as somebody else.
    expect(await database.ask("select proname from pg_proc where prosecdef and pronamespace = 'public'::regnamespace")).toEqual([]);
  });

  it("can't truncate, make tables, nor change what migrations and cursors stand on", async () => {
    const app = (sql: string) =>
      undone(async (query) => {
        await query("set local role dormouse_app");
        return query(sql).then(
          () => "allowed",
          (error: Error & { code?: string }) => error.code,
        );
      });
    for (const table of [...tables, ...ofNobody]) {
      expect(await app(`truncate "${table}" cascade`), table).toBe("42501");
      expect(await app(`alter table "${table}" disable row level security`), table).toBe("42501");
    }
    for (const table of ofNobody)
      expect([await app(`delete from ${table}`), await app(`insert into ${table} default values`)], table).toEqual(["42501", "42501"]);
    expect(await app("create table mine (n int)")).toBe("42501");
    // The application looks at which schema it meets, and signs cursors.
    const readable = [];
    for (const table of ofNobody) if ((await app(`select * from ${table}`)) === "allowed") readable.push(table);
    expect(readable).toEqual(["cursor_keys", "kysely_migration"]);
  });

  it("can't end a budget's alerts by themselves, nor change what is to be told; a user's own row it can, when they leave", async () => {
    const granted = await names(
      "select table_name || ' ' || privilege_type as name from information_schema.role_table_grants where grantee = 'dormouse_app' and table_name in ('alerts', 'outbox', 'users') order by 1",
    );
    expect(granted).toEqual([
      "alerts INSERT",
      "alerts SELECT",
      "outbox DELETE",
      "outbox INSERT",
      "outbox SELECT",
      "users DELETE",
      "users INSERT",
      "users SELECT",
    ]);
  });
});
