/** A real, migrated database for tests of finance: the same roles, row-level security and schema as everywhere. */
import type { Kysely, Transaction } from "kysely";
import { liveMigrations, migrations } from "../../migrations/index.ts";
import { withConnection } from "../../src/database/connect.ts";
import { asUser, type Databases, databases } from "../../src/database/kysely.ts";
import { migrate } from "../../src/database/migrate.ts";
import { grantInside, makeRoles } from "../../src/database/roles.ts";
import type { Tables } from "../../src/database/schema.ts";
import system from "../../system.json" with { type: "json" };
import { as, preparedBy, startPostgres, type TestPostgres } from "./postgres.ts";

export interface FinanceDatabase extends TestPostgres {
  /** Pools of the application's role. */
  databases: Databases;
  /** The application's connection: no user, so no rows. */
  db: Kysely<Tables>;
  /** A transaction in the name of the user whose `sub` is given. */
  as<T>(sub: string, run: (tx: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** SQL by the superuser, whom no row-level security stops. */
  ask(sql: string, parameters?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** Up to date, as `migrate` leaves it. */
const migrated = preparedBy("finance", ["test/database/finance.ts", "migrations/**", "src/database/**", "system.json"], async (endpoint) => {
  const roles = Object.entries(system.roles).map(([name, { connections }]) => ({
    name,
    connections,
    memberOf: name === "dormouse_monitor" ? ["pg_monitor"] : [],
  }));
  await withConnection(as(endpoint, "postgres", "postgres"), (query) => makeRoles(query, "app", roles));
  const users = roles.map(({ name }) => name).filter((name) => name !== "dormouse_owner" && name !== "dormouse_monitor");
  await withConnection(as(endpoint, "postgres"), (query) => grantInside(query, "app", "dormouse_owner", users));
  await migrate(as(endpoint, "dormouse_owner"), { migrations, live: liveMigrations });
});

/** Starts PostgreSQL with a schema that is up to date. */
export async function startFinance(): Promise<FinanceDatabase> {
  const postgres = await startPostgres(migrated);
  const pools = databases(as(postgres.endpoint, "dormouse_app"));
  return {
    ...postgres,
    databases: pools,
    get db() {
      return pools.of(1);
    },
    as: (sub, run) => asUser(pools.of(1), sub, 5000, run),
    ask: (sql, parameters) => withConnection(as(postgres.endpoint, "postgres"), (query) => query(sql, parameters)),
    async close() {
      pools.drop();
      await postgres.close();
    },
  };
}
