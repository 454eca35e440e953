/** What a running platform leaves in its data directory for others: where it is, and for its own next start which ports it had. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AccessKey, readJson, writeJson } from "./data-dir.ts";
import { region } from "./gate.ts";
import { isFree } from "./serve.ts";

/** Addresses of the local services. */
export interface Endpoints {
  /** The API and the console. */
  http: string;
  rds: string;
  dynamodb: string;
  s3: string;
  sqs: string;
  sns: string;
  ses: string;
  lambda: string;
  scheduler: string;
  cloudwatch: string;
  issuer: string;
  /** `postgres://host:port/database`, without a password. */
  postgres: string;
  mailbox: string;
}

interface Postgres {
  host: string;
  port: number;
  ca: string;
  masterUser: string;
  masterPassword: string;
  database: string;
}

/** Writes `local.json`, which its owner alone can read, and `ca.pem`. Returns what takes it away again. */
export async function writeLocalFile(
  dataDir: string,
  found: { endpoints: Endpoints; rdsControl: string; operator: AccessKey; postgres: Postgres; startedAt: number },
): Promise<() => Promise<void>> {
  const { host, port, database, masterUser, masterPassword, ca } = found.postgres;
  const caFile = join(dataDir, "ca.pem");
  await writeFile(caFile, ca);
  const file = join(dataDir, "local.json");
  await writeJson(file, {
    v: 1,
    url: found.endpoints.http,
    pid: process.pid,
    startedAt: new Date(found.startedAt).toISOString(),
    endpoints: found.endpoints,
    control: { rds: found.rdsControl },
    region,
    operator: found.operator,
    postgres: { host, port, database, user: masterUser, password: masterPassword, caFile },
  });
  return () => rm(file, { force: true });
}

/** The ports of the last run: taken again where they are free, so that tokens, bookmarks and an SDK's settings stay good. */
export interface RememberedPorts {
  /** 0: none is remembered. */
  of(name: string): number;
  /** 0 as well when the port is taken now; for services that can't look for another one themselves. */
  ifFree(name: string): Promise<number>;
  /** Remembers the ports of these addresses. */
  write(urls: Record<string, string>): Promise<void>;
}

export async function rememberedPorts(dataDir: string): Promise<RememberedPorts> {
  const file = join(dataDir, "ports.json");
  const ports = await readJson<Record<string, number>>(file, {});
  const of = (name: string) => ports[name] ?? 0;
  return {
    of,
    ifFree: async (name) => ((await isFree(of(name))) ? of(name) : 0),
    write: (urls) => writeJson(file, Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, Number(new URL(url).port)]))),
  };
}
