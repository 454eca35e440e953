/** An import larger than all that PostgreSQL knew of when it last looked: it plans then as if that user had next to nothing. */
import { expect, test } from "vitest";
import { goStale } from "../database/stale.ts";
import { startWorld } from "./world.ts";

const ROWS = 30_000;
const SIDES = 3000;

const fileOf = (amount: string, rows: number) =>
  `Buchungstag;Auftraggeber;Verwendungszweck;Betrag\r\n${`01.02.2025;Umbuchung;Umbuchung;${amount}\r\n`.repeat(rows)}`;

test("a large import is matched, entered and undone within the limit of each statement before anybody has analysed the tables", {
  timeout: 120_000,
}, async () => {
  const world = await startWorld();
  try {
    const { ask } = world.finance;
    await goStale(world.finance, ["expenses", "import_rows"]);
    const id = world.upload("ann", await world.account("ann", "Giro"), fileOf("-1,50", 1));
    for (const step of ["check", "commit"] as const) await world.step(id, step);
    // The same row again and again, as if the file had been so long.
    const repeat = async (table: string, changed: Record<string, string>, from: string) => {
      const columns = await ask("select column_name as name from information_schema.columns where table_name = $1", [table]);
      const names = columns.map(({ name }) => String(name));
      await ask(
        `insert into ${table} (${names.join(", ")}) select ${names.map((name) => changed[name] ?? `one.${name}`).join(", ")} from ${table} one ${from}`,
      );
    };
    await repeat("import_rows", { n: "more", line: "more", expense_id: "uuidv7()" }, `cross join generate_series(2, ${ROWS}) more where one.user_id = 'ann'`);
    await repeat("expenses", { id: "r.expense_id" }, "join import_rows r on r.user_id = one.user_id and r.n > 1 where one.user_id = 'ann'");
    await ask("update imports set done_to = $1, counts = counts || jsonb_build_object('committedTo', $1::int)", [ROWS]);
    // Another account's file, all of it the other side of that.
    const other = world.upload("ann", await world.account("ann", "Card"), fileOf("1,50", SIDES));
    for (const step of ["check", "commit"] as const) await world.step(other, step);
    expect(world.item(other).counts).toMatchObject({ added: SIDES, kinds: { transfer: SIDES } });
    const moved = () => ask("select count(*)::int as n from expenses where user_id = 'ann' and kind = 'transfer'");
    expect(await moved()).toEqual([{ n: 2 * SIDES }]);
    await world.step(other, "undo");
    expect(await moved()).toEqual([{ n: 0 }]);
    await world.step(id, "undo");
    expect(world.item(id)).toMatchObject({ state: "undone", undone: { removed: ROWS, kept: 0 } });
    expect(await ask("select count(*)::int as n from expenses where user_id = 'ann'")).toEqual([{ n: 0 }]);
  } finally {
    await world.finance.close();
  }
});
