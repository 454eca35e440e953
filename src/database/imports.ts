/**
 * Imports in PostgreSQL: who works on one, and what it came to. Each function takes a transaction in which row-level security stands for one user.
 *
 *     reading -> read -> committing -> committed -> undoing -> undone
 *
 * A step holds the import's row in each of its transactions, and goes on only while the row has its own run: of two that work on one import at once the
 * one of the later run goes on, and the other ends. `done_to` says how far a step is, in the transaction that brought it there.
 */
import { sql } from "kysely";
import type { Counts } from "../imports/import.ts";
import type { Tx } from "./users.ts";

export type ImportState = "reading" | "read" | "committing" | "committed" | "undoing" | "undone";

/** Which import, and which run of it. */
export interface Run {
  importId: string;
  run: number;
}

export interface Held {
  state: ImportState;
  run: number;
  accountId: string;
  /** The row up to which the step is done. */
  doneTo: number;
  counts: Record<string, unknown> | null;
}

/** Another run has it. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}

/** A commit that has not been looked over for duplicates yet. */
export const UNMATCHED = -1;
/** A commit that has not moved for so long (ms) is nobody's any more. */
const DEAD_MS = 10 * 60_000;

/** The import until the transaction ends; null: there is none. */
export async function holdImport(tx: Tx, user: string, importId: string): Promise<Held | null> {
  const row = await tx
    .selectFrom("imports")
    .select(["state", "run", "account_id", "done_to", "counts"])
    .where("user_id", "=", user)
    .where("id", "=", importId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    state: row.state as ImportState,
    run: row.run,
    accountId: row.account_id,
    doneTo: row.done_to,
    counts: row.counts as Record<string, unknown> | null,
  };
}

/**
 * As `holdImport`, for a step that is under way. What follows is planned for what the tables hold now: a plan that was kept from when they were empty reads
 * them whole for each row. Throws `Superseded`.
 */
export async function holdRun(tx: Tx, user: string, { importId, run }: Run, state: ImportState): Promise<Held> {
  await sql`select set_config('plan_cache_mode', 'force_custom_plan', true)`.execute(tx);
  const held = await holdImport(tx, user, importId);
  if (held === null || held.run !== run || held.state !== state) throw new Superseded(`the import is not at run ${run} of its ${state}`);
  return held;
}

interface Change {
  state?: ImportState;
  run?: number;
  accountId?: string;
  doneTo?: number;
  counts?: object | null;
}

/** Of one that is held. `now` in milliseconds. */
export async function writeImport(tx: Tx, user: string, importId: string, { accountId, doneTo, counts, ...rest }: Change, now: number): Promise<void> {
  await tx
    .updateTable("imports")
    .set({
      ...rest,
      ...(accountId === undefined ? {} : { account_id: accountId }),
      ...(doneTo === undefined ? {} : { done_to: doneTo }),
      ...(counts === undefined ? {} : { counts: counts === null ? null : JSON.stringify(counts) }),
      updated_at: new Date(now),
    })
    .where("user_id", "=", user)
    .where("id", "=", importId)
    .execute();
}

export interface Asked extends Run {
  accountId: string;
}

/** What was looked through and not committed for so long (ms) is forgotten: its item has ended a day before. */
const FORGOTTEN_MS = 8 * 86_400_000;

/** Begins to read a file, or goes on. An earlier reading's rows go, and those of files that nobody has committed. Throws `Superseded`. */
export async function beginReading(tx: Tx, user: string, { importId, run, accountId }: Asked, now: number): Promise<Held> {
  await tx
    .deleteFrom("imports")
    .where("user_id", "=", user)
    .where("id", "<>", importId)
    .where("state", "in", ["reading", "read", "undone"])
    .where("updated_at", "<", new Date(now - FORGOTTEN_MS))
    .execute();
  await tx
    .insertInto("imports")
    .values({ user_id: user, id: importId, account_id: accountId, run, state: "reading", updated_at: new Date(now) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const held = await holdImport(tx, user, importId);
  if (held === null || held.run > run || !(held.state === "reading" || held.state === "read")) throw new Superseded("the import is further than its reading");
  if (held.run === run) return held;
  await tx.deleteFrom("import_rows").where("user_id", "=", user).where("import_id", "=", importId).execute();
  await writeImport(tx, user, importId, { state: "reading", run, accountId, doneTo: 0, counts: null }, now);
  return { state: "reading", run, accountId, doneTo: 0, counts: null };
}

/**
 * Begins to commit, or goes on; null: another import into the account is being committed, and has to end first, because what is there already is found by
 * what has been committed. Throws `Superseded`.
 */
export async function beginCommitting(tx: Tx, user: string, { importId, run, accountId }: Asked, now: number): Promise<Held | null> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`import into ${user} ${accountId}`}, 0))`.execute(tx);
  const held = await holdImport(tx, user, importId);
  if (held === null || held.run > run || !["read", "committing", "committed"].includes(held.state))
    throw new Superseded("the import is not one that could be committed");
  if (held.state === "committed") return held;
  const others = await tx
    .selectFrom("imports")
    .select("id")
    .where("user_id", "=", user)
    .where("account_id", "=", accountId)
    .where("state", "=", "committing")
    .where("id", "<>", importId)
    .where("updated_at", ">", new Date(now - DEAD_MS))
    .execute();
  if (others.length > 0) return null;
  const doneTo = held.state === "read" ? UNMATCHED : held.doneTo;
  await writeImport(tx, user, importId, { state: "committing", run, doneTo }, now);
  return { ...held, state: "committing", run, doneTo };
}

/** Begins to undo, or goes on; `counts.committedTo` is the last row that became an expense. Throws `Superseded`. */
export async function beginUndoing(tx: Tx, user: string, { importId, run, accountId }: Asked, now: number): Promise<Held> {
  // Put even where nothing is: a reading that is late finds that it is over.
  await tx
    .insertInto("imports")
    .values({ user_id: user, id: importId, account_id: accountId, run, state: "undoing", updated_at: new Date(now) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const held = await holdImport(tx, user, importId);
  if (held === null || held.run > run) throw new Superseded("the import has another run");
  if (held.state === "undone" || (held.state === "undoing" && held.run === run)) return held;
  const committedTo = held.state === "committed" || held.state === "committing" ? Math.max(0, held.doneTo) : Number(held.counts?.committedTo ?? 0);
  const begun = { state: "undoing", run, doneTo: 0, counts: { committedTo } } as const;
  await writeImport(tx, user, importId, begun, now);
  return { ...held, ...begun };
}

/** What the rows come to. */
export async function countRows(tx: Tx, user: string, importId: string): Promise<Counts> {
  const { rows } = await sql<{ state: string; n: number; from: string | null; to: string | null }>`
    select case when problem is not null then 'bad' when duplicate_of is not null then 'duplicate' when moved_with is not null then 'transfer' else kind end as state,
      count(*)::int as n, min(day) as "from", max(day) as "to"
    from import_rows where user_id = ${user} and import_id = ${importId} group by 1 order by 1`.execute(tx);
  const counts: Counts = { rows: 0, bad: 0, duplicates: 0, added: 0, kinds: {}, from: null, to: null };
  for (const { state, n, from, to } of rows) {
    counts.rows += n;
    if (state === "bad") counts.bad = n;
    else if (state === "duplicate") counts.duplicates = n;
    else {
      counts.added += n;
      counts.kinds[state] = n;
      if (from !== null && (counts.from === null || from < counts.from)) counts.from = from;
      if (to !== null && (counts.to === null || to > counts.to)) counts.to = to;
    }
  }
  return counts;
}
