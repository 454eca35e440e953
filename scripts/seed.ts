/** `npm run seed`: fills the running local platform's database with people who spend money as people do. */
import { parseArgs } from "node:util";
import { nameProblem, subOf } from "../local/issuer/tokens.ts";
import { DAYS, type SeedOptions, seed } from "./seed/load.ts";
import { findPlatform, superuser, whileAwake } from "./seed/platform.ts";

const usage = `Usage: npm run seed -- [--expenses N] [--users N] [--seed N] [--until DAY] [--person NAME] [--data DIR]

Adds people to the database of a running platform (npm start), and ${DAYS} days of what they spend: categories, accounts with balances, budgets,
exchange rates, recurring payments, refunds, journeys. Nothing that is there is changed. Either all of it is added, or nothing.
While it runs, requests for expenses wait, and may be answered 503.

  --expenses N       how many expenses, 100000 unless told
  --users N          among how many people, one for each thousand unless told
  --seed N           the same number on the same last day gives the same data; 1 unless told
  --until DAY        the last day, such as 2026-11-21; today (UTC) unless told
  --person NAME      the first of them signs in by this name; ann unless told
  --data DIR         data directory of the platform, .dormouse unless told
  --help             print this
`;

function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new Error(`--${name} takes a whole number from ${least.toLocaleString("en")} to ${most.toLocaleString("en")}, not "${text}".`);
  return value;
}

/** What was asked for; throws a sentence for the person who typed. */
export function readOptions(args: string[], now: number): { help: boolean; data: string; person: string; seed: SeedOptions } {
  const { values } = parseArgs({
    args,
    options: {
      expenses: { type: "string", default: "100000" },
      users: { type: "string" },
      seed: { type: "string", default: "1" },
      until: { type: "string", default: new Date(now).toISOString().slice(0, 10) },
      person: { type: "string", default: "ann" },
      data: { type: "string", default: ".dormouse" },
      help: { type: "boolean", default: false },
    },
  });
  const expenses = whole("expenses", values.expenses, 1, 100_000_000);
  const users = whole("users", values.users ?? String(Math.max(1, Math.ceil(expenses / 1000))), 1, 1_000_000);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(values.until)) throw new Error(`--until takes a day such as 2026-11-21, not "${values.until}".`);
  const wrong = nameProblem(values.person);
  if (wrong !== null) throw new Error(`--person: ${wrong}`);
  const options = { expenses, users, seed: whole("seed", values.seed, 0, 4_294_967_295), until: values.until, sub: subOf(values.person) };
  return { help: values.help, data: values.data, person: values.person, seed: options };
}

async function main(args: string[]): Promise<void> {
  const { help, data, person, seed: options } = readOptions(args, Date.now());
  if (help) return void process.stdout.write(usage);
  const say = (text: string) => void process.stdout.write(`${text}\n`);
  const platform = await findPlatform(data);
  const { expenses, users, until } = options;
  say(
    `Adding ${expenses.toLocaleString("en")} expenses of ${users.toLocaleString("en")} people (${person} is the first) over ${DAYS} days until ${until} to the local platform in ${data}.`,
  );
  await whileAwake(platform, say, async () => {
    const client = await superuser(platform);
    try {
      const done = await seed(client, { ...options, say });
      const also = Object.entries(done.rows)
        .filter(([table]) => table !== "expenses")
        .map(([table, count]) => `${count.toLocaleString("en")} ${table.replace("_", " ")}`);
      say(`Done in ${done.loadSeconds.toFixed(0)} s, and ${done.vacuumSeconds.toFixed(0)} s of VACUUM and ANALYZE. Beside the expenses: ${also.join(", ")}.`);
    } finally {
      await client.end().catch(() => {});
    }
  });
}

if (import.meta.main)
  main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
