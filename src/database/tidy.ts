/** Before sleep: whether messages to users are still in the database; and tidying, because a database that sleeps may miss autovacuum, and index-only scans need its work. */
import { type ConnectionOptions, withConnection } from "./connect.ts";
import { codeOf, StatementTooSlow } from "./unreachable.ts";

export interface Tidied {
  ok: boolean;
  what: string;
  seconds: number;
  /** When the newest message in the outbox was written (ms); null where there is none, or no outbox that this role may look into. */
  newestUntoldAt: number | null;
}

/** There is no such table, or it is somebody else's: a database without finance. */
const NO_OUTBOX = new Set(["42P01", "42703", "42501"]);

const NEWEST = "select (extract(epoch from created_at) * 1000)::bigint as at from public.outbox order by created_at desc limit 1";

/** VACUUM of what one may not vacuum is a WARNING and succeeds (tried on PostgreSQL 18), so warnings are failures here. */
const FAILURES = new Set(["WARNING", "ERROR"]);

/**
 * Looks into the outbox; then VACUUM (ANALYZE) of every table in the schema public, within `limitSeconds` for all together. `options` are the maintenance role's;
 * `now` gives milliseconds. Throws `DatabaseUnreachable`; anything else that goes wrong is in the answer.
 */
export async function tidy(options: Omit<ConnectionOptions, "statementMs">, limitSeconds: number, now: () => number): Promise<Tidied> {
  const startedAt = now();
  const until = startedAt + limitSeconds * 1000;
  const warnings: string[] = [];
  let done = 0;
  let tables: string[] = [];
  let newestUntoldAt: number | null = null;
  const answer = (ok: boolean, what: string): Tidied => ({ ok, what, seconds: (now() - startedAt) / 1000, newestUntoldAt });
  const onNotice = ({ severity, message }: { severity: string; message: string }) => {
    if (FAILURES.has(severity)) warnings.push(message);
  };
  try {
    await withConnection({ ...options, statementMs: limitSeconds * 1000, onNotice }, async (query) => {
      const outbox = await query(NEWEST).catch((error: unknown) => {
        if (!NO_OUTBOX.has(codeOf(error))) throw error;
        return [];
      });
      newestUntoldAt = outbox[0] === undefined ? null : Number(outbox[0].at);
      const found = await query(
        "select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind in ('r', 'p', 'm') order by 1",
      );
      tables = found.map(({ name }) => String(name));
      for (const table of tables) {
        const left = until - now();
        if (left < 1) break;
        await query("select set_config('statement_timeout', $1, false)", [String(Math.ceil(left))]);
        await query(`vacuum (analyze) ${table}`);
        done++;
      }
    });
  } catch (error) {
    if (!(error instanceof StatementTooSlow)) throw error;
  }
  const [warning] = warnings;
  if (warning !== undefined) return answer(false, `PostgreSQL warned: ${warning}`);
  if (done < tables.length) return answer(false, `${done} of ${tables.length} tables were vacuumed within ${limitSeconds} s`);
  return answer(true, `${done} tables were vacuumed`);
}
