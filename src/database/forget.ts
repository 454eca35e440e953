/** A user's rows, table by table: taken away in their own name, a thousand at a time. */
import { type Kysely, sql } from "kysely";
import { asUser } from "./kysely.ts";
import type { Tables } from "./schema.ts";
import type { WhileServing } from "./while-serving.ts";

/** Every table that has rows of users, those first that hang on others. What hangs on budgets, and may not be deleted by itself, goes with them. */
export const USER_TABLES = [
  "import_rows",
  "imports",
  "expense_tags",
  "expenses",
  "outbox",
  "idempotency_keys",
  "budget_amounts",
  "budgets",
  "alerts",
  "balances",
  "accounts",
  "rates",
  "categories",
  "users",
] as const satisfies readonly (keyof Tables)[];

/** They go with what they hang on. */
const WITH_OTHERS: readonly string[] = ["alerts"];
const AT_ONCE = 1000;

const owner = (table: string) => sql.ref(table === "users" ? "id" : "user_id");

export interface RowsDeps {
  database: Pick<WhileServing, "use">;
  /** The longest that one statement may take (ms). */
  statementMs: number;
}

/** One for each table. */
export function userRows({ database, statementMs }: RowsDeps) {
  // Not by `asUser` of the database: it refuses whoever has left to all others.
  const inName = <T>(sub: string, run: (tx: Kysely<Tables>) => Promise<T>) => database.use((db) => asUser(db, sub, statementMs, run));
  return USER_TABLES.map((table) => ({
    name: `rows in ${table}`,
    async clear(sub: string, goOn: () => Promise<void>): Promise<number> {
      if (WITH_OTHERS.includes(table)) return 0;
      let gone = 0;
      for (;;) {
        await goOn();
        const { numAffectedRows = 0n } = await inName(sub, (tx) =>
          // A category hangs on its parent: all at once.
          (table === "categories"
            ? sql`delete from categories where user_id = ${sub}`
            : sql`delete from ${sql.table(table)} where ctid in (select ctid from ${sql.table(table)} where ${owner(table)} = ${sub} limit ${sql.lit(AT_ONCE)})`
          ).execute(tx),
        );
        gone += Number(numAffectedRows);
        if (numAffectedRows < BigInt(AT_ONCE)) return gone;
      }
    },
    count: (sub: string): Promise<number> =>
      inName(sub, async (tx) => {
        const { rows } = await sql<{ n: string }>`select count(*) as n from ${sql.table(table)} where ${owner(table)} = ${sub}`.execute(tx);
        return Number(rows[0]?.n ?? 0);
      }),
  }));
}
