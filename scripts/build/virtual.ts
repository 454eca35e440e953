/**
 * Modules that exist only in a bundle: the console as one document, the button as one script, and the routes that `system.json` declares.
 * `src/console/virtual.d.ts` has their types.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { build, type Plugin } from "esbuild";
import { readSystem } from "../../src/system.ts";

const root = join(import.meta.dirname, "..", "..");
const consoleFolder = join(root, "src", "console");

/** Browsers of the last years; the page needs no older ones. */
const browsers = ["chrome115", "firefox115", "safari16.4"];

async function browserBundle(file: string): Promise<string> {
  const result = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    platform: "browser",
    target: browsers,
    charset: "utf8",
    legalComments: "none",
    absWorkingDir: root,
    logLevel: "silent",
  });
  return (result.outputFiles[0]?.text ?? "").trim();
}

const hash = (text: string) => createHash("sha256").update(text).digest("base64");

/** The console: one document with its script and style inside, and their hashes for the content security policy. */
export interface ConsolePage {
  html: string;
  scriptHash: string;
  styleHash: string;
}

/** Builds the page; a plain one when the console's sources are not there. */
export async function consolePage(): Promise<ConsolePage> {
  const files = { html: join(consoleFolder, "index.html"), script: join(consoleFolder, "console.ts"), style: join(consoleFolder, "console.css") };
  if (!Object.values(files).every((file) => existsSync(file))) {
    return { html: "<!doctype html><title>Dormouse</title><p>This build has no console.", scriptHash: hash(""), styleHash: hash("") };
  }
  const [source, script, style] = await Promise.all([readFile(files.html, "utf8"), browserBundle(files.script), browserBundle(files.style)]);
  for (const placeholder of ["/*STYLE*/", "/*SCRIPT*/"]) if (!source.includes(placeholder)) throw new Error(`src/console/index.html has no ${placeholder}`);
  const html = source
    .replace(/^[ \t]+/gm, "")
    .replace("/*STYLE*/", () => style)
    .replace("/*SCRIPT*/", () => script);
  // The hash is of all that stands between the tags, white space included. (A script of JSON data is no script to the policy.)
  const inside = (pattern: RegExp) => pattern.exec(html)?.[1] ?? "";
  return { html, scriptHash: hash(inside(/<script type="module">([\s\S]*?)<\/script>/)), styleHash: hash(inside(/<style>([\s\S]*?)<\/style>/)) };
}

/** The script of `<dormouse-button>`; says so when its source is not there. */
export async function buttonScript(): Promise<string> {
  const file = join(consoleFolder, "button.ts");
  return existsSync(file) ? browserBundle(file) : 'console.error("This build has no dormouse-button.");';
}

/** Every HTTP route of the system with its function's part, for answers about routes of other functions. */
async function systemRoutes() {
  const system = readSystem(JSON.parse(await readFile(join(root, "system.json"), "utf8")));
  return Object.entries(system.functions).flatMap(([name, fn]) =>
    fn.http.filter(({ path }) => path.startsWith("/")).map(({ method, path, access }) => ({ function: name, part: fn.part, method, path, access })),
  );
}

/** A module with these exports. Long texts are packed: they are a fifth of the bundle's limit, and unpacking takes less than a millisecond. */
function moduleOf(values: object): string {
  const lines = Object.entries(values).map(([name, value]) => {
    if (typeof value !== "string" || value.length < 4000) return `export const ${name} = ${JSON.stringify(value)};`;
    return `export const ${name} = unpack(${JSON.stringify(brotliCompressSync(value).toString("base64"))});`;
  });
  return `import { brotliDecompressSync } from "node:zlib";\nconst unpack = (text) => brotliDecompressSync(Buffer.from(text, "base64")).toString();\n${lines.join("\n")}`;
}

const modules: Record<string, () => Promise<object>> = {
  "virtual:console": consolePage,
  "virtual:button": async () => ({ js: await buttonScript() }),
  "virtual:routes": async () => ({ routes: await systemRoutes() }),
};

export function virtualModules(): Plugin {
  return {
    name: "virtual",
    setup(builder) {
      builder.onResolve({ filter: /^virtual:/ }, ({ path }) =>
        modules[path] ? { path, namespace: "virtual" } : { errors: [{ text: `there is no module ${path}` }] },
      );
      builder.onLoad({ filter: /.*/, namespace: "virtual" }, async ({ path }) => ({ contents: moduleOf((await modules[path]?.()) ?? {}), loader: "js" }));
    },
  };
}
