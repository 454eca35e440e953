/** What people and programs do with a running platform over HTTP, for tests. */
import type { DatabaseView } from "../../src/lifecycle/present.ts";

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON, or `{text}` when it is none. */
  body: Record<string, unknown>;
}

export interface Ask {
  /** Whose token goes along; nobody's unless told. */
  as?: string;
  operator?: boolean;
  method?: string;
  json?: unknown;
  /** The body as it is, instead of `json`. */
  raw?: string;
  headers?: Record<string, string>;
  /** Sends `Dormouse-Background: ?1`. */
  background?: boolean;
}

/** One line of `GET /database/history`. */
export interface Entry {
  at: string;
  from: string;
  phase: string;
  action: string;
  code: string;
  cause: string;
  by: string;
  reason: string;
  rdsStatus: string;
  lastedSeconds: number | null;
}

export interface Client {
  ask(path: string, options?: Ask): Promise<Answer>;
  /** A data request that is answered by the database: tried again while it is a 503, as a client would (a busy machine's first one can be too slow). */
  works(path: string, as: string): Promise<Answer>;
  /** `GET /database`, which neither wakes nor counts. */
  database(): Promise<DatabaseView>;
  /** Waits until the fields of `GET /database` are these; throws with the last answer after `seconds` (30 unless told). */
  until(wanted: Partial<DatabaseView> | ((found: DatabaseView) => boolean | Promise<boolean>), seconds?: number): Promise<DatabaseView>;
  /** The whole ledger, oldest entry first. */
  history(): Promise<Entry[]>;
  /** Waits until the ledger has an entry with these fields; throws with the ledger after `seconds` (30 unless told). */
  untilEntry(wanted: Partial<Entry>, seconds?: number): Promise<Entry>;
  /** What `npm run rds -- COMMAND ARGUMENT` does. */
  rds(command: string, argument?: string | number): Promise<Answer>;
  /** A bearer token of that person. */
  token(name: string, operator?: boolean): Promise<string>;
}

/** Where a platform is, asked at each call: it may have been started again elsewhere. */
export interface Place {
  url(): string;
  issue(name: string, operator: boolean): Promise<string>;
  control(): { url: string; key: string };
}

export function clientOf(place: Place): Client {
  // Tokens live for an hour, and outlive the platform: its issuer keeps its key.
  const tokens = new Map<string, string>();
  const token = async (name: string, operator = false): Promise<string> => {
    const key = `${name} ${operator}`;
    const known = tokens.get(key) ?? (await place.issue(name, operator));
    tokens.set(key, known);
    return known;
  };
  const client: Client = {
    token,
    async ask(path, { as, operator = false, method = "GET", json, raw, headers = {}, background = false } = {}) {
      const all: Record<string, string> = { ...headers };
      if (as !== undefined) all.authorization = `Bearer ${await token(as, operator)}`;
      if (background) all["dormouse-background"] = "?1";
      if (json !== undefined) all["content-type"] ??= "application/json";
      const body = raw === undefined ? (json === undefined ? null : JSON.stringify(json)) : raw;
      const response = await fetch(`${place.url()}${path}`, { method, headers: all, redirect: "manual", body });
      return { status: response.status, headers: response.headers, body: parse(await response.text()) };
    },
    works: (path, as) =>
      eventually(
        () => client.ask(path, { as }),
        ({ status, body }) => {
          if (status !== 200 && status !== 503) throw new Error(`GET ${path} answered ${status}: ${JSON.stringify(body)}`);
          return status === 200;
        },
        20,
        () => `an answer to GET ${path}`,
      ),
    async database() {
      const { status, body } = await client.ask("/database", { as: "watcher", background: true });
      if (status !== 200) throw new Error(`GET /database answered ${status}: ${JSON.stringify(body)}`);
      return body as unknown as DatabaseView;
    },
    until: (wanted, seconds = 30) => {
      const fits =
        typeof wanted === "function" ? wanted : (found: DatabaseView) => Object.entries(wanted).every(([name, value]) => Reflect.get(found, name) === value);
      return eventually(client.database, fits, seconds, () => (typeof wanted === "function" ? wanted.toString() : JSON.stringify(wanted)));
    },
    async history() {
      const entries: Entry[] = [];
      for (let cursor = ""; ; ) {
        const { status, body } = await client.ask(`/database/history?limit=100${cursor}`, { as: "watcher", background: true });
        if (status !== 200) throw new Error(`GET /database/history answered ${status}: ${JSON.stringify(body)}`);
        entries.push(...(body.items as Entry[]));
        if (typeof body.next !== "string") return entries.reverse();
        cursor = `&cursor=${encodeURIComponent(body.next)}`;
      }
    },
    async untilEntry(wanted, seconds = 30) {
      const fits = (entry: Entry) => Object.entries(wanted).every(([name, value]) => Reflect.get(entry, name) === value);
      const all = await eventually(
        () => client.history(),
        (entries) => entries.some(fits),
        seconds,
        () => JSON.stringify(wanted),
      );
      const found = all.findLast(fits);
      if (!found) throw new Error("it was there a moment ago");
      return found;
    },
    async rds(command, argument) {
      const { url, key } = place.control();
      const response = await fetch(url, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify(argument === undefined ? { command } : { command, argument }),
      });
      return { status: response.status, headers: response.headers, body: parse(await response.text()) };
    },
  };
  return client;
}

/** Looks until what it finds fits; throws with the last that it found after `seconds`. */
export async function eventually<T>(look: () => Promise<T>, fits: (found: T) => boolean | Promise<boolean>, seconds: number, what: () => string): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (await fits(found)) return found;
    if (Date.now() > end) throw new Error(`not ${what()} after ${seconds} s, but ${JSON.stringify(found)}`);
    // Each look is a request to a Lambda, and several platforms wait at once: more of them would be most of what the machine does.
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}
