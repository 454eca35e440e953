/** Two PostgreSQLs with seeded people, of whom the smaller one's are also in the bigger one: what the same people's months cost when there are ten times as many. */
import pg from "pg";
import { tidy } from "../../../src/database/tidy.ts";
import { isRead, type Plan, planOf, type Statement } from "../../../test/database/explain.ts";
import { type FinanceDatabase, startFinance } from "../../../test/database/finance.ts";
import { as } from "../../../test/database/postgres.ts";
import { type ListeningApi, listeningApi } from "../../../test/database/routes.ts";
import { type Seeded, seed } from "../../seed/load.ts";

/** The day on which the seeded data ends, and the moment at which it is looked at. */
export const UNTIL = "2026-11-21";
export const NOW = Date.parse(`${UNTIL}T20:00:00Z`);

export interface SeededDatabase extends AsyncDisposable {
  database: FinanceDatabase;
  seeded: Seeded;
  api: ListeningApi;
  /** A superuser's session. */
  client: pg.Client;
}

/** One person for each thousand expenses. PostgreSQL with its own defaults, but for room in the log while it is filled. */
export async function startSeeded(expenses: number, say: (line: string) => void): Promise<SeededDatabase> {
  const database = await startFinance();
  const client = new pg.Client({ host: "127.0.0.1", port: database.endpoint.port, user: "postgres", database: "app", ssl: { ca: database.endpoint.ca } });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("alter system set max_wal_size = '16GB'");
    await client.query("select pg_reload_conf()");
    const seeded = await seed(client, { expenses, users: Math.ceil(expenses / 1000), seed: 1, until: UNTIL, say });
    // What is written back later would be measured as somebody's request.
    await client.query("checkpoint");
    const api = listeningApi({ ...as(database.endpoint, "dormouse_app"), statementMs: 60_000 }, () => NOW);
    return {
      database,
      seeded,
      api,
      client,
      async [Symbol.asyncDispose]() {
        api.close();
        await client.end();
        await database.close();
      },
    };
  } catch (error) {
    await client.end().catch(() => {});
    await database.close();
    throw error;
  }
}

export interface Cost {
  /** Milliseconds in PostgreSQL, to plan and to execute, of all statements of one request. */
  ms: number;
  buffers: number;
  looked: number;
  statements: number;
}

/** All that a request reads, as PostgreSQL counts it. */
async function costOf({ api }: SeededDatabase, sub: string, statements: readonly Statement[]): Promise<Cost> {
  const plans: Plan[] = [];
  for (const statement of statements) plans.push(await planOf(api.db, sub, statement, 1));
  const sum = (of: (plan: Plan) => number) => plans.reduce((total, plan) => total + of(plan), 0);
  return {
    ms: sum(({ planning, execution }) => planning + execution),
    buffers: sum(({ buffers }) => buffers),
    looked: sum(({ looked }) => looked),
    statements: plans.length,
  };
}

/** What the same requests of the same people cost in each database, in turns. `path` may name an id of the person's own in braces; the first round warms up and is thrown away. */
export async function measureReading(
  databases: readonly SeededDatabase[],
  subs: readonly string[],
  path: string,
  rounds: number,
  only: (statement: Statement) => boolean = isRead,
): Promise<Cost[][]> {
  const asked = await Promise.all(
    databases.map(async (one) => {
      const all: { sub: string; statements: Statement[] }[] = [];
      for (const sub of subs) {
        const filled = await fill(one, sub, path);
        if (filled === null) continue;
        const { statements } = await one.api.ask(sub, "GET", filled);
        all.push({ sub, statements: statements.filter(only) });
      }
      return all;
    }),
  );
  const costs: Cost[][] = databases.map(() => []);
  for (let round = 0; round <= rounds; round++)
    for (const [index, one] of databases.entries())
      for (const { sub, statements } of asked[index] ?? []) {
        const cost = await costOf(one, sub, statements);
        if (round > 0) costs[index]?.push(cost);
      }
  return costs;
}

const OWN: Readonly<Record<string, string>> = {
  category: "select id from categories where user_id = $1 and name = 'Food'",
  leaf: "select id from categories where user_id = $1 and name = 'Groceries'",
  account: "select id from accounts where user_id = $1 and name = 'Credit card'",
  budget: "select id from budgets where user_id = $1 limit 1",
  expense: "select id from expenses where user_id = $1 limit 1",
};

/** The path with the person's own ids; null when they have none of that kind. */
async function fill({ client }: SeededDatabase, sub: string, path: string): Promise<string | null> {
  let filled = path;
  for (const [name, text] of Object.entries(OWN)) {
    if (!filled.includes(`{${name}}`)) continue;
    const { rows } = await client.query<{ id: string }>(text, [sub]);
    if (rows[0] === undefined) return null;
    filled = filled.replaceAll(`{${name}}`, rows[0].id);
  }
  return filled;
}

export interface TidyFigures {
  /** Seconds of the tidying before sleep when nothing was written since the last one, after a day's entries, and after a hundredth of all rows was changed. */
  nothing: number;
  day: number;
  dayRows: number;
  hundredth: number;
}

/** What `probe` does inside the fence, by the maintenance role. */
export async function measureTidy({ database, client }: SeededDatabase): Promise<TidyFigures> {
  const run = async () => {
    const { ok, what, seconds } = await tidy(as(database.endpoint, "dormouse_maintenance"), 600, () => performance.now());
    if (!ok) throw new Error(what);
    return seconds;
  };
  await run();
  const nothing = await run();
  const { rowCount } = await client.query(
    `insert into expenses (user_id, id, category_id, amount_minor, currency, occurred_on, merchant)
       select user_id, gen_random_uuid(), category_id, amount_minor, currency, date '2026-11-22', merchant from expenses where occurred_on = '2026-11-19'`,
  );
  const day = await run();
  await client.query("update expenses set description = 'changed', version = version + 1 where ('x' || right(id::text, 7))::bit(28)::int % 100 = 0");
  return { nothing, day, dayRows: rowCount ?? 0, hundredth: await run() };
}
