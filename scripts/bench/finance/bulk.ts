/** Many expenses at once: through the API, against a plain multi-row INSERT of the same rows in a transaction of the same role, in turns. */
import { subOf } from "../../../local/issuer/tokens.ts";
import type { Running } from "../../../test/integration/harness.ts";
import { platformSuperuser } from "./requests.ts";

export interface BulkFigures {
  /** Rows per request and per statement. */
  size: number;
  /** Rows per second. */
  api: number;
  plain: number;
}

const size = 500;
const sub = subOf("ann");
const columns = "user_id, id, kind, amount_minor, currency, occurred_on, category_id, merchant, description, status";

export async function measureBulk(run: Running, rounds = 8): Promise<BulkFigures> {
  const client = await platformSuperuser(run);
  try {
    const { rows: categories } = await client.query<{ id: string }>("select id from categories where user_id = $1 and parent_id is not null", [sub]);
    const today = Date.now();
    const expenses = Array.from({ length: size }, (_, i) => ({
      amount: `${1 + (i % 90)}.${10 + (i % 90)}`,
      currency: "EUR",
      occurredOn: new Date(today - (i % 30) * 86_400_000).toISOString().slice(0, 10),
      categoryId: categories[i % categories.length]?.id ?? null,
      merchant: `Shop ${i % 20}`,
      description: "many at once",
    }));
    const spent = { api: 0, plain: 0 };
    for (let round = 0; round <= rounds; round++) {
      let begun = performance.now();
      const { status, body } = await run.ask("/expenses/bulk", { as: "ann", method: "POST", json: { mode: "all", expenses } });
      if (status !== 201) throw new Error(`POST /expenses/bulk answered ${status}: ${JSON.stringify(body)}`);
      const ofApi = performance.now() - begun;

      const values = expenses.flatMap(({ amount, currency, occurredOn, categoryId, merchant, description }) => [
        sub,
        crypto.randomUUID(),
        "expense",
        amount.replace(".", ""),
        currency,
        occurredOn,
        categoryId,
        merchant,
        description,
        "cleared",
      ]);
      const places = expenses.map((_, row) => `(${Array.from({ length: 10 }, (_, column) => `$${row * 10 + column + 1}`).join(", ")})`);
      begun = performance.now();
      await client.query("begin; set local role dormouse_app");
      await client.query("select set_config('app.user_id', $1, true)", [sub]);
      await client.query(`insert into expenses (${columns}) values ${places.join(", ")}`, values);
      await client.query("commit");
      const ofPlain = performance.now() - begun;
      // The first round warms up.
      if (round === 0) continue;
      spent.api += ofApi;
      spent.plain += ofPlain;
    }
    const perSecond = (ms: number) => (size * rounds) / (ms / 1000);
    return { size, api: perSecond(spent.api), plain: perSecond(spent.plain) };
  } finally {
    await client.end();
  }
}
