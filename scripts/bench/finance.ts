/** Finance at ten million expenses: what a month costs in PostgreSQL, what each reading route touches, what a request adds to its transaction, and what tidying takes. */
import { readings } from "../../test/database/routes.ts";
import { type Check, percentile, table } from "./figures.ts";
import { measureBulk } from "./finance/bulk.ts";
import { type Cost, measureReading, measureTidy, startSeeded } from "./finance/database.ts";
import { measureRequests, type Shares } from "./finance/requests.ts";

export interface FinanceOptions {
  bundles: string;
  folder: string;
  /** Expenses of the big database; the small one has a tenth. */
  rows: number;
  say(line: string): void;
}

export interface FinanceSection {
  title: string;
  text: string;
}

const n = (value: number) => Math.round(value).toLocaleString("en");
const p50 = (costs: readonly Cost[]) =>
  percentile(
    costs.map(({ ms }) => ms),
    0.5,
  );

export async function measureFinance({ bundles, folder, rows, say }: FinanceOptions): Promise<{ sections: FinanceSection[]; checks: Check[] }> {
  const checks: Check[] = [];
  const sections = [await atScale(rows, say, checks), await throughTheApi(bundles, folder, say, checks)].flat();
  return { sections, checks };
}

async function atScale(rows: number, say: (line: string) => void, checks: Check[]): Promise<FinanceSection[]> {
  await using small = await startSeeded(rows / 10, say);
  await using big = await startSeeded(rows, say);
  const both = [small, big];
  const { copySeconds, loadSeconds, vacuumSeconds, rows: made } = big.seeded;
  const seeding = `\`npm run seed\`'s own code: ${n(rows)} expenses of ${n(big.seeded.subs.length)} people, with ${n(made.categories)} categories, ${n(made.balances)} balances, ${n(made.rates)} rates, ${n(made.budgets)} budgets and ${n(made.expense_tags)} tags. COPY of the expenses ${copySeconds.toFixed(0)} s (${n(rows / copySeconds)} rows/s), with indexes and keys made again ${loadSeconds.toFixed(0)} s (${n(rows / loadSeconds)} rows/s), VACUUM and ANALYZE ${vacuumSeconds.toFixed(0)} s.`;

  say("Months of the same people in both databases…");
  // Who is measured is in both, with as much of their own. A hundred: a working set that is warm in both.
  const subs = small.seeded.subs.slice(0, 100);
  const sums = await measureReading(both, subs, "/summary", 7, ({ sql }) => sql.includes("width_bucket"));
  const whole = await measureReading(both, subs, "/summary", 7);
  const line = (name: string, [few = [], many = []]: Cost[][]) => {
    const buffers = percentile(
      many.map((cost) => cost.buffers),
      0.5,
    );
    return [name, p50(few).toFixed(3), p50(many).toFixed(3), (p50(many) / p50(few)).toFixed(2), String(buffers)];
  };
  const ratio = p50(sums[1] ?? []) / p50(sums[0] ?? []);
  const [sumsMs, wholeMs] = [p50(sums[1] ?? []), p50(whole[1] ?? [])];
  checks.push({ what: `month's sums at ${n(rows)}, p50 in PostgreSQL`, measured: `${sumsMs.toFixed(2)} ms`, bound: "1 ms", kept: sumsMs <= 1 });
  checks.push({ what: `the same from ${n(rows / 10)} to ${n(rows)}`, measured: `${ratio.toFixed(2)}x`, bound: "1.2x", kept: ratio <= 1.2 });
  checks.push({ what: `all statements of GET /summary at ${n(rows)}, p50`, measured: `${wholeMs.toFixed(2)} ms`, bound: "", kept: true });
  const months = table(
    ["p50 in PostgreSQL (planning and execution), ms", n(rows / 10), n(rows), "ratio", "pages"],
    [
      line("the month's sums by category, and the month's before: one statement over `expenses_by_period`", sums),
      line("all that GET /summary asks: sums, categories, budgets with their carry-over", whole),
    ],
  );

  say("Every reading route…");
  const routes: string[][] = [];
  for (const { path } of readings) {
    const costs = await measureReading([big], subs.slice(0, 10), path, 2);
    const all = costs[0] ?? [];
    const most = (of: (cost: Cost) => number) => Math.max(...all.map(of));
    routes.push([
      `\`${path}\``,
      String(most(({ statements }) => statements)),
      p50(all).toFixed(2),
      most(({ ms }) => ms).toFixed(1),
      n(most(({ buffers }) => buffers)),
    ]);
  }

  say("Tidying…");
  const tidied = await measureTidy(big);
  const tidying = table(
    [`VACUUM (ANALYZE) of everything at ${n(rows)}, as before each sleep`, "seconds"],
    [
      ["nothing was written since the last one", tidied.nothing.toFixed(1)],
      [`a day's entries were (${n(tidied.dayRows)} rows)`, tidied.day.toFixed(1)],
      ["a hundredth of all expenses was changed", tidied.hundredth.toFixed(1)],
    ],
  );
  return [
    { title: "Finance: seeding", text: seeding },
    {
      title: "Finance: a month's summary",
      text: `100 people, each with a thousand expenses on average and 12 times that at most, the same ones in a database of ${n(rows / 10)} expenses and in one of ${n(rows)}, in turns; under the application's role and row-level security.\n\n${months}`,
    },
    {
      title: "Finance: every reading route",
      text: `At ${n(rows)} expenses, ten people, all statements of a request together. \`test/database/plans.test.ts\` asserts the plans.\n\n${table(["route", "statements", "p50, ms", "longest, ms", "most pages"], routes)}`,
    },
    { title: "Finance: tidying before sleep", text: tidying },
  ];
}

