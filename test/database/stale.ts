import type { FinanceDatabase } from "./finance.ts";

/** Tables that were analysed when thousands had one entry each, and never again: PostgreSQL then plans for everybody it does not know as if they had one, too. */
export async function goStale({ ask }: Pick<FinanceDatabase, "ask">, tables: readonly string[]): Promise<void> {
  for (const table of tables) await ask(`alter table ${table} set (autovacuum_enabled = false)`);
  await ask("insert into users (id) select 'small-' || n from generate_series(1, 3000) n");
  await ask(
    "insert into expenses (user_id, id, amount_minor, currency, occurred_on) select 'small-' || n, gen_random_uuid(), 100, 'EUR', '2026-01-01' from generate_series(1, 3000) n",
  );
  await ask(`analyze ${tables.join(", ")}`);
}
