/** Runs the migrations that are still to come, one runner at a time: first those of one transaction, then those that can't run in one. */
import { setTimeout } from "node:timers/promises";
import { Kysely, PostgresAdapter, PostgresDialect, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { type ConnectionOptions, connections } from "./connect.ts";

/** Any number that nobody else locks. */
const LOCK = 4_071_830;

/** Kysely's own lock waits for up to an hour, longer than a Lambda lives. */
class PatientAdapter extends PostgresAdapter {
  readonly #lockMs: number;
  constructor(lockMs: number) {
    super();
    this.#lockMs = lockMs;
  }

  /** Asked for again and again rather than waited for: a statement that waits has a snapshot, and an index made CONCURRENTLY by the other waits for it. */
  override async acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    const until = Date.now() + this.#lockMs;
    for (;;) {
      const { rows } = await sql<{ got: boolean }>`select pg_try_advisory_lock(${LOCK}) as got`.execute(db);
      if (rows[0]?.got) return;
      if (Date.now() >= until) throw new Error(`lock timeout: another run of the migrations has been at work for more than ${this.#lockMs} ms`);
      await setTimeout(Math.min(100, this.#lockMs));
    }
  }

  override async releaseMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`select pg_advisory_unlock(${LOCK})`.execute(db);
  }
}

class PatientDialect extends PostgresDialect {
  readonly #lockMs: number;
  constructor(config: ConstructorParameters<typeof PostgresDialect>[0], lockMs: number) {
    super(config);
    this.#lockMs = lockMs;
  }

  override createAdapter(): PostgresAdapter {
    return new PatientAdapter(this.#lockMs);
  }
}

export interface MigrationRun {
  migrations: Readonly<Record<string, Migration>>;
  /** Those that can't run in a transaction (indexes made CONCURRENTLY). Each runs on its own after the others, and may run again after it was killed. */
  live?: Readonly<Record<string, Migration>>;
  /** Milliseconds that another runner is waited for. */
  lockMs?: number;
}

/**
 * Brings the schema up to date; `options` are the owner's. Returns the names of the migrations that ran, live ones with `live/` in front.
 * Throws what the failing migration threw, with its name; nothing of the transactional run is kept then, and of the live ones those before it.
 * Another runner at work for longer than `lockMs` (10 s) is an error.
 */
export async function migrate(options: ConnectionOptions, { migrations, live = {}, lockMs = 10_000 }: MigrationRun): Promise<string[]> {
  const pool = connections({ ...options, lockMs });
  const db = new Kysely<unknown>({ dialect: new PatientDialect({ pool }, lockMs) });
  try {
    const ran = await latest(new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } }));
    const ranLive = await latest(
      new Migrator({
        db,
        provider: { getMigrations: async () => ({ ...live }) },
        disableTransactions: true,
        migrationTableName: "kysely_live_migration",
        migrationLockTableName: "kysely_live_migration_lock",
      }),
    );
    return [...ran, ...ranLive.map((name) => `live/${name}`)];
  } finally {
    pool.abandon();
  }
}

async function latest(migrator: Migrator): Promise<string[]> {
  const { error, results } = await migrator.migrateToLatest();
  const failed = results?.find((result) => result.status === "Error");
  if (error !== undefined)
    throw new Error(
      `${failed ? `the migration ${failed.migrationName} failed` : "the migrations could not run"}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  return (results ?? []).map((result) => result.migrationName);
}
