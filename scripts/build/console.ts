/** The console as one document, and the button for other pages as one script: what the build makes of `src/console`. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, "src", "console");

/** Browsers of the last years; the page needs no older ones. */
const browsers = ["chrome115", "firefox115", "safari16.4"];

async function browserBundle(file: string): Promise<string> {
  const result = await build({
    entryPoints: [join(folder, file)],
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

/** One document with its script and style inside, and their hashes for the content security policy. Its settings are filled in when it is served. */
export interface ConsolePage {
  html: string;
  scriptHash: string;
  styleHash: string;
}

export async function consolePage(): Promise<ConsolePage> {
  const [source, script, style] = await Promise.all([readFile(join(folder, "index.html"), "utf8"), browserBundle("console.ts"), browserBundle("console.css")]);
  for (const placeholder of ["/*STYLE*/", "/*SCRIPT*/"]) if (!source.includes(placeholder)) throw new Error(`src/console/index.html has no ${placeholder}`);
  const html = source
    .replace(/^[ \t]+/gm, "")
    .replace("/*STYLE*/", () => style)
    .replace("/*SCRIPT*/", () => script);
  // The hash is of all that stands between the tags, white space included. (A script of JSON data is no script to the policy.)
  const inside = (pattern: RegExp) => pattern.exec(html)?.[1] ?? "";
  return { html, scriptHash: hash(inside(/<script type="module">([\s\S]*?)<\/script>/)), styleHash: hash(inside(/<style>([\s\S]*?)<\/style>/)) };
}

/** The script of `<dormouse-button>`. */
export const buttonScript = (): Promise<string> => browserBundle("button.ts");
