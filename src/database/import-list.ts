/** Rows of an import as its user looks at them, in the file's order. */
import { type RawBuilder, sql } from "kysely";
import type { Kind } from "../finance/expense.ts";
import type { Tx } from "./users.ts";

export interface ShownRow {
  n: number;
  line: number;
  problem: string | null;
  day: string | null;
  amount_minor: string | null;
  currency: string | null;
  direction: "out" | "in" | null;
  kind: Kind | null;
  merchant: string | null;
  description: string | null;
  category_id: string | null;
  category_path: string[] | null;
  duplicate_of: string | null;
  moved_with: string | null;
  /** The expense that it has become. */
  made: string | null;
}

const which: Readonly<Record<"new" | "duplicate" | "bad", RawBuilder<unknown>>> = {
  new: sql`and r.problem is null and r.duplicate_of is null`,
  duplicate: sql`and r.duplicate_of is not null`,
  bad: sql`and r.problem is not null`,
};

/** Behind row `after`; null: the user has no such import, or nobody has begun to read it. */
export async function listRows(
  tx: Tx,
  user: string,
  importId: string,
  only: keyof typeof which | undefined,
  after: number,
  limit: number,
): Promise<ShownRow[] | null> {
  const there = await tx.selectFrom("imports").select("id").where("user_id", "=", user).where("id", "=", importId).executeTakeFirst();
  if (there === undefined) return null;
  const { rows } = await sql<ShownRow>`
    select r.n, r.line, r.problem, r.day, r.amount_minor, r.currency, r.direction, r.kind, r.merchant, r.description, r.category_id, r.category_path,
      r.duplicate_of, r.moved_with, e.id as made
    from import_rows r left join expenses e on e.user_id = r.user_id and e.id = r.expense_id
    where r.user_id = ${user} and r.import_id = ${importId} and r.n > ${after} ${only === undefined ? sql`` : which[only]}
    order by r.n limit ${limit}`.execute(tx);
  return rows;
}
