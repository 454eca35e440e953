/**
 * `npm run bench`: what Dormouse weighs and how long it takes, side by side with something to compare with in the same run, because milliseconds of one
 * machine say little on another. `--write` keeps the result in `docs/benchmarks.md`. Ends with 1 when a bound is broken.
 */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundleTable, measureBundles } from "./bench/bundles.ts";
import { type Check, percentile, table } from "./bench/figures.ts";
import { httpTable, measureHttp } from "./bench/http.ts";
import { measureSleep, sleepTable } from "./bench/sleep.ts";
import { measureWakes, wakeTable } from "./bench/wake.ts";
import { buildFunctions } from "./build.ts";

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const say = (line: string) => process.stderr.write(`${line}\n`);

const folder = await mkdtemp(join(tmpdir(), "dormouse-bench-"));
await chmod(folder, 0o755);
const sections: string[] = [];
const checks: Check[] = [];
const section = (title: string, text: string) => {
  sections.push(`## ${title}\n\n${text}`);
  console.log(`\n## ${title}\n\n${text}`);
};
try {
  const bundles = join(folder, "dist");
  await buildFunctions({ outDir: bundles });

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

  say("GET /database under 50 callers…");
  const http = await measureHttp(bundles, folder);
  section("GET /database", httpTable(http));

  say("Wakes, with events and without…");
  const wakes = await measureWakes(bundles);
  section("From available to the first served query", wakeTable(wakes));
  const bound = (what: string, seconds: number, limit: number) =>
    checks.push({ what, measured: `${seconds.toFixed(2)} s`, bound: `${limit} s`, kept: seconds <= limit });
  bound("first query after the event, longest", Math.max(...wakes.withEvents), 2);
  bound("first query after the first look that could know, longest", Math.max(...wakes.afterLook), 2);

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

  const rows = checks.map(({ what, measured, bound: most, kept }) => [what, measured, most, kept ? "yes" : "**no**"]);
  section("Bounds", table(["", "measured", "at most", "kept"], rows));
  if (checks.some(({ kept }) => !kept)) process.exitCode = 1;

  if (values.write) {
    const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), Node ${process.versions.node}, ${process.platform} ${process.arch}`;
    const head = `# Benchmarks\n\nMade by \`npm run bench -- --write\` on ${new Date().toISOString().slice(0, 10)}: ${machine}. Ratios are of one run on one machine; absolute times say little elsewhere.`;
    await writeFile(join(import.meta.dirname, "..", "docs", "benchmarks.md"), `${[head, ...sections].join("\n\n")}\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
