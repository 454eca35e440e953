/**
 * The database roles, made by the master user: once on a new instance, and again whenever they change. Each step may run twice.
 *
 * The master is never made a member of one of them: on RDS a member of `rds_iam`, through whatever role, can no longer log in by password.
 * So the master owns the database, and the owner of the schema is given the right to create in it.
 */
import type { Query } from "./connect.ts";

export interface Role {
  name: string;
  /** Most connections at once. */
  connections: number;
  /** Predefined roles that it is a member of. */
  memberOf: readonly string[];
}

/** `rds_iam` exists on RDS only; there it makes the role log in by IAM token, and by nothing else. */
const IAM_LOGIN = "rds_iam";

/** Two at once wait for each other (any number, the same for both). */
const LOCK = 4_071_829;

const identifier = (name: string) => {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name)) throw new Error(`"${name}" is no name for a role or database`);
  return `"${name}"`;
};

/** Makes the roles and the database `database` if they are not there. `query` is the master's connection to the database `postgres`. */
export async function makeRoles(query: Query, database: string, roles: readonly Role[]): Promise<void> {
  await query("select pg_advisory_lock($1)", [LOCK]);
  for (const { name, connections, memberOf } of roles) {
    const role = identifier(name);
    const [known] = await query("select 1 from pg_roles where rolname = $1", [name]);
    if (!known) await query(`create role ${role} login`);
    await query(`alter role ${role} with login connection limit ${Math.trunc(connections)}`);
    for (const group of memberOf) await query(`grant ${identifier(group)} to ${role}`);
  }
  const [there] = await query("select 1 from pg_database where datname = $1", [database]);
  if (!there) await query(`create database ${identifier(database)}`);
  // Last, so that a run that died before it left roles that the next run mends.
  const [iam] = await query("select 1 from pg_roles where rolname = $1", [IAM_LOGIN]);
  if (iam) for (const { name } of roles) await query(`grant ${IAM_LOGIN} to ${identifier(name)}`);
}

/** What the roles may do inside the application's database. `query` is the master's connection to that database. */
export async function grantInside(query: Query, database: string, owner: string, users: readonly string[]): Promise<void> {
  // Two grants on one object at once fail ("tuple concurrently updated"); such a lock counts within one database.
  await query("select pg_advisory_lock($1)", [LOCK]);
  await query(`grant connect, create, temporary on database ${identifier(database)} to ${identifier(owner)}`);
  await query(`grant usage, create on schema public to ${identifier(owner)}`);
  for (const user of users) {
    await query(`grant connect on database ${identifier(database)} to ${identifier(user)}`);
    await query(`grant usage on schema public to ${identifier(user)}`);
  }
  // Nobody else makes tables beside ours (the rule of PostgreSQL 15 and later, also where the database is older).
  await query("revoke create on schema public from public");
}
