/**
 * What bundling is worth: each function's size, and how long its import takes in a fresh process, against the same code with its packages left outside.
 * Ratios of one run on one machine; the milliseconds alone say little elsewhere. `node scripts/bench/bundles.ts [runs]`.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Variable } from "../../src/config.ts";
import { virtualModules } from "../build/virtual.ts";
import { bundle, bundleOptions, functionNames, limits } from "../build.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");

export interface BundleFigure {
  name: string;
  bytes: number;
  /** Bytes that it may have at most; null: no limit of its own. */
  limit: number | null;
  /** Median milliseconds of `import` in a fresh process. */
  bundledMs: number;
  unbundledMs: number;
  /** bundledMs / unbundledMs. */
  ratio: number;
}

/** A value that each variable takes, so that a function's module can be imported. */
const environment: Record<Variable, string> = {
  DATABASE_ID: "dormouse",
  DATABASE_HOST: "127.0.0.1",
  DATABASE_PORT: "5432",
  DATABASE_NAME: "app",
  DATABASE_CA: "",
  STATE_TABLE: "state",
  LEDGER_TABLE: "ledger",
  COUNTERS_TABLE: "counters",
  PROFILES_TABLE: "profiles",
  SIGNALS_TABLE: "signals",
  RECEIPTS_TABLE: "receipts",
  IMPORTS_TABLE: "imports",
  FILES_BUCKET: "files",
  UPLOADS_ORIGIN: "",
  INSPECT_FUNCTION: "inspect",
  JOBS_TABLE: "jobs",
  NOTIFICATIONS_TABLE: "notifications",
  SUBSCRIPTIONS_TABLE: "subscriptions",
  CHANGES_TABLE: "changes",
  NOTIFY_QUEUE: "https://sqs.eu-central-1.amazonaws.com/123456789012/dormouse-notify",
  MAIL_SENDER: "sns",
  MAIL_FROM: "",
  MAIL_CONFIGURATION_SET: "dormouse-mail",
  MAIL_TOPIC: "arn:aws:sns:eu-central-1:123456789012:dormouse-mail",
  RECONCILE_FUNCTION: "reconcile",
  PROBE_FUNCTION: "probe",
  JOB_FUNCTION: "job",
  FORGET_FUNCTION: "forget",
  USER_POOL: "eu-central-1_pool",
  AWAKE_HOOK: "job",
  PROBE: "inside",
  AUTH_URL: "http://127.0.0.1",
  AUTH_CLIENT_ID: "console",
  PART: "all",
  TIMER_GROUP: "dormouse",
  TIMER_ROLE_ARN: "role",
  TIMER_TARGET_ARN: "target",
  TIMER_DEAD_LETTERS_ARN: "queue",
  IDLE_MINUTES: "60",
  CHECK_MINUTES: "15",
  DRAIN_SECONDS: "20",
  MODE: "manage",
  WAKE_ON: "button",
  WAKES_PER_USER_PER_DAY: "30",
  WAKE_TIMEOUT_MINUTES: "60",
  FORCED_START_GRACE_MINUTES: "10",
  MAX_BACKUP_AGE_HOURS: "168",
  PRICE_PER_HOUR: "0.018",
};

const lambda = { AWS_REGION: "eu-central-1", AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "example", POWERTOOLS_SERVICE_NAME: "dormouse" };

/** Milliseconds that a fresh process takes to import a function's module, with every variable set. Rejects when it has no handler. */
export async function importMs(file: string): Promise<number> {
  const script = `const begun = performance.now(); const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)}); const ms = performance.now() - begun; if (typeof handler !== "function") throw new Error("no handler"); process.stdout.write(String(ms), () => process.exit(0));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { env: { ...environment, ...lambda } });
  return Number(stdout);
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Measures every function, bundled and unbundled in turn, so that a slow moment of the machine meets both. */
export async function measureBundles(options: { runs?: number; names?: readonly string[] } = {}): Promise<BundleFigure[]> {
  const runs = options.runs ?? 11;
  // Inside the project, so that packages left outside are found.
  const cache = join(root, "node_modules", ".cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "dormouse-bench-"));
  try {
    const figures: BundleFigure[] = [];
    for (const name of options.names ?? (await functionNames())) {
      const entry = join(root, "functions", `${name}.ts`);
      const bundled = join(folder, `${name}.bundled.mjs`);
      const unbundled = join(folder, `${name}.unbundled.mjs`);
      const { code } = await bundle(entry);
      await writeFile(bundled, code);
      const { external: _, ...outside } = bundleOptions;
      await build({ ...outside, entryPoints: [entry], outfile: unbundled, packages: "external", plugins: [virtualModules()] });
      const times = { bundled: [] as number[], unbundled: [] as number[] };
      for (let i = 0; i < runs; i++) {
        times.bundled.push(await importMs(bundled));
        times.unbundled.push(await importMs(unbundled));
      }
      const bundledMs = median(times.bundled);
      const unbundledMs = median(times.unbundled);
      figures.push({ name, bytes: code.length, limit: limits[name] ?? null, bundledMs, unbundledMs, ratio: bundledMs / unbundledMs });
    }
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The figures as a table in Markdown. */
export function bundleTable(figures: readonly BundleFigure[]): string {
  const lines = figures.map(
    ({ name, bytes, limit, bundledMs, unbundledMs, ratio }) =>
      `| ${name} | ${bytes.toLocaleString("en")} | ${limit === null ? "" : limit.toLocaleString("en")} | ${bundledMs.toFixed(0)} | ${unbundledMs.toFixed(0)} | ${ratio.toFixed(2)} |`,
  );
  return ["| function | bytes | at most | import, ms | unbundled, ms | ratio |", "|---|---:|---:|---:|---:|---:|", ...lines].join("\n");
}

if (import.meta.main) {
  const runs = Number(process.argv[2] ?? 11);
  console.log(bundleTable(await measureBundles({ runs })));
}
