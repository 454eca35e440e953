import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { certificatesIn } from "../../local/rds/certificates.ts";
import { type ConnectionOptions, connections, iamPassword, withConnection } from "../../src/database/connect.ts";
import { databases } from "../../src/database/kysely.ts";
import { DatabaseUnreachable, StatementTooSlow } from "../../src/database/unreachable.ts";
import { as, startPostgres, type TestPostgres } from "./postgres.ts";

let postgres: TestPostgres;
const servers: Server[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  await withConnection(as(postgres.endpoint, "postgres", "postgres"), (query) =>
    query("create role limited login connection limit 1; create role by_password login password 'a token'"),
  );
});
afterAll(() => postgres?.close());
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const options = (more: Partial<ConnectionOptions> = {}): ConnectionOptions => ({ ...as(postgres.endpoint, "postgres", "postgres"), ...more });
const select = (at: ConnectionOptions) => withConnection(at, (query) => query("select 1 as one"));

/** A server on a port of its own; what it does with a socket is the test's business. */
async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer(onSocket);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

describe("a connection", () => {
  it("is over TLS, and names its function", async () => {
    const [session] = await withConnection(options({ application: "dormouse-data" }), (query) =>
      query("select ssl, version, application_name from pg_stat_ssl join pg_stat_activity using (pid) where pid = pg_backend_pid()"),
    );
    expect(session).toEqual({ ssl: true, version: "TLSv1.3", application_name: "dormouse-data" });
  });

  it("trusts nobody but the authorities that it was given", async () => {
    const folder = await mkdtemp(join(tmpdir(), "dormouse-ca-"));
    const { ca } = await certificatesIn(folder, Date.now());
    await rm(folder, { recursive: true });
    await expect(select(options({ endpoint: { ...postgres.endpoint, ca } }))).rejects.toThrow(DatabaseUnreachable);
    await expect(select(options({ endpoint: { ...postgres.endpoint, ca: "" } }))).rejects.toThrow(/can't be reached: .*certificate/);
  });

  it("is refused at once where nobody listens", async () => {
    const port = await listen(() => {});
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    await expect(select(options({ endpoint: { ...postgres.endpoint, port } }))).rejects.toThrow(/ECONNREFUSED/);
  });

  it("is given up where nobody answers", async () => {
    const port = await listen(() => {});
    await expect(select(options({ endpoint: { ...postgres.endpoint, port }, connectMs: 200 }))).rejects.toThrow(DatabaseUnreachable);
  });

  it("takes no server that has no TLS", async () => {
    const port = await listen((socket) => socket.once("data", () => socket.write("N")));
    await expect(select(options({ endpoint: { ...postgres.endpoint, port }, connectMs: 1000 }))).rejects.toThrow("does not support SSL");
  });

  it("says that the database is busy when no connection is left", async () => {
    await withConnection(options({ user: "limited" }), async () => {
      await expect(select(options({ user: "limited" }))).rejects.toMatchObject({ name: "DatabaseUnreachable", busy: true });
    });
  });

  it("asks for a password each time that it opens one, and counts each", async () => {
    let asked = 0;
    let opened = 0;
    const at = options({
      user: "by_password",
      password: async () => {
        asked++;
        return "a token";
      },
      onConnect: async () => void opened++,
    });
    await select(at);
    await select(at);
    const pool = connections(at);
    for (let i = 0; i < 3; i++) (await pool.connect()).release();
    await pool.end();
    expect({ asked, opened }).toEqual({ asked: 3, opened: 3 });
  });

  it("signs a token for the endpoint and the role, without a socket", async () => {
    process.env.AWS_REGION = "eu-central-1";
    process.env.AWS_ACCESS_KEY_ID = "AKIAEXAMPLE";
    process.env.AWS_SECRET_ACCESS_KEY = "an example secret";
    const token = await iamPassword({ host: "db.example", port: 5432, ca: "" }, "dormouse_app")();
    expect(token).toMatch(/^db\.example:5432\/\?Action=connect&DBUser=dormouse_app&X-Amz-Algorithm=AWS4-HMAC-SHA256/);
  });

  it("reads a date as the day that it is, in any time zone", async () => {
    const [row] = await withConnection(options(), (query) => query("select date '2026-01-31' as day, 9007199254740993::bigint as big"));
    expect(row).toEqual({ day: "2026-01-31", big: "9007199254740993" });
  });
});

describe("a statement", () => {
  it("is ended by the server at its limit, and the connection lives on", async () => {
    const pool = connections(options({ statementMs: 100 }));
    const client = await pool.connect();
    await expect(client.query("select pg_sleep(10)", [])).rejects.toThrow(StatementTooSlow);
    await expect(client.query("select 1 as one", [])).resolves.toMatchObject({ rows: [{ one: 1 }] });
    client.release();
    await pool.end();
  });

  it("does not hang on a server that has gone silent, nor does the rollback after it", async () => {
    let silent = false;
    const port = await listen((socket) => {
      const behind = dial(postgres.endpoint.port, "127.0.0.1");
      socket.on("data", (data) => void (silent || behind.write(data)));
      behind.on("data", (data) => void (silent || socket.write(data)));
      const cut = () => {
        socket.destroy();
        behind.destroy();
      };
      for (const end of [socket, behind]) end.on("error", () => {}).on("close", cut);
    });
    const db = databases(options({ endpoint: { ...postgres.endpoint, port }, statementMs: 200 })).of(1);
    const run = db.transaction().execute(async (tx) => {
      silent = true;
      await sql`select 1`.execute(tx);
    });
    await expect(run).rejects.toThrow(DatabaseUnreachable);
    silent = false;
    await expect(sql`select 1 as one`.execute(db)).resolves.toMatchObject({ rows: [{ one: 1 }] });
  });

  it("that is wrong is an error about the statement, not about the database", async () => {
    await expect(withConnection(options(), (query) => query("select nothing"))).rejects.not.toThrow(DatabaseUnreachable);
  });
});

describe("a connection that is cut in the middle of a statement", () => {
  it("is unreachable to that statement, and harms nothing else", async () => {
    const pool = connections(options());
    const client = await pool.connect();
    const running = client.query("select pg_sleep(10)", []);
    pool.abandon();
    await expect(running).rejects.toThrow(DatabaseUnreachable);
    await expect(client.query("rollback", [])).rejects.toThrow(DatabaseUnreachable);
    client.release();
  });

  it("does not end the process when nothing is under way on it", async () => {
    const pool = connections(options());
    const client = await pool.connect();
    pool.abandon();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(client.query("select 1", [])).rejects.toThrow(DatabaseUnreachable);
    client.release();
  });
});

describe("the pools of awake periods", () => {
  const whoAmI = sql<{ pid: number }>`select pg_backend_pid() as pid`;

  it("keep one connection within a period, and drop it with the period", async () => {
    const pools = databases(options());
    const pid = async (period: number) => (await whoAmI.execute(pools.of(period))).rows[0]?.pid;
    const first = await pid(1);
    expect(await pid(1)).toBe(first);
    expect(await pid(2)).not.toBe(first);
    pools.drop();
    const left = await withConnection(options(), async (query) => {
      for (;;) {
        const rows = await query("select pid from pg_stat_activity where pid = $1", [first]);
        if (rows.length === 0) return rows;
      }
    });
    expect(left).toEqual([]);
  });

  it("survive a shutdown between two queries: the next one fails as unreachable or works, and none hangs", async () => {
    const pools = databases(options({ connectMs: 1000 }));
    await whoAmI.execute(pools.of(1));
    await postgres.stop();
    await expect(whoAmI.execute(pools.of(1))).rejects.toThrow(DatabaseUnreachable);
    await postgres.start();
    await expect(whoAmI.execute(pools.of(2))).resolves.toMatchObject({ rows: [{ pid: expect.any(Number) }] });
    pools.drop();
  });
});
