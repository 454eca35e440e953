/**
 * Brings the schema up to date; with `master`, makes the database roles first. Run by the platform at its start and by the operator's script.
 * May run twice, and be killed at any point.
 */
import { liveMigrations, migrations } from "../migrations/index.ts";
import { readConfig } from "../src/config.ts";
import { iamPassword, withConnection } from "../src/database/connect.ts";
import { migrate } from "../src/database/migrate.ts";
import { grantInside, makeRoles, type Role } from "../src/database/roles.ts";
import system from "../system.json" with { type: "json" };

/** The master's password is in the event alone, and only for the moment in which roles are made. */
export interface MigrateEvent {
  master?: { user: string; password: string };
}

export const variables = ["DATABASE_ID", "DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_CA"] as const;

const config = readConfig(process.env, variables);
const endpoint = { host: config.databaseHost, port: config.databasePort, ca: config.databaseCa };
const application = "dormouse-migrate";
const owner = "dormouse_owner";

/** Predefined roles of PostgreSQL: the probe sees every session and counter. Maintenance gets MAINTAIN table by table, by the migrations. */
const memberships: Record<string, string[]> = { dormouse_monitor: ["pg_monitor"] };
const roles: Role[] = Object.entries(system.roles).map(([name, { connections }]) => ({ name, connections, memberOf: memberships[name] ?? [] }));

/** Answers with the names of the migrations that ran. Throws what failed. */
export const handler = async ({ master }: MigrateEvent): Promise<{ ran: string[] }> => {
  if (master) {
    const as = (database: string) => ({
      endpoint,
      database,
      user: master.user,
      password: async () => master.password,
      application,
      statementMs: 60_000,
      lockMs: 30_000,
    });
    await withConnection(as("postgres"), (query) => makeRoles(query, config.databaseName, roles));
    const users = roles.map(({ name }) => name).filter((name) => name !== owner && name !== "dormouse_monitor");
    await withConnection(as(config.databaseName), (query) => grantInside(query, config.databaseName, owner, users));
  }
  const ran = await migrate(
    { endpoint, database: config.databaseName, user: owner, password: iamPassword(endpoint, owner), application, statementMs: 240_000 },
    { migrations, live: liveMigrations },
  );
  return { ran };
};
