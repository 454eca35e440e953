import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Import, type Step, steps } from "../../src/imports/import.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let users = 0;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.finance.close());

const before = "Date,Payee,Amount\n2026-10-30,Card payment,-250.00\n2026-10-31,Markt,-5.00\n";
const file =
  "Date,Payee,Amount\n2026-10-30,Café,-3.50\n2026-10-30,Café,-3.50\n2026-10-31,Payment thank you,250.00\nsoon,Markt,-1.00\n2026-11-01,Markt,-20.00\n2026-11-02,Shop refund,7.00\n";

/** Five rows into a card, whose payment was imported from the other side already; one step killed behind its n-th await, and all steps up to `last`. */
async function imported(killed: Step | null, at: number, last: Step = "undo") {
  const user = `user-${++users}`;
  const giro = await world.account(user, "Giro");
  const card = await world.account(user, "Card", "liability");
  await world.bring(user, giro, before);
  await world.finance.ask(
    "insert into budgets (user_id, id, name, amount_minor, currency, period, starts_on, carry_from) values ($1, gen_random_uuid(), 'All', 1000, 'EUR', 'month', '2026-01-01', '2026-01-01')",
    [user],
  );
  const id = world.upload(user, card, file);
  let died = false;
  const shown: unknown[] = [];
  for (const step of steps.slice(0, steps.indexOf(last) + 1)) {
    const one: Import = world.asking(id, step);
    const run = { batchRows: 2 };
    if (killed === step) died = (await world.go(one, step, { ...run, kill: { at, when: "after" } })) === "killed";
    if (killed !== step || died) await world.go(one, step, run);
    const { state, counts, undone, how } = world.item(id);
    const told = await world.finance.ask("select kind, payload - 'budgetId' as payload from outbox where user_id = $1", [user]);
    const rows = await world.finance.ask(
      "select n, problem, kind, moved_kind, duplicate_of from import_rows r where user_id = $1 and import_id = $2 order by n",
      [user, id],
    );
    shown.push({ state, counts, undone, how: how?.encoding, entries: await world.entries(user), told, rows });
  }
  return { died, shown };
}

describe("an import whose runner is killed", () => {
  it("goes through", async () => {
    const { shown } = await imported(null, 0);
    expect(shown).toMatchObject([
      { state: "checked", counts: { rows: 6, bad: 1, added: 5, kinds: { expense: 3, refund: 1, transfer: 1 } } },
      { state: "committed", told: [{ kind: "budget-threshold" }] },
      { state: "undone", undone: { removed: 5, kept: 0 }, rows: [] },
    ]);
    expect((shown[1] as { entries: string[] }).entries).toEqual([
      "2026-10-30 350 EUR expense Café",
      "2026-10-30 350 EUR expense Café",
      "2026-10-30 25000 EUR transfer Card payment",
      "2026-10-31 500 EUR expense Markt",
      "2026-10-31 25000 EUR transfer Payment thank you",
      "2026-11-01 2000 EUR expense Markt",
      "2026-11-02 700 EUR refund Shop refund",
    ]);
    expect((shown[2] as { entries: string[] }).entries).toEqual(["2026-10-30 25000 EUR expense Card payment", "2026-10-31 500 EUR expense Markt"]);
  });

  // What is killed before an await is what was killed behind the one before it.
  it.each(steps)("behind any await of its %s ends as it would have: each row once", { timeout: 60_000 }, async (step) => {
    const { shown: right } = await imported(null, 0);
    const last = step === "check" ? "commit" : step;
    let deaths = 0;
    for (let at = 1; ; at++) {
      const { died, shown } = await imported(step, at, last);
      expect(shown, `${step}, killed behind await ${at}`).toEqual(right.slice(0, shown.length));
      if (!died) break;
      deaths++;
    }
    expect(deaths).toBeGreaterThan(6);
  });
});