/** What of a request is not the transaction. */
function shared({ gateway, state }: Shares): string {
  const [way, read] = [percentile(gateway, 0.5), percentile(state, 0.5)];
  return `Of each: the way through the local gateway and a Lambda that answers at once, ${way.toFixed(2)} ms; a consistent read of the state by the SDK, ${(read - way).toFixed(2)} ms more (the SDK, the gate's check of its signature, dynalite; Dormouse signs and sends this read itself, for less). In AWS the read is a network round trip to DynamoDB rather than work on the same two cores.`;
}

async function throughTheApi(bundles: string, folder: string, say: (line: string) => void, checks: Check[]): Promise<FinanceSection[]> {
  say("Requests through the Lambda and over bare pg…");
  const { figures, shares, also: bulk } = await measureRequests(bundles, folder, measureBulk);
  const rows = figures.map(({ name, statements, ours, bare }) => {
    const [own, other] = [percentile(ours, 0.5), percentile(bare, 0.5)];
    checks.push({
      what: `${name} against the same transaction over bare pg, p50`,
      measured: `${(own / other).toFixed(2)}x`,
      bound: "1.5x",
      kept: own / other <= 1.5,
    });
    return [name, String(statements), own.toFixed(2), other.toFixed(2), (own / other).toFixed(2), (own - other).toFixed(2)];
  });
  return [
    {
      title: "Finance: an awake request",
      text: `Through the local HTTP API, one request after the other, ${figures[0]?.ours.length ?? 0} each way, in turns. Ours reads the lifecycle's state beside its first statements (and for the last two the profile too), checks what comes in and shapes what goes out; the other one sends the same recorded statements in the same transaction, each after the answer to the one before as \`pg\` does, and gives their rows as they are.\n\n${table(["p50, ms", "statements", "Dormouse", "bare pg", "ratio", "added"], rows)}\n\n${shared(shares)}`,
    },
    {
      title: "Finance: many at once",
      text: table(
        [`rows per second, ${bulk.size} at a time`, ""],
        [
          ["POST /expenses/bulk, with its checks, thresholds of budgets, HTTP and JSON", n(bulk.api)],
          ["a plain multi-row INSERT over a socket", n(bulk.plain)],
          ["ratio", (bulk.api / bulk.plain).toFixed(2)],
        ],
      ),
    },
  ];
}
