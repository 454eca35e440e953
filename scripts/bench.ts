/**
 * `npm run bench -- [bundles] [http] [wakes] [sleep] [jobs] [notifications] [imports] [monthly] [reports] [finance]`: what Dormouse weighs and how long it takes, side by side with something to compare with in
 * the same run, because milliseconds of one machine say little on another. All parts unless some are named. `--rows N` is how many expenses finance is
 * measured with (ten million unless told), `--users N` how many users the monthly run has (ten thousand). `--write` keeps the result in `docs/benchmarks.md`. Ends with 1 when a bound is broken.
 */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundleTable, measureBundles } from "./bench/bundles.ts";
import { document, type Section } from "./bench/document.ts";
import { type Check, percentile, table } from "./bench/figures.ts";
import { measureFinance } from "./bench/finance.ts";
import { httpTable, measureHttp } from "./bench/http.ts";
import { importChecks, importText, measureImports } from "./bench/imports.ts";
import { growthOf as growthOfJobs, jobTable, measureJobs } from "./bench/jobs.ts";
import { measureMonthly, monthlyTable } from "./bench/monthly.ts";
import { growthOf, measureNotifications, notificationTable } from "./bench/notifications.ts";
import { measureReports, reportChecks, reportTable } from "./bench/reports.ts";
import { measureSleep, sleepTable } from "./bench/sleep.ts";
import { measureWakes, wakeTable } from "./bench/wake.ts";
import { buildFunctions } from "./build.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);
const sections: Section[] = [];
const checks: Check[] = [];
const section = (title: string, text: string) => {
  sections.push({ title, text });
  console.log(`\n## ${title}\n\n${text}`);
};
const bound = (what: string, seconds: number, limit: number) =>
  checks.push({ what, measured: `${seconds.toFixed(2)} s`, bound: `${limit} s`, kept: seconds <= limit });

interface Run {
  bundles: string;
  folder: string;
  rows: number;
  users: number;
}

const parts: Record<string, (run: Run) => Promise<void>> = {
  async bundles() {
    say("Bundles: importing each in fresh processes…");
    const figures = await measureBundles({ runs: 9 });
    section(
      "Bundles",
      `Minified, one for each function, against the same code with its packages left outside; the median of 9 imports in fresh processes each.\n\n${bundleTable(figures)}`,
    );
    for (const { name, bytes, limit } of figures)
      if (limit !== null)
        checks.push({ what: `bytes of ${name}`, measured: bytes.toLocaleString("en"), bound: limit.toLocaleString("en"), kept: bytes <= limit });
    for (const { name, ratio } of figures)
      checks.push({ what: `import of ${name} against unbundled`, measured: ratio.toFixed(2), bound: "0.50", kept: ratio <= 0.5 });
  },
  async http({ bundles, folder }) {
    say("GET /database under 50 callers…");
    section("GET /database", httpTable(await measureHttp(bundles, folder)));
  },
  async wakes({ bundles }) {
    say("Wakes, with events and without…");
    const wakes = await measureWakes(bundles);
    section("From available to the first served query", wakeTable(wakes));
    bound("first query after the event, longest", Math.max(...wakes.withEvents), 2);
    bound("first query after the first look that could know, longest", Math.max(...wakes.afterLook), 2);
  },
  async sleep() {
    say("Cycles in virtual time…");
    const sleep = await measureSleep();
    section("The stop past its limit", `In virtual time, the real reconciler against the simulated RDS; the drain is apart.\n\n${sleepTable(sleep)}`);
    bound("stop past the limit and the drain, p99", percentile(sleep.late, 0.99), 60);
    const perSecond = sleep.events / (sleep.elapsedMs / 1000);
    const hours = sleep.simulatedHours / (sleep.elapsedMs / 1000);
    section(
      "Simulation",
      `${Math.round(perSecond).toLocaleString("en")} steps a second (${sleep.events.toLocaleString("en")} in all): ${hours.toFixed(1)} simulated hours in each second of the machine's.`,
    );
  },
  async jobs({ bundles }) {
    say("A thousand jobs at once…");
    const figures = await measureJobs(bundles);
    section(
      "A thousand jobs at once",
      `Asked for over HTTP while the database sleeps, on the whole local platform in one process; once before, and once measured.\n\n${jobTable(figures)}`,
    );
    const grown = growthOfJobs(figures);
    checks.push({ what: "wakes for all of them", measured: String(figures.wakes), bound: "1", kept: figures.wakes <= 1 });
    checks.push({ what: "jobs that are not done", measured: String(figures.failed), bound: "0", kept: figures.failed === 0 });
    checks.push({ what: "memory, last quarter against the first", measured: grown.toFixed(2), bound: "1.20", kept: grown <= 1.2 });
  },
  async notifications({ bundles }) {
    say("Ten thousand notifications at once…");
    const figures = await measureNotifications(bundles);
    section(
      "Ten thousand notifications at once",
      `Written to DynamoDB as fast as it takes them, and sent by way of its stream, SQS and SNS on the whole local platform in one process, after 2,000 others.\n\n${notificationTable(figures)}`,
    );
    const grown = growthOf(figures);
    checks.push({
      what: "notifications sent twice, or never",
      measured: String(Math.max(figures.twice, Math.abs(figures.notifications - figures.mails))),
      bound: "0",
      kept: figures.twice === 0 && figures.mails === figures.notifications,
    });
    checks.push({ what: "memory, last quarter against the first", measured: grown.toFixed(2), bound: "1.20", kept: grown <= 1.2 });
  },
  async monthly({ bundles, users }) {
    say("The monthly run…");
    const figures = await measureMonthly(bundles, users, say);
    section(
      "The monthly run",
      `\`POST /runs/monthly\` while the database sleeps, on the whole local platform in one process, each user with 30 entries in the month and 60 in the year before, one in twenty with none in the month; PDFs to S3, notifications to DynamoDB. What is held is the heap and what hangs on it, at its least in each quarter, just after a collection: what grows there is needed, or lost. The stand-ins for AWS keep a list of all files. Resident memory is that of the one process with all instances of all functions: pages that V8 and malloc have taken for what came and went, and keep.\n\n${monthlyTable(figures)}`,
    );
    const [first = Number.NaN, ...others] = figures.runner;
    const grown = (others.at(-1) ?? Number.NaN) / first;
    checks.push({ what: "wakes for the whole run", measured: String(figures.wakes), bound: "1", kept: figures.wakes <= 1 });
    checks.push({
      what: "keys with two reports, or none that should have one",
      measured: String(figures.twice + Math.abs(figures.missing) + figures.madeAgain + figures.failed),
      bound: "0",
      kept: figures.twice + Math.abs(figures.missing) + figures.madeAgain + figures.failed === 0,
    });
    checks.push({ what: "what the runner holds, last quarter against the first", measured: grown.toFixed(2), bound: "1.20", kept: grown <= 1.2 });
  },
  async imports() {
    say("An import of 100,000 rows…");
    const figures = await measureImports();
    section("Imports", importText(figures));
    checks.push(...importChecks(figures));
  },
  async reports() {
    say("Reports…");
    const figures = await measureReports();
    section("Reports", `A PDF drawn and let go, in turns with the other; medians.\n\n${reportTable(figures)}`);
    checks.push(...reportChecks(figures));
  },
  async finance({ bundles, folder, rows }) {
    const measured = await measureFinance({ bundles, folder, rows, say });
    for (const { title, text } of measured.sections) section(title, text);
    checks.push(...measured.checks);
  },
};

