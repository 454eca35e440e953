/**
 * Fills a migrated database, in one transaction: all of it is there in the end, or none. By a superuser, because under row-level security nobody else may COPY.
 *
 * Where much comes to little, the indexes and foreign keys of the big tables are taken away first and made again afterwards, by their own definitions:
 * ten million rows are then sorted once for each index instead of finding their place one by one, and each key is checked in one go.
 */
import pg from "pg";
import { type Span, spanOf } from "./calendar.ts";
import { copyIn } from "./copy.ts";
import { enterDay } from "./days.ts";
import { makePerson, type Person, sizes } from "./people.ts";
import { columns, expenseLine, line, peoplesRows, type TableName } from "./rows.ts";

export interface SeedOptions {
  expenses: number;
  users: number;
  /** The same number on the same last day gives the same data. */
  seed: number;
  /** The last day, `2026-11-21`. */
  until: string;
  /** The `sub` of somebody who shall be among them, as the first. */
  sub?: string | undefined;
  /** Told what is under way. */
  say?: (line: string) => void;
}

export interface Seeded {
  /** Rows by table. */
  rows: Record<TableName, number>;
  /** Seconds of the COPY of expenses, of all until the commit, and of VACUUM and ANALYZE. */
  copySeconds: number;
  loadSeconds: number;
  vacuumSeconds: number;
  /** The `sub` of each, in their order. */
  subs: string[];
}

/** Three years, so that insights have a year before the last one. */
export const DAYS = 1096;
const big = ["expenses", "expense_tags"] as const;

/** Refuses, with a sentence, when some of these people are there already. */
export class AlreadySeeded extends Error {
  override readonly name = "AlreadySeeded";
}

export async function seed(client: pg.Client, options: SeedOptions): Promise<Seeded> {
  const say = options.say ?? (() => {});
  const span = spanOf(options.until, DAYS);
  const people = sizes(options.users, options.expenses).map((size, index) =>
    makePerson({ seed: options.seed, index, size, span, sub: index === 0 ? options.sub : undefined }),
  );
  const subs = people.map(({ sub }) => sub);
  const rows: Record<TableName, number> = {
    users: 0,
    categories: 0,
    accounts: 0,
    balances: 0,
    rates: 0,
    budgets: 0,
    budget_amounts: 0,
    expenses: options.expenses,
    expense_tags: 0,
  };
  const begun = performance.now();
  let copySeconds = 0;
  await client.query("begin");
  try {
    await client.query("set local lock_timeout = '10s'; set local statement_timeout = 0");
    await client.query("set local maintenance_work_mem = '1GB'; set local max_parallel_maintenance_workers = 2");
    await refuseWhoIsThere(client, subs);
    const rebuild = (await muchToLittle(client, options.expenses)) ? await takeAway(client) : [];
    const lines = smallTables(people, span);
    for (const table of Object.keys(lines) as (keyof typeof lines)[]) {
      rows[table] = lines[table].length;
      await copyIn(client, table, columns[table], lines[table]);
    }
    say(`${options.users.toLocaleString("en")} people with their categories, accounts, balances, rates and budgets`);
    const tagLines: string[] = [];
    const copyBegun = performance.now();
    await copyIn(client, "expenses", columns.expenses, expenseLines(people, span, tagLines, say));
    copySeconds = (performance.now() - copyBegun) / 1000;
    say(
      `${options.expenses.toLocaleString("en")} expenses in ${copySeconds.toFixed(1)} s (${Math.round(options.expenses / copySeconds).toLocaleString("en")} rows/s)`,
    );
    rows.expense_tags = tagLines.length;
    await copyIn(client, "expense_tags", columns.expense_tags, tagLines);
    for (const { what, sql } of rebuild) {
      const at = performance.now();
      await client.query(sql);
      say(`${what} in ${((performance.now() - at) / 1000).toFixed(1)} s`);
    }
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
  const loadSeconds = (performance.now() - begun) / 1000;
  // So that index-only scans hold from the first query on, as they do after a tidying before sleep.
  for (const table of Object.keys(columns)) await client.query(`vacuum (analyze) ${table}`);
  return { rows, copySeconds, loadSeconds, vacuumSeconds: (performance.now() - begun) / 1000 - loadSeconds, subs };
}

async function refuseWhoIsThere(client: pg.Client, subs: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    "select id from users u where id = any ($1) and (id <> $2 or exists (select from categories where user_id = u.id) or exists (select from accounts where user_id = u.id)) limit 1",
    [subs, subs[0]],
  );
  const [there] = rows;
  if (there === undefined) return;
  throw new AlreadySeeded(
    there.id === subs[0]
      ? "The first of these people has categories or accounts already, which stay as they are. Name somebody else (--person NAME)."
      : "Some of these people are there already: this seed has been sown. Another one makes other people (--seed NUMBER).",
  );
}

