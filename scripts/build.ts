/**
 * Builds the Lambdas: each `functions/<name>.ts` becomes `dist/<name>/index.mjs` (one minified module, export `handler`) and `dist/<name>.zip`;
 * `control` has the console, the button, and the API's document with its page beside it.
 * The same sources give the same bytes. `node scripts/build.ts [--out dist] [name…]`.
 */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { filesBeside } from "./build/documents.ts";
import { leanSdk } from "./build/lean-sdk.ts";
import { virtualModules } from "./build/virtual.ts";
import { zip } from "./build/zip.ts";

const root = join(import.meta.dirname, "..");

/** Bytes that a bundle of the control plane may have at most; the others have no limit of their own. */
export const limits: Readonly<Record<string, number>> = { control: 330_000, reconcile: 330_000, carry: 330_000 };

export interface Built {
  name: string;
  /** Bytes of `index.mjs`. */
  bytes: number;
  zipBytes: number;
  /** What weighs most: package (or own folder) and bytes, heaviest first. */
  heaviest: { from: string; bytes: number }[];
}

/** CommonJS packages inside an ES module call `require` for Node's own modules; there is none until one is made. */
const requireBanner = 'import{createRequire as dormouseRequire}from"node:module";const require=dormouseRequire(import.meta.url);';

/** esbuild's options for a function's bundle, without its plugins. Used by the bench too. */
export const bundleOptions = {
  bundle: true,
  minify: true,
  format: "esm",
  platform: "node",
  target: "node24",
  // The SDK's ES modules can be shaken, its CommonJS can't.
  mainFields: ["module", "main"],
  charset: "utf8",
  legalComments: "none",
  treeShaking: true,
  absWorkingDir: root,
  // Optional native parts that are not installed.
  external: ["pg-native"],
  logLevel: "silent",
} as const satisfies BuildOptions;

/** One entry file as the text of its bundle, with esbuild's account of it. */
export async function bundle(entry: string): Promise<{ code: Buffer; metafile: Metafile }> {
  const virtual = virtualModules();
  const plugins: Plugin[] = [virtual, await leanSdk(entry, [virtual])];
  const run = async (banner: string) => {
    const result = await build({ ...bundleOptions, entryPoints: [entry], write: false, metafile: true, plugins, outfile: "index.mjs", banner: { js: banner } });
    return { code: Buffer.from(result.outputFiles[0]?.contents ?? []), metafile: result.metafile };
  };
  const plain = await run("");
  return plain.code.includes("Dynamic require of") ? run(requireBanner) : plain;
}

/** Which package, or which folder of ours, the bytes of a bundle come from. */
function weights(metafile: Metafile): Built["heaviest"] {
  const sums = new Map<string, number>();
  for (const output of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
      const from = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? (/^(?:virtual:virtual:\w+|[^/]+(?:\/[^/]+)?)/.exec(file)?.[0] || file);
      sums.set(from, (sums.get(from) ?? 0) + bytesInOutput);
    }
  }
  return [...sums].map(([from, bytes]) => ({ from, bytes })).sort((a, b) => b.bytes - a.bytes || (a.from < b.from ? -1 : 1));
}

/** The functions that there are: names of `functions/*.ts`. */
export async function functionNames(): Promise<string[]> {
  return (await readdir(join(root, "functions")))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3))
    .sort();
}

/** Builds the named functions (all, unless told) into `outDir`. Throws one Error that says what is wrong in which; the others are built all the same. */
export async function buildFunctions(options: { outDir?: string; names?: readonly string[] } = {}): Promise<Built[]> {
  const outDir = resolve(root, options.outDir ?? "dist");
  const names = options.names ?? (await functionNames());
  const results = await Promise.allSettled(
    names.map(async (name): Promise<Built> => {
      const { code, metafile } = await bundle(join(root, "functions", `${name}.ts`));
      const files = { "index.mjs": code, ...(await filesBeside(name)) };
      const packed = zip(files);
      await rm(join(outDir, name), { recursive: true, force: true });
      await mkdir(join(outDir, name), { recursive: true });
      await Promise.all(Object.entries(files).map(([file, content]) => writeFile(join(outDir, name, file), content)));
      await writeFile(join(outDir, `${name}.zip`), packed);
      return { name, bytes: code.length, zipBytes: packed.length, heaviest: weights(metafile) };
    }),
  );
  const problems = results.flatMap((result, index) =>
    result.status === "rejected" ? [`${names[index]}: ${result.reason instanceof Error ? result.reason.message : String(result.reason)}`] : [],
  );
  const built = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (problems.length > 0) throw new Error(`These functions do not build:\n${problems.join("\n")}`);
  return built;
}

/** The build as a table for people. */
export function tableOf(built: readonly Built[]): string {
  const rows = built.map(({ name, bytes, zipBytes, heaviest }) => {
    const limit = limits[name];
    const verdict = limit === undefined ? "" : bytes <= limit ? `of ${limit.toLocaleString("en")}` : `OVER ${limit.toLocaleString("en")}`;
    const most = heaviest.slice(0, 4).map(({ from, bytes: part }) => `${from} ${Math.round(part / 1000)}`);
    return [name, bytes.toLocaleString("en"), verdict, zipBytes.toLocaleString("en"), most.join(", ")];
  });
  const all = [["function", "bytes", "limit", "zip", "heaviest, in KB"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => (column === 1 || column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

if (import.meta.main) {
  try {
    const { values, positionals } = parseArgs({ options: { out: { type: "string" } }, allowPositionals: true });
    const built = await buildFunctions({ ...(values.out ? { outDir: resolve(values.out) } : {}), ...(positionals.length > 0 ? { names: positionals } : {}) });
    console.log(tableOf(built));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
