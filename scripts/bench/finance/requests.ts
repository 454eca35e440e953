/** Awake requests through the built Lambda, against the same transaction over bare `pg` in a Lambda of its own behind the same local gateway, in turns. */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Signer } from "@aws-sdk/rds-signer";
import { subOf } from "../../../local/issuer/tokens.ts";
import { listeningApi } from "../../../test/database/routes.ts";
import { type Running, startForTest } from "../../../test/integration/harness.ts";
import { bundle } from "../../build.ts";
import { seed } from "../../seed/load.ts";
import { superuser } from "../../seed/platform.ts";
import type { Recorded } from "./bare.ts";

export interface RequestFigures {
  name: string;
  /** Statements of its transaction, without begin, set_config and commit. */
  statements: number;
  /** Milliseconds of each request. */
  ours: number[];
  bare: number[];
}

/** Parts of a request, each alone behind the same gateway; milliseconds of each request. */
export interface Shares {
  /** A Lambda that answers at once. */
  gateway: number[];
  /** A Lambda that reads the lifecycle's state with the SDK, and answers. */
  state: number[];
}

interface Request {
  name: string;
  method: "GET" | "POST";
  path: string;
  body?: unknown;
}

/** `bare.ts`'s own paths. */
const PARTS: Readonly<Record<keyof Shares, Request>> = {
  gateway: { name: "a Lambda that answers at once", method: "GET", path: "/accounts" },
  state: { name: "a Lambda that reads the state", method: "GET", path: "/categories" },
};

const settings = { checkMinutes: 15, idleMinutes: 60 };
const sub = subOf("ann");

/** Takes the platform's bundles, and a place for others. `also` is run on the platform afterwards. */
export async function measureRequests<T>(
  bundles: string,
  folder: string,
  also: (ours: Running) => Promise<T>,
  { rounds = 10, each = 50 } = {},
): Promise<{ figures: RequestFigures[]; shares: Shares; also: T }> {
  const today = new Date().toISOString().slice(0, 10);
  await using ours = await startForTest({ bundles, settings });
  await prepare(ours, today);
  const client = await platformSuperuser(ours);
  const { rows } = await client.query<{ expense: string; category: string }>(
    "select id as expense, category_id as category from expenses where user_id = $1 and kind = 'expense' and category_id is not null order by occurred_on desc limit 1",
    [sub],
  );
  await client.end();
  const { expense = "", category = "" } = rows[0] ?? {};
  const requests: Request[] = [
    { name: "GET /expenses (50 of them)", method: "GET", path: "/expenses" },
    { name: "GET /expenses/{id}", method: "GET", path: `/expenses/${expense}` },
    { name: "GET /summary (this month)", method: "GET", path: "/summary" },
    { name: "POST /expenses", method: "POST", path: "/expenses", body: { amount: "1.25", currency: "EUR", occurredOn: today, categoryId: category } },
  ];
  const recorded = await record(ours, requests);

  const bareBundles = join(folder, "bare-pg");
  await cp(bundles, bareBundles, { recursive: true });
  await mkdir(join(bareBundles, "data"), { recursive: true });
  await writeFile(join(bareBundles, "data", "index.mjs"), (await bundle(join(import.meta.dirname, "bare.ts"))).code);
  await writeFile(join(bareBundles, "data", "recorded.json"), JSON.stringify(recorded));
  await using bare = await startForTest({ bundles: bareBundles, settings });
  await prepare(bare, today);

  const figures: RequestFigures[] = requests.map(({ name, method, path }) => ({
    name,
    statements: recorded[`${method} ${path}`]?.statements.length ?? 0,
    ours: [],
    bare: [],
  }));
  const shares: Shares = { gateway: [], state: [] };
  // Request by request in turns: whatever else the machine does meets all alike. Instances start, code warms up: the first ones are thrown away.
  const warm = 4 * each;
  for (const [index, request] of requests.entries())
    for (let i = -warm; i < rounds * each; i++) {
      const one = { ours: await timed(ours, request), bare: await timed(bare, request) };
      if (i < 0) continue;
      figures[index]?.ours.push(one.ours);
      figures[index]?.bare.push(one.bare);
    }
  for (let i = -warm; i < rounds * each; i++) {
    const one = { gateway: await timed(bare, PARTS.gateway), state: await timed(bare, PARTS.state) };
    if (i < 0) continue;
    shares.gateway.push(one.gateway);
    shares.state.push(one.state);
  }
  return { figures, shares, also: await also(ours) };
}

export const platformSuperuser = (run: Running) => superuser({ data: run.platform.dataDir, url: run.platform.url, issuer: "", database: "app" });

async function prepare(run: Running, today: string): Promise<void> {
  await run.ask("/database/start", { as: "ann", method: "POST" });
  await run.until({ serving: true });
  const client = await platformSuperuser(run);
  await seed(client, { expenses: 20_000, users: 20, seed: 1, until: today, sub });
  await client.end();
}

/** What `data` sends for each request, once everything is warm: the second time. */
async function record(run: Running, requests: readonly Request[]): Promise<Recorded> {
  const { host, port, ca, database } = run.platform.rds.postgres;
  const data = run.platform.keyring.byName("data");
  if (data === undefined) throw new Error("the platform knows no function data");
  const signer = new Signer({ hostname: host, port, username: "dormouse_app", region: run.platform.region, credentials: data });
  const api = listeningApi(
    { endpoint: { host, port, ca }, database, user: "dormouse_app", application: "dormouse-data", password: () => signer.getAuthToken(), statementMs: 20_000 },
    Date.now,
  );
  try {
    const recorded: Recorded = {};
    for (const { method, path, body } of requests) {
      await api.ask(sub, method, path, body);
      const { answer, statements } = await api.ask(sub, method, path, body);
      recorded[`${method} ${path}`] = {
        fresh: method === "POST" ? (answer.body.id ?? null) : null,
        statements: statements.map(({ sql, parameters }) => ({ sql, parameters: [...parameters] })),
      };
    }
    return recorded;
  } finally {
    api.close();
  }
}

/** Milliseconds of one request. */
async function timed(run: Running, { method, path, body }: Request): Promise<number> {
  const headers = { authorization: `Bearer ${await run.token("ann")}`, "content-type": "application/json" };
  const begun = performance.now();
  const response = await fetch(`${run.platform.url}${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  const text = await response.text();
  const took = performance.now() - begun;
  if (response.status >= 300) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return took;
}