async function muchToLittle(client: pg.Client, coming: number): Promise<boolean> {
  const { rows } = await client.query<{ there: number }>("select greatest(reltuples, 0)::float8 as there from pg_class where oid = 'expenses'::regclass");
  return coming > (rows[0]?.there ?? 0) / 2;
}

interface Step {
  what: string;
  sql: string;
}

/** Drops indexes and foreign keys of the big tables; returns what makes them again. Keys of others that point here come last: they need the primary key. */
async function takeAway(client: pg.Client): Promise<Step[]> {
  const { rows: keys } = await client.query<{ table: string; name: string; type: string; definition: string }>(
    `select conrelid::regclass::text as table, conname as name, contype as type, pg_get_constraintdef(oid) as definition
       from pg_constraint
      where (conrelid = any ($1::regclass[]) and contype in ('p', 'u', 'f')) or (confrelid = any ($1::regclass[]) and contype = 'f')
      order by case contype when 'f' then 1 else 0 end, conname`,
    [big],
  );
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
       from pg_index i
      where indrelid = any ($1::regclass[]) and not exists (select from pg_constraint where conindid = i.indexrelid)
      order by 1`,
    [big],
  );
  for (const { table, name } of [...keys].reverse()) await client.query(`alter table ${table} drop constraint ${pg.escapeIdentifier(name)}`);
  for (const { name } of indexes) await client.query(`drop index ${name}`);
  const again = ({ table, name, definition }: (typeof keys)[number]): Step => ({
    what: `${name} (${definition.slice(0, 11).toLowerCase()}) of ${table}`,
    sql: `alter table ${table} add constraint ${pg.escapeIdentifier(name)} ${definition}`,
  });
  return [
    ...keys.filter(({ type }) => type !== "f").map(again),
    ...indexes.map(({ name, definition }) => ({ what: `index ${name}`, sql: definition })),
    // Keys are checked by a join, whose plan needs to know what is there.
    { what: "statistics", sql: `analyze ${Object.keys(columns).join(", ")}` },
    ...keys.filter(({ type }) => type === "f").map(again),
  ];
}

function smallTables(people: readonly Person[], span: Span): Record<Exclude<TableName, "expenses" | "expense_tags">, string[]> {
  const lines = { users: [], categories: [], accounts: [], balances: [], rates: [], budgets: [], budget_amounts: [] } as Record<
    Exclude<TableName, "expenses" | "expense_tags">,
    string[]
  >;
  for (const person of people) peoplesRows(person, span, (table, text) => lines[table as keyof typeof lines].push(text));
  return lines;
}

/** Day by day, as they were entered: everybody's rows lie among each other's, as in a real table. Tags are put aside. */
function* expenseLines(people: readonly Person[], span: Span, tagLines: string[], say: (line: string) => void): Generator<string> {
  let batch: string[] = [];
  const begun = performance.now();
  for (let day = 0; day < span.days; day++) {
    if (day > 0 && day % 365 === 0) say(`  until ${span.text[day]} after ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    for (const person of people) {
      enterDay(person, span, day, (entry) => {
        batch.push(expenseLine(entry, span));
        for (const tag of entry.tags) tagLines.push(line(entry.sub, entry.id, tag));
      });
    }
    yield* batch;
    batch = [];
  }
}
