/** The whole platform for a test: the built bundles, a real PostgreSQL, in a directory of its own, at a quick pace. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type Platform, type PlatformOptions, startPlatform } from "../../local/platform.ts";
import type { Settings } from "../../local/settings.ts";
import { copyTemplate, type Template } from "../template.ts";
import { type Client, clientOf } from "./client.ts";

export interface Used {
  /** The function, or `operator`. */
  by: string;
  /** e.g. `rds:StartDBInstance`. */
  action: string;
  resource: string;
  allowed: boolean;
}

/** `await using` stops it and removes its directory. */
export interface Running extends Client, AsyncDisposable {
  readonly platform: Platform;
  /** Every call that has passed a gate, of every platform that stood here. */
  readonly calls: readonly Used[];
  /** How often the instance was told so through the API. */
  sent(action: "StartDBInstance" | "StopDBInstance"): number;
  /** A session that comes past Dormouse: the master user, over TLS. */
  psql(application?: string): Promise<pg.Client>;
  /** The log of a function. */
  log(name: string): Promise<string>;
  /** All log files of the platform, by name. */
  logs(): Promise<Record<string, string>>;
  /** Stops the platform and starts it again on what it left. */
  restart(more?: Partial<PlatformOptions>): Promise<void>;
  close(): Promise<void>;
}

/** Seconds where people have minutes, so that a whole cycle fits into a test. */
export const quick: Settings = { idleMinutes: 0.1, checkMinutes: 0.05, drainSeconds: 3 };

export interface Home extends AsyncDisposable {
  path: string;
}

/** A directory for the time of a test, which PostgreSQL's own user gets through to: it does not run as root. */
export async function makeHome(): Promise<Home> {
  const path = await mkdtemp(join(tmpdir(), "dormouse-"));
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** What the first start of a platform makes of PostgreSQL, and nothing else that it keeps: what happened to one platform is not told by another. */
const migrated: Template = {
  name: "platform",
  inputs: ["local/**", "migrations/**", "system.json", "dist/migrate/index.mjs"],
  async make(path) {
    const platform = await startPlatform({ dataDir: path, port: 0, startSeconds: 0.1, stopSeconds: 0.1 });
    await platform.close();
    const tls = await readFile(join(path, "rds", "tls.json"));
    for (const name of await readdir(path)) if (name !== "postgres" && name !== "migrated") await rm(join(path, name), { recursive: true });
    await mkdir(join(path, "rds"));
    await writeFile(join(path, "rds", "tls.json"), tls, { mode: 0o600 });
    // The mark of a directory of ours that holds no state yet.
    await writeFile(join(path, "lock"), "");
  },
};

let line: Promise<unknown> = Promise.resolve();
/** One after the other: platforms that start at the same moment only make each other slow, and those that run already. */
function inTurn<T>(start: () => Promise<T>): Promise<T> {
  const mine = line.then(start);
  line = mine.catch(() => {});
  return mine;
}

export async function startForTest(options: Partial<PlatformOptions> = {}): Promise<Running> {
  const home = await makeHome();
  const calls: Used[] = [];
  const all = (more: Partial<PlatformOptions> = {}): PlatformOptions => ({
    dataDir: join(home.path, "data"),
    port: 0,
    startSeconds: 0.5,
    stopSeconds: 0.3,
    onCall: ({ principal, action, resource, allowed }) => void calls.push({ by: principal.name, action, resource, allowed }),
    ...options,
    ...more,
    settings: { ...quick, ...options.settings, ...more.settings },
  });
  let platform = await inTurn(async () => {
    await copyTemplate(migrated, join(home.path, "data"));
    return await startPlatform(all());
  }).catch(async (error: unknown) => {
    await home[Symbol.asyncDispose]();
    throw error;
  });
  const client = clientOf({
    url: () => platform.url,
    issue: (name, operator) => platform.issuer.issueToken(name, { operator }),
    control: () => ({ url: platform.rds.controlUrl, key: platform.operator.secretAccessKey }),
  });
  const close = async () => {
    await platform.close();
    await home[Symbol.asyncDispose]();
  };
  const log = (name: string) => readFile(join(platform.dataDir, "logs", `${name}.log`), "utf8").catch(() => "");
  return {
    ...client,
    get platform() {
      return platform;
    },
    calls,
    sent: (action) => calls.filter((call) => call.action === `rds:${action}` && call.allowed).length,
    async psql(application = "psql") {
      const { host, port, database, masterUser, masterPassword, ca } = platform.rds.postgres;
      const session = new pg.Client({ host, port, database, user: masterUser, password: masterPassword, ssl: { ca }, application_name: application });
      // Cut when the instance stops: that is for the test to find, not a crash.
      session.on("error", () => {});
      await session.connect();
      return session;
    },
    log,
    async logs() {
      const names = await readdir(join(platform.dataDir, "logs"));
      return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await log(name.replace(/\.log$/, ""))] as const)));
    },
    async restart(more) {
      await platform.close();
      platform = await startPlatform(all(more));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