const boundsTable = (of: readonly Check[]) =>
  table(
    ["", "measured", "at most", "kept"],
    of.map(({ what, measured, bound: most, kept }) => [what, measured, most, most === "" ? "" : kept ? "yes" : "**no**"]),
  );

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean", default: false }, rows: { type: "string", default: "10000000" }, users: { type: "string", default: "10000" } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(parts, name));
const rows = Number(values.rows);
const users = Number(values.users);
if (unknown.length > 0 || !Number.isInteger(rows) || rows < 10_000 || !Number.isInteger(users) || users < 100) {
  say(
    unknown.length > 0
      ? `There is no part ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}.`
      : "--rows takes a whole number from 10000 on, --users one from 100 on.",
  );
  process.exit(2);
}
const wanted = Object.keys(parts).filter((name) => positionals.length === 0 || positionals.includes(name));

const folder = await mkdtemp(join(tmpdir(), "dormouse-bench-"));
await chmod(folder, 0o755);
try {
  const bundles = join(folder, "dist");
  await buildFunctions({ outDir: bundles });
  const busy = loadavg()[0] ?? 0;
  for (const name of wanted) {
    const before = checks.length;
    await parts[name]?.({ bundles, folder, rows, users });
    const own = checks.slice(before);
    if (own.length > 0) section(`Bounds: ${name}`, boundsTable(own));
  }
  if (checks.some(({ kept }) => !kept)) process.exitCode = 1;

  if (values.write) {
    const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), Node ${process.versions.node}, ${process.platform} ${process.arch}`;
    // Others at work on the same cores make every time longer, and ratios uncertain: whoever reads should know.
    const others = busy > cpus().length / 2 ? `, while others were at work there (load ${busy.toFixed(1)})` : "";
    const file = join(import.meta.dirname, "..", "docs", "benchmarks.md");
    await writeFile(file, document(await readFile(file, "utf8").catch(() => ""), sections, `${new Date().toISOString().slice(0, 10)}: ${machine}${others}.`));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
