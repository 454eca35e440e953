/** `npm run cost`: prints the tables of docs/cost.md; with `--write` puts them into the page. A test checks that the page holds them. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ASSUMED, alwaysOn, aurora, instance, type Line, overhead, sum } from "./bill.ts";
import { INSTANCE_SCHEDULER_USD, PRICES, type Price } from "./prices.ts";

const HOURS = [0, 10, 40, 160] as const;
const heads = ["asleep", "10 h awake", "40 h awake", "160 h awake"];

const table = (head: string[], rows: string[][]): string => [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
/** Whole cents; what is less than half a cent, in tenths of one. */
const dollars = (usd: number): string => (usd === 0 ? "0" : usd < 0.0005 ? "<0.001" : usd < 0.1 ? usd.toFixed(3) : usd.toFixed(2));

function bill(lines: (hours: number) => Line[], total: string): string {
  const columns = HOURS.map(lines);
  const first = columns[0] ?? [];
  const rows = first.map(({ what, why }, index) => [what, ...columns.map((column) => dollars(column[index]?.usd ?? 0)), why]);
  return table(["", ...heads, ""], [...rows, [`**${total}**`, ...columns.map((column) => `**${dollars(sum(column))}**`), ""]]);
}

/** A price of a millionth is said by the million. */
const said = ({ usd, per }: Price): string[] =>
  usd < 1e-5 ? [`${Number((usd * 1e6).toPrecision(4))}`, `million: ${per}`] : [`${Number(usd.toPrecision(6))}`, per];

/** The part of docs/cost.md that is made here. */
export function costPage(): string {
  const total = (free: boolean) => HOURS.map((hours) => dollars(sum(instance(hours)) + sum(overhead(hours, free))));
  const compared = table(
    ["a month, US dollars", ...heads],
    [
      ["**Dormouse, always-free tiers used**", ...total(true).map((usd) => `**${usd}**`)],
      ["Dormouse, without them", ...total(false)],
      ["the same instance, always on", ...HOURS.map(() => dollars(alwaysOn()))],
      ["Aurora Serverless v2 with auto-pause, 5 GB of data", ...HOURS.map((hours) => dollars(aurora(hours, 5)))],
      [`Aurora Serverless v2 with auto-pause, ${ASSUMED.storageGb} GB of data`, ...HOURS.map((hours) => dollars(aurora(hours, ASSUMED.storageGb)))],
      ["AWS Instance Scheduler's own cost (AWS's figure), without the instance", ...HOURS.map(() => dollars(INSTANCE_SCHEDULER_USD))],
    ],
  );
  const prices = table(
    ["US dollars", "for", "always free a month", "looked up at"],
    Object.values(PRICES).map((price: Price) => [...said(price), price.free?.toLocaleString("en") ?? "", price.from]),
  );
  return [
    "## Compared\n",
    compared,
    "\n## The instance\n",
    bill(instance, "The instance"),
    "\n## Dormouse itself, always-free tiers used\n",
    bill((hours) => overhead(hours, true), "Dormouse"),
    "\n## Dormouse itself, in an account that has used them up\n",
    bill((hours) => overhead(hours, false), "Dormouse"),
    "\n## Prices assumed\n",
    prices,
  ].join("\n");
}

const BEGIN = "<!-- cost: made by npm run cost -- --write -->\n";
const END = "\n<!-- end of cost -->";

if (import.meta.main) {
  if (process.argv.includes("--write")) {
    const path = join(import.meta.dirname, "../../docs/cost.md");
    const page = await readFile(path, "utf8");
    const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
    if (from < 0 || to < from) throw new Error("docs/cost.md has no place for the tables");
    await writeFile(path, page.slice(0, from + BEGIN.length) + costPage() + page.slice(to));
  } else process.stdout.write(`${costPage()}\n`);
}
