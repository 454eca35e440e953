/**
 * A look inside the database: does it answer, and who is connected that is not us?
 *
 * The monitor connects to the database `postgres`, not to the application's: connecting to that would itself add to the counters that it reads.
 */
import type { Look } from "../lifecycle/ports.ts";
import type { OutsideSession } from "../lifecycle/state.ts";
import { type ConnectionOptions, withConnection } from "./connect.ts";
import { type Tidied, tidy } from "./tidy.ts";

export interface ProbeOptions {
  /** The monitor's connection; its database is `postgres`. */
  monitor: Omit<ConnectionOptions, "statementMs" | "connectMs">;
  /** The maintenance role's connection to the application's database. */
  maintenance: Omit<ConnectionOptions, "statementMs">;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Connecting and asking together stay below 5 s. */
const CONNECT_MS = 3000;
const ASK_MS = 900;

/**
 * Roles whose sessions are ours, when they also carry our name. The schema's owner is not among them: while a migration runs, the database is needed.
 * Neither is somebody who logs in as the application by hand.
 */
const OUR_ROLES = ["dormouse_app", "dormouse_jobs", "dormouse_monitor", "dormouse_maintenance"];
const OUR_NAME = "dormouse-%";

/** RDS's own superuser: its agent is always connected. */
const NOBODY = ["rdsadmin"];

/** Somebody at the other end: clients, replicas and backups (WAL senders), live subscriptions. PostgreSQL's own workers are left out. */
const BACKENDS = [
  "client backend",
  "walsender",
  "logical replication apply worker",
  "logical replication parallel worker",
  "logical replication tablesync worker",
];

const SESSIONS = `
  select usename, application_name, backend_type, state,
         (extract(epoch from backend_start) * 1000)::bigint as since,
         (extract(epoch from state_change) * 1000)::bigint as changed
    from pg_stat_activity
   where backend_type = any ($1)
     and not (usename = any ($2) and application_name like $3)
     and coalesce(usename, '') <> all ($4)
   order by backend_start`;

/** Every other database counts: an app beside ours uses the same instance. Ours opens sessions in its own database and, as the monitor, in `postgres`. */
const SYSTEM_DATABASES = ["postgres", "rdsadmin", "template0", "template1"];
const COUNTER = "select sum(sessions)::bigint as sessions from pg_stat_database where datname <> all ($1)";

const text = (value: unknown) => (typeof value === "string" ? value : "");
const milliseconds = (value: unknown) => (typeof value === "string" ? Number(value) : null);

/** Looks, and tidies when `tidySeconds` is given. Never throws: a database that can't be looked into is `answered: false`, with the reason, within 5 s. */
export async function look(options: ProbeOptions, tidySeconds?: number): Promise<Look> {
  let seen: Extract<Look, { answered: true }>;
  try {
    seen = await withConnection({ ...options.monitor, connectMs: CONNECT_MS, statementMs: ASK_MS }, async (query) => {
      const rows = await query(SESSIONS, [BACKENDS, OUR_ROLES, OUR_NAME, NOBODY]);
      const [counter] = await query(COUNTER, [SYSTEM_DATABASES]);
      const now = options.now();
      const sessions: OutsideSession[] = rows.map((row) => ({
        // One that nobody has logged in to yet has neither a name nor a user.
        application: text(row.application_name) || (row.usename === null ? "somebody who is logging in" : text(row.backend_type)),
        user: text(row.usename),
        since: milliseconds(row.since) ?? now,
      }));
      // A session whose state can't be read, or that is in a transaction, counts as at work.
      const usedAt = rows.map((row) => (row.state === "idle" ? (milliseconds(row.changed) ?? now) : now));
      return {
        answered: true,
        sessions,
        newestOutsideAt: usedAt.length > 0 ? Math.max(...usedAt) : null,
        sessionCount: milliseconds(counter?.sessions),
        tidied: null,
      };
    });
  } catch (error) {
    return { answered: false, why: error instanceof Error ? error.message : String(error) };
  }
  if (tidySeconds === undefined) return seen;
  const { newestUntoldAt, ...what } = await tidied(options, tidySeconds);
  return { ...seen, tidied: what, newestUntoldAt };
}

async function tidied(options: ProbeOptions, seconds: number): Promise<Tidied> {
  const startedAt = options.now();
  try {
    return await tidy(options.maintenance, seconds, options.now);
  } catch (error) {
    return { ok: false, what: error instanceof Error ? error.message : String(error), seconds: (options.now() - startedAt) / 1000, newestUntoldAt: null };
  }
}
