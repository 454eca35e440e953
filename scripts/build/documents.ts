/** Files that lie beside a bundle and in its archive: the console, the button, and the OpenAPI document with its page, for the whole and for the lifecycle alone. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { document } from "../../src/http/openapi/index.ts";
import { readSystem } from "../../src/system.ts";
import { buttonScript, consolePage } from "./console.ts";
import { docsPage } from "./docs/page.ts";

const root = join(import.meta.dirname, "..", "..");
const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(join(root, file), "utf8"));

async function documents(): Promise<Record<string, Buffer>> {
  const system = readSystem(await read("system.json"));
  const { version } = (await read("package.json")) as { version: string };
  const files = await Promise.all(
    (["all", "lifecycle"] as const).map(async (part) => {
      const it = document(system, { part, version });
      const suffix = part === "all" ? "" : `.${part}`;
      return { [`openapi${suffix}.json`]: Buffer.from(JSON.stringify(it)), [`docs${suffix}.html`]: Buffer.from(await docsPage(it)) };
    }),
  );
  return Object.assign({}, ...files) as Record<string, Buffer>;
}

async function pages(): Promise<Record<string, Buffer>> {
  const [{ html }, button] = await Promise.all([consolePage(), buttonScript()]);
  return { "console.html": Buffer.from(html), "dormouse-button.js": Buffer.from(button) };
}

const beside: Readonly<Record<string, readonly (() => Promise<Record<string, Buffer>>)[]>> = { control: [documents, pages] };

/** What lies beside the bundle of this function, by file name. */
export async function filesBeside(name: string): Promise<Record<string, Buffer>> {
  return Object.assign({}, ...(await Promise.all((beside[name] ?? []).map((make) => make()))));
}
