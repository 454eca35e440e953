/** Tidying before sleep: a database that sleeps may miss autovacuum, and index-only scans need its work. */
import { type ConnectionOptions, withConnection } from "./connect.ts";
import { StatementTooSlow } from "./unreachable.ts";

export interface Tidied {
  ok: boolean;
  what: string;
  seconds: number;
}

/** VACUUM of what one may not vacuum is a WARNING and succeeds (tried on PostgreSQL 18), so warnings are failures here. */
const FAILURES = new Set(["WARNING", "ERROR"]);

/**
 * VACUUM (ANALYZE) of every table in the schema public, within `limitSeconds` for all together. `options` are the maintenance role's;
 * `now` gives milliseconds. Throws `DatabaseUnreachable`; anything else that goes wrong is in the answer.
 */
export async function tidy(options: Omit<ConnectionOptions, "statementMs">, limitSeconds: number, now: () => number): Promise<Tidied> {
  const startedAt = now();
  const until = startedAt + limitSeconds * 1000;
  const warnings: string[] = [];
  let done = 0;
  let tables: string[] = [];
  const answer = (ok: boolean, what: string): Tidied => ({ ok, what, seconds: (now() - startedAt) / 1000 });
  const onNotice = ({ severity, message }: { severity: string; message: string }) => {
    if (FAILURES.has(severity)) warnings.push(message);
  };
  try {
    await withConnection({ ...options, statementMs: limitSeconds * 1000, onNotice }, async (query) => {
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
