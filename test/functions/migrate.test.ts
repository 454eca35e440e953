import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { MigrateEvent } from "../../functions/migrate.ts";
import { liveMigrations, migrations } from "../../migrations/index.ts";
import { withConnection } from "../../src/database/connect.ts";
import { migrate } from "../../src/database/migrate.ts";
import { as, environment, startPostgres, type TestPostgres } from "../database/postgres.ts";

let postgres: TestPostgres;
let handler: (event: MigrateEvent) => Promise<{ ran: string[] }>;
const master = { user: "postgres", password: "unused" };

const ask = (user: string, sql: string, database = "app") => withConnection(as(postgres.endpoint, user, database), (query) => query(sql));

beforeAll(async () => {
  postgres = await startPostgres();
  for (const [name, value] of Object.entries(environment(postgres.endpoint))) vi.stubEnv(name, value);
  ({ handler } = await import("../../functions/migrate.ts"));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await postgres?.close();
});

const every = [...Object.keys(migrations), ...Object.keys(liveMigrations).map((name) => `live/${name}`)];

describe("the function migrate", () => {
  it("goes on where a run was cut off among the roles", async () => {
    await ask("postgres", "create role rds_iam", "postgres");
    await ask("postgres", "create role dormouse_owner", "postgres");
    expect(await handler({ master })).toEqual({ ran: every });
  });

  it("does nothing the second time, with the master or without", async () => {
    expect(await handler({ master })).toEqual({ ran: [] });
    expect(await handler({})).toEqual({ ran: [] });
  });

  it("gives each role its limits, the login by IAM and nothing more", async () => {
    const roles = await ask(
      "postgres",
      "select rolname, rolcanlogin, rolconnlimit, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, pg_has_role(oid, 'rds_iam', 'member') as iam from pg_roles where rolname like 'dormouse%' order by 1",
    );
    const plain = { rolcanlogin: true, rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false, iam: true };
    expect(roles).toEqual([
      { rolname: "dormouse_app", rolconnlimit: 60, ...plain },
      { rolname: "dormouse_jobs", rolconnlimit: 5, ...plain },
      { rolname: "dormouse_maintenance", rolconnlimit: 3, ...plain },
      { rolname: "dormouse_monitor", rolconnlimit: 5, ...plain },
      { rolname: "dormouse_owner", rolconnlimit: 5, ...plain },
    ]);
  });

  it("never makes the master a member of a role that logs in by IAM: it could no longer log in by password", async () => {
    const members = await ask("postgres", "select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = 'postgres'");
    expect(members).toEqual([]);
  });

  it("leaves the application's role nothing that it owns", async () => {
    expect(await ask("postgres", "select c.relname from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = 'dormouse_app'")).toEqual([]);
    await expect(ask("dormouse_app", "create table mine (a int)")).rejects.toThrow("permission denied for schema public");
    await expect(ask("dormouse_app", "drop table expenses")).rejects.toThrow("must be owner");
    await expect(ask("dormouse_app", "alter table expenses disable row level security")).rejects.toThrow("must be owner");
    await expect(ask("dormouse_app", "delete from kysely_migration")).rejects.toThrow("permission denied");
    await expect(ask("dormouse_app", "select * from kysely_migration_lock")).rejects.toThrow("permission denied");
  });

  it("keeps nothing of a run whose last migration fails, and says which it was", async () => {
    const broken = {
      ...migrations,
      "998-good": {
        up: (db: { schema: { createTable(name: string): { addColumn(name: string, type: "text"): { execute(): Promise<void> } } } }) =>
          db.schema.createTable("half").addColumn("a", "text").execute(),
      },
      "999-bad": {
        up: async () => {
          throw new Error("on purpose");
        },
      },
    };
    await expect(migrate(as(postgres.endpoint, "dormouse_owner"), { migrations: broken })).rejects.toThrow("the migration 999-bad failed: on purpose");
    expect(await ask("postgres", "select to_regclass('half') as half")).toEqual([{ half: null }]);
  });

  it("gives up waiting for another runner", async () => {
    await withConnection(as(postgres.endpoint, "dormouse_owner"), async (query) => {
      await query("select pg_advisory_lock(4071830)");
      await expect(migrate(as(postgres.endpoint, "dormouse_owner"), { migrations: {}, lockMs: 100 })).rejects.toThrow("lock timeout");
    });
    expect(await handler({})).toEqual({ ran: [] });
  });

  it("runs once when two come at the same time", async () => {
    await ask("postgres", "drop database app with (force)", "postgres");
    const runs = await Promise.all([handler({ master }), handler({ master })]);
    expect(runs.flatMap(({ ran }) => ran)).toEqual(every);
  });
});
