/** The whole platform for a test: the built bundles, a real PostgreSQL, in a directory of its own, at a quick pace. */
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Platform, type PlatformOptions, startPlatform } from "../../local/platform.ts";
import type { Settings } from "../../local/settings.ts";

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON, or the text when it is none. */
  body: Record<string, unknown>;
}

export interface Ask {
  /** Whose token goes along; nobody's unless told. */
  as?: string;
  operator?: boolean;
  method?: string;
  json?: unknown;
  headers?: Record<string, string>;
  /** Sends `Dormouse-Background: ?1`. */
  background?: boolean;
}

export interface Running {
  platform: Platform;
  ask(path: string, options?: Ask): Promise<Answer>;
  /** `GET /database`, which neither wakes nor counts. */
  database(): Promise<Record<string, unknown>>;
  /** Waits until the fields of `GET /database` are these; throws with the last answer after `seconds` (30 unless told). */
  until(wanted: Record<string, unknown>, seconds?: number): Promise<Record<string, unknown>>;
  /** What `npm run rds -- COMMAND ARGUMENT` does. */
  rds(command: string, argument?: string | number): Promise<Answer>;
  /** The log of a function. */
  log(name: string): Promise<string>;
  /** Stops the platform and starts it again on what it left. */
  restart(more?: Partial<PlatformOptions>): Promise<void>;
  close(): Promise<void>;
}

/** Seconds where people have minutes, so that a whole cycle fits into a test. */
export const quick: Settings = { idleMinutes: 0.1, checkMinutes: 0.05, drainSeconds: 1 };

export async function startForTest(options: Partial<PlatformOptions> = {}): Promise<Running> {
  const home = await mkdtemp(join(tmpdir(), "dormouse-"));
  // PostgreSQL does not run as root: its own user has to get through.
  await chmod(home, 0o755);
  const all = (more: Partial<PlatformOptions> = {}): PlatformOptions => {
    const settings = { ...quick, ...options.settings, ...more.settings };
    return { dataDir: join(home, "data"), port: 0, startSeconds: 0.5, stopSeconds: 0.3, ...options, ...more, settings };
  };
  let platform = await startPlatform(all()).catch(async (error: unknown) => {
    await rm(home, { recursive: true, force: true });
    throw error;
  });
  const tokens = new Map<string, string>();
  const tokenOf = async (name: string, operator: boolean) => {
    const key = `${name} ${operator}`;
    const token = tokens.get(key) ?? (await platform.issuer.issueToken(name, { operator }));
    tokens.set(key, token);
    return token;
  };

  const running: Running = {
    get platform() {
      return platform;
    },
    async ask(path, { as, operator = false, method = "GET", json, headers = {}, background = false } = {}) {
      const all: Record<string, string> = { ...headers };
      if (as !== undefined) all.authorization = `Bearer ${await tokenOf(as, operator)}`;
      if (background) all["dormouse-background"] = "?1";
      if (json !== undefined) all["content-type"] ??= "application/json";
      const response = await fetch(`${platform.url}${path}`, {
        method,
        headers: all,
        redirect: "manual",
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
      return { status: response.status, headers: response.headers, body: parse(await response.text()) };
    },
    async database() {
      return (await running.ask("/database", { as: "watcher", background: true })).body;
    },
    async until(wanted, seconds = 30) {
      const end = Date.now() + seconds * 1000;
      for (;;) {
        const found = await running.database();
        if (Object.entries(wanted).every(([name, value]) => found[name] === value)) return found;
        if (Date.now() > end) throw new Error(`not ${JSON.stringify(wanted)} after ${seconds} s, but ${JSON.stringify(found)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async rds(command, argument) {
      const response = await fetch(platform.rds.controlUrl, {
        method: "POST",
        headers: { authorization: `Bearer ${platform.operator.secretAccessKey}`, "content-type": "application/json" },
        body: JSON.stringify(argument === undefined ? { command } : { command, argument }),
      });
      return { status: response.status, headers: response.headers, body: parse(await response.text()) };
    },
    log: (name) => readFile(join(platform.dataDir, "logs", `${name}.log`), "utf8").catch(() => ""),
    async restart(more) {
      await platform.close();
      platform = await startPlatform(all(more));
      tokens.clear();
    },
    async close() {
      await platform.close();
      await rm(home, { recursive: true, force: true });
    },
  };
  return running;
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}
