/** Work on many rows of one user of whom PostgreSQL knows nothing yet: each statement ends within its limit, whatever it was planned for. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { userRows } from "../../src/database/forget.ts";
import { idIn, restoreRefunds } from "../../src/database/restore.ts";
import { type FinanceDatabase, startFinance } from "./finance.ts";
import { goStale } from "./stale.ts";

const ROWS = 30_000;
const RESTORE = "01931c5e-7c1d-7a52-9f6e-3b1c7d2e4f60";
const inFile = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
let finance: FinanceDatabase;

beforeAll(async () => {
  finance = await startFinance();
  await goStale(finance, ["expenses", "expense_tags"]);
  await finance.ask("insert into users (id) values ('ann')");
  const ids = Array.from({ length: ROWS }, (_, n) => idIn("ann", inFile(n)));
  // The first half are expenses, the second what gives them back.
  await finance.ask(
    `insert into expenses (user_id, import_id, id, kind, amount_minor, currency, occurred_on)
     select 'ann', $1, id, case when n <= $3 then 'expense' else 'refund' end, 100, 'EUR', '2026-01-01' from unnest($2::uuid[]) with ordinality as row (id, n)`,
    [RESTORE, ids, ROWS / 2],
  );
  await finance.ask("insert into expense_tags (user_id, expense_id, tag) select 'ann', id, 'a' from expenses where user_id = 'ann'");
}, 60_000);
afterAll(() => finance?.close());

test("refunds find what they give back", async () => {
  const pairs = Array.from({ length: 1000 }, (_, n) => [inFile(ROWS / 2 + n), inFile(n)] as const);
  await finance.as("ann", (tx) => restoreRefunds(tx, "ann", RESTORE, pairs));
  expect(await finance.ask("select count(*)::int as n from expenses where user_id = 'ann' and refund_of is not null")).toEqual([{ n: 1000 }]);
});

test("whoever leaves takes all of it along", { timeout: 120_000 }, async () => {
  const gone = new Map<string, number>();
  for (const { name, clear } of userRows({ database: { use: (run) => run(finance.db) }, statementMs: 5000 }))
    gone.set(name, await clear("ann", async () => {}));
  expect([gone.get("rows in expenses"), gone.get("rows in expense_tags"), gone.get("rows in users")]).toEqual([ROWS, ROWS, 1]);
});
