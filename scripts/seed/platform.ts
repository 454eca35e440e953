/** The running local platform: where its PostgreSQL is, and how it is kept awake for a while. Nothing here can reach any other database. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

export interface LocalPlatform {
  data: string;
  url: string;
  issuer: string;
  database: string;
}

interface LocalFile {
  v: number;
  url: string;
  endpoints: { issuer: string };
  postgres: { host: string; database: string };
}

/** Throws a sentence when no platform runs on that directory, or when what it names is not this machine. */
export async function findPlatform(data: string): Promise<LocalPlatform> {
  const file = join(data, "local.json");
  const none = `No running platform in ${data}: ${file} cannot be read. Start one (npm start), or name its directory with --data. Nothing but the local platform's own PostgreSQL is ever seeded.`;
  let found: LocalFile;
  try {
    found = JSON.parse(await readFile(file, "utf8")) as LocalFile;
  } catch {
    throw new Error(none);
  }
  const { url, endpoints, postgres } = found;
  for (const host of [new URL(url).hostname, new URL(endpoints.issuer).hostname, postgres.host])
    if (host !== "127.0.0.1" && host !== "localhost" && host !== "[::1]" && host !== "::1")
      throw new Error(`${file} names ${host}, which is not this machine: only the local platform's own PostgreSQL is seeded.`);
  return { data, url, issuer: endpoints.issuer, database: postgres.database };
}

/**
 * Its superuser's session. He stands on the server's own socket in the data directory, which this machine's owner of that directory alone can enter
 * (on Windows on a loopback port); through the front door nobody is a superuser, as on RDS.
 */
export async function superuser({ data, database }: LocalPlatform): Promise<pg.Client> {
  // Lines of PostgreSQL's pid file: pid, data directory, start time, port, socket directory, listen address.
  const lines = (await readFile(join(data, "postgres", "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  const [port, socket, address] = [Number(lines[3]), lines[4]?.trim(), lines[5]?.trim()];
  const host = socket || address;
  if (!host || !(host.startsWith("/") || host === "127.0.0.1")) throw new Error(`PostgreSQL does not run in ${join(data, "postgres")}.`);
  const client = new pg.Client({ host, port, user: "rdsadmin", database, application_name: "dormouse-seed" });
  // Cut when the instance is stopped: the statement under way says so.
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Wakes the database if it sleeps, and keeps it awake with a lease while `run` runs. */
export async function whileAwake<T>({ url, issuer }: LocalPlatform, say: (line: string) => void, run: () => Promise<T>): Promise<T> {
  const answer = await fetch(`${issuer}/token`, { method: "POST", body: new URLSearchParams({ name: "seed", operator: "0" }) }).catch(() => {
    throw new Error(`The platform does not answer at ${url}. Is it running (npm start)?`);
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
    return { status: response.status, body: (await response.json().catch(() => ({}))) as { id?: string; phase?: string; serving?: boolean; detail?: string } };
  };
  const until = Date.now() + WAKE_MS;
  let pressed = await ask("POST", "/database/start");
  if (pressed.status === 202) say("The database is woken first…");
  while (pressed.status !== 200) {
    if (pressed.status !== 202 || Date.now() > until) throw new Error(`The database does not wake: ${pressed.body.detail ?? `HTTP ${pressed.status}`}`);
    await sleep(1000);
    const { body } = await ask("GET", "/database");
    if (body.serving) pressed = await ask("POST", "/database/start");
  }
  const lease = await ask("POST", "/database/leases", { why: "npm run seed", expiresAt: new Date(Date.now() + LEASE_MS).toISOString() });
  if (lease.body.id === undefined) throw new Error(`The database can't be kept awake: ${lease.body.detail ?? `HTTP ${lease.status}`}`);
  try {
    return await run();
  } finally {
    await ask("DELETE", `/database/leases/${lease.body.id}`).catch(() => {});
  }
}

const WAKE_MS = 15 * 60_000;
/** Ten million expenses take some minutes. */
const LEASE_MS = 4 * 3_600_000;
