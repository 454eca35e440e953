/** A simulated RDS in a directory of its own, for tests. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RDSClient } from "@aws-sdk/client-rds";
import { Signer } from "@aws-sdk/rds-signer";
import pg from "pg";
import { systemClock } from "../../../local/clock.ts";
import { Keyring, type Principal } from "../../../local/gate.ts";
import type { RdsEvent } from "../../../local/rds/model.ts";
import { type Rds, type RdsOptions, startRds } from "../../../local/rds/server.ts";

export const databaseArn = "arn:aws:rds:eu-central-1:123456789012:db:dormouse";
export const operator: Principal = { name: "operator", accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret", may: "everything" };

export function principal(name: string, ...may: [action: string, resource: string][]): Principal {
  return { name, accessKeyId: `AKIA${name.toUpperCase()}`, secretAccessKey: `${name}-secret`, may: may.map(([action, resource]) => ({ action, resource })) };
}

/** Under root, PostgreSQL's user must be able to enter it. */
export function freshDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  chmodSync(dir, 0o755);
  return dir;
}

export interface Platform {
  dir: string;
  rds: Rds;
  keyring: Keyring;
  events: RdsEvent[];
  problems: string[];
  client(who?: Principal): RDSClient;
  control(command: string, argument?: string | number): Promise<{ status: number; body: Record<string, string> }>;
  /** A client of the database, not yet connected, that logs in with an IAM token. */
  database(role: string, who?: Principal): Promise<pg.Client>;
  master(options?: pg.ClientConfig): pg.Client;
  /** Stops and starts it in the same directory. */
  restart(): Promise<void>;
  end(): Promise<void>;
}

export async function startPlatform(options: Partial<RdsOptions> = {}, principals: Principal[] = []): Promise<Platform> {
  const dir = freshDirectory();
  const keyring = new Keyring();
  for (const one of [operator, ...principals]) keyring.add(one);
  const events: RdsEvent[] = [];
  const problems: string[] = [];
  const start = () =>
    startRds({
      dataDir: dir,
      clock: systemClock,
      keyring,
      startSeconds: 0.6,
      stopSeconds: 0.4,
      instanceId: "dormouse",
      onEvent: (event) => events.push(event),
      onProblem: (line) => problems.push(line),
      ...options,
    });
  let rds = await start();
  const config = () => ({
    host: rds.postgres.host,
    port: rds.postgres.port,
    ssl: { ca: rds.postgres.ca, rejectUnauthorized: true },
    connectionTimeoutMillis: 3000,
  });
  return {
    dir,
    keyring,
    events,
    problems,
    get rds() {
      return rds;
    },
    client: (who = operator) => new RDSClient({ region: "eu-central-1", endpoint: rds.url, credentials: who, maxAttempts: 1 }),
    async control(command, argument) {
      const response = await fetch(rds.controlUrl, {
        method: "POST",
        headers: { authorization: `Bearer ${operator.secretAccessKey}` },
        body: JSON.stringify({ command, argument }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    },
    async database(role, who = operator) {
      const signer = new Signer({ hostname: rds.postgres.host, port: rds.postgres.port, username: role, region: "eu-central-1", credentials: who });
      return quiet(new pg.Client({ ...config(), user: role, database: "app", password: await signer.getAuthToken() }));
    },
    master: (more = {}) =>
      quiet(new pg.Client({ ...config(), user: rds.postgres.masterUser, password: rds.postgres.masterPassword, database: "app", ...more })),
    async restart() {
      await rds.close();
      rds = await start();
    },
    async end() {
      await rds.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A connection that is cut says so as an event; a test looks at what its queries say. */
function quiet(client: pg.Client): pg.Client {
  client.on("error", () => {});
  return client;
}
